"""Diagrams: the architecture as DOT or Mermaid, with a loop or a counterexample drawn on it."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define, field, frozen

from lambdaspec.architecture.elements import (
    Architecture,
    Bucket,
    Bus,
    Channel,
    External,
    Function,
    Integration,
    Invoke,
    MoveTask,
    Notification,
    Queue,
    QueueMapping,
    Rule,
    Stream,
    StreamMapping,
    Subscription,
    Table,
    Topic,
)
from lambdaspec.architecture.services import IotTopic, LogGroup, Route, Schedule, Workflow
from lambdaspec.flow.graph import Flow
from lambdaspec.result import FoundLoop, Result
from lambdaspec.semantics.limits import SQS_MAX_RECEIVE

_SHAPES: dict[type[Function | Channel], tuple[str, str, str]] = {
    # DOT shape, fill colour, Mermaid brackets
    Function: ("box", "#FFE8CC", "[]"),
    Queue: ("cds", "#E5DBFF", "[[]]"),
    Topic: ("hexagon", "#FFDEEB", "{{}}"),
    Bucket: ("cylinder", "#D3F9D8", "[()]"),
    Table: ("cylinder", "#D0EBFF", "[()]"),
    Stream: ("parallelogram", "#D0EBFF", "[//]"),
    Bus: ("octagon", "#FFF3BF", "{{}}"),
    External: ("ellipse", "#F1F3F5", "([])"),
    Schedule: ("octagon", "#FFF3BF", "([])"),
    IotTopic: ("hexagon", "#FFF3BF", "{{}}"),
    LogGroup: ("note", "#F1F3F5", "[]"),
    Route: ("house", "#D0EBFF", "([])"),
    Workflow: ("component", "#FFE8CC", "[[]]"),
}
_CYCLE, _PREFIX, _PLAIN = "#C92A2A", "#1971C2", "#868E96"


@frozen
class Edge:
    """A connection of the architecture: dashed where only failure or weak evidence takes it."""

    source: str
    target: str
    label: str
    dashed: bool = False


@define
class Highlight:
    """Which connections a counterexample takes before its cycle, and which ones in it."""

    prefix: set[tuple[str, str]] = field(factory=set)
    cycle: set[tuple[str, str]] = field(factory=set)
    endless: bool = False


def highlight(result: Result, chosen: Iterable[FoundLoop]) -> Highlight:
    """The connections to mark for some loops."""
    marks = Highlight()
    for one in chosen:
        cycle = _pairs(result.flow, one.loop.cycle)
        marks.cycle |= cycle
        marks.endless = marks.endless or one.trace is not None
        if one.trace is not None and one.loop.lasso is not None:
            marks.prefix |= _pairs(result.flow, one.loop.lasso.prefix)
    marks.prefix -= marks.cycle
    return marks


def _pairs(flow: Flow, hops: Iterable[int]) -> set[tuple[str, str]]:
    steps = [flow.steps[index] for index in hops]
    return {(flow.sites[s.source].element, flow.sites[s.target].element) for s in steps}


def edges(architecture: Architecture) -> list[Edge]:
    """All connections, in the order of the input."""
    found: list[Edge] = []
    for trigger in architecture.triggers:
        match trigger:
            case QueueMapping():
                label = f"batch of {trigger.batch_size}" if trigger.batch_size else "polled"
                off = not trigger.enabled
                found.append(Edge(trigger.source, trigger.function, "disabled" if off else label))
            case StreamMapping():
                found.append(Edge(trigger.source, trigger.function, "reads"))
                found += _to(trigger.function, trigger.on_failure, "on failure of its stream")
            case Subscription():
                found.append(Edge(trigger.source, trigger.target, "subscription"))
                found += _to(trigger.source, trigger.dead_letter, "undeliverable")
            case Notification():
                found.append(Edge(trigger.source, trigger.target, _filter(trigger)))
            case Rule():
                label = "rule" if trigger.enabled else "disabled rule"
                found.append(Edge(trigger.source, trigger.target, label))
                found += _to(trigger.source, trigger.dead_letter, "undeliverable")
            case Integration():
                found.append(Edge(trigger.source, trigger.target, "invokes and waits"))
            case MoveTask():
                found.append(Edge(trigger.source, trigger.target, "moved by a person", True))
    for function in architecture.functions.values():
        config = function.asynchronous
        found += _to(function.name, config.dead_letter, "dead letter")
        found += _to(function.name, config.on_failure, "on failure")
        found += _to(function.name, config.on_success, "on success")
    for name, _, emission in architecture.emissions():
        to_function = emission.to in architecture.functions
        sync = "invokes and waits" if emission.invoke is Invoke.SYNC else "invokes"
        label = sync if to_function else "logs" if emission.by_platform else "writes"
        if emission.times != 1:
            label += f" ×{emission.times}"
        if emission.when:
            label += " if " + " and ".join(map(str, emission.when))
        if emission.evidence.name != "DECLARED":
            label += f" ({emission.evidence.word})"
        weak = emission.evidence.name == "PERMITTED"
        found.append(Edge(name, emission.to, label, dashed=weak))
    for channel in architecture.channels.values():
        if isinstance(channel, Queue) and channel.redrive is not None:
            count = channel.redrive.max_receive_count or SQS_MAX_RECEIVE.value
            times = "receive" if count == 1 else "receives"
            found += _to(channel.name, channel.redrive.to, f"after {count} {times}")
        elif isinstance(channel, Workflow):
            for task in channel.tasks.values():
                if task.to is not None:
                    label = task.name + (f", {task.retries} retries" if task.retries else "")
                    found.append(Edge(channel.name, task.to, label))
    return list(dict.fromkeys(found))  # several ways of writing to a bucket are one arrow


def _to(source: str, target: str | None, label: str) -> list[Edge]:
    return [] if target is None else [Edge(source, target, label, dashed=True)]


def _filter(notification: Notification) -> str:
    parts = [notification.prefix + "…" if notification.prefix else ""]
    parts.append("…" + notification.suffix if notification.suffix else "")
    shown = " ".join(part for part in parts if part)
    return f"notifies {shown}".strip()


def dot(architecture: Architecture, marks: Highlight | None = None) -> str:
    """The architecture in DOT; names and labels are escaped."""
    import graphviz  # here, so that a check without a picture starts faster

    marks = marks or Highlight()
    graph = graphviz.Digraph(graph_attr={"rankdir": "LR", "fontname": "Helvetica"})
    graph.attr(
        "node",
        fontname="Helvetica",
        fontsize="11",
        style="filled",
        color="#495057",
        margin="0.2,0.08",
    )
    graph.attr("edge", fontname="Helvetica", fontsize="9")
    if marks.cycle:
        endless = "repeated for ever" if marks.endless else "the loop"
        legend = f"red: {endless}" + ("; blue: the way there" if marks.prefix else "")
        graph.attr(label=legend, labelloc="b", fontsize="10")
    number = {name: f"n{i}" for i, name in enumerate(_elements(architecture))}
    for name, element in _elements(architecture).items():
        shape, fill, _ = _SHAPES[type(element)]
        entry = any(one.to == name for one in architecture.entries)
        graph.node(
            number[name],
            graphviz.escape(_caption(element)),
            shape=shape,
            fillcolor=fill,
            penwidth="2" if entry else "1",
        )
    for edge in edges(architecture):
        colour, width = _style(edge, marks)
        graph.edge(
            number[edge.source],
            number[edge.target],
            graphviz.escape(_marked(edge, marks)),
            color=colour,
            fontcolor=colour,
            penwidth=width,
            style="dashed" if edge.dashed else "solid",
        )
    return str(graph.source)


def _elements(architecture: Architecture) -> dict[str, Function | Channel]:
    return {**architecture.functions, **architecture.channels}


def _caption(element: Function | Channel) -> str:
    if isinstance(element, Function):
        notes = ["pipe"] if element.is_pipe else []
        notes += ["Allow"] if element.recursive_loop.value == "Allow" else []
        notes += ["switched off"] if element.switched_off else []
        old = element.sdk.value not in ("supported", "bundled") and not element.is_pipe
        notes += ["old SDK"] if old else []
        return element.name + (f" ({', '.join(notes)})" if notes else "")
    fifo = isinstance(element, Queue | Topic) and element.fifo
    return element.name + (" (FIFO)" if fifo else "")


def _style(edge: Edge, marks: Highlight) -> tuple[str, str]:
    pair = edge.source, edge.target
    if pair in marks.cycle:
        return _CYCLE, "2.5"
    return (_PREFIX, "2") if pair in marks.prefix else (_PLAIN, "1")


def _marked(edge: Edge, marks: Highlight) -> str:
    repeated = marks.endless and (edge.source, edge.target) in marks.cycle
    return f"↻ {edge.label}" if repeated else edge.label


def mermaid(architecture: Architecture, marks: Highlight | None = None) -> str:
    """The architecture as a Mermaid flowchart; names and labels are escaped."""
    marks = marks or Highlight()
    lines = ["flowchart LR"]
    number = {name: f"n{i}" for i, name in enumerate(_elements(architecture))}
    for name, element in _elements(architecture).items():
        brackets = _SHAPES[type(element)][2]
        half = len(brackets) // 2
        opening, closing = brackets[:half], brackets[half:]
        lines.append(f'  {number[name]}{opening}"{_mermaid_text(_caption(element))}"{closing}')
    styles: list[str] = []
    for place, edge in enumerate(edges(architecture)):
        line = "-.->" if edge.dashed else "-->"
        label = _mermaid_text(_marked(edge, marks))
        lines.append(f'  {number[edge.source]} {line}|"{label}"| {number[edge.target]}')
        colour, width = _style(edge, marks)
        if colour != _PLAIN:
            styles.append(f"  linkStyle {place} stroke:{colour},stroke-width:{width}px")
    return "\n".join([*lines, *styles]) + "\n"


def _mermaid_text(text: str) -> str:
    """Anything but plain characters as an entity code: Mermaid takes HTML in labels."""
    plain = " .,:;_-+=/()×…↻"
    return "".join(c if c.isalnum() or c in plain else f"#{ord(c)};" for c in text)
