"""A Terraform module: its locals, variables, resources and inner modules, as nodes.

References become CloudFormation's: `aws_sqs_queue.q.arn` is `Fn::GetAtt` of the resource with that
address. What only `terraform plan` would know becomes a reference to its own name, so that equal
expressions stay equal.
"""

from __future__ import annotations

from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from lambdaspec.architecture.document import Mapping, Node, Scalar, Sequence
from lambdaspec.diagnostics import Span
from lambdaspec.importers.build import attribute, joined, mapping, node, ref
from lambdaspec.importers.terraform import hcl
from lambdaspec.importers.terraform.functions import ABSENT, Partial, called, is_reference

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_INSTANCES = 200
"""Instances of `for_each` or `count` that are told apart."""

MOST_DEEP = 60
"""References inside references that are followed."""

MOST_WORK = 300_000
"""Expressions of a module that are followed; locals may double each other."""

UNKNOWN = "?"
_OF_TABLE = {"stream_arn": "StreamArn"}


@define
class Instance:
    """One instance of a resource: where it is declared and what its `each` and `count` are."""

    address: str
    block: hcl.Block
    module: Module
    each: dict[str, Node] = field(factory=dict)

    @property
    def kind(self) -> str:
        """The resource's type."""
        return self.block.labels[0]

    def get(self, name: str) -> Node | None:
        """An attribute."""
        return self.inner(self.block, name)

    def inner(self, block: hcl.Block, name: str) -> Node | None:
        """An attribute of a block inside; `null` is as good as not given."""
        one = block.attributes.get(name)
        found = None if one is None else self.module.value(one, self.each | block.scope)
        return None if found is None or _null(found) else found

    def block_of(self, kind: str) -> hcl.Block | None:
        """The first block of a kind inside."""
        return next(self.all(kind), None)

    def all(self, kind: str, inside: hcl.Block | None = None) -> Iterator[hcl.Block]:
        """The blocks of a kind inside, `dynamic` ones as often as they are made."""
        outer = self.block if inside is None else inside
        for one in outer.blocks:
            if one.kind == kind:
                yield evolve(one, scope=outer.scope)
            elif one.kind == "dynamic" and one.labels == (kind,):
                yield from self._made(one, kind, outer.scope)

    def _made(self, block: hcl.Block, kind: str, scope: dict[str, Node]) -> Iterator[hcl.Block]:
        contents = [one for one in block.blocks if one.kind == "content"]
        each = self.inner(evolve(block, scope=scope), "for_each")
        iterator = block.attributes.get("iterator")
        name = iterator.name if isinstance(iterator, hcl.Name) else kind
        known = each is not None and _is_plain(each)
        turns = _items(each) if each is not None and known else [(None, None)]
        for key, value in turns:
            here = dict(scope)
            if key is not None and value is not None:
                here[f"for {name}"] = mapping(block.span, {"key": key, "value": value})
            for content in contents:
                yield evolve(content, kind=kind, span=block.span, scope=here)


@define
class Module:
    """The files of a folder, with the inputs of the call that includes it."""

    folder: Path
    root: Path
    files: list[hcl.Block]
    inputs: dict[str, Node] = field(factory=dict)
    prefix: str = ""
    modules: dict[str, Module] = field(factory=dict)
    foreign: dict[str, hcl.Block] = field(factory=dict)
    instances: dict[str, list[Instance]] = field(factory=dict)
    blocks: dict[tuple[str, ...], hcl.Block] = field(factory=dict)
    locals: dict[str, hcl.Expr] = field(factory=dict)
    expanded: bool = False
    depth: int = 0
    work: int = 0

    def __attrs_post_init__(self) -> None:
        for file in self.files:
            for block in file.blocks:
                if block.kind == "locals":
                    self.locals |= block.attributes
                elif block.labels:
                    self.blocks[(block.kind, *block.labels)] = block
                    if block.kind == "resource" and len(block.labels) == 2:
                        self.instances[".".join(block.labels)] = []

    def expand(self) -> None:
        """Find the instances of every resource; inner modules are there by now."""
        self.expanded = True
        for (kind, *labels), block in self.blocks.items():
            if kind == "resource" and len(labels) == 2:
                address = f"{self.prefix}{'.'.join(labels)}"
                self.instances[".".join(labels)] = list(self._expanded(address, block))

    def _expanded(self, address: str, block: hcl.Block) -> Iterator[Instance]:
        each, count = block.attributes.get("for_each"), block.attributes.get("count")
        if each is not None:
            over = self.value(each)
            found = list(_entries(over))
            if not found or len(found) > MOST_INSTANCES:
                if not _settled_empty(over):
                    yield Instance(address, block, self)
                return
            for key, value in found:
                here: dict[str, Node] = {"key": Scalar(over.span, key), "value": value}
                yield Instance(f'{address}["{key}"]', block, self, here)
            return
        number = self.value(count) if count is not None else None
        if isinstance(number, Scalar) and isinstance(number.value, int) and not number.tag:
            if number.value > 1:
                for index in range(min(number.value, MOST_INSTANCES)):
                    place: dict[str, Node] = {"index": Scalar(number.span, index)}
                    yield Instance(f"{address}[{index}]", block, self, place)
                return
            if number.value < 1:
                return
        yield Instance(address, block, self, {"index": Scalar(block.span, 0)})

    # Expressions.

    def value(self, one: hcl.Expr, each: dict[str, Node] | None = None) -> Node:
        """An expression as a node."""
        self.depth += 1
        self.work += 1
        try:
            if self.depth > MOST_DEEP or self.work > MOST_WORK:
                return ref(one.span, UNKNOWN)
            return self._value(one, each or {})
        finally:
            self.depth -= 1

    def _value(self, one: hcl.Expr, each: dict[str, Node]) -> Node:
        match one:
            case hcl.Value(span=span, value=value):
                return Scalar(span, value)
            case hcl.Template(span=span, parts=parts):
                return joined(span, [self.value(part, each) for part in parts])
            case hcl.Tuple(span=span, items=items):
                return Sequence(span, [self.value(item, each) for item in items])
            case hcl.Object(span=span, items=items):
                return mapping(span, dict(self._pairs(items, each)))
            case hcl.Condition(test=test, then=then, other=other):
                return self._chosen(one, test, then, other, each)
            case hcl.Call(span=span, name=name, args=args):
                values = [self.value(arg, each) for arg in args]
                made = called(name, values, span, self.folder, self.root)
                return ref(span, f"{name}(...)") if made is None else made
            case hcl.Member() | hcl.Name():
                return self._referred(one, each)
            case hcl.Binary():
                return self._compared(one, each)
            case hcl.Not(span=span, of=of):
                truth = _truth(self.value(of, each))
                return ref(span, UNKNOWN) if truth is None else Scalar(span, not truth)
            case hcl.For():
                return self._repeated(one, each)
            case hcl.Operation(span=span):
                return ref(span, UNKNOWN)

    def _compared(self, one: hcl.Binary, each: dict[str, Node]) -> Node:
        left, right = self.value(one.left, each), self.value(one.right, each)
        truths = (_truth(left), _truth(right))
        match one.op:
            case "&&" if False in truths or None not in truths:
                return Scalar(one.span, all(truths))
            case "||" if True in truths or None not in truths:
                return Scalar(one.span, any(truths))
            case "==" | "!=" if _settled(left) and _settled(right):
                same = (_plain(left), _null(left)) == (_plain(right), _null(right))
                return Scalar(one.span, same == (one.op == "=="))
            case _:
                return ref(one.span, UNKNOWN)

    def _repeated(self, one: hcl.For, each: dict[str, Node]) -> Node:
        """A list or object that is made from another; what may be left out is kept."""
        over = self.value(one.over, each)
        if not _is_plain(over):
            return ref(one.span, UNKNOWN)
        made: list[tuple[str | None, Node]] = []
        for key, value in _items(over):
            here = dict(each)
            here[f"for {one.names[-1]}"] = value
            if len(one.names) > 1:
                here[f"for {one.names[0]}"] = key
            kept = True if one.test is None else _truth(self.value(one.test, here))
            name = None if one.key is None else _plain(self.value(one.key, here))
            if kept is not False and one.key is not None and name is None:
                return ref(one.span, UNKNOWN)
            if kept is not False:
                made.append((name, self.value(one.value, here)))
        if one.key is None:
            return Sequence(one.span, [value for _, value in made])
        return mapping(one.span, {str(name): value for name, value in made})

    def _pairs(
        self, items: tuple[tuple[hcl.Expr | str, hcl.Expr], ...], each: dict[str, Node]
    ) -> Iterator[tuple[str, Node]]:
        for key, value in items:
            name = key if isinstance(key, str) else _plain(self.value(key, each))
            if name is not None:
                yield name, self.value(value, each)

    def _chosen(
        self,
        one: hcl.Condition,
        test: hcl.Expr,
        then: hcl.Expr,
        other: hcl.Expr,
        each: dict[str, Node],
    ) -> Node:
        known = self.value(test, each)
        if isinstance(known, Scalar) and isinstance(known.value, bool):
            return self.value(then if known.value else other, each)
        both = [self.value(then, each), self.value(other, each)]
        return node(one.span, {"Fn::If": [UNKNOWN, *both]})

    def _referred(self, one: hcl.Expr, each: dict[str, Node]) -> Node:
        (base, keys), span = _path(self, one, each), one.span
        if not isinstance(base, hcl.Name):
            return _walked(self.value(base, each), keys, span)
        path = [base.name, *keys]
        match path:
            case ["var", name, *rest]:
                return _walked(self._variable(name, span), rest, span)
            case ["local", name, *rest] if name in self.locals:
                return _walked(self.value(self.locals[name]), rest, span)
            case ["each", name, *rest] if name in each:
                return _walked(each[name], rest, span)
            case ["count", "index"] if "index" in each:
                return each["index"]
            case [name, *rest] if f"for {name}" in each:
                return _walked(each[f"for {name}"], rest, span)
            case ["path", _]:
                return Scalar(span, _relative(self.folder, self.root))
            case ["module", name, *rest]:
                return self._output(name, rest, span)
            case ["data", kind, name, *rest]:
                return self._data(kind, name, rest, span)
            case [kind, name, *rest] if f"{kind}.{name}" in self.instances:
                return self._resource(kind, name, rest, span)
            case _:
                return ref(span, ".".join(path))

    def _variable(self, name: str, span: Span) -> Node:
        if name in self.inputs:
            return self.inputs[name]
        block = self.blocks.get(("variable", name))
        default = block.attributes.get("default") if block is not None else None
        if default is None:
            return ref(span, f"{self.prefix}var.{name}")
        return self.value(default)

    def _output(self, name: str, rest: list[str], span: Span) -> Node:
        inner = self.modules.get(name)
        if inner is None:
            return attribute(span, f"{self.prefix}module.{name}", ".".join(rest) or "Arn")
        names = [part for part in rest if part != "*" and not part.isdigit()]
        block = inner.blocks.get(("output", names[0])) if names else None
        found = block.attributes.get("value") if block is not None else None
        if found is None:
            return ref(span, f"{self.prefix}module.{name}.{'.'.join(rest)}")
        return _walked(inner.value(found), names[1:], span)

    def _data(self, kind: str, name: str, rest: list[str], span: Span) -> Node:
        block = self.blocks.get(("data", kind, name))
        if block is None:
            return ref(span, f"data.{kind}.{name}")
        match kind:
            case "aws_iam_policy_document":
                return self._document(block)
            case "archive_file":
                return self._archive(block, span)
            case "aws_region":
                return ref(span, "AWS::Region")
            case "aws_caller_identity":
                return ref(span, "AWS::AccountId")
            case "aws_partition":
                return Scalar(span, "aws")
            case _:
                return ref(span, ".".join(["data", kind, name, *rest[:1]]))

    def _archive(self, block: hcl.Block, span: Span) -> Node:
        """What an archive is made of, instead of the archive."""
        for name in ("source_dir", "source_file"):
            if name in block.attributes:
                return self.value(block.attributes[name])
        return ref(span, UNKNOWN)

    def _document(self, block: hcl.Block) -> Node:
        statements: list[Node] = []
        for name in ("source_policy_documents", "override_policy_documents"):
            if name in block.attributes:
                others = self.value(block.attributes[name])
                for other in others.items if isinstance(others, Sequence) else []:
                    inner = other.get("Statement") if isinstance(other, Mapping) else None
                    statements += inner.items if isinstance(inner, Sequence) else []
        body = {
            "Effect": "effect",
            "Action": "actions",
            "NotAction": "not_actions",
            "Resource": "resources",
        }
        for one in block.all("statement"):
            made = {
                k: self.value(one.attributes[v]) for k, v in body.items() if v in one.attributes
            }
            allow = Scalar(one.span, "Allow")
            statements.append(mapping(one.span, {"Effect": allow, **made}))
        return mapping(block.span, {"Statement": Sequence(block.span, statements)})

    def _resource(self, kind: str, name: str, rest: list[str], span: Span) -> Node:
        found = self.instances[f"{kind}.{name}"]
        key = rest[0] if rest and (len(found) > 1 or rest[0] == "*" or rest[0].isdigit()) else None
        exact = [
            one
            for one in found
            if key is not None and one.address.endswith((f'["{key}"]', f"[{key}]"))
        ]
        chosen = exact or found
        names = [part for part in rest if part not in ("*", key)] if key is not None else rest
        last = names[0] if names else "id"
        which = _OF_TABLE.get(last, "Arn" if last.endswith("arn") else "")
        if kind == "aws_iam_policy_document":
            which = ""
        nodes = [
            attribute(span, i.address, which) if which else ref(span, i.address) for i in chosen
        ]
        if not nodes:
            return ref(span, ABSENT if self.expanded else f"{self.prefix}{kind}.{name}")
        made = nodes[0]
        for other in nodes[1:]:
            made = node(span, {"Fn::If": [UNKNOWN, made, other]})
        return made


def _path(module: Module, one: hcl.Expr, each: dict[str, Node]) -> tuple[hcl.Expr, list[str]]:
    """`a.b["c"].d` as what it begins with, and the names behind that."""
    keys: list[str] = []
    while isinstance(one, hcl.Member):
        key = one.key
        name = key if isinstance(key, str) else _plain(module.value(key, each))
        keys.append(name if name is not None else "*")
        one = one.of
    return one, keys[::-1]


def _walked(found: Node, names: list[str], span: Span) -> Node:
    for name in names:
        if isinstance(found, Mapping) and found.get(name) is not None:
            found = found.get(name) or found
        elif isinstance(found, Sequence) and name.isdigit() and int(name) < len(found.items):
            found = found.items[int(name)]
        elif (
            isinstance(found, Mapping)
            and len(found.entries) == 1
            and next(iter(found.entries)) in ("Ref", "Fn::GetAtt")
        ):
            return found  # an attribute of something that is passed on whole
        elif isinstance(found, Sequence) and name == "*":
            continue
        else:
            return ref(span, ABSENT if _lacks(found, name) else UNKNOWN)
    return found


def _entries(over: Node) -> Iterator[tuple[str, Node]]:
    """The keys and values that `for_each` goes over, if they are known."""
    if isinstance(over, Mapping) and _is_plain(over):
        for key, (_, value) in over.entries.items():
            yield key, value
    elif isinstance(over, Sequence):
        for item in over.items:
            text = _plain(item)
            if text is not None:
                yield text, item


def _lacks(found: Node, name: str) -> bool:
    """Whether a value is known well enough to say that it has no such part."""
    if isinstance(found, Sequence):
        return name.isdigit()
    return _null(found) or (_is_plain(found) and not isinstance(found, Partial))


def _is_plain(over: Node) -> bool:
    """Whether a list or object is one, and not a reference to something else."""
    return isinstance(over, Sequence) or (isinstance(over, Mapping) and not is_reference(over))


def _items(over: Node) -> list[tuple[Node, Node]]:
    """What a loop over a list or object sees: keys or places, and values."""
    if isinstance(over, Mapping):
        return [(Scalar(key.span, name), value) for name, (key, value) in over.entries.items()]
    items = over.items if isinstance(over, Sequence) else []
    return [(Scalar(one.span, place), one) for place, one in enumerate(items)]


def _truth(one: Node) -> bool | None:
    return one.value if isinstance(one, Scalar) and isinstance(one.value, bool) else None


def _null(one: Node) -> bool:
    return isinstance(one, Scalar) and one.value is None


def _settled(one: Node) -> bool:
    """Whether a value can be compared: a text, number or truth value, or nothing."""
    return isinstance(one, Scalar) and not one.tag


def _settled_empty(over: Node) -> bool:
    return _is_plain(over) and not _items(over)


def _plain(one: Node) -> str | None:
    if isinstance(one, Scalar) and not one.tag and one.value is not None:
        return str(one.value).lower() if isinstance(one.value, bool) else str(one.value)
    return None


def _relative(folder: Path, root: Path) -> str:
    try:
        return relpath(folder, root)
    except ValueError:  # on another drive
        return str(folder)
