"""The native YAML form: `lambdaspec: 1`, functions, channels, triggers, entries.

Everything that is wrong is reported at once. Settings that are left out have AWS's defaults.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial

from attrs import define, field

from lambdaspec.architecture.conditions import lowered
from lambdaspec.architecture.document import Document, Mapping, Node, Scalar
from lambdaspec.architecture.elements import (
    Architecture,
    AsyncConfig,
    Bucket,
    Bus,
    Channel,
    Emission,
    Engine,
    Entry,
    Evidence,
    External,
    Function,
    Invoke,
    Queue,
    RecursiveLoop,
    Redrive,
    Retries,
    Sdk,
    Stream,
    Table,
    Topic,
    Trigger,
)
from lambdaspec.architecture.entries import default_entries
from lambdaspec.architecture.logs import with_logs
from lambdaspec.architecture.pipes import read_pipe
from lambdaspec.architecture.reading import TIMES, Reader, read_ignores
from lambdaspec.architecture.references import check_references
from lambdaspec.architecture.service_reading import SERVICES
from lambdaspec.architecture.triggers import read_trigger
from lambdaspec.errors import InputError
from lambdaspec.semantics import limits

SECTIONS = (
    "queues",
    "topics",
    "buckets",
    "tables",
    "streams",
    "buses",
    "schedules",
    "iot_topics",
    "log_groups",
    "routes",
    "state_machines",
    "services",
)
"""The kinds of channels, in the order in which they are read."""

FUNCTION = (
    "timeout",
    "sdk",
    "recursive_loop",
    "reserved_concurrency",
    "can_fail",
    "async",
    "emits",
    "ignore",
    "sdk_retries",
)

TOP = ("lambdaspec", "name", "functions", *SECTIONS, "pipes", "triggers", "entry")


def is_native(document: Document) -> bool:
    """Whether a document is in the native form."""
    return isinstance(document.root, Mapping) and "lambdaspec" in document.root.entries


def read_native(document: Document) -> Architecture:
    """The architecture of a document in the native form.

    Raises:
        InputError: something is wrong with it; every finding is in the exception.

    """
    return _Native(document).architecture()


@define
class _Native:
    document: Document
    reader: Reader = field(factory=Reader)
    functions: dict[str, Function] = field(factory=dict)
    channels: dict[str, Channel] = field(factory=dict)

    def architecture(self) -> Architecture:
        reader, root = self.reader, self.document.root
        top = reader.mapping(root, "an architecture", TOP)
        version = top.get("lambdaspec")
        if not isinstance(version, Scalar) or version.value != 1:
            span = root.span if version is None else version.span
            reader.say("LS004", span, "`lambdaspec` must be 1, the version of the format")
        name = reader.text(top.get("name"), "`name`") or "architecture"
        readers: dict[str, Callable[[str, Mapping, Scalar], Channel]] = {
            "queues": self.queue,
            "topics": self.topic,
            "buckets": self.bucket,
            "tables": self.table,
            "streams": self.stream,
            "buses": self.bus,
            "services": self.service,
            **{name: partial(read, reader) for name, read in SERVICES.items()},
        }
        for section in SECTIONS:
            for key, node in self.section(top, section):
                channel = readers[section](str(key.value), node, key)
                if self.fresh(channel.name, key):
                    self.channels[channel.name] = channel
        for key, node in self.section(top, "functions"):
            function = self.function(str(key.value), node, key)
            if self.fresh(function.name, key):
                self.functions[function.name] = function
        piped: list[Trigger] = []
        for key, node in self.section(top, "pipes"):
            known = Architecture(name, self.functions, self.channels)
            pipe, mapping = read_pipe(reader, known, str(key.value), node, key.span)
            if self.fresh(pipe.name, key):
                self.functions[pipe.name] = pipe
                piped += [] if mapping is None else [mapping]
        made = Architecture(name, self.functions, self.channels, span=root.span)
        items = reader.sequence(top.get("triggers"), "`triggers`")
        triggers = [read_trigger(reader, made, item) for item in items]
        found = (*piped, *(one for one in triggers if one is not None))
        made = Architecture(name, self.functions, self.channels, found, span=root.span)
        entries = tuple(self.entries(top.get("entry")))
        made = Architecture(name, self.functions, self.channels, found, entries, span=root.span)
        check_references(reader, made)
        if reader.findings:
            raise InputError(sorted(reader.findings, key=lambda one: (one.span, one.code)))
        made = lowered(with_logs(made))
        return default_entries(made) if top.get("entry") is None else made

    def section(self, top: Mapping, name: str) -> list[tuple[Scalar, Mapping]]:
        section = self.reader.mapping(top.get(name), f"`{name}`")
        return [
            (key, self.reader.mapping(node, f"`{key.value}`"))
            for key, node in section.entries.values()
        ]

    def fresh(self, name: str, key: Scalar) -> bool:
        known = self.functions.get(name) or self.channels.get(name)
        if known is not None:
            line = known.span.line if known.span else 1
            message = f"the name `{name}` is taken; it was first used in line {line}"
            self.reader.say("LS006", key.span, message)
        return known is None

    def function(self, name: str, node: Mapping, key: Scalar) -> Function:
        reader, what = self.reader, f"function `{name}`"
        reader.unknown(
            node,
            what,
            FUNCTION,
        )
        return Function(
            name,
            timeout=reader.duration(node.get("timeout"), "`timeout`", limits.FUNCTION_TIMEOUT),
            sdk=reader.choice(node.get("sdk"), "`sdk`", Sdk, Sdk.SUPPORTED),
            recursive_loop=reader.choice(
                node.get("recursive_loop"),
                "`recursive_loop`",
                RecursiveLoop,
                RecursiveLoop.TERMINATE,
            ),
            reserved_concurrency=reader.integer(
                node.get("reserved_concurrency"),
                "`reserved_concurrency`",
                limits.RESERVED_CONCURRENCY,
            ),
            can_fail=reader.boolean(node.get("can_fail"), "`can_fail`", default=True),
            asynchronous=self.asynchronous(node.get("async")),
            emits=self.emissions(node.get("emits")),
            ignores=read_ignores(reader, node.get("ignore")),
            retries=reader.choice(
                node.get("sdk_retries"), "`sdk_retries`", Retries, Retries.LEGACY
            ),
            span=key.span,
        )

    def asynchronous(self, node: Node | None) -> AsyncConfig:
        reader = self.reader
        keys = ["max_retry_attempts", "max_event_age", "dead_letter", "on_success", "on_failure"]
        config = reader.mapping(node, "`async`", keys)
        return AsyncConfig(
            reader.integer(
                config.get("max_retry_attempts"), "`max_retry_attempts`", limits.ASYNC_RETRIES
            ),
            reader.duration(config.get("max_event_age"), "`max_event_age`", limits.ASYNC_AGE),
            reader.text(config.get("dead_letter"), "`dead_letter`"),
            reader.text(config.get("on_success"), "`on_success`"),
            reader.text(config.get("on_failure"), "`on_failure`"),
            span=None if node is None else node.span,
        )

    def emissions(self, node: Node | None) -> tuple[Emission, ...]:
        items = self.reader.sequence(node, "`emits`")
        found = [self.emission(item) for item in items]
        return tuple(one for one in found if one is not None)

    def emission(self, node: Node) -> Emission | None:
        keys = ["to", "times", "when", "set", "key", "event", "invoke", "evidence"]
        reader = self.reader
        item = reader.mapping(node, "an emission", keys)
        target = item.get("to")
        if target is None:
            reader.say("LS013", node.span, "an emission needs `to`: what it writes to")
        to = reader.text(target, "`to`")
        times = reader.integer(item.get("times"), "`times`", TIMES)
        event = reader.text(item.get("event"), "`event`")
        evidence = reader.choice(item.get("evidence"), "`evidence`", _Strength, _Strength.DECLARED)
        when, where = reader.condition(item.get("when"), "`when`")
        updates, texts = reader.changes(item.get("set"))
        if to is None:
            return None
        return Emission(
            to,
            times=1 if times is None else times,
            when=when,
            updates=updates,
            texts=texts,
            where=where,
            key=reader.text(item.get("key"), "`key`") or "{}",
            event=(event or "ObjectCreated:*").removeprefix("s3:"),
            invoke=reader.choice(item.get("invoke"), "`invoke`", Invoke, Invoke.ASYNC),
            evidence=Evidence[evidence.name],
            span=target.span if target is not None else node.span,
        )

    def queue(self, name: str, node: Mapping, key: Scalar) -> Queue:
        reader = self.reader
        keys = ["fifo", "visibility_timeout", "retention", "redrive"]
        reader.unknown(node, f"queue `{name}`", keys)
        visibility = node.get("visibility_timeout")
        return Queue(
            name,
            reader.boolean(node.get("fifo"), "`fifo`", default=False),
            reader.duration(visibility, "`visibility_timeout`", limits.SQS_VISIBILITY),
            reader.duration(node.get("retention"), "`retention`", limits.SQS_RETENTION),
            self.redrive(node.get("redrive")),
            key.span,
        )

    def redrive(self, node: Node | None) -> Redrive | None:
        if node is None:
            return None
        reader = self.reader
        policy = reader.mapping(node, "`redrive`", ["to", "max_receive_count"])
        if policy.get("to") is None:
            reader.say("LS013", node.span, "`redrive` needs `to`: the dead-letter queue")
        to = reader.text(policy.get("to"), "`to`")
        count = reader.integer(
            policy.get("max_receive_count"), "`max_receive_count`", limits.SQS_MAX_RECEIVE
        )
        return None if to is None else Redrive(to, count)

    def topic(self, name: str, node: Mapping, key: Scalar) -> Topic:
        self.reader.unknown(node, f"topic `{name}`", ["fifo"])
        fifo = self.reader.boolean(node.get("fifo"), "`fifo`", default=False)
        return Topic(name, fifo, key.span)

    def bucket(self, name: str, node: Mapping, key: Scalar) -> Bucket:
        self.reader.unknown(node, f"bucket `{name}`", [])
        return Bucket(name, key.span)

    def table(self, name: str, node: Mapping, key: Scalar) -> Table:
        self.reader.unknown(node, f"table `{name}`", [])
        return Table(name, key.span)

    def stream(self, name: str, node: Mapping, key: Scalar) -> Stream:
        self.reader.unknown(node, f"stream `{name}`", ["retention", "engine"])
        engine = self.reader.choice(node.get("engine"), "`engine`", Engine, Engine.KINESIS)
        ranges = {
            Engine.KINESIS: limits.KINESIS_RETENTION,
            Engine.DOCUMENTDB: limits.DOCUMENTDB_RETENTION,
        }
        retention = self.reader.duration(node.get("retention"), "`retention`", ranges.get(engine))
        return Stream(name, retention, engine, key.span)

    def bus(self, name: str, node: Mapping, key: Scalar) -> Bus:
        self.reader.unknown(node, f"bus `{name}`", [])
        return Bus(name, key.span)

    def service(self, name: str, node: Mapping, key: Scalar) -> External:
        self.reader.unknown(node, f"service `{name}`", ["emits"])
        return External(name, self.emissions(node.get("emits")), key.span)

    def entries(self, node: Node | None) -> list[Entry]:
        found = []
        for item in self.reader.sequence(node, "`entry`"):
            if isinstance(item, Mapping):
                self.reader.unknown(item, "an entry", ["to", "payload"])
                to = self.reader.text(item.get("to"), "`to`")
                if item.get("to") is None:
                    self.reader.say("LS013", item.span, "an entry needs `to`: where events arrive")
                payload, texts = self.payload(item.get("payload"))
            else:
                to, payload, texts = self.reader.text(item, "an entry"), (), ()
            if to is not None:
                found.append(Entry(to, payload, texts, item.span))
        return found

    def payload(
        self, node: Node | None
    ) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, str | bool | None], ...]]:
        """The integers that arrive, and the other fields of which something is known."""
        updates, texts = self.reader.changes(node)
        for one in updates:
            if one.adds and node is not None:
                self.reader.say("LS004", node.span, f"`{one.field}` cannot add to what arrives")
        return tuple((one.field, one.value) for one in updates), texts


class _Strength(Enum):
    """Evidence as the native form writes it."""

    DECLARED = "declared"
    CODE = "code"
    CONFIGURED = "configured"
    PERMITTED = "permitted"
