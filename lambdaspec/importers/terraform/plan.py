"""`terraform show -json` of a plan: what is planned, and what refers to what.

Values that are known stand in `planned_values`; of the others `configuration` says which references
they are made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lambdaspec.architecture.document import Document, Mapping, Node, Scalar, Sequence
from lambdaspec.diagnostics import Span
from lambdaspec.importers.build import mapping
from lambdaspec.importers.terraform import hcl
from lambdaspec.importers.terraform.module import Instance, Module
from lambdaspec.importers.terraform.resources import LATER, Resources, translate

_NOWHERE = Span("")


def is_plan(document: Document) -> bool:
    """Whether a document is a plan in JSON."""
    root = document.root
    if not isinstance(root, Mapping):
        return False
    return (
        isinstance(root.get("planned_values"), Mapping) and root.get("format_version") is not None
    )


def read_plan(document: Document) -> Document:
    """The template that a plan stands for."""
    root = document.root
    planned = _at(_at(root, "planned_values"), "root_module")
    config = _at(_at(root, "configuration"), "root_module")
    folder = Path(document.path).parent
    made: Resources = {}
    top = _module(planned, config, folder, "")
    everything = list(_all(top))
    for late in (False, True):
        for instance in everything:
            if (instance.kind in LATER) is late:
                translate(instance, made)
    template = mapping(root.span, {"Resources": mapping(root.span, made)})
    return Document(document.path, document.text, template)


def _at(of: Node | None, name: str) -> Node | None:
    return of.get(name) if isinstance(of, Mapping) else None


def _items(of: Node | None) -> list[Node]:
    return of.items if isinstance(of, Sequence) else []


def _text(of: Node | None) -> str:
    return str(of.value) if isinstance(of, Scalar) and of.value is not None else ""


def _all(module: Module) -> Iterator[Instance]:
    for found in module.instances.values():
        yield from found
    for inner in module.modules.values():
        yield from _all(inner)


def _module(planned: Node | None, config: Node | None, folder: Path, prefix: str) -> Module:
    outputs: dict[str, hcl.Expr] = {}
    declared = _at(config, "outputs")
    for name, (_, one) in declared.entries.items() if isinstance(declared, Mapping) else ():
        outputs[name] = _expression(_at(one, "expression"), one)
    blocks = tuple(
        hcl.Block("output", (name,), one.span, {"value": one}) for name, one in outputs.items()
    )
    configured = {
        (_text(_at(one, "type")), _text(_at(one, "name"))): _at(one, "expressions")
        for one in _items(_at(config, "resources"))
    }
    data = tuple(
        hcl.Block("data", (kind, name), one.span, *_body(None, one))
        for (kind, name), one in configured.items()
        if kind == "aws_iam_policy_document" and one is not None
    )
    files = [
        hcl.Block("", (), (planned or config or Scalar(_NOWHERE, None)).span, {}, blocks + data)
    ]
    module = Module(folder, folder, files, {}, prefix)
    for one in _items(_at(planned, "resources")):
        _add(module, one, configured)
    _calls(module, planned, config, folder)
    return module


def _add(module: Module, one: Node, configured: dict[tuple[str, str], Node | None]) -> None:
    kind, name = _text(_at(one, "type")), _text(_at(one, "name"))
    if _text(_at(one, "mode")) == "data":
        return
    attributes, blocks = _body(_at(one, "values"), configured.get((kind, name)))
    block = hcl.Block("resource", (kind, name), one.span, attributes, blocks)
    address = _text(_at(one, "address")) or f"{module.prefix}{kind}.{name}"
    instance = Instance(address, block, module)
    module.instances.setdefault(f"{kind}.{name}", []).append(instance)


def _calls(module: Module, planned: Node | None, config: Node | None, folder: Path) -> None:
    calls = _at(config, "module_calls")
    for child in _items(_at(planned, "child_modules")):
        address = _text(_at(child, "address"))
        name = address.rsplit("module.", 1)[-1].split("[")[0]
        call = _at(calls, name)
        inner = _module(child, _at(call, "module"), folder, f"{address}.")
        given = _at(call, "expressions")
        for key, (_, one) in given.entries.items() if isinstance(given, Mapping) else ():
            inner.inputs[key] = module.value(_expression(one, one))
        module.modules[name] = inner


def _body(
    values: Node | None, config: Node | None
) -> tuple[dict[str, hcl.Expr], tuple[hcl.Block, ...]]:
    """The attributes and blocks of a resource: planned where known, else what they refer to."""
    attributes: dict[str, hcl.Expr] = {}
    blocks: list[hcl.Block] = []
    said = config.entries if isinstance(config, Mapping) else {}
    known = values.entries if isinstance(values, Mapping) else {}
    for name in dict.fromkeys([*said, *known]):
        value = known[name][1] if name in known else None
        how = said[name][1] if name in said else None
        if isinstance(how, Sequence) or _is_block(value):
            inner = _items(value) or [None] * len(_items(how))  # type: ignore[list-item]
            others = _items(how)
            for place, one in enumerate(inner):
                other = others[min(place, len(others) - 1)] if others else None
                span = (one or other or Scalar(_NOWHERE, None)).span
                blocks.append(hcl.Block(name, (), span, *_body(one, other)))
            if not (isinstance(how, Sequence)) and value is not None:
                attributes[name] = _literal(value)
        elif value is not None and not (isinstance(value, Scalar) and value.value is None):
            attributes[name] = _literal(value)
        elif how is not None:
            attributes[name] = _expression(how, how)
    return attributes, tuple(blocks)


def _is_block(value: Node | None) -> bool:
    return isinstance(value, Sequence) and any(isinstance(one, Mapping) for one in value.items)


def _literal(one: Node) -> hcl.Expr:
    match one:
        case Sequence(items=items):
            return hcl.Tuple(one.span, tuple(map(_literal, items)))
        case Mapping():
            pairs = tuple((name, _literal(value)) for name, (_, value) in one.entries.items())
            return hcl.Object(one.span, pairs)
        case Scalar(value=value):
            return hcl.Value(one.span, value)


def _expression(one: Node | None, at: Node) -> hcl.Expr:
    """`{"constant_value": …}` or `{"references": [...]}`."""
    constant = _at(one, "constant_value")
    if constant is not None:
        return _literal(constant)
    found = [_reference(text, at) for text in map(_text, _items(_at(one, "references"))) if text]
    if not found:
        return hcl.Operation(at.span)
    longest = [f for f in found if not isinstance(f, hcl.Name)]
    return longest[0] if {str(f) for f in longest} else found[0]


def _reference(text: str, at: Node) -> hcl.Expr:
    names = text.replace("[", ".").replace("]", "").replace('"', "").split(".")
    made: hcl.Expr = hcl.Name(at.span, names[0])
    for name in names[1:]:
        made = hcl.Member(at.span, made, name)
    return made
