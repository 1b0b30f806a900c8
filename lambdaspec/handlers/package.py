"""From a function's code on disk to what its handler writes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path as File

from attrs import evolve, field, frozen

from lambdaspec.handlers import ir
from lambdaspec.handlers.interpret import Reader, TooLarge, Written
from lambdaspec.handlers.libraries import is_quiet, service_of_library
from lambdaspec.handlers.values import Fn, Inst, Klass, Rec, Scope, Value, alternatives

MOST_BYTES = 1_000_000
"""A source file larger than this is not read (bundled and minified code)."""

MOST_FILES = 400
"""Source files of one package that are read."""

_SUFFIXES = {
    "python": (".py",),
    "javascript": (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx"),
    "java": (".java",),
    "go": (".go",),
    "csharp": (".cs",),
}
_SKIPPED = frozenset(
    [
        "node_modules",
        ".git",
        ".aws-sam",
        ".serverless",
        ".terraform",
        "__pycache__",
        "test",
        "tests",
        "venv",
        ".venv",
        "obj",
        "bin",
        "target",
        "__tests__",
    ]
)


@frozen
class Source:
    """Where a function's code is.

    Attributes:
        root: the folder of the package.
        handler: what the template calls the handler.
        runtime: the runtime's identifier, such as `python3.12`.
        inline: the source itself, where it stands in the template.
        tree: the folder that files must lie in, whatever links say.

    """

    root: File
    handler: str
    runtime: str
    inline: str | None = None
    tree: File = field(factory=File)


@frozen
class Reading:
    """What was read of a handler.

    Attributes:
        written: the calls that write.
        doubts: why that may not be all, each with the service that it is about; an empty one
            stands for any. Without doubts the handler was read whole.
        files: the files that were read, below the package's folder.

    """

    written: tuple[Written, ...] = ()
    doubts: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()


def language_of(runtime: str) -> str | None:
    """The language of a runtime; of `provided` ones Go is tried."""
    for start, language in (
        ("python", "python"),
        ("nodejs", "javascript"),
        ("java", "java"),
        ("go", "go"),
        ("provided", "go"),
        ("dotnet", "csharp"),
    ):
        if runtime.startswith(start):
            return language
    return None


def read_handler(source: Source) -> Reading:
    """Read the handler of a function; never fails, whatever the files hold."""
    language = language_of(source.runtime)
    if language is None:
        text = f"handlers of runtime {source.runtime or '?'} are not read"
        return Reading(doubts=((text, ""),))
    package = _Package(source, language)
    try:
        return package.reading()
    except RecursionError:
        return Reading(
            doubts=(("the handler's code is nested too deeply", ""),), files=tuple(package.files)
        )


class _Package:
    """The files of one function, read when they are needed."""

    def __init__(self, source: Source, language: str) -> None:
        self.source = source
        self.language = language
        self.files: list[str] = []
        self.units: dict[str, ir.Unit | None] = {}
        self.reader = Reader(self.load)
        self.declared: set[str] = set()
        """The packages or namespaces that the code itself declares."""

    def reading(self) -> Reading:
        reader = self.reader
        try:
            problem = self._entered()
        except TooLarge:
            problem = "the handler is too large to be followed"
        doubts = [(text, "") for text in [problem, *reader.doubts] if text]
        for module in reader.outside:
            if not is_quiet(module, self.language) and not self._local(module):
                text = f"what the library `{module}` writes is not known"
                doubts.append((text, service_of_library(module)))
        return Reading(tuple(reader.written), tuple(dict.fromkeys(doubts)), tuple(self.files))

    def _local(self, module: str) -> bool:
        return self.language in ("java", "csharp", "go") and module in self.declared

    def _entered(self) -> str:
        """Read from the entry on; what is wrong if it cannot be found."""
        if self.language in ("python", "javascript"):
            return self._by_module()
        return self._by_class() if self.language != "go" else self._by_main()

    def _by_module(self) -> str:
        handler = self.source.handler
        module, _, name = handler.rpartition(".")
        if self.source.inline is not None:
            path, unit = self._inline()
        else:
            found = self._entry_file(module)
            if found is None:
                return f"the code of handler `{handler}` is not here"
            path, unit = found
        scope = self.reader.module(path, unit)
        names = [
            name,
            "default",
            *(() if self.source.inline is None else ("handler", "lambda_handler")),
        ]
        for one in names:
            entry = scope.names.get(one)
            if isinstance(entry, Rec) and name in entry.fields:
                entry = entry.fields[name]
            if entry is not None:
                return self._run(entry, handler)
        return f"there is no `{name}` in {path}"

    def _run(self, entry: Value, handler: str) -> str:
        known = [e for e in alternatives(entry) if isinstance(e, Fn | Klass | Inst)]
        if not known:  # wrapped by a library: what it was given has been called back
            if not self.reader.handed_over:
                return f"`{handler}` is not a function that can be followed"
            return ""
        for one in known:
            self.reader.run(one)
        return ""

    def _inline(self) -> tuple[str, ir.Unit]:
        path = "index.py" if self.language == "python" else "index.js"
        self.files.append(path)
        return path, self._parse(path, self.source.inline or "")

    def _entry_file(self, module: str) -> tuple[str, ir.Unit] | None:
        if self.language == "python":
            tried = [module.replace(".", "/"), module]
        else:
            last = module.rsplit("/", 1)[-1]
            tried = [module, f"src/{module}", f"lib/{last}", last, f"src/{last}"]
            tried += [re.sub(r"^(\./)?(dist|build|out|lib)/", "src/", module)]
            tried += [re.sub(r"^(\./)?(dist|build|out|lib)/(src/)?", "", module)]
        for one in dict.fromkeys(tried):
            found = self._file(one)
            if found is not None:
                return found
        return self._only(module.rsplit("/", 1)[-1])

    def _only(self, name: str) -> tuple[str, ir.Unit] | None:
        """The only file of that name in the package: build steps move files."""
        found = [p for p in self._all() if File(p).stem == name]
        return self._file(found[0].rsplit(".", 1)[0]) if len(found) == 1 else None

    def _file(self, stem: str) -> tuple[str, ir.Unit] | None:
        """The module at a path without suffix, or the package there."""
        ends = (
            ["/__init__.py"]
            if self.language == "python"
            else ["/index.js", "/index.ts", "/index.mjs"]
        )
        suffixes = _SUFFIXES[self.language]
        own = "" if not stem.endswith(suffixes) else stem
        candidates = [own] if own else []
        if self.language == "javascript" and own:  # TypeScript imports `./x.js` for x.ts
            candidates.append(re.sub(r"\.(m|c)?js$", r".\1ts", own))
        candidates += [stem + suffix for suffix in suffixes] + [stem + end for end in ends]
        for path in candidates:
            clean = _normal(path)
            unit = self._unit(clean)
            if unit is not None:
                return clean, unit
        return None

    def _unit(self, path: str) -> ir.Unit | None:
        if path not in self.units:
            text = self._text(path)
            self.units[path] = None if text is None else self._parse(path, text)
            if text is not None:
                self.files.append(path)
        return self.units[path]

    def _text(self, path: str) -> str | None:
        file = self.source.root / path
        try:
            if not file.is_file() or not file.resolve().is_relative_to(self.source.tree.resolve()):
                return None
            if file.stat().st_size > MOST_BYTES:
                self.reader.doubts[f"{path} is too large to be read"] = None
                return ""
            return file.read_bytes().decode(errors="replace")
        except (OSError, ValueError, RuntimeError):
            return None

    def _parse(self, path: str, text: str) -> ir.Unit:
        return _frontend(self.language)(path, text)

    def load(self, importer: str, module: str) -> tuple[str, ir.Unit] | None:
        """A module of the package, by the file that imports it and the name that it uses."""
        if self.source.inline is not None or len(self.files) > MOST_FILES:
            return None
        if self.language == "python":
            return self._load_python(importer, module)
        if self.language != "javascript":
            return None
        if not module.startswith("."):
            return self._vendored(module)
        base = File(importer).parent
        return self._file(str(base / module))

    def _load_python(self, importer: str, module: str) -> tuple[str, ir.Unit] | None:
        here = File(importer).parent
        dots = len(module) - len(module.lstrip("."))
        name = module.lstrip(".").replace(".", "/")
        if dots:
            for _ in range(dots - 1):
                here = here.parent
            return self._file(str(here / name) if name else str(here / "__init__"))
        first = module.split(".", maxsplit=1)[0]
        if first in sys.stdlib_module_names or is_quiet(module, "python"):
            return None
        layers = ("", f"{here}/" if str(here) != "." else "", "python/", "src/")
        for base in dict.fromkeys(layers):
            found = self._file(base + name)
            if found is not None:
                return found
        return None

    def _vendored(self, module: str) -> tuple[str, ir.Unit] | None:
        """Absolute imports of the package's own files, as some build tools allow."""
        if module.startswith(("@/", "~/")):  # what TypeScript's `paths` usually stand for
            return self._file(f"src/{module[2:]}") or self._file(module[2:])
        if module.startswith(("@", "aws-sdk")) or is_quiet(module, "javascript"):
            return None
        return self._file(module) if "/" in module else None

    def _all(self) -> Iterator[str]:
        suffixes = _SUFFIXES[self.language]
        count = 0
        for path in sorted(_walk(self.source.root)):
            if path.endswith(suffixes) and not path.endswith(".d.ts"):
                count += 1
                if count > MOST_FILES:
                    self.reader.doubts["the package has too many files to be read"] = None
                    return
                yield path

    def _by_class(self) -> str:
        """Java and C#: all files of the package are read, then the handler's class is looked up."""
        units: list[ir.Unit] = []
        for path in self._all():
            if "/test/" in f"/{path}" or re.search(r"Tests?\.(java|cs)$", path):
                continue
            unit = self._unit(path)
            units += [] if unit is None else [unit]
        known = {s.name for unit in units for s in unit.body if isinstance(s, ir.Class)}
        self.declared = {s.name for unit in units for s in unit.body if isinstance(s, ir.Define)}
        scope = Scope()
        for unit in units:
            body = tuple(s for s in unit.body if self._outside(s, known))
            inner = self.reader.module(unit.path, evolve(unit, body=body), scope)
            scope.names.update(inner.names)
        klass, method = _class_and_method(self.source.handler)
        found = scope.names.get(klass)
        if not isinstance(found, Klass):
            return f"the class of handler `{self.source.handler}` is not here"
        made = self.reader.call(found, [], ())
        if not isinstance(made, Inst):
            return f"`{self.source.handler}` is not a class that can be followed"
        return self._run_method(made, method)

    def _outside(self, one: ir.Stmt, known: set[str]) -> bool:
        """Whether a statement is a class, or an import of something that is not of the package."""
        if isinstance(one, ir.Import):
            ours = any(one.module.startswith(name) for name in self.declared)
            return one.alias not in known and not ours
        return isinstance(one, ir.Class)

    def _run_method(self, made: Inst, method: str) -> str:
        for name in (method, "handleRequest", "FunctionHandler", "apply"):
            function = self.reader.method(made, name)
            if function is not None:
                self.reader.run(function)
                return ""
        return f"there is no `{method}` in the class of handler `{self.source.handler}`"

    def _by_main(self) -> str:
        """Go: the files of one folder are one package, which begins at `main`."""
        files = [p for p in self._all() if not p.endswith("_test.go")]
        folders = {str(File(p).parent) for p in files}
        mains = [
            d
            for d in sorted(folders)
            if any(File(p).name == "main.go" for p in files if str(File(p).parent) == d)
        ]
        if len(mains) != 1 and len(folders) != 1:
            return "the Go package with the handler's `main` is not here"
        chosen = mains[0] if len(mains) == 1 else next(iter(folders))
        body: list[ir.Stmt] = []
        for path in files:
            unit = self._unit(path)
            if unit is None:
                continue
            if unit.problem:
                self.reader.doubts[unit.problem] = None
            inner = str(File(path).parent) != chosen
            body += [s for s in unit.body if not inner or isinstance(s, ir.Define | ir.Class)]
        self.declared = {
            s.module for s in body if isinstance(s, ir.Import) and self._inside(s.module, folders)
        }
        body += [  # what runs before `main`
            ir.Do(ir.Call(s.function, (), 0))
            for s in body
            if isinstance(s, ir.Define) and s.name == "init"
        ]
        path = files[0] if len(files) == 1 else f"{chosen}/main.go".removeprefix("./")
        scope = self.reader.module(path, ir.Unit(path, tuple(_merged(body))))
        main = scope.names.get("main")
        if not isinstance(main, Fn):
            return "there is no `main` in the Go package"
        self.reader.call(main, [], ())
        return ""

    @staticmethod
    def _inside(module: str, folders: set[str]) -> bool:
        return any(folder != "." and module.endswith("/" + folder) for folder in folders)


def _merged(body: list[ir.Stmt]) -> list[ir.Stmt]:
    """Go declares a struct and its methods apart: they become one class, before what uses them."""
    classes: dict[str, ir.Class] = {}
    for one in body:
        if isinstance(one, ir.Class):
            known = classes.get(one.name, ir.Class(one.name, (), (), ()))
            methods, fields = known.methods + one.methods, known.fields + one.fields
            classes[one.name] = ir.Class(one.name, (), methods, fields)
    first = [s for s in body if isinstance(s, ir.Import)]
    functions = [s for s in body if isinstance(s, ir.Define)]
    rest = [s for s in body if not isinstance(s, ir.Import | ir.Define | ir.Class)]
    return [*first, *classes.values(), *functions, *rest]


def _class_and_method(handler: str) -> tuple[str, str]:
    """`package.Class::method` of Java, `Assembly::Namespace.Class::Method` of .NET."""
    pieces = handler.split("::")
    if len(pieces) == 3:
        return pieces[1].rsplit(".", 1)[-1], pieces[2]
    klass = pieces[0].rsplit(".", 1)[-1]
    return klass, pieces[1] if len(pieces) == 2 else "handleRequest"


def _frontend(language: str) -> Callable[[str, str], ir.Unit]:
    if language == "python":
        from lambdaspec.handlers import python

        return python.read
    if language == "javascript":
        from lambdaspec.handlers import javascript

        return javascript.read
    if language == "java":
        from lambdaspec.handlers import java

        return java.read
    if language == "go":
        from lambdaspec.handlers import go

        return go.read
    from lambdaspec.handlers import csharp

    return csharp.read


def _normal(path: str) -> str:
    """A relative path without `.` and `..` in it."""
    found: list[str] = []
    for part in path.split("/"):
        if part == ".." and found and found[-1] != "..":
            found.pop()
        elif part not in ("", "."):
            found.append(part)
    return "/".join(found)


def _walk(root: File) -> Iterator[str]:
    """The files below a folder, without what packages bring along; links are not followed."""
    todo = [(root, "")]
    seen = 0
    while todo:
        folder, prefix = todo.pop()
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            continue
        for entry in entries:
            seen += 1
            if seen > 20_000 or entry.is_symlink():
                continue
            if entry.is_dir():
                if entry.name not in _SKIPPED and prefix.count("/") < 15:
                    todo.append((entry, f"{prefix}{entry.name}/"))
            else:
                yield prefix + entry.name
