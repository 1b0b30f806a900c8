"""The check of one input, from its path to what each report says: what a worker process does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve, field, frozen

from lambdaspec.diagnostics import Finding, Span
from lambdaspec.errors import InputError, ToolFault
from lambdaspec.suppressions import Suppression, Suppressions

if TYPE_CHECKING:
    from lambdaspec.discovery import Candidate
    from lambdaspec.loading import Loaded
    from lambdaspec.report.text import Line
    from lambdaspec.result import Options, Result

PARALLEL = 12
"""With at least this many inputs a second process pays for its start."""


@frozen
class Task:
    """What to do with each input.

    Attributes:
        options: how to check.
        kind: the format of the report.
        parameters: values of parameters, variables and options of templates.
        suppressions: findings that are accepted.
        baseline: fingerprints of findings that were there before; None: no baseline.
        root: the folder that paths in reports are relative to.
        cutoffs: cutoffs to try for `--robust`; None: do not.

    """

    options: Options
    kind: str
    suppressions: Suppressions
    parameters: Mapping[str, str] = field(factory=dict)
    baseline: frozenset[str] | None = None
    root: str = ""
    cutoffs: tuple[int, int] | None = None


@frozen
class Outcome:
    """What came out for one input; `result` only where it was checked in this process."""

    path: str
    findings: tuple[Finding, ...] = ()
    read: bool = True
    passed_over: bool = False
    unknown: bool = False
    word: str = ""
    worst: str = ""
    lines: tuple[Line, ...] = ()
    data: dict[str, Any] = field(factory=dict)
    diagram: tuple[str, ...] = ()
    used: frozenset[Suppression] = frozenset()
    added: tuple[Suppression, ...] = ()
    problems: tuple[Finding, ...] = ()
    accepted: int = 0
    fault: str = ""
    result: Result | None = None


def outcomes(task: Task, inputs: list[Candidate], jobs: int) -> Iterator[Outcome]:
    """The outcome of each input, in order, on as many processes as are worth it."""
    if jobs < 2 or len(inputs) < PARALLEL:
        yield from (outcome(task, one) for one in inputs)
        return
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial

    chunk = max(1, min(32, len(inputs) // (4 * jobs)))
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(partial(_alone, task), inputs, chunksize=chunk)


def _alone(task: Task, one: Candidate) -> Outcome:
    return evolve(outcome(task, one), result=None)


def outcome(task: Task, one: Candidate) -> Outcome:
    """Read and check one input; a fault of lambdaspec on one input leaves the others alone.

    Raises:
        ValueError: the entry or property asked for does not exist.

    """
    from lambdaspec.loading import OTHERS, load

    try:
        loaded = load(one.path, task.parameters, one.others)
    except InputError as error:
        if not one.named and all(f.code in OTHERS for f in error.findings):
            return Outcome(one.path, read=False, passed_over=True)
        return Outcome(one.path, tuple(error.findings), read=False)
    except Exception as error:  # noqa: BLE001  whatever a file holds, the others are checked
        return _faulty(one.path, error)
    try:
        return _checked(task, loaded)
    except ValueError:
        raise
    except Exception as error:  # noqa: BLE001  as above
        return _faulty(one.path, error)


def _faulty(path: str, error: Exception) -> Outcome:
    """A fault on one input: nesting without end is the input's, anything else ours."""
    from lambdaspec.architecture.document import finding

    if isinstance(error, RecursionError):
        found = finding("LS012", Span(path), "nested too deeply to be read")
        return Outcome(path, (found,), read=False)
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    code = last.tb_frame.f_code if last is not None else None
    where = f" in {code.co_name}, line {last.tb_lineno}" if code is not None and last else ""
    text = str(error) if isinstance(error, ToolFault) else f"{type(error).__name__}{where}: {error}"
    return Outcome(path, read=False, fault=text)


def _checked(task: Task, loaded: Loaded) -> Outcome:
    from lambdaspec.checking import check

    result = check(loaded.architecture, task.options)
    ours = evolve(task.suppressions, known=list(task.suppressions.known), problems=[], used=set())
    before = len(ours.known)
    for path, text in sources_of(loaded, result.findings).items():
        if path.endswith((".tf", ".yml", ".yaml", ".py", ".js", ".ts", ".go", ".java", ".cs")):
            ours.comments(path, text)
    kept = ours.apply(result.findings)
    accepted = 0
    if task.baseline is not None:
        from lambdaspec.baseline import new

        fresh = new(kept, task.baseline, task.root)
        kept, accepted = fresh, len(kept) - len(fresh)
    result = evolve(result, findings=kept)
    worst = ""
    if result.worst is not None:
        from lambdaspec.findings import number

        worst = number(result.worst)
    made = Outcome(
        loaded.path,
        kept,
        unknown=_is_unknown(result),
        word=result.verdict.word,
        worst=worst,
        used=frozenset(ours.used),
        added=tuple(ours.known[before:]),
        problems=tuple(ours.problems),
        accepted=accepted,
        result=result,
    )
    return _reported(task, loaded, result, made)


def _is_unknown(result: Result) -> bool:
    """Unknown is never a pass."""
    judged = result.judgements.values()
    return result.verdict.word == "unknown" or any(one.holds is None for one in judged)


def _reported(task: Task, loaded: Loaded, result: Result, made: Outcome) -> Outcome:
    flips = None if task.cutoffs is None else _flips(result, task.cutoffs)
    if task.kind == "json":
        from lambdaspec.report.json_report import json_report

        data = json_report(result) | ({} if flips is None else {"flips": flips})
        return evolve(made, data=data)
    if task.kind == "text":
        from lambdaspec.report.text import Line, report

        lines = list(report(result, loaded.path, sources_of(loaded, result.findings)))
        if made.accepted:
            lines.append(Line(f"  {made.accepted:,} more in the baseline"))
        if flips is not None:
            said = flips or ["no cutoff or undocumented reading changes a verdict"]
            lines += [Line(f"robust: {one}") for one in said]
        return evolve(made, lines=tuple(lines))
    if task.kind == "markdown" and result.loops:
        from lambdaspec.report.markdown import diagram

        return evolve(made, diagram=tuple(diagram(result)))
    return made


def sources_of(loaded: Loaded, findings: Iterable[Finding]) -> dict[str, str]:
    """The text of the input, and of the other files that findings point into."""
    from pathlib import Path

    found = {} if Path(loaded.path).is_dir() else {loaded.path: loaded.text}
    for one in findings:
        for span in (one.span, *(place for place, _ in one.steps)):
            if span is not None and span.path not in found:
                found[span.path] = text_of(span.path)
    return found


def text_of(path: str) -> str:
    """The text of a file, as far as it is text; nothing where it cannot be read."""
    from pathlib import Path

    try:
        with Path(path).open("rb") as file:
            return file.read(1 << 20).decode(errors="replace")
    except OSError:
        return ""


def _flips(result: Result, cutoffs: tuple[int, int]) -> list[str]:
    """What another cutoff or another reading would change, one line each."""
    from lambdaspec.symbolic.robust import flips

    tried = range(cutoffs[0], cutoffs[1] + 1)
    return [str(one) for one in flips(result.architecture, result.options, tried)]
