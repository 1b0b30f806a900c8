"""The flow of an architecture for other people's checkers: same sites, same counters, same names."""

from __future__ import annotations

from collections.abc import Callable

from lambdaspec.export import murphi, prism, promela, smtlib, tla
from lambdaspec.export.plain import Plain, plain
from lambdaspec.flow.build import build
from lambdaspec.semantics.settings import Settings

_FORMS: dict[str, Callable[[Plain], str]] = {
    "promela": promela.text,
    "tla": tla.text,
    "smtlib": smtlib.text,
    "murphi": murphi.text,
    "prism": prism.text,
}


def exported(settings: Settings, form: str) -> str:
    """The model of one event as a text for another checker.

    Args:
        settings: the architecture under its limits and readings.
        form: promela (SPIN), tla (TLC), smtlib (Horn clauses), murphi (Rumur), prism (Storm).

    Raises:
        KeyError: there is no such form.

    """
    return _FORMS[form](plain(build(settings)))
