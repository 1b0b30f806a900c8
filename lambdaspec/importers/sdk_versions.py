"""Which AWS SDK a package brings along, and whether that one passes the lineage on (SDK-MIN).

Lock files say it exactly, manifests by a range: of a range the newest counts, since that is what an
installation takes. A package that says nothing uses what its runtime brings (SDK-BUNDLED).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from lambdaspec.semantics.limits import SDK_MINIMUM

MOST_BYTES = 5_000_000
"""A manifest or lock file larger than this is not read."""

MOST_UP = 4
"""How many folders above the code its manifest may stand."""

Version = tuple[int, ...]

_EXACT = re.compile(r"\s*(?:==|=)?\s*v?(\d+(?:\.\d+)*)\s*")
_BELOW = re.compile(r"<\s*(\d+(?:\.\d+)*)")


def passes_lineage(code: Path, top: Path, runtime: str) -> bool | None:
    """Whether the SDK that the code of a function brings along passes the lineage on.

    Args:
        code: the folder of the code.
        top: the folder that manifests are looked for in, from the code upwards.
        runtime: the runtime's identifier.

    Returns:
        None: the package does not say, or brings none along.

    """
    read = next((r for name, r in _READERS.items() if runtime.startswith(name)), None)
    if read is None:
        return None
    for folder in _upwards(code, top):
        found = [enough for enough in read(folder, runtime) if enough is not None]
        if found:
            return all(found)
    return None


def _upwards(code: Path, top: Path) -> Iterator[Path]:
    folder = code
    for _ in range(MOST_UP):
        yield folder
        if folder in (top, folder.parent):
            return
        folder = folder.parent


def _text(path: Path) -> str:
    try:
        if path.is_file() and path.stat().st_size <= MOST_BYTES:
            return path.read_bytes().decode(errors="replace")
    except OSError:
        pass
    return ""


def _json(path: Path) -> dict[str, object]:
    try:
        data = json.loads(_text(path) or "{}")
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def version(text: str) -> Version:
    """The numbers of a version; what follows them does not count."""
    match = re.match(r"\D*(\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in match[1].split(".")[:4]) if match else ()


def enough(name: str, told: str) -> bool | None:
    """Whether a version or range of a library allows one that passes the lineage on."""
    least = SDK_MINIMUM[name]
    exact = _EXACT.fullmatch(told)
    if exact is not None:
        return version(exact[1]) >= least
    below = _BELOW.search(told)
    if below is not None:
        return version(below[1]) > least
    if told.strip().startswith("~"):  # only its last part may grow
        fixed = version(told)
        return fixed[:2] >= least[:2]
    return True


def _python(folder: Path, _runtime: str) -> Iterator[bool | None]:
    names = ("boto3", "botocore")
    for name in names:  # installed into the package
        for one in sorted(folder.glob(f"{name}-*.dist-info"))[:1]:
            yield enough(name, one.name.removeprefix(f"{name}-").removesuffix(".dist-info"))
    for file in ("poetry.lock", "uv.lock"):
        for match in re.finditer(
            r'name = "(boto3|botocore)"\s*\nversion = "([^"]+)"', _text(folder / file)
        ):
            yield enough(match[1], match[2])
    default = _json(folder / "Pipfile.lock").get("default")
    for name in names:
        entry = default.get(name) if isinstance(default, dict) else None
        told = entry.get("version") if isinstance(entry, dict) else None
        if isinstance(told, str):
            yield enough(name, told)
    for match in re.finditer(
        r"^\s*(boto3|botocore)\s*(?:\[[^\]]*\])?\s*([^#;\n]*)",
        _text(folder / "requirements.txt"),
        re.MULTILINE,
    ):
        if not match[2] or match[2].lstrip()[:1] in "=<>~!":
            yield enough(match[1], match[2])


def _javascript(folder: Path, _runtime: str) -> Iterator[bool | None]:
    manifest = _json(folder / "package.json")
    used = manifest.get("dependencies")
    for name, told in used.items() if isinstance(used, dict) else ():
        kind = "@aws-sdk" if name.startswith(("@aws-sdk/client-", "@aws-sdk/lib-")) else name
        if kind not in ("aws-sdk", "@aws-sdk") or not isinstance(told, str):
            continue
        locked = _locked(folder, name) or _installed(folder, name)
        yield enough(kind, locked or told)


def _installed(folder: Path, name: str) -> str:
    told = _json(folder / "node_modules" / name / "package.json").get("version")
    return told if isinstance(told, str) else ""


def _locked(folder: Path, name: str) -> str:
    """The version in npm's, yarn's or pnpm's lock file."""
    lock = _json(folder / "package-lock.json")
    for section, key in (("packages", f"node_modules/{name}"), ("dependencies", name)):
        entries = lock.get(section)
        entry = entries.get(key) if isinstance(entries, dict) else None
        told = entry.get("version") if isinstance(entry, dict) else None
        if isinstance(told, str):
            return told
    quoted = re.escape(name)
    yarn = re.search(
        rf'^"?{quoted}@[^\n]*:\n\s+version:? "?([\d.]+)', _text(folder / "yarn.lock"), re.MULTILINE
    )
    if yarn is not None:
        return yarn[1]
    pnpm = re.search(rf"^\s*/?'?{quoted}@([\d.]+)", _text(folder / "pnpm-lock.yaml"), re.MULTILINE)
    return "" if pnpm is None else pnpm[1]


def _java(folder: Path, runtime: str) -> Iterator[bool | None]:
    name = runtime if runtime in SDK_MINIMUM else "java"
    text = _text(folder / "pom.xml")
    properties = dict(re.findall(r"<([\w.-]+)>\s*([\d.]+)\s*</\1>", text))
    for group, told in re.findall(
        r"<groupId>\s*(software\.amazon\.awssdk|com\.amazonaws)\s*</groupId>\s*"
        r"<artifactId>\s*(?:aws-java-sdk[\w-]*|[\w-]+)\s*</artifactId>\s*"
        r"<version>\s*([^<\s]+)\s*</version>",
        text,
    ):
        if group != "software.amazon.awssdk":
            continue
        found = properties.get(told[2:-1], "") if told.startswith("${") else told
        if found:
            yield enough(name, found)
    if re.search(r"<artifactId>\s*aws-java-sdk", text):
        yield False  # the first version of Java's SDK is not among those that do (SDK-MIN)
    for file in ("build.gradle", "build.gradle.kts"):
        gradle = _text(folder / file)
        for told in re.findall(r"software\.amazon\.awssdk:[\w-]+:([\d.]+)", gradle):
            yield enough(name, told)
        if "com.amazonaws:aws-java-sdk" in gradle:
            yield False


def _dotnet(folder: Path, _runtime: str) -> Iterator[bool | None]:
    for path in sorted(folder.glob("*.csproj"))[:5]:
        for told in re.findall(
            r'Include="AWSSDK\.[\w.]+"\s+Version="\[?([\d.]+)', _text(path), re.IGNORECASE
        ):
            yield enough("dotnet", told)


def _go(folder: Path, _runtime: str) -> Iterator[bool | None]:
    text = _text(folder / "go.mod")
    if re.search(r"^\s*(?:require\s+)?github\.com/aws/aws-sdk-go\s+v", text, re.MULTILINE):
        yield False  # the first version of Go's SDK is not among those that do (SDK-MIN)
    # Which module of the second version the documented number counts is not said (SDK-CURRENT).


_READERS: dict[str, Callable[[Path, str], Iterator[bool | None]]] = {
    "python": _python,
    "nodejs": _javascript,
    "java": _java,
    "dotnet": _dotnet,
    "go": _go,
    "provided": _go,
}
