"""The checker: it accepts proofs, and nothing that merely looks like one."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaspec.checking import check
from lambdaspec.kernel import checker
from lambdaspec.kernel.certificate import by_elimination, by_exploration, sealed
from lambdaspec.kernel.checker import Rejected, digest, verify
from lambdaspec.kernel.lasso import explore
from lambdaspec.kernel.streett import decide
from lambdaspec.kernel.verdict import Bounded
from lambdaspec.loading import load
from tests.support.toy import A, B, Edge, Toy, restart, spend, toys

MODELS = Path(__file__).parents[2] / "models"


def certificate() -> dict[str, Any]:
    verdict = check(load(str(MODELS / "order-processing/architecture.yaml")).architecture).verdict
    assert isinstance(verdict, Bounded)
    return sealed(verdict.certificate)


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every entry of a document that is a single value, by its path."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from places(value, (*path, key))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from places(value, (*path, place))
    else:
        yield path


def changed(document: Any, path: tuple[Any, ...]) -> Any:
    copied = copy.deepcopy(document)
    parent = copied
    for key in path[:-1]:
        parent = parent[key]
    value = parent[path[-1]]
    parent[path[-1]] = value + 1 if isinstance(value, int) else f"{value}x"
    return copied


def test_a_real_certificate_is_accepted() -> None:
    verify(json.loads(json.dumps(certificate())))


def test_a_certificate_with_any_one_entry_changed_is_rejected() -> None:
    document = certificate()
    every = list(places(document))
    assert len(every) > 60
    for path in every:
        with pytest.raises(Rejected):
            verify(changed(document, path))


@pytest.mark.parametrize(
    "part", ["schema", "nodes", "starts", "effects", "hops", "region", "digest"]
)
def test_a_certificate_with_a_part_missing_is_rejected(part: str) -> None:
    document = certificate()
    del document[part]
    with pytest.raises(Rejected):
        verify(document)


@pytest.mark.parametrize("document", [None, 3, "x", [], {}, {"schema": "lambdaspec/certificate/1"}])
def test_nonsense_is_rejected(document: Any) -> None:
    with pytest.raises(Rejected):
        verify(document)


def forged(document: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    """Changed by somebody who knows how the digest is made."""
    result = changed(document, path)
    assert isinstance(result, dict)
    result["digest"] = digest(result)
    return result


@settings(max_examples=300)
@given(toys(), st.data())
def test_a_forged_reason_never_proves_an_endless_graph_bounded(
    graph: Toy, data: st.DataObject
) -> None:
    """Whatever is written as the reason: if the graph runs for ever, no reason is accepted."""
    explored = explore(graph, budget=2_000)
    if not explored.complete or explored.lasso is None:
        return
    document = sealed(by_elimination(graph, graph.names, decide(graph).region))
    with pytest.raises(Rejected):
        verify(document)
    reasons = list(places(document["region"]))
    path = data.draw(st.sampled_from(reasons))
    with pytest.raises(Rejected):
        verify(forged(document, ("region", *path)))


CYCLE = Toy(2, (Edge(0, 1, spend(A, 4)), Edge(1, 0)))


def region_of(document: dict[str, Any]) -> Any:
    return document["region"][0]


@pytest.mark.parametrize(
    "forge",
    [
        lambda block: block.pop("consumed"),
        lambda block: block.pop("inner"),
        lambda block: block["inner"].reverse(),
        lambda block: block["inner"].pop(),
        lambda block: block["nodes"].pop(),
        lambda block: block["consumed"].append("b") or block["consumed"].remove("a"),
        lambda block: block.update(split="a", otherwise=block["inner"], consumed=None),
    ],
)
def test_a_forged_block_is_rejected(forge: Any) -> None:
    document = sealed(by_elimination(CYCLE, CYCLE.names, decide(CYCLE).region))
    verify(document)
    forge(region_of(document))
    document["digest"] = digest(document)
    with pytest.raises(Rejected):
        verify(document)


def test_a_group_that_is_lowered_inside_is_no_reason() -> None:
    graph = Toy(2, (Edge(0, 1, spend(A, 4)), Edge(1, 0, restart("a"))))
    document = sealed(by_elimination(CYCLE, CYCLE.names, decide(CYCLE).region))
    other = sealed(by_elimination(graph, graph.names, decide(CYCLE).region))
    with pytest.raises(Rejected, match="lowered"):
        verify(other)
    verify(document)


def test_ranks_must_go_down_with_work_and_be_closed() -> None:
    graph = Toy(2, (Edge(0, 1, spend(B, 2)), Edge(1, 0)))
    document = sealed(by_exploration(graph, graph.names, explore(graph).configs))
    verify(document)
    for place in range(len(document["ranks"])):
        shorter = copy.deepcopy(document)
        del shorter["ranks"][place]
        shorter["digest"] = digest(shorter)
        with pytest.raises(Rejected):
            verify(shorter)
        flat = copy.deepcopy(document)
        flat["ranks"][place][2] = 99 if place else 0
        flat["digest"] = digest(flat)
        with pytest.raises(Rejected):
            verify(flat)


def test_the_checker_shares_no_code_with_the_engine_and_is_small() -> None:
    source = Path(checker.__file__).read_text(encoding="utf-8")
    imported = {
        alias.name
        for node in ast.walk(ast.parse(source))
        for alias in getattr(node, "names", [])
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported == {"annotations", "hashlib", "json", "Any"}
    assert len(source.splitlines()) < 220
