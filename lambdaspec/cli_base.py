"""What all commands share: the group with its exit codes, options, loading, printing."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from lambdaspec import __version__
from lambdaspec.errors import InputError, ToolFault

if TYPE_CHECKING:
    from lambdaspec.loading import Loaded
    from lambdaspec.report.text import Line
    from lambdaspec.result import Options

OK, VIOLATED, UNKNOWN, BAD_INPUT, FAULT = range(5)
"""The exit codes."""

EXIT_CODES = """\b
Exit codes: 0 nothing at --fail-on and nothing unknown, 1 violated,
2 unknown, 3 bad input or usage, 4 fault of lambdaspec."""


class Cutoff(click.ParamType[tuple[int, int]]):
    """One cutoff, or a range of them as `14..20`."""

    name = "cutoff"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """The least and the greatest cutoff."""
        if isinstance(value, tuple):
            return value
        low, _, high = str(value).partition("..")
        if not (low.isdigit() and (high or low).isdigit()):
            self.fail(f"`{value}` is neither a number nor a range such as 14..20", param, ctx)
        least, greatest = int(low), int(high or low)
        if not 1 <= least <= greatest <= 1_000:
            self.fail(f"`{value}` is not within 1 to 1000", param, ctx)
        return least, greatest


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
        except Exception as error:
            if os.environ.get("LAMBDASPEC_DEBUG"):
                raise
            text = f"{type(error).__name__}: {error}"
            click.echo(f"fault of lambdaspec, please report it: {text}", err=True)
            sys.exit(FAULT)
        sys.exit(code if isinstance(code, int) else OK)


@click.group(cls=_Group, epilog=EXIT_CODES, context_settings={"max_content_width": 80})
@click.version_option(__version__, prog_name="lambdaspec")
def main() -> None:
    """Find out, before you deploy, whether one event can make Lambda run for ever."""


def shared_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what is looked at: entry, cutoff, evidence, duplicates, redrives."""
    for option in (
        click.option("--entry", metavar="NAME", help="Let the event arrive only here."),
        click.option(
            "--cutoff",
            type=Cutoff(),
            help="Invocations of a function in one chain before Lambda refuses the next, or a range "
            "such as 14..20 for --robust.  [16]",
        ),
        click.option(
            "--duplicates",
            type=click.IntRange(0, 100),
            default=0,
            help="How often each at-least-once delivery is repeated without need.  [0]",
        ),
        click.option(
            "--redrives",
            type=click.IntRange(0, 100),
            default=0,
            help="How often a person moves an event back from a dead-letter queue.  [0]",
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


def check_options(settings: Mapping[str, Any]) -> Options:
    """The options of a check from those of the command line."""
    from lambdaspec.architecture.elements import Evidence
    from lambdaspec.result import Options
    from lambdaspec.semantics.limits import CUTOFF

    return Options(
        evidence=Evidence[settings["evidence"].upper()],
        cutoff=_cutoff(settings["cutoff"], CUTOFF.value),
        entry=settings["entry"],
        budget=settings.get("budget"),
        duplicates=settings.get("duplicates", 0),
        redrives=settings.get("redrives", 0),
        properties=tuple(settings.get("properties", ())),
        **({} if settings.get("patience") is None else {"patience": settings["patience"]}),
    )


def _cutoff(given: tuple[int, int] | None, default: int) -> int:
    """The cutoff to decide with: AWS's own where it lies in the range that was given."""
    if given is None:
        return default
    return min(max(default, given[0]), given[1])


def print_lines(lines: Iterable[Line]) -> None:
    """Print lines, in colour on a terminal."""
    if not sys.stdout.isatty():  # plain, and without the time it takes to load rich
        for line in lines:
            click.echo(line.text)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text(line.text, style=line.style))


def load_or_exit(path: str) -> Loaded:
    """Read a file; where that is not possible, say why and end with 3."""
    from lambdaspec.loading import load
    from lambdaspec.outcome import text_of
    from lambdaspec.report.text import shown

    try:
        return load(path)
    except InputError as error:
        sources = {path: text_of(path)}
        for finding in error.findings:
            print_lines(shown(finding, sources))
        raise SystemExit(BAD_INPUT) from error
