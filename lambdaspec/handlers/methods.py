"""Methods called on values: clients and resource objects of SDKs, builders, records, texts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lambdaspec.handlers.answers import (
    NOTHING,
    OWN_NAMES,
    SELF,
    Answer,
    Named,
    operation_called,
    parameters_of,
    variable,
)
from lambdaspec.handlers.pieces import split, taken
from lambdaspec.handlers.sdk import (
    operation,
    plain,
)
from lambdaspec.handlers.values import (
    GONE,
    UNKNOWN,
    Client,
    Context,
    Environment,
    Handle,
    Num,
    Path,
    Rec,
    Replaced,
    Seq,
    Str,
    Value,
    alternatives,
    any_of,
    joined,
    literal,
)

_HANDLES = {"Table": "dynamodb", "Queue": "sqs", "Topic": "sns", "Bucket": "s3", "Object": "s3"}
_OF_HANDLE = {
    "put": "putobject",
    "upload_file": "uploadfile",
    "upload_fileobj": "uploadfileobj",
    "copy_from": "copyobject",
    "copy": "copyobject",
    "delete": "deleteobject",
    "send_messages": "sendmessagebatch",
    "delete_objects": "deleteobjects",
}
_SHORTER = ("remove", "discard", "pop", "clear", "shift", "splice", "insert", "Remove", "Clear")
_STRINGS = (
    "format",
    "replace",
    "lower",
    "upper",
    "split",
    "slice",
    "substring",
    "replaceAll",
    "concat",
)


def method(owner: Value, name: str, args: Sequence[Value], named: Named) -> Answer:
    """A method call on something that is not an object of the package."""
    match owner:
        case Client(service=service):
            return _on_client(service, name, args, named)
        case Handle():
            return _on_handle(owner, name, args, named)
        case Environment():
            return Answer(variable(args, named))
        case Rec():
            return _on_record(owner, name, args)
        case Seq(items=items):
            if name in ("append", "push", "add", "extend", "Add", "unshift"):
                owner.whole = False
                items.extend(one for value in args for one in _spread(value, name))
                return Answer(owner)
            owner.whole &= name not in _SHORTER
            some = Seq(items) if name in ("filter", "slice", "flat") else UNKNOWN
            return Answer(owner if name == "build" else some, calls_back=True)
        case Path(steps=steps):
            return _on_path(owner, steps, name, args)
        case Str():
            return _on_text(owner, name, args)
        case Context():
            return Answer(SELF if plain(name) in OWN_NAMES else UNKNOWN)
        case _:
            return _on_unknown(name, args, named)


def _spread(value: Value, name: str) -> list[Value]:
    return list(value.items) if name == "extend" and isinstance(value, Seq) else [value]


def _on_client(service: str, name: str, args: Sequence[Value], named: Named) -> Answer:
    if service.endswith(":resource"):
        plain_service = service.removesuffix(":resource")
        if name in _HANDLES:
            key = args[1] if len(args) > 1 else dict(named).get("key", UNKNOWN)
            where = args[0] if args else next((v for _, v in named), UNKNOWN)
            return Answer(Handle(_HANDLES[name], where, key))
        if name == "get_queue_by_name":
            return Answer(
                Handle("sqs", parameters_of(args, named).fields.get("queuename", UNKNOWN))
            )
        if name == "meta":
            return Answer(Client(plain_service))
        return operation_called(plain_service, name, args, named) or NOTHING
    if name in ("get_queue_url", "getQueueUrl", "GetQueueUrl", "GetQueueUrlAsync"):
        found = parameters_of(args, named, ("queuename",)).fields.get("queuename", UNKNOWN)
        return Answer(Rec({"QueueUrl": found, "queueUrl": found}, open=True))
    if name in (
        "send",
        "build",
        "from",
        "credentialsProvider",
        "region",
        "builder",
        "create",
        "promise",
    ):
        return Answer(Client(service))
    if name in (
        "httpClient",
        "httpClientBuilder",
        "overrideConfiguration",
        "endpointOverride",
        "standard",
    ):
        return Answer(Client(service))
    made = operation_called(service, name, args, named)
    return made if made is not None else Answer(Rec(open=True), calls_back=True)


def _on_handle(owner: Handle, name: str, args: Sequence[Value], named: Named) -> Answer:
    if name in ("Object", "put_object") and owner.kind == "s3" and name == "Object":
        return Answer(Handle("s3", owner.target, args[0] if args else UNKNOWN))
    if name in ("batch_writer", "__enter__"):
        return Answer(owner)
    short = _OF_HANDLE.get(name, plain(name))
    found = operation(owner.kind, short)
    if found is None:
        return NOTHING
    parameters = parameters_of(args, named, [p for p in found.positional if p not in found.target])
    return Answer(written=((short, found.service, parameters, owner),))


def _on_record(owner: Rec, name: str, args: Sequence[Value]) -> Answer:
    """Builders of Java, `get` of a dict, a request that is handed on."""
    if name in ("get", "getOrDefault", "pop") and args:
        key = literal(args[0])
        if key is None:
            return Answer(any_of(owner.fields.values()) if owner.fields else UNKNOWN)
        default = args[1] if len(args) > 1 else UNKNOWN
        stores = ((owner, key, GONE),) if name == "pop" else ()
        if key not in owner.fields and owner.base is not None:
            here = Path((*owner.base.steps, key))
            return Answer(any_of((here, default)) if len(args) > 1 else here, stores=stores)
        return Answer(owner.fields.get(key, default), stores=stores)
    if name in ("build", "promise", "copy", "toBuilder"):
        return Answer(owner)
    if name == "update" and args and isinstance(args[0], Rec):
        return Answer(owner, stores=tuple((owner, k, v) for k, v in args[0].fields.items()))
    if name in ("put", "set", "Add") and len(args) == 2 and (key := literal(args[0])) is not None:
        return Answer(owner, stores=((owner, key, args[1]),))
    if name in ("remove", "Remove") and len(args) == 1 and (key := literal(args[0])) is not None:
        return Answer(UNKNOWN, stores=((owner, key, GONE),))
    if owner.kind and len(args) >= 1:  # `.queueUrl(x)`, `.withQueueUrl(x)`, `.setQueueUrl(x)`
        short = re.sub(r"^(with|set)(?=[A-Z])", "", name)
        owner.fields[short] = args[0]
        return Answer(owner)
    if owner.base is not None:
        return _on_path(owner.base, owner.base.steps, name, args)
    return Answer(UNKNOWN, calls_back=True)


def _on_path(owner: Path, steps: tuple[str, ...], name: str, args: Sequence[Value]) -> Answer:
    key = literal(args[0]) if args else None
    if name in ("get", "getOrDefault", "GetValueOrDefault") and args:
        place = "[]" if isinstance(args[0], Num) else "?"  # Java's records.get(0)
        got = Path((*steps, key if key is not None else place))
        return Answer(any_of((got, *args[1:2])))
    piece = split(owner, name, args) or taken(owner, name, args)
    if piece is not None:
        return Answer(piece)
    if name in ("replace", "Replace", "replaceAll", "replaceFirst") and len(args) > 1:
        new = literal(args[1])
        if new == " " and _text_of(args[0]) in ("+", "\\+"):
            return Answer(owner)  # how the keys of S3's events are decoded
        if key and new is not None:
            return Answer(Str((Replaced(owner, key, new),)))
    getter = re.fullmatch(r"get([A-Z]\w*)", name)
    if getter and not args:  # Java's records.get(0).getBody()
        return Answer(Path((*steps, getter[1][0].lower() + getter[1][1:])))
    if name in (
        "json",
        "toString",
        "ToString",
        "decode",
        "strip",
        "trim",
        "encode",
        "filter",
        "values",
        "items",
    ):
        return Answer(owner, calls_back=True)
    if name in ("forEach", "map", "flatMap", "then", "reduce", "some", "every", "find"):
        return Answer(UNKNOWN, calls_back=True)
    return Answer(Path((*steps, "?")), calls_back=True)


def _text_of(value: Value) -> str | None:
    """A text, or the source of a regular expression."""
    if isinstance(value, Rec) and value.kind == "RegExp":
        return literal(value.fields.get("source", UNKNOWN))
    return literal(value)


def _on_text(owner: Str, name: str, args: Sequence[Value]) -> Answer:
    if name in ("strip", "trim", "encode", "decode", "toString", "promise"):
        return Answer(owner)
    if name == "join" and args:
        return Answer(joined([UNKNOWN]))
    if name == "format":
        text = literal(owner)
        if text is not None:
            return Answer(_formatted(text, args))
    return Answer(joined([UNKNOWN]) if name in _STRINGS else UNKNOWN)


def _formatted(text: str, args: Sequence[Value]) -> Value:
    pieces: list[Value] = []
    place = 0
    for part in re.split(r"(\{[^}]*\}|%[sdv])", text):
        if re.fullmatch(r"\{\d*\}|%[sdv]", part):
            index = int(part[1:-1]) if part[1:-1].isdigit() else place
            pieces.append(args[index] if index < len(args) else UNKNOWN)
            place += 1
        else:
            pieces.append(UNKNOWN if part.startswith("{") else Str((part,)))
    return joined(pieces)


def _on_unknown(name: str, args: Sequence[Value], named: Named) -> Answer:
    for value in args:  # `anything.send(new SendMessageCommand(...))` was noted where it was made
        for one in alternatives(value):
            if isinstance(one, Rec) and one.kind.endswith(("Request", "Input")):
                made = operation_called(
                    None, re.sub(r"(Request|Input)$", "", one.kind), args, named
                )
                if made is not None:
                    return made
    return operation_called(None, name, args, named) or Answer(calls_back=True)
