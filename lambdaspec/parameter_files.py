"""The usual files with values of parameters: CloudFormation's, CodePipeline's, SAM's, Terraform's."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from lambdaspec.architecture.document import Document, Mapping, Node, Scalar, Sequence, read
from lambdaspec.architecture.document import finding as wrong
from lambdaspec.diagnostics import Span
from lambdaspec.errors import InputError

SAMCONFIG = "samconfig.toml"
MOST_BYTES = 1_000_000
_PAIR = re.compile(r"""([A-Za-z0-9]+)=("[^"]*"|'[^']*'|\\".*?\\"|\S*)""")


def read_parameters(path: Path) -> dict[str, str]:
    """The parameters in a file, of whichever of the usual forms it has.

    Raises:
        InputError: it cannot be read, or has none of those forms.

    """
    if path.suffix == ".toml":
        return _samconfig(path)
    if path.name.endswith(".tfvars"):
        return _tfvars(path)
    document = read(str(path))
    found = _pairs(document)
    if found is None:
        message = (
            "not a file of parameters: a list of `ParameterKey` and `ParameterValue`, a mapping "
            "with `Parameters`, or a mapping of names to values"
        )
        raise InputError([wrong("LS008", document.root.span, message)])
    return found


def beside(path: str) -> dict[str, str]:
    """What SAM would deploy a template with, if its `samconfig.toml` stands beside it."""
    file = Path(path).parent / SAMCONFIG
    try:
        return _samconfig(file) if file.is_file() else {}
    except InputError:
        return {}  # SAM's own command will say what is wrong with it


def _pairs(document: Document) -> dict[str, str] | None:
    root = document.root
    if isinstance(root, Sequence):
        found: dict[str, str] = {}
        for item in root.items:
            name, value = _text(item, "ParameterKey"), _text(item, "ParameterValue")
            if name is None:
                return None
            if value is not None:
                found[name] = value
        return found
    if not isinstance(root, Mapping):
        return None
    inner = root.get("Parameters")
    body = inner if isinstance(inner, Mapping) else root
    texts = {name: _plain(value) for name, (_, value) in body.entries.items()}
    if any(text is None for text in texts.values()):
        return None
    return {name: text for name, text in texts.items() if text is not None}


def _text(item: Node, key: str) -> str | None:
    found = item.get(key) if isinstance(item, Mapping) else None
    return None if found is None else _plain(found)


def _plain(one: Node) -> str | None:
    if isinstance(one, Sequence):  # a list of texts, as CommaDelimitedList takes it
        several = [_plain(item) for item in one.items]
        return None if None in several else ",".join(text for text in several if text is not None)
    if not isinstance(one, Scalar) or one.value is None:
        return None
    return str(one.value).lower() if isinstance(one.value, bool) else str(one.value)


def _samconfig(path: Path) -> dict[str, str]:
    try:
        data: Any = tomllib.loads(path.read_bytes()[:MOST_BYTES].decode())
    except (OSError, ValueError, RecursionError) as error:
        message = f"not valid TOML: {error}"
        raise InputError([wrong("LS001", Span(str(path)), message)]) from error
    for name in ("default", "deploy", "parameters", "parameter_overrides"):
        if name == "deploy" and isinstance(data, dict) and name not in data:
            name = "global"  # noqa: PLW2901  where `deploy` says nothing of its own
        data = data.get(name) if isinstance(data, dict) else None
    if isinstance(data, dict):
        return {str(k): str(v) for k, v in data.items()}
    texts = data if isinstance(data, list) else [data]
    found: dict[str, str] = {}
    for text in texts:
        if isinstance(text, str):
            found |= {m[1]: m[2].strip("\\\"'") for m in _PAIR.finditer(text)}
    return found


def _tfvars(path: Path) -> dict[str, str]:
    from lambdaspec.importers.terraform import hcl

    try:
        block = hcl.parse(str(path), path.read_bytes()[:MOST_BYTES].decode(errors="replace"))
    except OSError as error:
        message = f"cannot read the file: {error.strerror}"
        raise InputError([wrong("LS014", Span(str(path)), message)]) from error
    except hcl.Unparsable as error:
        raise InputError([wrong("LS001", error.span, str(error))]) from error
    return {
        name: str(value.value).lower() if isinstance(value.value, bool) else str(value.value)
        for name, value in block.attributes.items()
        if isinstance(value, hcl.Value) and value.value is not None
    }
