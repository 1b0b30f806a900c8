"""`lambdaspec prove` and `lambdaspec export`: what lets nobody have to trust us."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lambdaspec.cli_base import (
    OK,
    UNKNOWN,
    VIOLATED,
    check_options,
    load_or_exit,
    shared_options,
)

FORMS = {"promela": ".pml", "tla": ".tla", "smtlib": ".smt2", "murphi": ".m", "prism": ".nm"}
"""What an architecture can be exported to, and how such files end."""


@click.command()
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Theorems of your own, instead of those of lambdaspec.",
)
@click.option("--recheck", is_flag=True, help="Let cvc5 decide the exported obligations too.")
@click.option(
    "--smtlib", type=click.Path(path_type=Path), help="Write each obligation into this folder."
)
def prove(folder: Path | None, recheck: bool, smtlib: Path | None) -> int:
    """Discharge the theorems that the answers rest on.

    Each claim must be valid for all values, each weakened claim must have a counter-model. Needs
    the extra `symbolic`, and with --recheck cvc5.
    """
    from lambdaspec import proving

    solvers = [proving.by_z3] + ([proving.by_cvc5] if recheck else [])
    outcomes = []
    try:
        for one in proving.obligations(folder or proving.home()):
            if smtlib is not None:
                smtlib.mkdir(parents=True, exist_ok=True)
                name = f"{one.theorem}-{one.name}.smt2"
                (smtlib / name).write_text(proving.smtlib(one), encoding="utf-8")
            for solver in solvers:
                outcomes.append(solver(one))
                _say(outcomes[-1])
    except (proving.NoProofs, OSError) as error:
        raise click.ClickException(str(error)) from error
    except ImportError as error:
        raise click.ClickException(f"{error.name} is not installed: the proofs need it") from error
    wrong = [one for one in outcomes if not one.as_expected]
    theorems = len({one.obligation.theorem for one in outcomes})
    claims = sum(one.obligation.valid for one in outcomes)
    click.echo(f"{theorems} theorems: {claims} claims, {len(outcomes) - claims} weakened claims")
    if any(one.says not in ("sat", "unsat") for one in wrong):
        return UNKNOWN
    return VIOLATED if wrong else OK


def _say(one: Any) -> None:
    claim = one.obligation
    words = {"unsat": "proved", "sat": "refuted"}
    if not claim.valid:
        words = {"unsat": "PROVED WITHOUT ITS ASSUMPTION", "sat": "refuted, as it must be"}
    said = words.get(one.says, "UNKNOWN")
    mark = "" if one.as_expected else "  <- not as expected"
    name = f"{claim.theorem}.{claim.name}"
    click.echo(f"{name:<58} {one.solver:<5} {said}, {one.seconds:.2f} s{mark}")
    if one.model and not claim.valid:
        click.echo(f"    model: {one.model[:110]}")


@click.command()
@click.argument("path")
@shared_options
@click.option("--to", "form", type=click.Choice(sorted(FORMS)), required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write it.")
def export(path: str, form: str, output: Path | None, **settings: Any) -> int:
    """Write the model of one event for another checker, with the same names.

    The comments at its head say how to run it and what its answer means.
    """
    from lambdaspec.checking import prepared
    from lambdaspec.export import exported

    try:
        ready = prepared(load_or_exit(path).architecture, check_options(settings))
        text = exported(ready, form)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if output is None:
        click.echo(text, nl=False)
        return OK
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror}") from error
    return OK
