"""`lambdaspec render`, and what `check` writes beside its report: pictures and proofs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lambdaspec.cli_base import OK, check_options, load_or_exit, main, shared_options

if TYPE_CHECKING:
    from lambdaspec.loading import Loaded
    from lambdaspec.result import Result


def checked(loaded: Loaded, settings: Mapping[str, Any]) -> Result:
    """The check of one architecture with the options of the command line."""
    from lambdaspec.checking import check as run

    try:
        return run(loaded.architecture, check_options(settings))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def write_extras(result: Result, certificate: Path | None, draw: Path | None) -> None:
    """Write the proof and the picture of one result."""
    if certificate is not None:
        from lambdaspec.kernel.certificate import sealed
        from lambdaspec.kernel.verdict import Bounded

        if not isinstance(result.verdict, Bounded):
            click.echo("no certificate: the verdict is not bounded", err=True)
        else:
            _write(certificate, json.dumps(sealed(result.verdict.certificate)).encode())
    if draw is not None:
        kinds = {".svg": "svg", ".png": "png", ".dot": "dot", ".mmd": "mermaid"}
        if draw.suffix not in kinds:
            raise click.UsageError(f"--draw takes a file ending in {', '.join(kinds)}")
        data, how = _drawn(result, kinds[draw.suffix], result.loops)
        _write(draw, data)
        click.echo(f"{draw} drawn by {how}", err=True)


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from error


@main.command()
@click.argument("path")
@shared_options
@click.option(
    "--format", "kind", type=click.Choice(["svg", "png", "dot", "mermaid"]), default="mermaid"
)
@click.option("--loop", metavar="ID", help="Mark only this loop, such as L1.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write it.")
def render(path: str, kind: str, loop: str | None, output: Path | None, **settings: Any) -> int:
    """Draw an architecture and its loops.

    Red is what repeats, blue the way there.
    """
    result = checked(load_or_exit(path), settings)
    chosen = [one for one in result.loops if loop in (None, one.id)]
    if loop is not None and not chosen:
        names = ", ".join(one.id for one in result.loops) or "none"
        raise click.UsageError(f"there is no loop {loop}; there are: {names}")
    data, how = _drawn(result, kind, chosen)
    if output is None:
        sys.stdout.buffer.write(data)
    else:
        _write(output, data)
        click.echo(f"{output} drawn by {how}", err=True)
    return OK


def _drawn(result: Result, kind: str, chosen: Iterable[Any]) -> tuple[bytes, str]:
    from lambdaspec.report.diagram import dot, highlight, mermaid
    from lambdaspec.report.draw import CannotDraw, picture

    marks = highlight(result, chosen)
    if kind == "mermaid":
        return mermaid(result.architecture, marks).encode(), "lambdaspec"
    source = dot(result.architecture, marks)
    if kind == "dot":
        return source.encode(), "lambdaspec"
    try:
        return picture(source, kind)
    except CannotDraw as error:
        raise click.ClickException(str(error)) from error
