"""The command line. Parses, calls, prints, and turns outcomes into the five exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from lambdaspec import cli_check, cli_draw, cli_explore, cli_prove, cli_search
from lambdaspec.cli_base import (
    OK,
    VIOLATED,
    check_options,
    load_or_exit,
    main,
    shared_options,
)
from lambdaspec.cli_draw import checked
from lambdaspec.codes import CODES, NAMES

__all__ = ["main", "run_labels"]

COMMANDS = (
    cli_check.check,
    cli_check.diff,
    cli_draw.render,
    cli_explore.explore,
    cli_prove.prove,
    cli_prove.export,
    cli_search.search,
    cli_search.repair,
    cli_search.audit_allow,
    cli_search.ends,
    cli_search.why,
)
for command in COMMANDS:
    main.add_command(command)


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
        result = checked(load_or_exit(against), settings)
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
