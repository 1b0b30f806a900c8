"""A template: its resources, parameters and globals, and what names in it refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import define, field, frozen

from lambdaspec.architecture.document import (
    Document,
    Mapping,
    Node,
    Scalar,
    Sequence,
    walk,
)
from lambdaspec.architecture.elements import (
    Architecture,
    Channel,
    Emission,
    Function,
    Trigger,
)
from lambdaspec.architecture.reading import Reader, describe
from lambdaspec.diagnostics import Finding, Level, Span
from lambdaspec.importers.cloudformation.values import (
    NONE,
    Known,
    Part,
    Parts,
    Reference,
    Unknown,
    alternatives,
    from_json,
    intrinsic,
    json_inside,
    literal,
    parts,
    references,
    repeated,
    shown,
)
from lambdaspec.semantics.limits import Limit

PSEUDO = "AWS::"
SERVERLESS = "AWS::Serverless-2016-10-31"

_NAME_PROPERTIES = {
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Serverless::Function": "FunctionName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::Serverless::SimpleTable": "TableName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Events::EventBus": "Name",
}
_FORWARDS = {
    "AWS::Lambda::Alias": "FunctionName",
    "AWS::Lambda::Version": "FunctionName",
}


@frozen
class Resource:
    """One resource: logical id, type, where it stands, properties, metadata."""

    name: str
    kind: str
    span: Span
    properties: Mapping
    metadata: Mapping
    body: Mapping


@frozen
class Connector:
    """A SAM connector: from what to what, and what it permits."""

    source: str
    targets: tuple[str, ...]
    permissions: tuple[str, ...]
    span: Span


@define
class Template:
    """A template that is being read: what is known, and what was found so far."""

    document: Document
    reader: Reader = field(factory=Reader)
    resources: dict[str, Resource] = field(factory=dict)
    overrides: dict[str, str] = field(factory=dict)
    translated: bool = False
    known: Known = field(factory=Known)
    implied: dict[str, Parts] = field(factory=dict)
    globals: Mapping = field(init=False)
    serverless: bool = False
    functions: dict[str, Function] = field(factory=dict)
    channels: dict[str, Channel] = field(factory=dict)
    triggers: list[Trigger] = field(factory=list)
    emissions: dict[str, list[Emission]] = field(factory=dict)
    entries: dict[str, Span | None] = field(factory=dict)
    remarks: list[Finding] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        reader = self.reader
        root = reader.mapping(self.document.root, "a template")
        self.serverless = any(
            isinstance(node, Scalar) and node.value == SERVERLESS
            for node in walk(root.get("Transform") or Mapping(root.span))
        )
        every = reader.mapping(root.get("Globals"), "`Globals`")
        self.globals = reader.mapping(every.get("Function"), "`Globals.Function`")
        for name, (_, node) in reader.mapping(
            root.get("Parameters"), "`Parameters`"
        ).entries.items():
            given = self.overrides.get(name, self.overrides.get(name.rsplit("/", 1)[-1]))
            self.parameters[name] = _default(node) if given is None else given
        self.known.mappings = reader.mapping(root.get("Mappings"), "`Mappings`")
        for name, (key, node) in reader.mapping(
            root.get("Resources"), "`Resources`"
        ).entries.items():
            if name.startswith("Fn::ForEach::"):
                for inner, inner_key, inner_node in repeated(node, self.known):
                    self._resource(inner, inner_key, inner_node)
            elif not name.startswith("Fn::"):
                self._resource(name, key, node)

    @property
    def parameters(self) -> dict[str, str | None]:
        """The parameters, each with its text if it has one."""
        return self.known.parameters

    def _resource(self, name: str, key: Scalar, node: Node) -> None:
        reader = self.reader
        body = reader.mapping(node, f"resource `{name}`")
        kind = body.get("Type")
        if kind is None:
            reader.say("LS013", key.span, f"resource `{name}` has no `Type`")
            return
        text = reader.text(kind, f"the type of `{name}`")
        if text is not None:
            properties = body.get("Properties")
            if properties is not None and intrinsic(properties) is not None:
                properties = None  # Fn::Transform and the like: nothing is known of it
            self.resources[name] = Resource(
                name,
                text,
                key.span,
                reader.mapping(properties, f"the properties of `{name}`"),
                reader.mapping(body.get("Metadata"), f"the metadata of `{name}`"),
                body,
            )

    def of_kind(self, *kinds: str) -> Iterator[Resource]:
        """The resources of these types, in order."""
        for resource in self.resources.values():
            if resource.kind in kinds:
                yield resource

    def remark(self, span: Span, message: str, code: str = "LS109") -> None:
        """Say what was left out, or taken to be as bad as it can be."""
        self.remarks.append(Finding(code, Level.NOTE, message, "", span))

    def home(self, resource: Resource) -> Path:
        """The folder that paths of a resource are relative to: that of the file it stands in."""
        path = self.document.path if self.translated else resource.span.path
        return Path(path or self.document.path).parent

    def value(self, node: Node | None) -> Parts:
        """A value as parts."""
        return parts(node, self.known)

    def targets(self, node: Node | None) -> list[str]:
        """The functions and channels that a value names, by reference or by physical name."""
        if node is None:
            return []
        found: dict[str, None] = {}
        for one in alternatives(node):
            value = self.value(one)
            for reference in references(value):
                resource = self.resolved(reference.name)
                if resource is not None:
                    found[resource.name] = None
            found.update(dict.fromkeys(self._by_name(value)))
        return [name for name in found if name in self.functions or name in self.channels]

    def target(self, node: Node | None) -> str | None:
        """The one function or channel that a value names; None if none or not known."""
        found = self.targets(node)
        return found[0] if found else None

    def resolved(self, name: str) -> Resource | None:
        """The resource of a logical id; aliases and versions stand for their function."""
        resource = self.resources.get(name)
        for _ in range(5):
            if resource is None or resource.kind not in _FORWARDS:
                break
            refs = references(self.value(resource.properties.get(_FORWARDS[resource.kind])))
            resource = self.resources.get(refs[0].name) if refs else None
        if resource is None and self.serverless:
            resource = self._generated(name)
        return resource

    def _generated(self, name: str) -> Resource | None:
        """What SAM generates for a function, such as `FunctionAliaslive`, stands for it."""
        for known in self.resources.values():
            if known.kind == "AWS::Serverless::Function" and name.startswith(known.name + "Alias"):
                return known
        return None

    def physical(self, resource: Resource) -> Parts:
        """The physical name that a resource is given, if it is."""
        name = _NAME_PROPERTIES.get(resource.kind)
        return self.value(resource.properties.get(name)) if name else ()

    def _by_name(self, value: Parts) -> Iterator[str]:
        """Resources whose given name is this value, or the end of it after `:` or `/`."""
        if not value:
            return
        for resource in self.resources.values():
            name = self.physical(resource)
            if name and (value == name or _ends_with(value, name)):
                yield resource.name
        for implied, name in self.implied.items():
            if value == name or _ends_with(value, name) or _ends_with(name, value):
                yield implied

    def imply(self, node: Node | None, make: Callable[[str], Channel]) -> str | None:
        """A channel that is named but not declared here, such as a parameter without default."""
        value = self.value(node)
        if not value or any(isinstance(part, Unknown) for part in value):
            return None
        own = [p for p in value if isinstance(p, Reference) and not p.name.startswith(PSEUDO)]
        if not own and not any(isinstance(part, str) for part in value):
            return None
        name = shown(value).rsplit(":", 1)[-1] or shown(value)
        if name not in self.implied:
            if name in self.functions or name in self.channels:
                return None
            self.implied[name] = value
            self.channels[name] = make(name)
        return name

    def shown(self, value: Parts) -> str:
        """A value in words."""
        return shown(value)

    def named(self, value: Parts) -> list[str]:
        """The functions and channels that a value names, given as parts."""
        found = {r.name: None for r in map(self._resource_of, references(value)) if r is not None}
        found.update(dict.fromkeys(self._by_name(value)))
        return [name for name in found if name in self.functions or name in self.channels]

    def _resource_of(self, reference: Reference) -> Resource | None:
        return self.resolved(reference.name)

    def settled(self, value: Parts) -> bool:
        """Whether a value is known before deployment, up to account and region."""
        return all(
            (isinstance(part, str) and "${" not in part and "{{resolve:" not in part)
            or (
                isinstance(part, Reference)
                and (part.name in self.resources or part.name.startswith(PSEUDO))
            )
            for part in value
        )

    def environment(self, resource: Resource) -> dict[str, Node]:
        """The environment variables of a function, those of `Globals` first."""
        found: dict[str, Node] = {}
        places = [resource.properties.get("Environment")]
        if resource.kind == "AWS::Serverless::Function":
            places.insert(0, self.globals.get("Environment"))
        for place in places:
            body = self.structure(place, "`Environment`")
            variables = self.structure(body.get("Variables"), "`Variables`")
            found |= {name: node for name, (_, node) in variables.entries.items()}
        return found

    def settings(self, resource: Resource, name: str) -> Node | None:
        """A property of a SAM function, from `Globals` where the function does not say it."""
        own = resource.properties.get(name)
        if own is None and resource.kind == "AWS::Serverless::Function":
            ignored = resource.body.get("IgnoreGlobals")
            listed = [literal(self.value(one)) for one in self.items(ignored)]
            return None if name in listed or "*" in listed else self.globals.get(name)
        return own

    def number(self, node: Node | None, what: str, limit: Limit) -> int | None:
        """An integer; numbers in quotes are numbers, and what is not known is AWS's default."""
        if node is None:
            return None
        text = literal(self.value(node))
        if text is None:
            self.remark(node.span, f"{what} is decided at deployment; AWS's default is taken")
            return None
        try:
            value = int(text)
        except ValueError:
            message = f"{what} must be an integer, not {describe(node)}"
            self.reader.say("LS004", node.span, message)
            return None
        return self.reader.integer(Scalar(node.span, value), what, limit)

    def flag(self, node: Node | None, default: bool) -> bool:
        """A boolean, also in quotes; what is not known is the default."""
        text = literal(self.value(node))
        return default if text is None else text.lower() == "true"

    def structure(self, node: Node | None, what: str) -> Mapping:
        """A mapping that may also be written as JSON in a text, or chosen by `Fn::If`."""
        if node is None:
            return Mapping(self.document.root.span)
        node = next(iter(alternatives(node)), node)
        if isinstance(node, Scalar) and isinstance(node.value, str):
            node = from_json(node.value, node.span) or node
        elif intrinsic(node) is not None:
            node = json_inside(self.value(node), node.span) or node
        call = intrinsic(node)
        if call is not None:
            self.remark(node.span, f"{what} is decided at deployment and left out")
            return Mapping(node.span)
        return self.reader.mapping(node, what)

    def items(self, node: Node | None) -> list[Node]:
        """A list; a single value counts as a list of one, and both branches of `Fn::If` count."""
        if node is None:
            return []
        found: list[Node] = []
        for one in alternatives(node):
            call = intrinsic(one)
            if isinstance(one, Sequence) and call is None:
                for item in one.items:
                    found += alternatives(item)
            elif not (call is not None and call[0] == "Ref" and _no_value(call[1])):
                found.append(one)
        return [one for one in found if not is_no_value(one)]

    def connectors(self) -> Iterator[Connector]:
        """SAM's connectors, those inside a resource included."""
        for resource in self.resources.values():
            if resource.kind == "AWS::Serverless::Connector":
                source = self.end(resource.properties.get("Source"))
                yield from self._connector(source, resource.properties, resource.span)
            inner = self.reader.mapping(resource.body.get("Connectors"), "`Connectors`")
            for key, node in inner.entries.values():
                body = self.structure(node, "a connector")
                properties = self.structure(body.get("Properties"), "a connector")
                yield from self._connector(resource.name, properties, key.span)

    def _connector(self, source: str | None, body: Mapping, span: Span) -> Iterator[Connector]:
        kinds = [literal(self.value(one)) for one in self.items(body.get("Permissions"))]
        targets = [self.end(one) for one in self.items(body.get("Destination"))]
        if source is not None:
            found = tuple(one for one in targets if one is not None)
            yield Connector(source, found, tuple(k for k in kinds if k is not None), span)

    def end(self, node: Node | None) -> str | None:
        """What one end of a connector is."""
        body = self.structure(node, "an end of a connector")
        name = literal(self.value(body.get("Id")))
        if name in self.functions or name in self.channels:
            return name
        return self.target(body.get("Arn"))

    def architecture(self) -> Architecture:
        """What was read."""
        name = self.document.path.replace("\\", "/").rsplit("/", 1)[-1]
        return Architecture(
            name,
            self.functions,
            self.channels,
            tuple(self.triggers),
            remarks=tuple(dict.fromkeys(self.remarks)),
            span=self.document.root.span,
        )

    def check_references(self) -> None:
        """Remark on references to nothing: whatever they were meant to connect is left out."""
        root = self.document.root
        plain = all(
            not (call and call[0] in ("Fn::Transform", "Fn::ForEach"))
            for call in map(intrinsic, walk(root))
        )
        transform = root.get("Transform") if isinstance(root, Mapping) else None
        if not plain or (transform is not None and not self.serverless):
            return
        known = {*self.resources, *self.parameters, "import"}
        for node in walk(root):
            call = intrinsic(node)
            if call is None or call[0] not in ("Ref", "Fn::GetAtt"):
                continue
            for reference in references(parts(node, NONE)):
                if self._dangles(reference, known):
                    self.remark(
                        node.span, f"`{reference.name}` is neither a resource nor a parameter"
                    )

    def _dangles(self, reference: Reference, known: set[str]) -> bool:
        name = reference.name
        if name in known or name.startswith(PSEUDO):
            return False
        if self.serverless:  # SAM generates resources whose ids begin with those of others
            return not name.startswith("Serverless") and not any(name.startswith(k) for k in known)
        return True


def _default(node: Node) -> str | None:
    """A parameter's default; of one that names an SSM parameter the value is not known."""
    if not isinstance(node, Mapping):
        return None
    kind = literal(parts(node.get("Type"), NONE)) or ""
    default = node.get("Default")
    if default is None or kind.startswith("AWS::SSM::Parameter::Value"):
        return None
    return literal(parts(default, NONE)) or None


def _no_value(argument: Node) -> bool:
    return isinstance(argument, Scalar) and argument.value == "AWS::NoValue"


def is_no_value(node: Node) -> bool:
    """Whether a value is `AWS::NoValue`: as if the property were not there."""
    call = intrinsic(node)
    return call is not None and call[0] == "Ref" and _no_value(call[1])


def _ends_with(value: Parts, name: Parts) -> bool:
    """Whether an ARN or URL ends in a name: the part before must end in a separator."""
    text, wanted = literal(value), literal(name)
    if text is not None and wanted is not None:
        return text.endswith((f":{wanted}", f"/{wanted}"))
    size = len(name)
    if len(value) <= size or value[-size:] != name:
        if wanted is None or not isinstance(value[-1], str):
            return False
        return value[-1].endswith((f":{wanted}", f"/{wanted}"))
    before: Part = value[-size - 1]
    return isinstance(before, str) and before.endswith((":", "/"))
