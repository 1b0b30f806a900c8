"""The command line. Parses, calls, prints, and turns outcomes into the five exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lambdaspec import cli_explore, cli_prove, cli_search
from lambdaspec.cli_base import (
    BAD_INPUT,
    OK,
    UNKNOWN,
    VIOLATED,
    check_options,
    load_or_exit,
    main,
    print_lines,
    shared_options,
    text_of,
)
from lambdaspec.codes import CODES, NAMES
from lambdaspec.diagnostics import Finding, Level

if TYPE_CHECKING:
    from lambdaspec.loading import Loaded
    from lambdaspec.result import Result

__all__ = ["exit_code", "main", "run_labels"]

COMMANDS = (
    cli_explore.explore,
    cli_prove.prove,
    cli_prove.export,
    cli_search.search,
    cli_search.repair,
    cli_search.audit_allow,
    cli_search.why,
)
for command in COMMANDS:
    main.add_command(command)


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@shared_options
@click.option("--format", "kind", type=click.Choice(["text", "json"]), default="text")
@click.option("--budget", type=click.IntRange(0), help="Fail when the worst case exceeds this.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note", "never"]),
    default="error",
    show_default=True,
    help="The least level of a finding that makes the exit code 1.",
)
@click.option(
    "--certificate", type=click.Path(path_type=Path), help="Write the proof of a bounded verdict."
)
@click.option("--draw", type=click.Path(path_type=Path), help="Draw the loops: .svg .png .dot .mmd")
@click.option(
    "--property",
    "properties",
    multiple=True,
    metavar="NAME",
    help="Also decide this stock property, such as silent-loss; `all` for every one.",
)
@click.option(
    "--patience", type=click.IntRange(0), help="Seconds that a bad record may hold others up."
)
@click.option(
    "--robust", is_flag=True, help="Also try cutoffs 14 to 20 and every undocumented reading."
)
def check(
    paths: tuple[str, ...],
    kind: str,
    robust: bool,
    fail_on: str,
    certificate: Path | None,
    draw: Path | None,
    **settings: Any,
) -> int:
    """Decide whether one event can run for ever.

    PATH is an architecture, a SAM or CloudFormation template, or a directory that holds some.
    """
    from lambdaspec.loading import load_all

    loaded, unreadable = load_all(paths)
    results = [(one, _checked(one, settings)) for one in loaded]
    if certificate is not None or draw is not None:
        if len(results) != 1:
            raise click.UsageError("--certificate and --draw need exactly one architecture")
        _write_extras(results[0][1], certificate, draw)
    flips = {id(result): _flips(result, settings) for _, result in results} if robust else {}
    if kind == "json":
        _print_json(results, unreadable, flips)
    else:
        _print_text(results, unreadable, flips)
    if unreadable:
        return BAD_INPUT
    return max((exit_code(result, fail_on) for _, result in results), default=OK)


def _flips(result: Result, settings: Mapping[str, Any]) -> list[str]:
    """What another cutoff or another reading would change, one line each."""
    from lambdaspec.symbolic.robust import CUTOFFS, flips

    low, high = settings["cutoff"] or (CUTOFFS.start, CUTOFFS.stop - 1)
    cutoffs = range(low, high + 1) if low < high else CUTOFFS
    return [str(one) for one in flips(result.architecture, result.options, cutoffs)]


def _checked(loaded: Loaded, settings: Mapping[str, Any]) -> Result:
    from lambdaspec.checking import check as run

    try:
        return run(loaded.architecture, check_options(settings))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def exit_code(result: Result, fail_on: str) -> int:
    """The exit code of one result: unknown is never a pass."""
    if result.verdict.word == "unknown":
        return UNKNOWN
    if any(one.holds is None for one in result.judgements.values()):
        return UNKNOWN
    if fail_on == "never":
        return OK
    least = Level[fail_on.upper()]
    return VIOLATED if any(f.level >= least for f in result.findings) else OK


def _write_extras(result: Result, certificate: Path | None, draw: Path | None) -> None:
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


def _print_json(
    results: list[tuple[Loaded, Result]],
    unreadable: list[Finding],
    flips: Mapping[int, list[str]],
) -> None:
    from lambdaspec.report.json_report import error_report, json_report

    reports = [
        json_report(result) | ({"flips": flips[id(result)]} if flips else {})
        for _, result in results
    ]
    if unreadable:
        reports.append(error_report(tuple(unreadable)))
    click.echo(json.dumps(reports[0] if len(reports) == 1 else reports, indent=2))


def _print_text(
    results: list[tuple[Loaded, Result]],
    unreadable: list[Finding],
    flips: Mapping[int, list[str]],
) -> None:
    from lambdaspec.report.text import Line, report, shown

    lines: list[Line] = []
    for loaded, result in results:
        if lines:
            lines.append(Line(""))
        lines += report(result, loaded.path, {loaded.path: loaded.text})
        if flips:
            said = flips[id(result)] or ["no cutoff or undocumented reading changes a verdict"]
            lines += [Line(f"robust: {one}") for one in said]
    sources = {span.path: text_of(span.path) for f in unreadable if (span := f.span) is not None}
    for finding in unreadable:
        lines += [Line("")] if lines else []
        lines += shown(finding, sources)
    print_lines(lines)


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
    result = _checked(load_or_exit(path), settings)
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


@main.command()
@click.argument("path")
@shared_options
@click.option("--steps", type=click.IntRange(1), default=30, show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--events", type=click.IntRange(1, 100), default=1, help="How many events arrive.")
@click.option(
    "--run", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Follow this run."
)
@click.option("--labels", is_flag=True, help="Print each step as --run takes it.")
def simulate(
    path: str,
    steps: int,
    seed: int,
    events: int,
    run: Path | None,
    labels: bool,
    **settings: Any,
) -> int:
    """Run the machine step by step.

    At random, or along a file with one action a line.
    """
    from lambdaspec.checking import prepared
    from lambdaspec.semantics.system import Machine
    from lambdaspec.semantics.world import World
    from lambdaspec.simulate import NotEnabled, Step, along, at_random

    try:
        ready = prepared(load_or_exit(path).architecture, check_options(settings))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    machine = Machine(World(ready.architecture, ready.scale, ready.readings), events)
    state = next(iter(machine.initial_states()), None)
    if state is None:
        raise click.UsageError("nothing arrives: the architecture has no entry")
    told = at_random(machine, state, steps, seed)
    if run is not None:
        told = along(machine, state, run_labels(run))
    invoked = 0
    try:
        for step in told:
            text = step if isinstance(step, str) else step.label if labels else step.text
            if not (labels and isinstance(step, str)):
                click.echo(text)
            invoked += isinstance(step, Step) and step.invoked is not None
    except NotEnabled as error:
        raise click.UsageError(str(error)) from error
    if not labels:
        click.echo(f"{invoked} invocation{'' if invoked == 1 else 's'}")
    return OK


def run_labels(path: Path) -> list[str]:
    """The labels in a file: one a line, `#` begins a comment."""
    found: list[str] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        text = line.split("#", 1)[0].strip()
        if text:
            found.append(text)
    return found


@main.command()
@click.argument("certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--against", metavar="PATH", help="Also compare it with this architecture.")
@shared_options
def verify(certificate: Path, against: str | None, **settings: Any) -> int:
    """Check a proof without the engine that made it.

    With --against, also that it is about the architecture it claims to be about.
    """
    from lambdaspec.kernel.checker import Rejected
    from lambdaspec.kernel.checker import verify as accept

    try:
        document = json.loads(certificate.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"{certificate} is not JSON: {error}") from error
    try:
        accept(document)
    except (Rejected, RecursionError) as error:
        click.echo(f"rejected: {error}")
        return VIOLATED
    if against is not None:
        result = _checked(load_or_exit(against), settings)
        from lambdaspec.kernel.certificate import same_graph

        if not same_graph(document, result.flow, result.flow.names()):
            click.echo(f"rejected: the proof is about another architecture than {against}")
            return VIOLATED
    click.echo(f"accepted: a proof over {len(document['hops']):,} hops that every run ends")
    return OK


@main.command()
@click.argument("code", required=False)
def explain(code: str | None) -> int:
    """Say what a finding means and what to do.

    Without CODE, list them all.
    """
    import textwrap

    if code is None:
        for entry in CODES.values():
            click.echo(f"{entry.code}  {entry.name} ({entry.level.word})")
            click.echo(
                textwrap.fill(entry.what, 78, initial_indent=" " * 7, subsequent_indent=" " * 7)
            )
        return OK
    found = CODES.get(code.upper()) or NAMES.get(code.lower())
    if found is None:
        raise click.UsageError(f"there is no `{code}`; `lambdaspec explain` lists all")
    click.echo(f"{found.code} {found.name} ({found.level.word})")
    for title, text in (("What", found.what), ("Why", found.why), ("What to do", found.fix)):
        click.echo(f"\n{title}")
        click.echo(textwrap.fill(text, 78, initial_indent="  ", subsequent_indent="  "))
    if found.rules:
        click.echo(f"\nRules: {', '.join(found.rules)} (docs/semantics.md)")
    return OK
