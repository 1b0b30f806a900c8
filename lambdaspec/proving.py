"""`lambdaspec prove`: every theorem of `proofs/` discharged by Z3, and re-checked by cvc5.

A theorem is a file with `claims()`, formulas that must be valid, and `weakened()`, formulas that must
not be. Obligations are written as SMT-LIB 2 with plain identifiers, because Z3 does not quote what
other solvers do not accept.
"""

from __future__ import annotations

import re
import runpy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

from lambdaspec.errors import LambdaspecError

SECONDS = 60
"""How long a solver may think about one obligation."""

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class NoProofs(LambdaspecError):
    """There are no theorems where they were looked for, or one of them is not well formed."""


@frozen
class Obligation:
    """A formula that must be valid, or must not be.

    Attributes:
        theorem: the name of the file.
        name: the claim.
        valid: whether it must be valid; a weakened claim must not.
        formula: of Z3.

    """

    theorem: str
    name: str
    valid: bool
    formula: Any


@frozen
class Outcome:
    """What a solver said; `as_expected` is what must be true of every obligation."""

    obligation: Obligation
    solver: str
    says: str
    seconds: float
    model: str = ""

    @property
    def as_expected(self) -> bool:
        """Whether a claim was proved, or a weakened one refuted."""
        return self.says == ("unsat" if self.obligation.valid else "sat")


def home() -> Path:
    """Where the theorems are: in the package as installed, or beside it in the repository."""
    installed = Path(__file__).parent / "_proofs"
    return installed if installed.is_dir() else Path(__file__).parents[1] / "proofs"


def obligations(folder: Path) -> Iterator[Obligation]:
    """All obligations of the theorems in a folder.

    Raises:
        NoProofs: there are none, or a file does not have the form of a theorem.

    """
    files = sorted(folder.glob("*.py"))
    if not files:
        raise NoProofs(f"there are no theorems in {folder}")
    for path in files:
        names = runpy.run_path(str(path))
        text = str(names.get("__doc__") or "")
        parts = ("Theorem:", "Assumptions:", "Argument:")
        if any(part not in text for part in parts) or not {"claims", "weakened"} <= names.keys():
            raise NoProofs(f"{path} lacks one of {', '.join(parts)} claims(), weakened()")
        for valid, kind in ((True, "claims"), (False, "weakened")):
            found = names[kind]()
            if not found:
                raise NoProofs(f"{path} has no {kind}")
            for name, formula in found.items():
                yield Obligation(path.stem, name, valid, formula)


def smtlib(obligation: Obligation) -> str:
    """The obligation as SMT-LIB 2: `unsat` says that the claim is valid.

    Raises:
        NoProofs: it names something that is no plain identifier.

    """
    import z3

    solver = z3.Solver()
    solver.add(z3.Not(obligation.formula))
    text = str(solver.to_smt2())
    for name in re.findall(r"\(declare-fun (\|[^|]*\||\S+)", text):
        if not _PLAIN.fullmatch(name):
            raise NoProofs(f"{obligation.theorem}: `{name}` is no plain identifier")
    body = text[text.index("(declare") :]
    wanted = "unsat" if obligation.valid else "sat"
    head = f"; {obligation.theorem}: {obligation.name}, expected {wanted}\n(set-logic ALL)\n"
    return head + body


def by_z3(obligation: Obligation) -> Outcome:
    """Discharge an obligation with Z3."""
    import z3

    began = time.monotonic()
    solver = z3.Solver()
    solver.set("timeout", SECONDS * 1_000)
    solver.add(z3.Not(obligation.formula))
    says = str(solver.check())
    model = ""
    if says == "sat":
        found = solver.model()
        values = sorted((str(d), str(found[d])) for d in found.decls())
        model = ", ".join(f"{name} = {value}" for name, value in values if "\n" not in value)
    return Outcome(obligation, "z3", says, time.monotonic() - began, model)


def by_cvc5(obligation: Obligation) -> Outcome:
    """The same with cvc5, on the exported text."""
    import cvc5

    began = time.monotonic()
    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    solver.setOption("tlimit-per", str(SECONDS * 1_000))
    if not obligation.valid:
        solver.setOption("nl-ext-tplanes", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, smtlib(obligation), obligation.name)
    symbols = parser.getSymbolManager()
    says = "unknown"
    while True:
        command = parser.nextCommand()
        if command.isNull():
            break
        printed = str(command.invoke(solver, symbols)).strip()
        if printed in ("sat", "unsat"):
            says = printed
    return Outcome(obligation, "cvc5", says, time.monotonic() - began)
