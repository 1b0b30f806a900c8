"""tree-sitter's parsers, loaded where a file of their language is read."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

from lambdaspec.handlers import ir

GRAMMARS = {
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "java": ("tree_sitter_java", "language"),
    "go": ("tree_sitter_go", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
}


class Tree(Protocol):
    """What is used of tree-sitter's nodes."""

    @property
    def type(self) -> str:
        """The kind of node."""

    @property
    def text(self) -> bytes | None:
        """The source."""

    @property
    def is_named(self) -> bool:
        """Whether it is more than punctuation."""

    @property
    def has_error(self) -> bool:
        """Whether something in it did not parse."""

    @property
    def parent(self) -> Tree | None:
        """The node around it."""

    @property
    def start_point(self) -> Any:
        """Line and column, from 0."""

    @property
    def children(self) -> list[Any]:
        """All children."""

    @property
    def named_children(self) -> list[Any]:
        """The children without punctuation."""

    def child_by_field_name(self, name: str, /) -> Any:
        """A child by its part in the grammar."""


@cache
def _parser(grammar: str) -> Any:
    from tree_sitter import Language, Parser

    package, function = GRAMMARS[grammar]
    return Parser(Language(getattr(importlib.import_module(package), function)()))


def tree_of(source: str, grammar: str) -> Tree:
    """The syntax tree of a text."""
    tree: Tree = _parser(grammar).parse(source.encode()).root_node
    return tree


def text(node: Tree | None) -> str:
    """The source of a node; empty without one."""
    return "" if node is None or node.text is None else node.text.decode(errors="replace")


def parse(
    path: str, source: str, grammar: str, body: Callable[[Tree], tuple[ir.Stmt, ...]]
) -> ir.Unit:
    """A unit; where the grammar finds an error, one with a problem."""
    try:
        root = tree_of(source, grammar)
    except ImportError:
        return ir.Unit(path, (), f"{path}: reading {grammar} needs its tree-sitter grammar")
    try:
        return ir.Unit(path, body(root), f"{path} does not parse" if root.has_error else "")
    except RecursionError:
        return ir.Unit(path, (), f"{path} is nested too deeply")


def field_of(node: Tree, name: str) -> Tree | None:
    """The child in a field of the grammar."""
    found: Tree | None = node.child_by_field_name(name)
    return found
