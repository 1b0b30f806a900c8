"""Can one event make your serverless architecture run for ever? See `check`.

(Its module is called `checking`: a module `check` would stand in the way of the function.)

The public surface: `load` a file, `check` it, and read the `Result`. Everything here is frozen
data or a pure function of it; what is not listed may change without notice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "Architecture",
    "Bounded",
    "Evidence",
    "Finding",
    "InputError",
    "LambdaspecError",
    "Level",
    "Moment",
    "Options",
    "Readings",
    "Result",
    "ToolFault",
    "Unbounded",
    "Unknown",
    "always",
    "check",
    "eventually",
    "explore",
    "load",
    "sometimes",
    "verify",
]

_HOMES = {
    "Architecture": "lambdaspec.architecture.elements",
    "Bounded": "lambdaspec.kernel.verdict",
    "Evidence": "lambdaspec.architecture.elements",
    "Finding": "lambdaspec.diagnostics",
    "InputError": "lambdaspec.errors",
    "LambdaspecError": "lambdaspec.errors",
    "Level": "lambdaspec.diagnostics",
    "Moment": "lambdaspec.kernel.properties",
    "Options": "lambdaspec.result",
    "Readings": "lambdaspec.semantics.assumptions",
    "Result": "lambdaspec.result",
    "ToolFault": "lambdaspec.errors",
    "Unbounded": "lambdaspec.kernel.verdict",
    "Unknown": "lambdaspec.kernel.verdict",
    "always": "lambdaspec.kernel.properties",
    "check": "lambdaspec.api",
    "eventually": "lambdaspec.kernel.properties",
    "explore": "lambdaspec.api",
    "load": "lambdaspec.api",
    "sometimes": "lambdaspec.kernel.properties",
    "verify": "lambdaspec.api",
}

if TYPE_CHECKING:
    from lambdaspec.api import check as check
    from lambdaspec.api import explore as explore
    from lambdaspec.api import load as load
    from lambdaspec.api import verify as verify
    from lambdaspec.architecture.elements import Architecture as Architecture
    from lambdaspec.architecture.elements import Evidence as Evidence
    from lambdaspec.diagnostics import Finding as Finding
    from lambdaspec.diagnostics import Level as Level
    from lambdaspec.errors import InputError as InputError
    from lambdaspec.errors import LambdaspecError as LambdaspecError
    from lambdaspec.errors import ToolFault as ToolFault
    from lambdaspec.kernel.properties import Moment as Moment
    from lambdaspec.kernel.properties import always as always
    from lambdaspec.kernel.properties import eventually as eventually
    from lambdaspec.kernel.properties import sometimes as sometimes
    from lambdaspec.kernel.verdict import Bounded as Bounded
    from lambdaspec.kernel.verdict import Unbounded as Unbounded
    from lambdaspec.kernel.verdict import Unknown as Unknown
    from lambdaspec.result import Options as Options
    from lambdaspec.result import Result as Result
    from lambdaspec.semantics.assumptions import Readings as Readings


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: the command line starts faster without them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'lambdaspec' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
