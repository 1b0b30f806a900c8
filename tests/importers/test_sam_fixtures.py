"""SAM's own fixtures: what is read from an input equals what is read from its official output."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from attrs import fields

from lambdaspec.architecture.elements import Architecture, Channel, Emission, Function
from lambdaspec.architecture.entries import sent_to
from lambdaspec.errors import InputError
from lambdaspec.loading import load

FIXTURES = (
    Path(__file__).parents[3] / "shared/corpus/aws+serverless-application-model/tests/translator"
)

DIFFERENT = {
    "api_with_security_definition_and_none_components": "the output's `Fn::GetAtt` is reversed",
    "http_api_custom_iam_auth": "the output's `Fn::GetAtt` is reversed",
    "http_api_global_iam_auth_enabled": "the output's `Fn::GetAtt` is reversed",
    "http_api_local_iam_auth_enabled": "the output's `Fn::GetAtt` is reversed",
    "connector_dependson_replace": "the output does not say whose policy it is",
    "connector_hardcoded_props": "the output's role has another name",
    "connector_hardcoded_rolename": "the output's role has another name",
    "eventbridgerule_with_dlq": "a schedule's generated queue receives nothing that is modelled",
    "function_with_disabled_traffic_hook": "a deployment's hook names its function in the output",
    "function_with_event_dest": "a parameter that is chosen against is named in the input only",
    "implicit_api_with_serverless_rest_api_resource": "the output overwrites the function",
}
"""Fixtures whose input and output are not the same architecture, and why."""


@pytest.mark.skipif(not FIXTURES.exists(), reason="needs ../shared/corpus, SAM's fixtures")
def test_an_input_is_read_like_its_output(report: Callable[[str, Counter[str]], None]) -> None:
    tally: Counter[str] = Counter()
    wrong: dict[str, list[str]] = {}
    for source in sorted((FIXTURES / "input").glob("*.y*ml")):
        output = FIXTURES / "output" / f"{source.stem}.json"
        if not output.exists():
            continue
        try:
            given, official = load(str(source)), load(str(output))
        except InputError:
            tally["refused, as AWS would"] += 1
            continue
        found = list(differences(given.architecture, official.architecture))
        tally["different for a known reason" if source.stem in DIFFERENT else "equal"] += 1
        if bool(found) != (source.stem in DIFFERENT):
            wrong[source.stem] = found
    report("SAM fixtures, input against output", tally)
    assert not wrong
    assert tally["equal"] > 400


def differences(one: Architecture, other: Architecture) -> Iterator[str]:
    """In what two architectures differ, entries aside that reach the same."""
    elements: tuple[tuple[dict[str, Function | Channel], dict[str, Function | Channel]], ...] = (
        ({**one.functions, **one.channels}, {**other.functions, **other.channels}),
    )
    for mine, yours in elements:
        for name in sorted({*mine, *yours}):
            if name not in mine or name not in yours:
                yield f"{name} is only in the {'output' if name in yours else 'input'}"
            elif type(mine[name]) is not type(yours[name]):
                yield f"{name} is something else"
            else:
                yield from (f"{name}: {text}" for text in _parts(mine[name], yours[name]))
    yield from (f"{t} is only in the input" for t in one.triggers if t not in other.triggers)
    yield from (f"{t} is only in the output" for t in other.triggers if t not in one.triggers)
    if _reached(one) != _reached(other):
        yield "other entries"


def _parts(one: Function | Channel, other: Function | Channel) -> Iterator[str]:
    for part in fields(type(one)):
        mine, yours = getattr(one, part.name), getattr(other, part.name)
        if part.name == "emits":
            mine, yours = {_way(e) for e in mine}, {_way(e) for e in yours}
        if part.eq and mine != yours:
            yield f"{part.name}: {mine} and {yours}"


def _way(one: Emission) -> tuple[object, ...]:
    return (one.to, one.evidence, one.invoke, one.event, one.key)


def _reached(architecture: Architecture) -> set[str]:
    targets = sent_to(architecture)
    todo = [entry.to for entry in architecture.entries]
    found = set(todo)
    while todo:
        fresh = [name for name in targets.get(todo.pop(), ()) if name not in found]
        found.update(fresh)
        todo += fresh
    return found
