"""Pipes in the native form: a source, an enrichment and a target become a function and a mapping.

A pipe works through batches as an event source mapping does, and its retries run the enrichment
again (PIPE-RETRYSCOPE): so it is a function that Lambda does not run, with one mapping.
"""

from __future__ import annotations

from lambdaspec.architecture.document import Mapping
from lambdaspec.architecture.elements import (
    Architecture,
    Emission,
    Function,
    Invoke,
    QueueMapping,
    Retries,
    Runner,
    Sdk,
    StreamMapping,
    Trigger,
)
from lambdaspec.architecture.reading import Reader
from lambdaspec.architecture.triggers import MAPPING, STREAM, read_trigger
from lambdaspec.diagnostics import Span


def read_pipe(
    reader: Reader, known: Architecture, name: str, node: Mapping, span: Span
) -> tuple[Function, Trigger | None]:
    """The function and the mapping that stand for a pipe."""
    own = ["from", "to", "enrichment", "invoke", *dict.fromkeys([*MAPPING, *STREAM])]
    reader.unknown(node, f"pipe `{name}`", own)
    enrichment = reader.text(node.get("enrichment"), "`enrichment`")
    to = reader.text(node.get("to"), "`to`")
    for key in ("from", "to"):
        if node.get(key) is None:
            reader.say("LS013", span, f"a pipe needs `{key}`")
    emits = [] if enrichment is None else [Emission(enrichment, invoke=Invoke.SYNC, span=span)]
    if to is not None:
        invoke = reader.choice(node.get("invoke"), "`invoke`", Invoke, Invoke.SYNC)
        sync = invoke if to in known.functions else Invoke.ASYNC
        emits.append(Emission(to, invoke=sync, span=span))
    pipe = Function(
        name,
        sdk=Sdk.UNSUPPORTED,
        emits=tuple(emits),
        retries=Retries.NONE,
        runner=Runner.PIPE,
        span=span,
    )
    hidden = ("to", "enrichment", "invoke")
    entries = {key: pair for key, pair in node.entries.items() if key not in hidden}
    source = reader.text(node.get("from"), "`from`")
    if source is None:
        return pipe, None
    mapping = read_trigger(reader, known, Mapping(node.span, entries), name)
    if mapping is not None and not isinstance(mapping, QueueMapping | StreamMapping):
        reader.say("LS003", span, f"a pipe cannot read from `{source}`", "Name a queue or stream.")
        return pipe, None
    return pipe, mapping
