"""What functions from outside the package do to values: standard libraries, and AWS's SDKs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve

from lambdaspec.handlers.answers import (
    NOTHING,
    Answer,
    Named,
    operation_called,
    parameters_of,
    reading,
    variable,
)
from lambdaspec.handlers.methods import method
from lambdaspec.handlers.pieces import of_path
from lambdaspec.handlers.sdk import (
    service_named,
    service_of_type,
)
from lambdaspec.handlers.values import (
    UNKNOWN,
    Bound,
    Client,
    Environment,
    Ext,
    Handle,
    Num,
    Path,
    Rec,
    Seq,
    Str,
    Value,
    alternatives,
    any_of,
    joined,
    literal,
)

_GETENV = ("os.getenv", "os.environ.get", "System.getenv", "os.Getenv", "os.LookupEnv")
_SESSIONS = (
    "boto3.Session",
    "boto3.session.Session",
    "aioboto3.Session",
    "aioboto3.session.Session",
)
_PARSED = ("json.loads", "JSON.parse", "json.Unmarshal", "simplejson.loads", "orjson.loads")
_DUMPED = (
    "json.dumps",
    "JSON.stringify",
    "json.Marshal",
    "JsonSerializer.Serialize",
    "JsonConvert.SerializeObject",
)
_SAME = re.compile(
    r"(unquote(_plus)?|decodeURIComponent|QueryUnescape|b64decode|decode|str|String|int|Number|parseInt|"
    r"float|Integer|Long|valueOf|toString|ToString|Promise\.(all|resolve|allSettled)|asyncio\.gather|"
    r"list|tuple|sorted|reversed|iter|copy|deepcopy|dict|Object\.assign|structuredClone|"
    r"Object\.values|Array\.from|aws\.(String|ToString|Int32|Int64|Bool)|Buffer\.from|encode|"
    r"trim|strip|get|getValue|Value|orElse|UrlDecode|urlDecode)$"
)
_DYNAMIC = ("eval", "exec", "importlib.import_module", "__import__", "Function", "getattr")
_STARTED = (
    "subprocess.",
    "child_process",
    "os.system",
    "os.popen",
    "exec.Command",
    "ProcessBuilder",
)


def called_outside(
    callee: Value, args: Sequence[Value], named: Named, *, new: bool = False
) -> Answer:
    """A call of something that is not of the package."""
    match callee:
        case Ext(path=path):
            return _function(path, args, named, new=new)
        case Bound(of=owner, name=name):
            return method(owner, name, args, named)
        case Path():
            return Answer(callee)
        case _:
            return NOTHING


def _function(path: str, args: Sequence[Value], named: Named, *, new: bool) -> Answer:
    last = path.rsplit(".", 1)[-1]
    if path in ("boto3.client", "boto3.resource") or path.endswith((".client", ".resource")):
        service = dict(named).get("service_name", args[0] if args else UNKNOWN)
        return _client(service, resource=path.endswith("resource"))
    if path in _SESSIONS:
        return Answer(Ext("boto3"))
    if path in _GETENV or path.endswith("Environment.GetEnvironmentVariable"):
        return Answer(variable(args, named))
    if path in _PARSED or last in ("readValue", "DeserializeObject", "Deserialize"):
        return Answer(_parsed(args))
    if path in _DUMPED or last in ("writeValueAsString", "writeValueAsBytes", "toJson"):
        return Answer(args[0] if args else UNKNOWN)
    if path in _DYNAMIC:
        return _dynamic(path, args)
    if path.startswith(_STARTED):
        return Answer(doubts=(f"`{path}` starts another program",))
    if path in ("os.path.join", "path.join", "posixpath.join"):
        return Answer(_path_of(args))
    piece = of_path(path, args)
    if piece is not None:
        return Answer(piece)
    built = _built(path, last, args, named, new=new)
    if built is not None:
        return built
    return _passed_on(path, args, named)


def _client(service: Value, *, resource: bool) -> Answer:
    name = literal(service)
    if name is None:
        return Answer(doubts=("a client of a service that is not known",))
    known = {"stepfunctions": "states", "iot-data": "iot", "eventbridge": "events"}.get(name, name)
    return Answer(Client(f"{known}:resource" if resource else known))


def _parsed(args: Sequence[Value]) -> Value:
    found = [
        Path((*one.steps, "json")) if isinstance(one, Path) else one
        for value in args[:1]
        for one in alternatives(value)
    ]
    return any_of(found)


def _dynamic(path: str, args: Sequence[Value]) -> Answer:
    if path == "getattr" and len(args) > 1:
        name = literal(args[1])
        clients = [one for one in alternatives(args[0]) if isinstance(one, Client | Handle)]
        if name is not None:
            return Answer(reading(args[0], name))
        return Answer(doubts=("an operation whose name is not known",)) if clients else NOTHING
    return Answer(doubts=(f"`{path}` runs what only the run knows",))


def _path_of(args: Sequence[Value]) -> Value:
    pieces: list[Value] = []
    for place, one in enumerate(args):
        pieces += [Str(("/",)), one] if place else [one]
    return joined(pieces)


def _built(
    path: str, last: str, args: Sequence[Value], named: Named, *, new: bool
) -> Answer | None:
    """A client or a request of an SDK that is constructed."""
    if last in ("DocumentClient", "DynamoDBDocumentClient", "DynamoDBDocument"):
        return Answer(Client("dynamodb"))
    if (
        path.startswith(("@aws-sdk/", "aws-sdk", "AWS."))
        or new
        or last[:1].isupper()
        or last == "NewFromConfig"
    ):
        if last == "Upload":
            given = parameters_of(args, named)
            inner = given.fields.get("params", UNKNOWN)
            bag = inner if isinstance(inner, Rec) else Rec(open=True)
            return Answer(given, written=(("putobject", "s3", bag, None),))
        if last.endswith("Command"):
            return _command(path, last, args, named)
        service = _service(path, last)
        if service is not None:
            return Answer(Client(service))
        if new or last.endswith(("Request", "Input", "Entry")):
            made = parameters_of(args, named)
            made.kind = last
            return Answer(made, calls_back=True)
    if last == "New" and (service := service_of_type(path.split(".")[-2] if "." in path else "")):
        return Answer(Client(service))
    return None


def _service(path: str, last: str) -> str | None:
    if last == "NewFromConfig":
        return service_named(path.rsplit("/", maxsplit=1)[-1].split(".", maxsplit=1)[0])
    typed = service_of_type(last)
    if typed is not None:
        return typed
    if path.startswith(("@aws-sdk/client-", "@aws-sdk/lib-", "aws-sdk/clients/")):
        package = path.rsplit("/", maxsplit=1)[-1].split(".", maxsplit=1)[0]
        return service_named(package) if last.endswith("Client") or "clients/" in path else None
    if path.startswith(("aws-sdk.", "AWS.")):
        return service_named(last)
    return None


def _command(path: str, last: str, args: Sequence[Value], named: Named) -> Answer:
    package = (
        path.rsplit("/", maxsplit=1)[-1].split(".", maxsplit=1)[0]
        if path.startswith("@aws-sdk/")
        else ""
    )
    service = service_named(package) if package else None
    return operation_called(service, last.removesuffix("Command"), args, named) or NOTHING


def _passed_on(path: str, args: Sequence[Value], named: Named) -> Answer:
    """A function of a library: what it is given comes out, as far as that can be told."""
    root = path.split(".", maxsplit=1)[0]
    plainly = args and (isinstance(args[0], Str | Path | Rec | Seq | Num) or len(args) == 1)
    if plainly and _SAME.search(path):
        return Answer(args[0], calls_back=True)
    for value in (*args, *(v for _, v in named)):
        for one in alternatives(value):
            if isinstance(one, Client | Handle) or (isinstance(one, Ext) and "aws-sdk" in one.path):
                return Answer(one, outside=(root,))
            if isinstance(one, Environment):
                return Answer(outside=(root,))
    for value in args[:1]:
        for one in alternatives(value):
            if isinstance(one, Path):
                return Answer(Path((*one.steps, "?")), calls_back=True)
    return Answer(calls_back=True)


__all__ = ["Answer", "called_outside", "evolve", "method", "reading"]
