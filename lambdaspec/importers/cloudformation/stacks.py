"""Several stacks as one template: nested ones, and those of a folder that refer to each other.

A nested stack's resources are told apart by its name in front (`Orders/Queue`); its parameters are
what its parent gives them, its outputs what its parent reads. Stacks side by side meet in exports,
in parameters of SSM, and in names. What comes out is one template, read like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from attrs import define, evolve, field

from lambdaspec.architecture.document import (
    Document,
    Mapping,
    Node,
    Scalar,
    Sequence,
    parse,
    walk,
)
from lambdaspec.errors import InputError
from lambdaspec.importers.build import mapping, node
from lambdaspec.importers.cloudformation.values import (
    NONE,
    Known,
    Parts,
    Reference,
    intrinsic,
    literal,
    parts,
    shown,
)

NESTED = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
"""Resources that are stacks, and the property that says where their template is."""

MOST_STACKS = 200
"""Stacks that are read with one template."""

MOST_BYTES = 2_000_000
"""A template may have 1 MB (CloudFormation quotas); CDK's may be written with spaces."""

MOST_WORK = 1_000_000
"""Nodes that are written anew; parameters may stand for each other's copies."""

MOST_DEEP = 40
"""Parameters of parameters that are followed."""

SHORTEST_NAME = 3
"""A name shorter than this says nothing about who is meant."""

NAMED = ("QueueName", "TopicName", "BucketName", "TableName", "FunctionName", "StreamName")
"""Properties that name a resource, by which templates beside one another may mean each other."""

_ARN = re.compile(r"^arn:[^\s\"]*[:/]([A-Za-z0-9._-]{3,})$")
_SSM = re.compile(r"\{\{resolve:ssm:([^}:]+)(?::\d+)?\}\}")
_OWN_NAME = ("AWS::StackName", "AWS::StackId")
_VARIABLE = re.compile(r"\$\{([^}!][^}]*)\}")


@define(eq=False)
class Stack:
    """One stack: its template, what is put before its names, what its parent gives it."""

    document: Document
    prefix: str
    world: World
    parent: Stack | None = None
    given: dict[str, Node] = field(factory=dict)
    children: dict[str, Stack] = field(factory=dict)
    depth: int = 0

    @property
    def root(self) -> Mapping:
        """The template."""
        root = self.document.root
        return root if isinstance(root, Mapping) else Mapping(root.span)

    def section(self, name: str) -> dict[str, tuple[Scalar, Node]]:
        """A section of the template."""
        found = self.root.get(name)
        return found.entries if isinstance(found, Mapping) else {}

    def named(self, name: str) -> str:
        """A name of this template among those of all stacks."""
        return f"{self.prefix}{name}"

    def written(self, one: Node) -> Node:
        """A node of this template with the names that things have among all stacks."""
        self.world.work += 1
        if self.world.work > MOST_WORK:
            return one
        call = intrinsic(one)
        if call is not None:
            made = self._called(*call, one)
            if made is not None:
                return made
        match one:
            case Scalar(value=str() as text) if (found := _SSM.fullmatch(text)) is not None:
                return self.world.stored(found[1]) or one
            case Sequence():
                return evolve(one, items=[self.written(item) for item in one.items])
            case Mapping():
                entries = {k: (key, self.written(v)) for k, (key, v) in one.entries.items()}
                return evolve(one, entries=entries)
            case _:
                return one

    def _called(self, name: str, argument: Node, one: Node) -> Node | None:
        match name, argument:
            case "Ref", Scalar(value=str() as target):
                return self._reference(target, "", one)
            case "Fn::GetAtt", Scalar(value=str() as path):
                target, _, attribute = path.partition(".")
                return self._reference(target, attribute, one)
            case "Fn::GetAtt", Sequence(items=[Scalar(value=target), Scalar(value=attribute)]):
                return self._reference(str(target), str(attribute), one)
            case "Fn::Sub", Scalar(value=str() as text):
                return self._substituted(text, {}, one)
            case "Fn::Sub", Sequence(items=[Scalar(value=str() as text), Mapping() as names]):
                given = {n: self.written(v) for n, (_, v) in names.entries.items()}
                return self._substituted(text, given, one)
            case "Fn::FindInMap", Sequence(items=[Scalar(value=str() as table), *keys]):
                inner = [Scalar(argument.span, self.named(table)), *map(self.written, keys)]
                return node(one.span, {"Fn::FindInMap": Sequence(argument.span, inner)})
            case "Fn::ImportValue", _:
                return self.world.exported(shown(parts(self.written(argument), _known(self))))
            case _:
                return None

    def _reference(self, target: str, attribute: str, one: Node) -> Node:
        if not attribute and target in self.section("Parameters"):
            return self._parameter(target, one)
        if target in self.children:
            output = attribute.removeprefix("Outputs.")
            return self.children[target].output(output) or one
        if target in _OWN_NAME:
            return Scalar(one.span, self.prefix.rstrip("/")) if self.prefix else one
        if target not in self.section("Resources") and not self._generated(target):
            return one
        name = self.named(target)
        return node(one.span, {"Fn::GetAtt": [name, attribute]} if attribute else {"Ref": name})

    def _generated(self, name: str) -> bool:
        """Whether SAM would make a resource of that name for one of the template's."""
        return any(name.startswith(known) for known in self.section("Resources"))

    def _parameter(self, name: str, one: Node) -> Node:
        if name in self.given and self.parent is not None and self.depth < MOST_DEEP:
            self.depth += 1
            made = self.parent.written(self.given[name])
            self.depth -= 1
            return made
        body = self.section("Parameters")[name][1]
        kind = shown(parts(body.get("Type"), NONE)) if isinstance(body, Mapping) else ""
        default = body.get("Default") if isinstance(body, Mapping) else None
        if kind.startswith("AWS::SSM::Parameter::Value") and default is not None:
            return self.world.stored(shown(parts(default, NONE))) or self._own(name, one)
        return self._own(name, one)

    def _own(self, name: str, one: Node) -> Node:
        return node(one.span, {"Ref": self.named(name)})

    def _substituted(self, text: str, given: dict[str, Node], one: Node) -> Node:
        """`Fn::Sub` with each variable said beside it, under the name it has among all stacks."""
        values: dict[str, tuple[Scalar, Node]] = {}

        def renamed(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in given:
                value = given[name]
            else:
                target, _, attribute = name.partition(".")
                value = self._reference(target, attribute, Scalar(one.span, match[0]))
                if isinstance(value, Scalar) and value.value == match[0]:
                    return match[0]
            key = f"v{len(values)}"
            values[key] = (Scalar(one.span, key), value)
            return f"${{{key}}}"

        made = _VARIABLE.sub(renamed, text)
        listed = Sequence(one.span, [Scalar(one.span, made), Mapping(one.span, values)])
        return node(one.span, {"Fn::Sub": listed})

    def output(self, name: str) -> Node | None:
        """What an output is."""
        body = self.section("Outputs").get(name)
        value = body[1].get("Value") if body and isinstance(body[1], Mapping) else None
        if value is None or self.depth >= MOST_DEEP:
            return None
        self.depth += 1
        made = self.written(value)
        self.depth -= 1
        return made

    def resources(self) -> Iterator[tuple[str, tuple[Scalar, Node]]]:
        """The resources under their names among all stacks, without nested stacks."""
        everywhere = self.root.get("Globals")
        for name, (key, body) in self.section("Resources").items():
            if name in self.children:
                continue
            made = self.written(body)
            if isinstance(made, Mapping):
                made = self._declarations(_with_globals(made, everywhere, self))
            full = self.named(name)
            if name.startswith("Fn::"):
                full = name
            yield full, (evolve(key, value=full), made)

    def _declarations(self, body: Mapping) -> Mapping:
        """Names of resources that stand as plain texts: in declarations and in connectors."""
        if not self.prefix:
            return body
        known = self.section("Resources")

        def renamed(one: Node, keys: tuple[str, ...]) -> Node:
            match one:
                case Mapping(entries=entries):
                    made = {}
                    for name, (key, value) in entries.items():
                        own = isinstance(value, Scalar) and value.value in known and name in keys
                        new = (
                            Scalar(value.span, self.named(str(getattr(value, "value", ""))))
                            if own
                            else renamed(value, keys)
                        )
                        made[name] = (key, new)
                    return evolve(one, entries=made)
                case Sequence(items=items):
                    return evolve(one, items=[renamed(item, keys) for item in items])
                case _:
                    return one

        found = dict(body.entries)
        for section, keys in (("Metadata", ("to",)), ("Properties", ("Id",))):
            connector = shown(parts(body.get("Type"), NONE)) == "AWS::Serverless::Connector"
            if section in found and (section == "Metadata" or connector):
                key, value = found[section]
                found[section] = (key, renamed(value, keys))
        return evolve(body, entries=found)


def _with_globals(body: Mapping, everywhere: Node | None, stack: Stack) -> Mapping:
    """A SAM function with what its template says for all of them."""
    kind = shown(parts(body.get("Type"), NONE))
    common = everywhere.get("Function") if isinstance(everywhere, Mapping) else None
    if kind != "AWS::Serverless::Function" or not isinstance(common, Mapping):
        return body
    shared = stack.written(common)
    own = body.get("Properties")
    if not isinstance(shared, Mapping):
        return body
    mine = own if isinstance(own, Mapping) else Mapping(body.span)
    key = body.entries["Properties"][0] if "Properties" in body.entries else Scalar(body.span, "")
    return evolve(body, entries={**body.entries, "Properties": (key, _over(shared, mine))})


def _over(shared: Mapping, own: Mapping) -> Mapping:
    """One mapping over another: mappings are joined, anything else is replaced."""
    made = dict(shared.entries)
    for name, (key, value) in own.entries.items():
        below = shared.get(name)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        if both and intrinsic(value) is None and isinstance(value, Mapping):
            made[name] = (key, _over(below, value) if isinstance(below, Mapping) else value)
        else:
            made[name] = (key, value)
    return evolve(own, entries=made)


@define(eq=False)
class World:
    """All stacks that are read together, and what they offer each other."""

    stacks: list[Stack] = field(factory=list)
    work: int = 0

    def add(self, document: Document, prefix: str, parent: Stack | None = None) -> Stack:
        """A stack and those nested in it."""
        stack = Stack(document, prefix, self, parent)
        self.stacks.append(stack)
        for name, (_, body) in stack.section("Resources").items():
            if isinstance(body, Mapping):
                self._nested(stack, name, body)
        return stack

    def _nested(self, stack: Stack, name: str, body: Mapping) -> None:
        kind = shown(parts(body.get("Type"), NONE))
        properties = body.get("Properties")
        if kind not in NESTED or not isinstance(properties, Mapping):
            return
        inner = _template_of(stack, body, properties.get(NESTED[kind]))
        if inner is None or len(self.stacks) >= MOST_STACKS:
            return
        child = self.add(inner, f"{stack.prefix}{name}/", stack)
        given = properties.get("Parameters")
        if isinstance(given, Mapping):
            child.given = {key: value for key, (_, value) in given.entries.items()}
        stack.children[name] = child

    def exported(self, name: str) -> Node | None:
        """What is exported under a name; a name that begins with a stack's may do so anyhow."""
        offered = [(one, known, value) for one in self.stacks for known, value in exports(one)]
        found = [each for each in offered if each[1] == name]
        found = found or [each for each in offered if _same_end(each[1], name)]
        return found[0][0].written(found[0][2]) if len(found) == 1 else None

    def stored(self, name: str) -> Node | None:
        """What a parameter of SSM holds, if one of the stacks writes it."""
        for stack in self.stacks:
            for known, value in parameters(stack):
                if known == name:
                    return stack.written(value)
        return None


def exports(stack: Stack) -> Iterator[tuple[str, Node]]:
    """The exports of a stack: names as far as they are known, and values."""
    for name, value in _exported(stack).items():
        yield shown(parts(name, _known(stack))), value


def _exported(stack: Stack) -> dict[Node, Node]:
    """The names of exports, each with its value."""
    found: dict[Node, Node] = {}
    for _, body in stack.section("Outputs").values():
        if not isinstance(body, Mapping):
            continue
        export, value = body.get("Export"), body.get("Value")
        name = export.get("Name") if isinstance(export, Mapping) else None
        if name is not None and value is not None:
            found[name] = value
    return found


def parameters(stack: Stack) -> Iterator[tuple[str, Node]]:
    """The parameters of SSM that a stack writes."""
    for _, body in stack.section("Resources").values():
        if isinstance(body, Mapping) and shown(parts(body.get("Type"), NONE)) == (
            "AWS::SSM::Parameter"
        ):
            properties = body.get("Properties")
            if isinstance(properties, Mapping):
                name, value = properties.get("Name"), properties.get("Value")
                if name is not None and value is not None:
                    yield shown(parts(name, _known(stack))), value


def _known(stack: Stack) -> Known:
    """The parameters of a stack that have a default."""
    found: dict[str, str | None] = {}
    for name, (_, body) in stack.section("Parameters").items():
        default = body.get("Default") if isinstance(body, Mapping) else None
        found[name] = literal(parts(default, NONE)) if default is not None else None
    return Known(found)


def _same_end(known: str, name: str) -> bool:
    """Whether two names are the same after what a stack's name stands for."""
    own = next((one for one in _OWN_NAME if known.startswith(one)), None)
    return own is not None and len(known) > len(own) + 1 and name.endswith(known[len(own) :])


def _template_of(stack: Stack, body: Mapping, where: Node | None) -> Document | None:
    """The template of a nested stack, where it is a file beside this one."""
    metadata = body.get("Metadata")
    asset = metadata.get("aws:asset:path") if isinstance(metadata, Mapping) else None
    text = literal(parts(asset if asset is not None else where, _known(stack)))
    if not text or "://" in text:
        return None
    path = Path(stack.document.path).parent / text
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return None
        if str(path.resolve()) in _ancestors(stack):
            return None
        made = parse(str(path), path.read_bytes().decode(errors="replace"))
    except (OSError, ValueError, RuntimeError, InputError):
        return None
    inside = isinstance(made.root, Mapping) and isinstance(made.root.get("Resources"), Mapping)
    return made if inside else None


def _ancestors(stack: Stack | None) -> set[str]:
    found = set()
    while stack is not None:
        found.add(str(Path(stack.document.path).resolve()))
        stack = stack.parent
    return found


def is_several(document: Document) -> bool:
    """Whether a template holds stacks."""
    root = document.root
    resources = root.get("Resources") if isinstance(root, Mapping) else None
    if not isinstance(resources, Mapping):
        return False
    return any(
        isinstance(body, Mapping) and shown(parts(body.get("Type"), NONE)) in NESTED
        for _, body in resources.entries.values()
    )


def assembled(documents: list[Document]) -> Document:
    """One template of several."""
    world = World()
    alone = len(documents) == 1
    for document in documents:
        world.add(document, "" if alone else f"{stem(document.path)}/")
    span = documents[0].root.span
    sections: dict[str, dict[str, tuple[Scalar, Node]]] = {"Resources": {}}
    for stack in world.stacks:
        sections["Resources"].update(stack.resources())
        for name in ("Parameters", "Mappings"):
            for key, (place, body) in stack.section(name).items():
                if key not in stack.given:
                    full = stack.named(key)
                    sections.setdefault(name, {})[full] = (evolve(place, value=full), body)
    made: dict[str, Node | None] = {name: Mapping(span, one) for name, one in sections.items()}
    transforms = [s.root.get("Transform") for s in world.stacks]
    found = [one for each in transforms if each is not None for one in walk(each)]
    if found:
        made["Transform"] = Sequence(span, [one for one in found if isinstance(one, Scalar)])
    root = mapping(span, made)
    return evolve(documents[0], root=root)


def stem(path: str) -> str:
    """What a stack is called: its file's name without what says its kind."""
    name = Path(path).name
    return re.sub(r"(\.template)?\.(ya?ml|json|template)$", "", name) or name


def offered(stack: Stack) -> Iterator[tuple[str, str]]:
    """What a stack offers others: exports, parameters of SSM, names of resources."""
    for export in _exported(stack):
        yield "export", _end(parts(export, _known(stack)))
    for name, _ in parameters(stack):
        yield "ssm", name
    for _, body in stack.section("Resources").values():
        properties = body.get("Properties") if isinstance(body, Mapping) else None
        if isinstance(properties, Mapping):
            for key in NAMED:
                name = literal(parts(properties.get(key), _known(stack))) or ""
                if len(name) >= SHORTEST_NAME:
                    yield "name", name


def wanted(stack: Stack) -> Iterator[tuple[str, str]]:
    """What a stack reads that others may offer."""
    own = {name for kind, name in offered(stack) if kind == "name"}
    for body in stack.section("Parameters").values():
        inner = body[1]
        kind = shown(parts(inner.get("Type"), NONE)) if isinstance(inner, Mapping) else ""
        if kind.startswith("AWS::SSM::Parameter::Value") and isinstance(inner, Mapping):
            yield "ssm", shown(parts(inner.get("Default"), NONE))
    for one in walk(stack.root):
        call = intrinsic(one)
        if call is not None and call[0] == "Fn::ImportValue":
            yield "export", _end(parts(call[1], _known(stack)))
        text = one.value if isinstance(one, Scalar) else None
        if isinstance(text, str):
            found = _SSM.fullmatch(text)
            if found is not None:
                yield "ssm", found[1]
            arn = _ARN.search(text)
            if arn is not None and arn[1] not in own:
                yield "name", arn[1]


def _end(name: Parts) -> str:
    """The name of an export after what stands for the stack's own name, if anything does."""
    first = name[0] if name else ""
    rest = name[1:] if isinstance(first, Reference) and len(name) > 1 else name
    return shown(rest)
