"""What a call gives back and writes; what an attribute of a value is."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from lambdaspec.handlers.sdk import (
    STARTERS,
    canonical,
    operation,
    plain,
)
from lambdaspec.handlers.values import (
    UNKNOWN,
    Bound,
    Context,
    Env,
    Environment,
    Ext,
    Fn,
    Handle,
    Inst,
    Num,
    Path,
    Rec,
    Seq,
    Str,
    Value,
    alternatives,
    any_of,
    literal,
)

Named = Sequence[tuple[str, Value]]


@frozen
class Answer:
    """What a call gives back, what it writes, and what is not understood about it.

    `stores` are fields of records that the call sets.
    """

    value: Value = UNKNOWN
    written: tuple[tuple[str, str, Rec, Handle | None], ...] = ()
    stores: tuple[tuple[Rec, str, Value], ...] = ()
    doubts: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    calls_back: bool = False


NOTHING = Answer()
SELF = Str((Env("AWS_LAMBDA_FUNCTION_NAME"),))
"""The function's own name, or something that names it."""

OWN_NAMES = (
    "functionname",
    "invokedfunctionarn",
    "functionarn",
    "getfunctionname",
    "getinvokedfunctionarn",
)
_ENVIRON = ("os.environ", "process.env")


def reading(owner: Value, name: str) -> Value:
    """An attribute, field or item of a value that is no object of the package."""
    return any_of(_one(one, name) for one in alternatives(owner))


def _one(owner: Value, name: str) -> Value:
    match owner:
        case Path(steps=steps):
            return Path((*steps, name))
        case Rec(fields=fields):
            if name in fields:
                return fields[name]
            if owner.base is not None:
                return Path((*owner.base.steps, name))
            return any_of(fields.values()) if name in ("[]", "?") and fields else Bound(owner, name)
        case Seq(items=items):
            return any_of(items) if name in ("[]", "?") and items else Bound(owner, name)
        case Environment():
            return Bound(owner, name) if name == "get" else Str((Env(name),))
        case Ext(path=path):
            full = f"{path}.{name}"
            return Environment() if full in _ENVIRON else Ext(full)
        case Context() if plain(name) in OWN_NAMES:
            return SELF
        case Handle() if name in ("name", "table_name", "url", "arn", "bucket_name"):
            return owner.target
        case _:
            return Bound(owner, name)


def variable(args: Sequence[Value], named: Named) -> Value:
    """An environment variable that is asked for by a call."""
    name = literal(args[0]) if args else None
    if name is None:
        return UNKNOWN
    default = literal(args[1]) if len(args) > 1 else literal(dict(named).get("default", UNKNOWN))
    return Str((Env(name, default),))


def parameters_of(args: Sequence[Value], named: Named, positional: Sequence[str] = ()) -> Rec:
    """The parameters of a call, by their plain names; a record that is passed is spread."""
    made = Rec()
    for place, value in enumerate(args):
        for one in alternatives(value):
            if isinstance(one, Rec):
                made.fields.update({plain(k): v for k, v in one.fields.items()})
                made.open |= one.open
            elif isinstance(one, Fn | Num | Inst):
                continue
            elif place < len(positional):
                made.fields.setdefault(positional[place], one)
            elif one is UNKNOWN:
                made.open = True
    for name, value in named:
        if name:
            made.fields[plain(name)] = value
        elif isinstance(value, Rec):  # `**record`
            made.fields.update({plain(k): v for k, v in value.fields.items()})
            made.open |= value.open or bool(value.keys) or value.base is not None
        else:
            made.open = True
    return made


def operation_called(
    service: str | None,
    name: str,
    args: Sequence[Value],
    named: Named,
    handle: Handle | None = None,
) -> Answer | None:
    """A call of an SDK's operation that writes, or starts what writes."""
    short = canonical(service, name)
    if STARTERS.get(short):
        return Answer(doubts=(f"starts {STARTERS[short]}, whose writes are not seen",))
    found = operation(service, name)
    if found is None:
        return None
    parameters = parameters_of(args, named, found.positional)
    return Answer(UNKNOWN, written=((short, found.service, parameters, handle),))
