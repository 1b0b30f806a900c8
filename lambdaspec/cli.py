"""The command line. Parses, calls, prints, and turns outcomes into the five exit codes."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lambdaspec import __version__
from lambdaspec.codes import CODES, NAMES
from lambdaspec.diagnostics import Finding, Level
from lambdaspec.errors import InputError, ToolFault

if TYPE_CHECKING:
    from lambdaspec.loading import Loaded
    from lambdaspec.report.text import Line
    from lambdaspec.result import Options, Result

OK, VIOLATED, UNKNOWN, BAD_INPUT, FAULT = range(5)
"""The exit codes."""

EXIT_CODES = """\b
Exit codes: 0 nothing at --fail-on and nothing unknown, 1 violated,
2 unknown, 3 bad input or usage, 4 fault of lambdaspec."""


class _Group(click.Group):
    """Usage errors end with 3, and a contradiction inside lambdaspec with 4 and no traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        gc.disable()  # the process ends before there is garbage; large flows take half as long
        kwargs["standalone_mode"] = False
        kwargs["prog_name"] = "lambdaspec"
        try:
            code = super().main(*args, **kwargs)
        except click.exceptions.Abort:
            sys.exit(130)
        except click.ClickException as error:
            error.show()
            sys.exit(BAD_INPUT)
        except ToolFault as error:
            click.echo(f"fault of lambdaspec, please report it: {error}", err=True)
            sys.exit(FAULT)
        except BrokenPipeError:
            sys.exit(OK)
        sys.exit(code if isinstance(code, int) else OK)


@click.group(cls=_Group, epilog=EXIT_CODES, context_settings={"max_content_width": 80})
@click.version_option(__version__, prog_name="lambdaspec")
def main() -> None:
    """Find out, before you deploy, whether one event can make Lambda run for ever."""


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--entry", metavar="NAME", help="Let the event arrive only here."),
        click.option(
            "--cutoff",
            type=click.IntRange(1, 1_000),
            help="Invocations of a function in one chain before Lambda refuses the next.  [16]",
        ),
        click.option(
            "--evidence",
            type=click.Choice(["declared", "code", "configured", "permitted"]),
            default="configured",
            show_default=True,
            help="The weakest evidence of a write that counts.",
        ),
    ):
        command = option(command)
    return command


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@_options
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
def check(
    paths: tuple[str, ...],
    kind: str,
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
    if kind == "json":
        _print_json(results, unreadable)
    else:
        _print_text(results, unreadable)
    if unreadable:
        return BAD_INPUT
    return max((exit_code(result, fail_on) for _, result in results), default=OK)


def _checked(loaded: Loaded, settings: Mapping[str, Any]) -> Result:
    from lambdaspec.checking import check as run

    try:
        return run(loaded.architecture, _check_options(settings))
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _check_options(settings: Mapping[str, Any]) -> Options:
    from lambdaspec.architecture.elements import Evidence
    from lambdaspec.result import Options
    from lambdaspec.semantics.limits import CUTOFF

    return Options(
        evidence=Evidence[settings["evidence"].upper()],
        cutoff=settings["cutoff"] or CUTOFF.value,
        entry=settings["entry"],
        budget=settings.get("budget"),
    )


def exit_code(result: Result, fail_on: str) -> int:
    """The exit code of one result: unknown is never a pass."""
    if result.verdict.word == "unknown":
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


def _print_json(results: list[tuple[Loaded, Result]], unreadable: list[Finding]) -> None:
    from lambdaspec.report.json_report import error_report, json_report

    reports = [json_report(result) for _, result in results]
    if unreadable:
        reports.append(error_report(tuple(unreadable)))
    click.echo(json.dumps(reports[0] if len(reports) == 1 else reports, indent=2))


def _print_text(results: list[tuple[Loaded, Result]], unreadable: list[Finding]) -> None:
    from lambdaspec.report.text import Line, report, shown

    lines: list[Line] = []
    for loaded, result in results:
        if lines:
            lines.append(Line(""))
        lines += report(result, loaded.path, {loaded.path: loaded.text})
    sources = {span.path: _text(span.path) for f in unreadable if (span := f.span) is not None}
    for finding in unreadable:
        lines += [Line("")] if lines else []
        lines += shown(finding, sources)
    _print_lines(lines)


def _text(path: str) -> str:
    """The text of a file that could not be read as an architecture, as far as it is text."""
    try:
        with Path(path).open("rb") as file:
            return file.read(1 << 20).decode(errors="replace")
    except OSError:
        return ""


def _print_lines(lines: Iterable[Line]) -> None:
    if not sys.stdout.isatty():  # plain, and without the time it takes to load rich
        for line in lines:
            click.echo(line.text)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text(line.text, style=line.style))


@main.command()
@click.argument("path")
@_options
@click.option(
    "--format", "kind", type=click.Choice(["svg", "png", "dot", "mermaid"]), default="mermaid"
)
@click.option("--loop", metavar="ID", help="Mark only this loop, such as L1.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write it.")
def render(path: str, kind: str, loop: str | None, output: Path | None, **settings: Any) -> int:
    """Draw an architecture and its loops.

    Red is what repeats, blue the way there.
    """
    result = _checked(_load(path), settings)
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


def _load(path: str) -> Loaded:
    from lambdaspec.loading import load
    from lambdaspec.report.text import shown

    try:
        return load(path)
    except InputError as error:
        sources = {path: _text(path)}
        for finding in error.findings:
            _print_lines(shown(finding, sources))
        raise SystemExit(BAD_INPUT) from error


@main.command()
@click.argument("path")
@_options
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
        ready = prepared(_load(path).architecture, _check_options(settings))
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
@_options
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
        result = _checked(_load(against), settings)
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
