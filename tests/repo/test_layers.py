"""Data goes one way through the house: the table in ARCHITECTURE.md, checked.

Counts imports inside functions and under TYPE_CHECKING too, and inside a layer there is no cycle.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lambdaspec.kernel.paths import components

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "lambdaspec"
STANDARD_OR_OWN = {"lambdaspec"}


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in MODULES else str(node.module)


def table() -> list[tuple[str, list[str], list[str], list[str]]]:
    """(layer, its modules, the layers or modules it may import, third parties)."""
    rows = []
    for line in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"\| \*\*(\w+)\*\* \| (.+) \| (.+) \| (.+) \|", line)
        if match:
            cells = [re.findall(r"`([\w.]+)`", cell) for cell in match.groups()[1:]]
            rows.append((match[1], cells[0], cells[1], cells[2]))
    return rows


TABLE = table()


def layer_of(module: str) -> str:
    """The layer whose module pattern fits best."""
    best = ("", "")
    for layer, patterns, _, _ in TABLE:
        for pattern in patterns:
            full = "lambdaspec" if pattern == "lambdaspec" else f"lambdaspec.{pattern}"
            fits = module == full or module.startswith(f"{full}.")
            if pattern == "lambdaspec":
                fits = module == "lambdaspec"
            if fits and len(full) > len(best[0]):
                best = (full, layer)
    assert best[1], f"{module} belongs to no layer"
    return best[1]


def test_the_table_is_there() -> None:
    assert len(TABLE) >= 8
    for module in MODULES:
        layer_of(module)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_go_down(module: str) -> None:
    layer = layer_of(module)
    _, _, allowed, third = next(row for row in TABLE if row[0] == layer)
    for target in set(imports(MODULES[module])):
        if not target.startswith("lambdaspec"):
            root = target.split(".")[0]
            known = set(__import__("sys").stdlib_module_names)
            assert root in known or root in third, f"{module} may not import {root}"
            continue
        other = layer_of(target)
        if other == layer:
            continue
        single = target.removeprefix("lambdaspec.")
        assert other in allowed or single in allowed or "everything" in allowed, (module, target)


def test_there_is_no_cycle_of_modules() -> None:
    names = sorted(MODULES)
    number = {name: place for place, name in enumerate(names)}
    graph = [
        [number[t] for t in set(imports(MODULES[name])) if t in number and t != name]
        for name in names
    ]
    for name in ("lambdaspec",):  # the surface is imported for its version only
        graph[number[name]] = []
    knots = [[names[m] for m in members] for members in components(graph) if len(members) > 1]
    assert knots == []


def test_files_and_functions_stay_short() -> None:
    for path in MODULES.values():
        source = path.read_text(encoding="utf-8")
        assert len(source.splitlines()) <= 500, path
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                length = (node.end_lineno or 0) - node.lineno
                assert length <= 75, (path, node.name, length)
