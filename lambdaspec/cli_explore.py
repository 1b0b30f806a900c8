"""`lambdaspec explore`: questions about all runs within bounds, answered by visiting every state."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lambdaspec.cli_base import (
    OK,
    UNKNOWN,
    VIOLATED,
    check_options,
    load_or_exit,
    print_lines,
    shared_options,
)

if TYPE_CHECKING:
    from lambdaspec.exploring import Told
    from lambdaspec.kernel.properties import Property
    from lambdaspec.kernel.search import Progress
    from lambdaspec.properties.stock import Stock


@click.command()
@click.argument("path")
@shared_options
@click.option(
    "--property",
    "names",
    multiple=True,
    metavar="NAME",
    help="A stock property, or FILE.py with properties of your own. Several are allowed.",
)
@click.option("--messages", type=click.IntRange(1, 100), default=1, show_default=True)
@click.option("--states", type=click.IntRange(1), default=5_000_000, show_default=True)
@click.option("--memory", type=click.IntRange(1), default=8_000, show_default=True, help="In MB.")
@click.option("--seconds", type=click.FloatRange(0), default=3_600.0, show_default=True)
@click.option("--reduce", is_flag=True, help="Leave out orders of steps that make no difference.")
@click.option("--checkpoint", type=click.Path(path_type=Path), help="Go on there, or stop there.")
@click.option("--quiet", is_flag=True, help="No progress and no times.")
def explore(path: str, **settings: Any) -> int:
    """Visit every state within bounds and answer questions about all runs.

    Stops at a limit with an unknown answer, never with a guess. Runs are shortest ones.
    """
    from lambdaspec.checking import prepared
    from lambdaspec.checkpoint import Checkpoint, Unusable
    from lambdaspec.exploring import Bounds
    from lambdaspec.exploring import explore as run
    from lambdaspec.kernel.search import Limits

    try:
        ready = prepared(load_or_exit(path).architecture, check_options(settings))
        questions = questions_for(settings["names"])
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    limits = Limits(settings["states"], settings["memory"], settings["seconds"])
    bounds = Bounds(settings["messages"], limits, settings["reduce"])
    kept = None
    if settings["checkpoint"] is not None:
        if len(questions) * len(ready.architecture.entries) != 1:
            raise click.UsageError("--checkpoint needs one --property and one --entry")
        about = f"{ready.architecture} {ready.scale} {ready.readings} {bounds.messages}"
        kept = Checkpoint(settings["checkpoint"], about)
    try:
        answers = run(ready, questions, bounds, None if settings["quiet"] else _progress, kept)
    except (ValueError, Unusable) as error:
        raise click.UsageError(str(error)) from error
    for one in answers:
        _print(one, quiet=settings["quiet"])
    return exit_code(answers)


def questions_for(names: Sequence[str]) -> list[Property | Stock]:
    """The properties that are named; all stock properties that can be watched if none is.

    Raises:
        ValueError: there is no such property, or a file has none.

    """
    from lambdaspec.properties.registry import STOCK, find

    if not names:
        return [one for one in STOCK.values() if one.watch is not None]
    found: list[Property | Stock] = []
    for name in names:
        found += own_properties(Path(name)) if name.endswith(".py") else [find(name)]
    return found


def own_properties(path: Path) -> list[Property]:
    """The properties that a Python file of the user's own defines.

    Raises:
        ValueError: the file cannot be read, or defines none.

    """
    from lambdaspec.kernel.properties import Property

    try:
        names = runpy.run_path(str(path))
    except (OSError, SyntaxError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
    found = [value for value in names.values() if isinstance(value, Property)]
    if not found:
        raise ValueError(f"{path} defines no property: use always, sometimes or eventually")
    return found


def exit_code(answers: Sequence[Told]) -> int:
    """1 if something does not hold, 2 if something is not known."""
    if any(one.holds is False for one in answers):
        return VIOLATED
    return UNKNOWN if any(one.holds is None for one in answers) else OK


def _progress(now: Progress) -> None:
    expected = "" if now.expected is None else f", about {now.expected:,} in all"
    text = f"{now.states:,} states, {now.frontier:,} open, depth {now.depth}, {now.rate:,.0f}/s"
    end = "\r" if sys.stderr.isatty() else "\n"
    click.echo(f"{text}{expected}", err=True, nl=end == "\n")
    if end == "\r":
        sys.stderr.write("\r")


_WORDS: dict[bool | None, tuple[str, str]] = {
    True: ("holds", "bold green"),
    False: ("does not hold", "bold red"),
    None: ("unknown", "bold yellow"),
}


def _print(one: Told, *, quiet: bool) -> None:
    from lambdaspec.report.text import Line, folded

    word, style = _WORDS[one.holds]
    lines = [Line(f"{one.name}: {word}", style), Line(f"  within: {one.bounds}")]
    done = one.explored
    visited = f"  visited: {done.states:,} states, {done.steps:,} steps, depth {done.depth}"
    lines.append(Line(visited))
    if not quiet:
        click.echo(f"{one.name}: {done.seconds:.2f} s, {done.rate:,.0f} states/s", err=True)
    if one.holds and not one.met and not done.stopped:
        lines.append(Line("  but nothing that it is about ever happened", "yellow"))
    if done.stopped is not None and one.holds is None:
        lines.append(Line(f"  stopped: {done.stopped}", "yellow"))
    if one.lines:
        lines.append(Line("  the run:"))
        begins = one.lines if one.repeats is None else one.lines[: one.repeats]
        lines += [Line(f"     {text}") for text in folded(begins)]
        if one.repeats is not None:
            lines.append(Line("   and then for ever:", "red"))
            lines += [Line(f"   ↻ {text}", "red") for text in folded(one.lines[one.repeats :])]
    print_lines(lines)
