"""`lambdaspec check` and `lambdaspec diff`: what people run on every push."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lambdaspec import __version__
from lambdaspec.cli_base import (
    BAD_INPUT,
    FAULT,
    OK,
    UNKNOWN,
    VIOLATED,
    check_options,
    main,
    print_lines,
    shared_options,
)
from lambdaspec.diagnostics import Finding, Level

if TYPE_CHECKING:
    from lambdaspec.discovery import Candidate
    from lambdaspec.outcome import Outcome, Task
    from lambdaspec.report.text import Line
    from lambdaspec.result import Result

FORMATS = ("text", "json", "sarif", "junit", "github", "markdown")


def parameters_of(given: Sequence[str]) -> dict[str, str]:
    """`K=V` for each parameter, variable or option."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise click.UsageError(f"`{one}` is not of the form NAME=VALUE")
        found[name] = value
    return found


def parameters_from(files: Sequence[Path]) -> dict[str, str]:
    """The parameters in files; the last one that names a parameter counts."""
    from lambdaspec.errors import InputError
    from lambdaspec.parameter_files import read_parameters

    found: dict[str, str] = {}
    for path in files:
        try:
            found |= read_parameters(path)
        except InputError as error:
            first = error.findings[0]
            raise click.ClickException(f"{first.span}: {first.message}") from error
    return found


@main.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@shared_options
@click.option("--format", "kind", type=click.Choice(FORMATS), default="text")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the report there.")
@click.option("--budget", type=click.IntRange(0), help="Fail when the worst case exceeds this.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note", "never"]),
    default="error",
    show_default=True,
    help="The least level of a finding that makes the exit code 1.",
)
@click.option(
    "--parameter", "given", multiple=True, metavar="NAME=VALUE", help="A parameter of templates."
)
@click.option(
    "--parameters",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A file with parameters: JSON, YAML, samconfig.toml or .tfvars.",
)
@click.option(
    "--baseline", type=click.Path(path_type=Path), help="Leave out the findings in this file."
)
@click.option(
    "--write-baseline", type=click.Path(path_type=Path), help="Write the findings to this file."
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
@click.option("--jobs", type=click.IntRange(1), help="Processes for many inputs.  [all cores]")
@click.option("--verbose", is_flag=True, help="Name the files that were passed over.")
def check(
    paths: tuple[str, ...],
    kind: str,
    output: Path | None,
    robust: bool,
    fail_on: str,
    given: tuple[str, ...],
    files: tuple[Path, ...],
    baseline: Path | None,
    write_baseline: Path | None,
    certificate: Path | None,
    draw: Path | None,
    jobs: int | None,
    verbose: bool,
    **settings: Any,
) -> int:
    """Decide whether one event can run for ever.

    PATH is an architecture, a template (CloudFormation, SAM, CDK's output, Terraform, the
    Serverless Framework, a state machine), or a directory that holds some.
    """
    parameters = parameters_from(files) | parameters_of(given)
    task = _task(paths, kind, robust, parameters, baseline, settings)
    inputs = _inputs(paths)
    extras = certificate is not None or draw is not None
    try:
        done = _done(task, inputs, 1 if extras else jobs or os.cpu_count() or 1)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if extras:
        from lambdaspec.cli_draw import write_extras

        results = [one.result for one in done if one.result is not None]
        if len(results) != 1:
            raise click.UsageError("--certificate and --draw need exactly one architecture")
        write_extras(results[0], certificate, draw)
    about, unreadable = _beside(task, paths, done)
    if write_baseline is not None:
        _write_baseline(write_baseline, done, task.root)
    _print(
        task,
        done,
        about,
        unreadable,
        output,
        fail_on,
        directories=any(Path(p).is_dir() for p in paths),
    )
    if verbose:
        for one in done:
            if one.passed_over:
                click.echo(f"passed over, no architecture: {one.path}", err=True)
    faults = [one for one in done if one.fault]
    for one in faults:
        click.echo(f"fault of lambdaspec on {one.path}, please report it: {one.fault}", err=True)
    if faults:
        return FAULT
    if unreadable:
        return BAD_INPUT
    codes = [exit_code(one.findings, fail_on, unknown=one.unknown) for one in done if one.read]
    codes.append(exit_code(about, fail_on, unknown=False))
    if write_baseline is not None:
        return OK
    return max(codes, default=OK)


def _task(
    paths: tuple[str, ...],
    kind: str,
    robust: bool,
    parameters: dict[str, str],
    baseline: Path | None,
    settings: Mapping[str, Any],
) -> Task:
    from lambdaspec.outcome import Task
    from lambdaspec.suppressions import find

    cutoffs = None
    if robust:
        from lambdaspec.symbolic.robust import CUTOFFS

        low, high = settings["cutoff"] or (CUTOFFS.start, CUTOFFS.stop - 1)
        cutoffs = (low, high) if low < high else (CUTOFFS.start, CUTOFFS.stop - 1)
    first = Path(paths[0])
    known = None
    if baseline is not None:
        known = _read_baseline(baseline)
    return Task(
        check_options(settings),
        kind,
        find(first if first.is_dir() else first.parent),
        parameters,
        known,
        _root(),
        cutoffs,
    )


def _root() -> str:
    """Reports show paths below the working directory as relative to it."""
    return str(Path.cwd())


def _read_baseline(path: Path) -> frozenset[str]:
    from lambdaspec.baseline import read
    from lambdaspec.errors import InputError

    try:
        return read(path)
    except InputError as error:
        raise click.ClickException(error.findings[0].message) from error


def _write_baseline(path: Path, done: Iterable[Outcome], root: str) -> None:
    from lambdaspec.baseline import write

    try:
        write(path, [f for one in done if one.read for f in one.findings], root)
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from error


def _inputs(paths: Iterable[str]) -> list[Candidate]:
    from lambdaspec.discovery import candidates

    return list(dict.fromkeys(one for path in paths for one in candidates(path)))


def _done(task: Task, inputs: list[Candidate], jobs: int) -> list[Outcome]:
    from lambdaspec.outcome import PARALLEL, outcomes

    found = outcomes(task, inputs, jobs)
    if len(inputs) < PARALLEL or not sys.stderr.isatty():
        return list(found)
    from rich.progress import track

    return list(track(found, "checking", total=len(inputs), transient=True))


def _beside(
    task: Task, paths: Iterable[str], done: Sequence[Outcome]
) -> tuple[list[Finding], list[Finding]]:
    """Findings about no input: unused suppressions; and everything that could not be read."""
    from lambdaspec.loading import nothing_in

    ours = task.suppressions
    for one in done:
        ours.known += [s for s in one.added if s not in ours.known]
        ours.problems += one.problems
        ours.used |= one.used
    unreadable = [f for one in done if not one.read for f in one.findings]
    for path in paths:
        if Path(path).is_dir():
            here = Path(path).absolute()
            inside = [o for o in done if Path(o.path).absolute().is_relative_to(here)]
            if all(one.passed_over for one in inside):
                unreadable.append(nothing_in(path))
    return list(ours.unused()), [*unreadable, *ours.problems]


def exit_code(findings: Iterable[Finding], fail_on: str, *, unknown: bool) -> int:
    """The exit code for some findings: unknown is never a pass."""
    if unknown:
        return UNKNOWN
    if fail_on == "never":
        return OK
    least = Level[fail_on.upper()]
    return VIOLATED if any(f.level >= least for f in findings) else OK


def _print(
    task: Task,
    done: Sequence[Outcome],
    about: list[Finding],
    unreadable: list[Finding],
    output: Path | None,
    fail_on: str,
    *,
    directories: bool,
) -> None:
    if task.kind == "text" and output is None:
        print_lines(_text(done, about, unreadable, directories=directories))
        return
    text = _rendered(task, done, about, unreadable, fail_on, directories=directories)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        output.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror}") from error


def _rendered(
    task: Task,
    done: Sequence[Outcome],
    about: list[Finding],
    unreadable: list[Finding],
    fail_on: str,
    *,
    directories: bool,
) -> str:
    read = [one for one in done if one.read]
    findings = [f for one in read for f in one.findings] + about + unreadable
    match task.kind:
        case "json":
            return json.dumps(_json(read, about, unreadable), indent=2)
        case "sarif":
            from lambdaspec.report.sarif import sarif

            return json.dumps(sarif(findings, __version__, task.root), indent=2)
        case "github":
            from lambdaspec.report.ci import github

            return "\n".join(github(findings, task.root))
        case "junit":
            from lambdaspec.report.ci import junit

            suites: dict[str, list[Finding]] = {one.path: list(one.findings) for one in read}
            for one in [*about, *unreadable]:
                suites.setdefault(one.span.path if one.span else "lambdaspec", []).append(one)
            least = Level[fail_on.upper()] if fail_on != "never" else Level.ERROR
            return junit(suites, least, task.root)
        case "markdown":
            from lambdaspec.report.markdown import Section, markdown

            parts = [Section(o.path, o.word, o.worst, o.findings, o.diagram) for o in read]
            return markdown(parts, [*about, *unreadable], task.root)
        case _:
            lines = _text(done, about, unreadable, directories=directories)
            return "\n".join(line.text for line in lines)


def _json(
    read: Sequence[Outcome], about: list[Finding], unreadable: list[Finding]
) -> dict[str, Any] | list[dict[str, Any]]:
    from lambdaspec.report.json_report import error_report

    reports = [one.data for one in read]
    if unreadable or about:
        reports.append(error_report((*about, *unreadable)))
    return reports[0] if len(reports) == 1 else reports


def _text(
    done: Sequence[Outcome], about: list[Finding], unreadable: list[Finding], *, directories: bool
) -> list[Line]:
    from lambdaspec.outcome import text_of
    from lambdaspec.report.text import Line, shown

    lines: list[Line] = []
    for one in done:
        if one.read:
            lines += [Line("")] if lines else []
            lines += one.lines
    rest = [*about, *unreadable]
    sources = {span.path: text_of(span.path) for f in rest if (span := f.span) is not None}
    for finding in rest:
        lines += [Line("")] if lines else []
        lines += shown(finding, sources)
    if directories:
        read, over = sum(o.read for o in done), sum(o.passed_over for o in done)
        broken = len(done) - read - over
        words = [f"{read:,} architecture{'' if read == 1 else 's'} checked"]
        words += [f"{broken:,} not readable"] if broken else []
        words += [f"{over:,} file{'' if over == 1 else 's'} passed over"] if over else []
        lines += [Line(""), Line(", ".join(words), "bold")]
    return lines


@main.command()
@click.argument("old")
@click.argument("new")
@shared_options
@click.option("--parameter", "given", multiple=True, metavar="NAME=VALUE")
def diff(old: str, new: str, given: tuple[str, ...], **settings: Any) -> int:
    """Say what a change does to the answer.

    OLD and NEW are files, or two checkouts of a directory. The exit code is 1 only if something has
    become worse: a bound that rises, or a loop that is new or ends later than it did.
    """
    from lambdaspec.difference import changes
    from lambdaspec.report.text import Line, printable, wrapped

    before = _results(old, settings, given)
    after = _results(new, settings, given)
    worse = False
    lines: list[Line] = []
    single = len(before) == len(after) == 1 and not (Path(old).is_dir() or Path(new).is_dir())
    pairs = (
        [("", next(iter(before.values())), next(iter(after.values())))]
        if single
        else [(name, before.get(name), after.get(name)) for name in sorted({*before, *after})]
    )
    for name, one, other in pairs:
        found = list(changes(one, other))
        if found and name:
            lines.append(Line(printable(name), "bold"))
        for change in found:
            worse |= change.worse
            mark, style = ("- ", "red") if change.worse else ("  ", "")
            lines += [Line(text, style) for text in wrapped(mark + printable(change.text))]
    print_lines(lines or [Line("no change in bounds or loops")])
    return VIOLATED if worse else OK


def _results(path: str, settings: Mapping[str, Any], given: tuple[str, ...]) -> dict[str, Result]:
    """The check of each architecture, by its path below the directory."""
    from lambdaspec.checking import check as run
    from lambdaspec.errors import InputError
    from lambdaspec.loading import OTHERS, load
    from lambdaspec.outcome import text_of
    from lambdaspec.report.text import shown

    found: dict[str, Result] = {}
    for one in _inputs([path]):
        try:
            loaded = load(one.path, parameters_of(given), one.others)
            found[os.path.relpath(one.path, path)] = run(
                loaded.architecture, check_options(settings)
            )
        except InputError as error:
            if one.named or not all(f.code in OTHERS for f in error.findings):
                for finding in error.findings:
                    print_lines(shown(finding, {one.path: text_of(one.path)}))
                raise SystemExit(BAD_INPUT) from error
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    return found
