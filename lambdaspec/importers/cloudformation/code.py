"""What handlers write, as emissions: the calls found in a function's source, with their targets.

`handlers` reads the source; here the environment variables, names and parts of the event that it
names are resolved to functions and channels of the template. A handler that was read whole
replaces what is merely configured or permitted for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from os.path import commonpath, normpath
from pathlib import Path as File

from attrs import define, evolve, field

from lambdaspec.architecture.document import Mapping, Node, Scalar, walk
from lambdaspec.architecture.elements import (
    Channel,
    Emission,
    Evidence,
    Function,
    Invoke,
)
from lambdaspec.architecture.triggers import plain
from lambdaspec.diagnostics import Span
from lambdaspec.handlers.interpret import Written
from lambdaspec.handlers.package import Reading, Source, language_of, read_handler
from lambdaspec.handlers.sdk import OPERATIONS, Operation
from lambdaspec.handlers.values import (
    UNKNOWN,
    Env,
    Rec,
    Seq,
    Str,
    Value,
    alternatives,
    literal,
)
from lambdaspec.importers.cloudformation.conditions_of_code import (
    Guarded,
    flat,
    guarded,
    pattern,
    told,
)
from lambdaspec.importers.cloudformation.keys_of_code import begins, common, keys
from lambdaspec.importers.cloudformation.targets_of_code import KINDS, resolved
from lambdaspec.importers.cloudformation.template import Resource, Template
from lambdaspec.importers.cloudformation.values import Reference, Unknown
from lambdaspec.importers.cloudformation.values import literal as known_text
from lambdaspec.importers.sdk_versions import passes_lineage

Site = tuple[str, int, str, str, str, Invoke]
"""Where a call stands, what it does, and what it writes to in which way."""


@define
class Found:
    """What the code of one function says it writes, and why that is not all, if it is not.

    Each doubt comes with the service that it is about, an empty one for any. What services write
    later because of it stands in `jobs`, by what does it.
    """

    emissions: list[Emission] = field(factory=list)
    jobs: dict[str, list[Emission]] = field(factory=dict)
    doubts: list[tuple[str, str]] = field(factory=list)

    def doubtful(self, element: Function | Channel) -> bool:
        """Whether the handler may write to an element in a way that was not read."""
        services = {service for _, service in self.doubts}
        return "" in services or any(isinstance(element, KINDS[s]) for s in services if s in KINDS)


def read(template: Template, resource: Resource) -> Found | None:
    """What the code of a function writes; None where its code is not beside the template."""
    source = _source(template, resource)
    if source is None:
        return None
    reading = _cached(source)
    if not reading.files:
        return None
    found = Found(doubts=list(reading.doubts))
    sites: dict[Site, list[Emission]] = {}
    for call in reading.written:
        for one in _emissions(template, resource, source, call, found):
            site = (call.path, call.line, call.operation, one.to, one.event, one.invoke)
            sites.setdefault(site, []).append(one)
    for (_, _, called, *_), several in sites.items():
        operation = OPERATIONS.get(called)
        job = operation.job if operation is not None else ""
        whose = found.jobs.setdefault(job, []) if job else found.emissions
        whose.append(_merged(several))
    return found


def brings_sdk(template: Template, resource: Resource) -> bool | None:
    """Whether the SDK that a function's package brings along passes the lineage on."""
    source = _source(template, resource)
    if source is None or source.inline is not None:
        return None
    return passes_lineage(source.root, template.home(resource), source.runtime)


def _merged(several: list[Emission]) -> Emission:
    """One call writes once, whichever way it is reached: what is said is what all ways say."""
    first = several[0]
    if all(one == first for one in several):
        return first
    key = common([one.key for one in several])
    texts = [dict(one.texts) for one in several]
    said = {
        name: value for name, value in texts[0].items() if all(t.get(name) == value for t in texts)
    }
    said |= {name: "{}" for t in texts for name in t if name not in said}
    if "object.key" in said:
        said["object.key"] = key
    same = all((one.when, one.updates) == (first.when, first.updates) for one in several)
    where = tuple(leaf for leaf in first.where if all(leaf in one.where for one in several))
    return evolve(
        first,
        key=key,
        texts=tuple(said.items()),
        where=where,
        when=first.when if same else (),
        updates=first.updates if same else (),
    )


def forget() -> None:
    """Read code anew from now on: it may have changed since the last template was read."""
    for cached in (_cached, _tree, _lines):
        cached.cache_clear()


@lru_cache(maxsize=256)
def _cached(source: Source) -> Reading:
    """Several functions may name the same code."""
    return read_handler(source)


def _source(template: Template, resource: Resource) -> Source | None:
    def text(name: str) -> str | None:
        return known_text(template.value(template.settings(resource, name)))

    handler, runtime = text("Handler"), text("Runtime") or ""
    here = template.home(resource)
    inline = text("InlineCode")
    code = template.settings(resource, "Code")
    if inline is None and isinstance(code, Mapping):
        inline = _inline(template, code)
    if handler is None:
        return None
    tree = _tree(_around(here, File(resource.span.path or here).parent))
    if inline is not None:
        return Source(here, handler, runtime, inline, tree)
    folder = _folder(template, resource, here)
    if folder is None:
        return None
    return Source(folder, _entry_point(resource, handler), runtime, None, tree)


def _inline(template: Template, code: Mapping) -> str | None:
    """Inline source; what it takes from the template by `Fn::Sub` or `Fn::Join` is a hole."""
    node = code.get("ZipFile")
    if node is None:
        return None
    parts = template.value(node)
    if any(isinstance(part, Unknown) for part in parts):
        return None
    names = [part.name if isinstance(part, Reference) else part for part in parts]
    return "".join(name for name in names if isinstance(name, str))


def _folder(template: Template, resource: Resource, here: File) -> File | None:
    uri = template.settings(resource, "CodeUri")
    if uri is None:
        uri = template.settings(resource, "Code")
    asset = resource.metadata.get("aws:asset:path")
    if asset is not None:
        uri = asset
    text = known_text(template.value(uri)) if uri is not None else None
    if text is None and uri is None and resource.kind == "AWS::Serverless::Function":
        text = "."
    if not text or "://" in text:
        return None
    try:
        folder = here / text
        if folder.is_file():
            folder = folder.parent
        return folder if folder.is_dir() else None
    except (OSError, ValueError):
        return None


def _entry_point(resource: Resource, handler: str) -> str:
    """Esbuild of SAM names the source in the resource's metadata."""
    build = resource.metadata.get("BuildProperties")
    points = build.get("EntryPoints") if isinstance(build, Mapping) else None
    data = plain(points) if points is not None else None
    if isinstance(data, list) and len(data) == 1 and isinstance(data[0], str):
        return data[0].rsplit(".", 1)[0] + "." + handler.rsplit(".", 1)[-1]
    return handler


def _around(one: File, other: File) -> File:
    """The nearest folder that both are in: a Terraform module may lie beside its caller."""
    try:
        return File(commonpath([one.absolute(), other.absolute()]))
    except ValueError:
        return one


@lru_cache(maxsize=256)
def _tree(folder: File) -> File:
    """The folder that code must lie in: the repository, or what is around the template."""
    here = folder.absolute()
    for one in (here, *here.parents):
        if (one / ".git").exists():
            return one
    return here.parent


def _emissions(
    template: Template, resource: Resource, source: Source, call: Written, found: Found
) -> Iterator[Emission]:
    operation = OPERATIONS.get(call.operation) or Operation(call.service, ())
    place = call.path if source.inline is None else "the code"
    where = f"{place}:{call.line}"
    for target, texts in _targets(operation, call):
        names = resolved(template, resource, call.service, target)
        if names is None:
            text = f"{where}: what `{call.operation}` writes to is not known"
            found.doubts.append((text, call.service))
            continue
        for name in names:
            guards = guarded(call, operation, lambda env: _number(template, resource, env))
            span = _span(template, resource, source, call)
            said = (*told(call, operation), *texts)
            start = begins(template, resource, call)
            yield from _made(name, call, operation, said, guards, span, start)


def _span(template: Template, resource: Resource, source: Source, call: Written) -> Span:
    if source.inline is not None:
        return _inline_span(template, resource, call.line)
    if not call.path:
        return resource.span
    return _line_span(normpath(source.root / call.path), call.line)


def _line_span(path: str, number: int) -> Span:
    """What stands on a line, without the space before and after it."""
    line = _lines(File(path))[number - 1 : number]
    text = line[0] if line else ""
    begin = len(text) - len(text.lstrip()) + 1
    return Span(path, number, begin, number, max(begin, len(text.rstrip()) + 1))


def _inline_span(template: Template, resource: Resource, line: int) -> Span:
    """The line of source that stands in the template, where it stands there line by line."""
    code = template.settings(resource, "Code")
    found = template.settings(resource, "InlineCode")
    if found is None and isinstance(code, Mapping):
        found = code.get("ZipFile")
    block = found
    if found is not None and not isinstance(found, Scalar):
        block = next((one for one in walk(found) if _is_block(one)), None)
    if block is None or not _is_block(block):
        return resource.span
    return _line_span(block.span.path, block.span.line + line)


def _is_block(one: Node) -> bool:
    """Whether a text stands on the lines after its own: YAML's `|`."""
    lines = one.value.count("\n") if isinstance(one, Scalar) and isinstance(one.value, str) else 0
    return lines > 0 and one.span.end_line - one.span.line >= lines


@lru_cache(maxsize=64)
def _lines(path: File) -> tuple[str, ...]:
    try:
        return tuple(path.read_text(errors="replace").splitlines())
    except OSError:
        return ()


def _made(
    name: str,
    call: Written,
    operation: Operation,
    texts: tuple[tuple[str, str | bool | None], ...],
    guards: Guarded,
    span: Span,
    start: str,
) -> Iterator[Emission]:
    said = tuple({**dict(texts), **dict(guards.texts)}.items())
    base = Emission(
        name,
        event=operation.event or "ObjectCreated:*",
        evidence=Evidence.CODE,
        span=span,
        when=guards.when,
        where=guards.where,
        updates=guards.updates,
        texts=said,
    )
    match call.service:
        case "s3":
            key = common(keys(call, operation, start))
            yield evolve(base, key=key, texts=(*said, ("object.key", key)))
        case "lambda":
            kind = literal(call.parameters.fields.get("invocationtype", UNKNOWN))
            sync = kind == "RequestResponse" or "invocationtype" not in call.parameters.fields
            sync = sync and not call.parameters.open and call.operation != "invokeasync"
            yield evolve(base, invoke=Invoke.SYNC if sync else Invoke.ASYNC)
        case _:
            yield base


def _number(template: Template, resource: Resource, variable: Env) -> int | None:
    """The number in an environment variable, if the template says it."""
    node = template.environment(resource).get(variable.name)
    text = variable.default if node is None else known_text(template.value(node))
    return int(text) if text is not None and re.fullmatch(r"\d{1,9}", text) else None


Said = tuple[tuple[str, str | bool | None], ...]


def _targets(operation: Operation, call: Written) -> Iterator[tuple[Value, Said]]:
    """The values that name what a call writes to, with what is said beside."""
    fields = call.parameters.fields
    if call.service == "events":
        yield from _events(fields.get("entries", UNKNOWN))
        return
    if call.handle is not None:
        yield from ((one, ()) for one in alternatives(call.handle.target))
        return
    if call.service == "dynamodb" and operation.inside:
        yield from ((one, ()) for one in _tables(fields.get(operation.inside, UNKNOWN)))
        return
    if operation.inside:
        inner = fields.get(operation.inside, UNKNOWN)
        fields = {k.lower(): v for k, v in inner.fields.items()} if isinstance(inner, Rec) else {}
    for name in operation.target:
        if name in fields:
            yield from ((one, ()) for one in alternatives(fields[name]))
            return
    if not call.parameters.open:
        if call.service == "sns" and "phonenumber" in fields:
            return  # a text message to a telephone
        if operation.job:
            return  # the service keeps what it makes
    yield UNKNOWN, ()


def _tables(value: Value) -> Iterator[Value]:
    """The tables of a batch or transaction."""
    match value:
        case Rec() if value.fields or value.keys:
            yield from (Str((name,)) for name in value.fields)
            yield from (one for key in value.keys for one in alternatives(key))
        case Seq(items=items):
            for item in items:
                for one in alternatives(item):
                    if isinstance(one, Rec):
                        yield from (t for inner in one.fields.values() for t in _inside(inner))
                    else:
                        yield UNKNOWN
        case _:
            yield UNKNOWN


def _inside(value: Value) -> Iterator[Value]:
    if isinstance(value, Rec) and "TableName" in value.fields:
        yield value.fields["TableName"]
    else:
        yield UNKNOWN


def _events(entries: Value) -> Iterator[tuple[Value, Said]]:
    """Each entry of PutEvents: its bus, and what it says of itself (EB-PATTERN)."""
    seen = False
    for value in alternatives(entries):
        for item in value.items if isinstance(value, Seq) else [value]:
            for one in alternatives(item):
                seen = True
                if not isinstance(one, Rec):
                    yield UNKNOWN, ()
                    continue
                named = {name.lower(): value for name, value in one.fields.items()}
                bus = named.get("eventbusname", Str(("default",)))
                if one.open and "eventbusname" not in named:
                    bus = UNKNOWN
                said = _said(named)
                yield from ((each, said) for each in alternatives(bus))
    if not seen:
        yield UNKNOWN, ()


def _said(named: dict[str, Value]) -> Said:
    found: list[tuple[str, str | bool | None]] = []
    for key, name in (("source", "source"), ("detailtype", "detail-type")):
        if key in named:
            kinds = [pattern(one) for one in alternatives(named[key])]
            found.append((name, kinds[0] if len(kinds) == 1 else "{}"))
    return (*found, *flat(named.get("detail", UNKNOWN)))


__all__ = ["Found", "language_of", "read"]
