"""`Metadata: lambdaspec:` in a resource: what its owner declares about it.

`emits` replaces whatever was inferred for the function, `sdk` whatever its runtime suggests;
`entry: true` makes the resource a place where events from outside arrive; `ignore` accepts
findings, with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from lambdaspec.architecture.document import Mapping, Node
from lambdaspec.architecture.elements import Emission, Entry, Invoke, Sdk
from lambdaspec.architecture.guards import parse_guard, parse_update
from lambdaspec.architecture.reading import TIMES, read_ignores
from lambdaspec.importers.cloudformation.template import Resource, Template
from lambdaspec.importers.cloudformation.values import literal

KEYS = ("emits", "sdk", "entry", "ignore", "can_fail")
EMISSION = ("to", "times", "when", "set", "key", "event", "invoke")


def _declared(template: Template) -> Iterator[tuple[str, Mapping]]:
    for resource in template.resources.values():
        node = resource.metadata.get("lambdaspec")
        if node is not None:
            what = f"the metadata of `{resource.name}`"
            yield resource.name, template.reader.mapping(node, what, KEYS)


def says_what_it_writes(resource: Resource) -> bool:
    """Whether the owner of a function declares what it writes."""
    declared = resource.metadata.get("lambdaspec")
    return isinstance(declared, Mapping) and declared.get("emits") is not None


def apply(template: Template) -> None:
    """Apply the declarations on functions."""
    for name, body in _declared(template):
        function = template.functions.get(name)
        if function is None:
            for key in ("emits", "sdk", "ignore", "can_fail"):
                if key in body.entries:
                    message = f"`{key}` is for functions, and `{name}` is none"
                    template.reader.say("LS002", body.entries[key][0].span, message)
            continue
        reader = template.reader
        template.functions[name] = evolve(
            function,
            sdk=reader.choice(body.get("sdk"), "`sdk`", Sdk, function.sdk),
            can_fail=reader.boolean(body.get("can_fail"), "`can_fail`", default=True),
            ignores=read_ignores(reader, body.get("ignore")),
        )
        if body.get("emits") is not None:
            items = reader.sequence(body.get("emits"), "`emits`")
            template.emissions[name] = [e for item in items for e in _emission(template, item)]


def _emission(template: Template, node: Node) -> Iterator[Emission]:
    reader = template.reader
    body = reader.mapping(node, "an emission", EMISSION)
    to = body.get("to")
    if to is None:
        reader.say("LS013", node.span, "an emission needs `to`: what it writes to")
        return
    name = literal(template.value(to))
    known = name in template.functions or name in template.channels
    target = name if known else template.target(to)
    if target is None:
        reader.say("LS003", to.span, "`to` names neither a function nor a channel of the template")
        return
    event = reader.text(body.get("event"), "`event`") or "ObjectCreated:*"
    times = reader.integer(body.get("times"), "`times`", TIMES)
    try:
        guard = reader.text(body.get("when"), "`when`")
        changes = reader.mapping(body.get("set"), "`set`").entries
        yield Emission(
            target,
            times=1 if times is None else times,
            when=parse_guard(guard) if guard is not None else (),
            updates=tuple(
                parse_update(field, getattr(value, "value", value))
                for field, (_, value) in changes.items()
            ),
            key=reader.text(body.get("key"), "`key`") or "{}",
            event=event.removeprefix("s3:"),
            invoke=reader.choice(body.get("invoke"), "`invoke`", Invoke, Invoke.ASYNC),
            span=to.span,
        )
    except ValueError as error:
        reader.say("LS004", node.span, str(error))


def entries(template: Template) -> list[Entry]:
    """The entries that are declared."""
    found = []
    for name, body in _declared(template):
        node = body.get("entry")
        is_entry = template.reader.boolean(node, "`entry`", default=False)
        known = name in template.functions or name in template.channels
        if node is not None and is_entry and known:
            found.append(Entry(name, span=node.span))
    return found
