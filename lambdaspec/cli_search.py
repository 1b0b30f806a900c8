"""`search`, `repair`, `audit-allow`, `ends` and `why`: questions about many configurations at once."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lambdaspec.cli_base import (
    OK,
    UNKNOWN,
    VIOLATED,
    check_options,
    load_or_exit,
    shared_options,
)

if TYPE_CHECKING:
    from lambdaspec.architecture.elements import Architecture
    from lambdaspec.flow.count import Count
    from lambdaspec.result import Options
    from lambdaspec.symbolic.edits import Edit
    from lambdaspec.symbolic.endings import Ending
    from lambdaspec.symbolic.nearest import Nearest

SEARCH_BUDGET = 20_000
"""How many configurations of one event each decision of a search may visit."""


def number(count: Count) -> str:
    """A count in words."""
    from lambdaspec.findings import number as in_words

    return in_words(count)


formats = click.option("--format", "kind", type=click.Choice(["text", "json"]), default="text")


def needs_z3(command: Callable[..., int]) -> Callable[..., int]:
    """A command that says which extra it needs, instead of a traceback."""
    from functools import wraps

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> int:
        try:
            return command(*args, **kwargs)
        except ModuleNotFoundError as error:
            message = f"{error.name} is not installed: pip install 'lambdaspec[symbolic]'"
            raise click.ClickException(message) from error
        except ValueError as error:
            raise click.UsageError(str(error)) from error

    return run


def _prepared(path: str, settings: dict[str, Any]) -> tuple[Architecture, Options]:
    from attrs import evolve

    from lambdaspec.checking import at_entry

    options = check_options(settings)
    loaded = load_or_exit(path)
    architecture = at_entry(loaded.architecture, options.entry)
    restricted = architecture.restricted(options.evidence)
    return restricted, evolve(options, entry=None, search=SEARCH_BUDGET)


@click.command()
@click.argument("path", required=False)
@shared_options
@formats
@click.option(
    "--within", type=click.IntRange(0, 6), default=2, show_default=True, help="Mistakes at once."
)
@click.option("--first", is_flag=True, help="Stop at the fewest mistakes.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this kind of mistake.")
@click.option("--far", is_flag=True, help="Also take resources of unconnected parts for others.")
@click.option(
    "--engine",
    type=click.Choice(["paths", "hitting-sets", "hypothesis"]),
    default="paths",
    show_default=True,
)
@click.option("--show", type=click.IntRange(0), default=20, show_default=True, help="Sets to list.")
@click.option("--catalogue", is_flag=True, help="List the mistakes and what they are.")
@click.option("--maximise", is_flag=True, help="Find the largest worst case inside --range.")
@click.option(
    "--range", "ranges", multiple=True, metavar="NAME.SETTING=A..B", help="For --maximise."
)
@needs_z3
def search(path: str | None, kind: str, catalogue: bool, maximise: bool, **settings: Any) -> int:
    """Find the fewest mistakes that make it run away.

    Answers with every minimal set of mistakes up to --within, or says that there is none. Exit code
    0: no such set exists; 1: there are some; 2: a configuration could not be decided.
    """
    from lambdaspec.symbolic.mistakes import CATALOGUE, mistakes
    from lambdaspec.symbolic.oracle import Oracle

    if catalogue:
        for mistake in CATALOGUE.values():
            click.echo(f"{mistake.name}: {mistake.what}")
            click.echo(textwrap.fill(mistake.page, 78, initial_indent="  ", subsequent_indent="  "))
        return OK
    if path is None:
        raise click.UsageError("name an architecture")
    architecture, options = _prepared(path, settings)
    if maximise:
        return _maximise(path, architecture, options, settings["ranges"], kind)
    edits = mistakes(architecture, settings["only"], far=settings["far"])
    found = _engine(settings)(Oracle(architecture, options, edits))
    if kind == "json":
        click.echo(json.dumps(_search_json(found), indent=2))
    else:
        _print_search(path, found, settings)
    if found.sets:
        return VIOLATED
    complete = found.proved >= settings["within"] and not found.unknown
    return OK if complete else UNKNOWN


def _engine(settings: dict[str, Any]) -> Callable[[Any], Nearest]:
    def tell(line: str) -> None:
        click.echo(f"  {line}", err=True)

    within, first, engine = settings["within"], settings["first"], settings["engine"]
    if engine == "hypothesis":
        from lambdaspec.symbolic.generated import nearest_by_generation

        return lambda oracle: nearest_by_generation(oracle, within, tell)
    if engine == "hitting-sets":
        from lambdaspec.symbolic.hitting import nearest_by_hitting

        return lambda oracle: nearest_by_hitting(oracle, within, tell, first=first)
    from lambdaspec.symbolic.nearest import nearest

    return lambda oracle: nearest(oracle, within, tell, first=first)


def _print_search(path: str, found: Nearest, settings: dict[str, Any]) -> None:
    tried = f"{len(found.edits):,} single mistakes, {found.asked:,} configurations decided"
    if found.distance == 0:
        click.echo(f"{path}: unbounded as it is; `lambdaspec check` shows how, `repair` what to do")
    elif found.distance is None and found.proved >= 0:
        size = "1 mistake makes" if found.proved == 1 else f"{found.proved} mistakes make"
        click.echo(f"{path}: no {size} it unbounded ({tried})")
        if settings["engine"] == "hypothesis":
            click.echo("  generation found none beyond that, which proves nothing")
    elif found.distance is None:
        click.echo(f"{path}: nothing is proved ({tried})")
    else:
        plural = "mistake" if found.distance == 1 else "mistakes"
        click.echo(f"{path}: {found.distance} {plural} away from running for ever")
        click.echo(f"  {tried}; {len(found.sets):,} minimal sets")
    for rank, one in enumerate(found.named()[: settings["show"]], 1):
        for place, edit in enumerate(one):
            lead = f"  {rank}. " if place == 0 else "     and "
            text = f"{edit.says} ({edit.name})"
            click.echo(textwrap.fill(text, 80, initial_indent=lead, subsequent_indent=" " * 5))
    left = len(found.sets) - settings["show"]
    if left > 0:
        click.echo(f"  … and {left:,} more: --show {len(found.sets)}")
    for places in found.unknown[: settings["show"]]:
        names = " and ".join(found.edits[i].says for i in places)
        click.echo(
            textwrap.fill(
                f"not decided: {names}", 80, initial_indent="  ", subsequent_indent="    "
            )
        )


def _search_json(found: Nearest) -> dict[str, Any]:
    def shown(places: Sequence[int]) -> list[dict[str, str]]:
        return [{"name": found.edits[i].name, "says": found.edits[i].says} for i in places]

    return {
        "schema": "lambdaspec/search/1",
        "distance": found.distance,
        "sets": [shown(one) for one in found.sets],
        "unknown": [shown(one) for one in found.unknown],
        "proved_within": found.proved,
        "mistakes": len(found.edits),
        "decisions": found.asked,
    }


def _maximise(
    path: str, architecture: Architecture, options: Options, texts: Sequence[str], kind: str
) -> int:
    from lambdaspec.symbolic.maximise import maximise, read_range

    if not texts:
        raise click.UsageError("--maximise needs at least one --range NAME.SETTING=A..B")
    largest = maximise(architecture, options, [read_range(architecture, text) for text in texts])
    shown = "no bound" if largest.count is None else number(largest.count)
    settings = [edit.says for edit in largest.edits]
    if kind == "json":
        document = {
            "schema": "lambdaspec/maximise/1",
            "worst": None if largest.count is None else str(largest.count.most),
            "settings": settings,
            "proved": largest.proved,
            "decisions": largest.asked,
        }
        click.echo(json.dumps(document, indent=2))
    else:
        how = (
            "nothing inside the ranges is larger" if largest.proved else "not proved to be largest"
        )
        click.echo(f"{path}: {shown} invocations at worst; {how} ({largest.asked:,} decided)")
        for line in settings or ["with the settings as they are"]:
            click.echo(f"  {line}")
    return OK if largest.proved else UNKNOWN


@click.command()
@click.argument("path")
@shared_options
@formats
@click.option("--at-most", type=click.IntRange(0), help="Also bound the worst case by this.")
@click.option("--clean", is_flag=True, help="Also leave no loop that is an error.")
@click.option("--only", multiple=True, metavar="NAME", help="Only this kind of repair.")
@click.option("--patch", "as_patch", is_flag=True, help="Print only the patch, for `git apply`.")
@needs_z3
def repair(
    path: str, kind: str, at_most: int | None, clean: bool, as_patch: bool, **settings: Any
) -> int:
    """Find the cheapest change after which it is bounded.

    Prints the steps, what each costs in behaviour, and a patch where the input is native YAML. Exit
    code 0: repaired, or nothing to repair; 2: no repair was found.
    """
    from lambdaspec.symbolic.repair import repair as run
    from lambdaspec.symbolic.repairs import repairs

    architecture, options = _prepared(path, settings)
    edits = repairs(architecture, settings["only"])
    made = run(architecture, options, edits, at_most, clean=clean)
    diff, why_not = ("", "") if not made.edits else _patch(path, made.edits)
    if as_patch:
        click.echo(diff, nl=False)
    elif kind == "json":
        document = {
            "schema": "lambdaspec/repair/1",
            "steps": None
            if made.edits is None
            else [{"name": e.name, "says": e.says, "behaviour": e.behaviour} for e in made.edits],
            "cost": made.cost,
            "worst": None
            if made.result is None or made.result.worst is None
            else number(made.result.worst),
            "patch": diff,
            "decisions": made.asked,
        }
        click.echo(json.dumps(document, indent=2))
    else:
        _print_repair(path, made, diff, why_not)
    return UNKNOWN if made.edits is None else OK


def _print_repair(path: str, made: Any, diff: str, why_not: str) -> None:
    if made.edits is None:
        how = "of the repairs known" if made.exhausted else "among those that were tried"
        click.echo(f"{path}: no set {how} is enough ({made.asked:,} decided)")
        return
    if not made.edits:
        click.echo(f"{path}: nothing to repair")
        return
    worst = made.result.worst
    shown = "" if worst is None else f", {number(worst)} invocations at worst"
    click.echo(f"{path}: bounded{shown}, after")
    for rank, edit in enumerate(made.edits, 1):
        lead = f"  {rank}. "
        click.echo(textwrap.fill(edit.says, 80, initial_indent=lead, subsequent_indent=" " * 5))
        text = f"cost: {edit.behaviour}"
        click.echo(textwrap.fill(text, 80, initial_indent=" " * 5, subsequent_indent=" " * 11))
    click.echo(f"  the cheapest of {made.asked:,} sets decided")
    if diff:
        click.echo("\n" + diff, nl=False)
    else:
        click.echo(f"  no patch: {why_not}")


def _patch(path: str, edits: Sequence[Edit]) -> tuple[str, str]:
    from lambdaspec.loading import load
    from lambdaspec.symbolic.patch import CannotPatch, patch

    loaded = load(path)
    try:
        return patch(path, loaded.text, loaded.architecture, edits), ""
    except CannotPatch as error:
        return "", str(error)


@click.command("audit-allow")
@click.argument("path")
@shared_options
@formats
@needs_z3
def audit_allow(path: str, kind: str, **settings: Any) -> int:
    """Say who needs RecursiveLoop: Allow, and where it is unsafe.

    Exit code 1: an `Allow` is missing, superfluous, or makes it unbounded.
    """
    from lambdaspec.symbolic.audit import audit

    architecture, options = _prepared(path, settings)
    said = audit(architecture, options)
    now = [one for one in said.unsafe if set(one) <= set(said.allowed)]
    if kind == "json":
        document = {
            "schema": "lambdaspec/audit/1",
            "allowed": said.allowed,
            "needed": said.needed,
            "superfluous": said.superfluous,
            "unsafe": said.unsafe,
            "bounded_with_needed": said.safe,
            "complete": said.complete,
        }
        click.echo(json.dumps(document, indent=2))
    else:
        for line in _audit_lines(path, said, now):
            click.echo(textwrap.fill(line, 80, subsequent_indent="    "))
    good = set(said.needed) == set(said.allowed) and said.safe and not now
    return OK if good else VIOLATED


def _audit_lines(path: str, said: Any, now: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"{path}: Allow is set on {', '.join(said.allowed) or 'no function'}"]
    if said.needed:
        worst = said.result.worst
        proof = (
            f"bounded with it, {number(worst)} invocations at worst, by a verified certificate"
            if said.safe and worst is not None
            else f"{said.result.verdict.word} with it"
        )
        names = ", ".join(said.needed)
        lines.append(f"  needed by {names}, whose recursion is cut short without: {proof}")
    else:
        lines.append("  needed by no function: no loop with an end of its own is cut short")
    if said.superfluous:
        lines.append(f"  not needed: {', '.join(said.superfluous)}")
    for one in said.unsafe:
        what = "unsafe as it is set" if one in now else "would be unsafe"
        if not one:
            lines.append("  unbounded without any Allow: `lambdaspec repair` says what to do")
        else:
            together = "" if len(one) == 1 else " together"
            lines.append(f"  {what}: {' and '.join(one)}{together}, unbounded with Allow")
    if not said.complete:
        lines.append("  larger sets of Allows than three were not looked at")
    return lines


@click.command()
@click.argument("path")
@shared_options
@formats
@click.option(
    "--certificate", type=click.Path(path_type=Path), help="Write the ranking functions there."
)
@click.option(
    "--smtlib", type=click.Path(path_type=Path), help="Write what was proved for another solver."
)
@needs_z3
def ends(
    path: str, kind: str, certificate: Path | None, smtlib: Path | None, **settings: Any
) -> int:
    """Say which loops end whatever integers the event brings.

    Lambda's cutoff does not count here. A loop that ends has a ranking function; one that does not
    has integers from which it runs for ever. Exit code 1: some loop does not end; 2: not known.
    """
    from lambdaspec.symbolic.endings import Says, endings
    from lambdaspec.symbolic.ranking import smtlib as written

    architecture, options = _prepared(path, settings)
    found = endings(architecture, options)
    proofs = [one.certificate for one in found if one.certificate is not None]
    if certificate is not None:
        _write(certificate, json.dumps(proofs, indent=1) + "\n")
    if smtlib is not None:
        _write(smtlib, "".join(written(one) for one in proofs))
    if kind == "json":
        listed = [
            {
                "through": one.names,
                "says": one.says.value,
                "functions": one.functions,
                "payload": dict(one.payload),
                "why": one.why,
            }
            for one in found
        ]
        click.echo(json.dumps({"schema": "lambdaspec/ends/1", "loops": listed}, indent=2))
    else:
        for line in _ending_lines(path, found):
            click.echo(textwrap.fill(line, 80, subsequent_indent="    "))
    says = {one.says for one in found}
    if Says.NEVER in says:
        return VIOLATED
    return UNKNOWN if Says.UNKNOWN in says else OK


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {path}: {error.strerror}") from error


def _ending_lines(path: str, found: Sequence[Ending]) -> list[str]:
    if not found:
        return [f"{path}: no loops"]
    lines = [f"{path}: {len(found)} group{'s' if len(found) > 1 else ''} of loops"]
    for one in found:
        through = ", ".join(one.names)
        match one.says.value:
            case "ends":
                lines.append(f"  {through}: ends whatever the event brings")
                lines += [
                    f"    {rank}. {text} goes down, and never below 0"
                    for rank, text in enumerate(one.functions, 1)
                ]
            case "never":
                brings = ", ".join(f"{n} = {v}" for n, v in one.payload) or "anything"
                lines.append(f"  {through}: runs for ever from {brings}, replayed")
            case _:
                lines.append(f"  {through}: not known: {one.why}")
    return lines


@click.command()
@click.argument("path")
@shared_options
@formats
@click.option("--all", "every", is_flag=True, help="List every minimal set, not just one.")
@needs_z3
def why(path: str, kind: str, every: bool, **settings: Any) -> int:
    """Say which settings a bounded verdict rests on.

    A minimal set: it stays bounded with every other protection lost, and none of these can be
    spared.
    """
    from itertools import islice

    from lambdaspec.symbolic.robust import bases, source_of

    architecture, options = _prepared(path, settings)
    found = list(islice(bases(architecture, options), None if every else 1))
    if kind == "json":
        document = [[{"says": e.says, "rule": r} for e, r in one.rules()] for one in found]
        click.echo(json.dumps({"schema": "lambdaspec/why/1", "bases": document}, indent=2))
    elif not found:
        click.echo(f"{path}: not bounded, or not decided: it rests on nothing")
    for rank, one in enumerate(found if kind == "text" else [], 1):
        head = f"{path}: bounded" if rank == 1 else "  or"
        if not one.losses:
            click.echo(f"{head} whatever protections are lost: by structure, retries and expiry")
            continue
        click.echo(f"{head} as long as none of this happens:" if rank == 1 else "  or none of:")
        for edit, rule in one.rules():
            text = f"{edit.says} ({rule}{source_of(rule)})"
            click.echo(textwrap.fill(text, 80, initial_indent="  - ", subsequent_indent="    "))
    return OK if found else VIOLATED
