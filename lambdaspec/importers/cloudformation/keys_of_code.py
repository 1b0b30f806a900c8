"""The keys of the objects that handlers write, as patterns with holes."""

from __future__ import annotations

from lambdaspec.architecture.elements import Notification, target_of
from lambdaspec.handlers.interpret import Written
from lambdaspec.handlers.sdk import Operation
from lambdaspec.handlers.values import UNKNOWN, Str, Value, alternatives, joined, literal
from lambdaspec.importers.cloudformation.conditions_of_code import pattern
from lambdaspec.importers.cloudformation.template import Resource, Template


def begins(template: Template, resource: Resource, call: Written) -> str:
    """How the key of every object begins that reaches a write, by triggers and conditions."""
    triggers = [t for t in template.triggers if target_of(t) == resource.name]
    prefixes = [t.prefix if isinstance(t, Notification) else "" for t in triggers]
    tested = [
        one.worth
        for one in call.conditions
        if one.test == "prefix" and one.holds and one.path.steps[-1:] == ("key",)
    ]
    texts = [one for one in tested if isinstance(one, str)]
    return max([_start(prefixes) if prefixes else "", *texts], key=len)


def keys(call: Written, operation: Operation, start: str) -> list[str]:
    """The keys that a call writes, one pattern for each way of making them."""
    value = call.parameters.fields.get(operation.key, UNKNOWN)
    if call.handle is not None and call.handle.key is not UNKNOWN:
        value = call.handle.key
    if operation.job:
        value = _named_by_service(call, operation)
    return list(dict.fromkeys(pattern(one, start) for one in alternatives(value)))


def _named_by_service(call: Written, operation: Operation) -> Value:
    """The key of what a service writes later: it begins with what is given, and ends by format.

    A key that is given with that ending is taken as it is (Amazon Transcribe, OutputKey of
    StartTranscriptionJob).
    """
    fields = call.parameters.fields
    parameter, endings = operation.formats
    form = literal(fields[parameter]) if parameter in fields else ""
    ending = "" if call.parameters.open or form is None else endings.get(form, "")
    given = fields.get(operation.key)
    text = joined([fields.get(operation.named, Str(("",))) if given is None else given])
    last = text.parts[-1] if isinstance(text, Str) else None
    if given is not None and ending and isinstance(last, str) and last.endswith(ending):
        return text
    return joined([text, UNKNOWN, Str((ending,))])


def common(patterns: list[str]) -> str:
    """A pattern of keys that all of these are instances of."""
    if len(set(patterns)) == 1:
        return patterns[0]
    start = _start([one.split("{}")[0] for one in patterns])
    end = _start([one.split("{}")[-1][::-1] for one in patterns])[::-1]
    return f"{start}{{}}{end}"


def _start(texts: list[str]) -> str:
    """How all of these begin."""
    size = 0
    while all(len(one) > size for one in texts) and len({one[size] for one in texts}) == 1:
        size += 1
    return texts[0][:size]
