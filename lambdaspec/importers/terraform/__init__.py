"""Terraform: a folder of `.tf` files, or a plan as JSON, as a template of CloudFormation."""

from __future__ import annotations

from os.path import normpath
from pathlib import Path

from lambdaspec.architecture.document import Document, Node, Scalar
from lambdaspec.architecture.document import finding as wrong
from lambdaspec.diagnostics import Finding, Level, Span
from lambdaspec.errors import InputError
from lambdaspec.importers.build import mapping
from lambdaspec.importers.terraform import hcl
from lambdaspec.importers.terraform.module import Module
from lambdaspec.importers.terraform.resources import LATER, Resources, registry, translate

MOST_BYTES = 5_000_000
"""A `.tf` file larger than this is not read."""

MOST_MODULES = 100
"""Modules inside modules that are read."""


def is_module(folder: Path) -> bool:
    """Whether a folder holds `.tf` files."""
    try:
        return any(one.suffix == ".tf" and one.is_file() for one in folder.iterdir())
    except OSError:
        return False


class Reading:
    """A module and those inside it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        self.findings: list[Finding] = []
        self.remarks: list[Finding] = []
        self.texts: dict[str, str] = {}
        self.resources: Resources = {}
        self.modules = 0
        self.waiting: list[Module] = []

    def files(self, folder: Path) -> list[hcl.Block]:
        """The parsed files of a folder; what does not parse becomes a finding."""
        found: list[hcl.Block] = []
        try:
            paths = sorted(p for p in folder.iterdir() if p.suffix == ".tf" and p.is_file())
        except OSError:
            paths = []
        for path in paths:
            try:
                if path.stat().st_size > MOST_BYTES:
                    self.findings.append(wrong("LS011", Span(str(path)), "the file is too large"))
                    continue
                text = path.read_bytes().decode(errors="replace")
                self.texts[str(path)] = text
                found.append(hcl.parse(str(path), text))
            except hcl.Unparsable as error:
                self.findings.append(wrong("LS001", error.span, str(error)))
            except OSError as error:
                message = f"cannot read the file: {error.strerror}"
                self.findings.append(wrong("LS014", Span(str(path)), message))
        return found

    def module(self, folder: Path, inputs: dict[str, Node], prefix: str) -> Module:
        """A module with those it calls, not yet expanded."""
        self.modules += 1
        made = Module(folder, self.root, self.files(folder), inputs, prefix)
        for (kind, *labels), block in made.blocks.items():
            if kind == "module" and len(labels) == 1:
                self._called(made, labels[0], block)
        self.waiting.append(made)
        return made

    def _called(self, outer: Module, name: str, block: hcl.Block) -> None:
        source = block.attributes.get("source")
        text = source.value if isinstance(source, hcl.Value) else None
        address = f"{outer.prefix}module.{name}"
        if isinstance(text, str) and text.startswith(("./", "../")) and self.modules < MOST_MODULES:
            folder = Path(normpath(outer.folder / text))
            if is_module(folder) and folder != Path(normpath(outer.folder)):
                outer.modules[name] = self.module(folder, {}, f"{address}.")
                outer.foreign[name] = block
                return
        if registry(address, block, outer.value, {}):
            outer.foreign[name] = block
            return
        message = f"module `{name}` comes from elsewhere ({text}): what it makes is not known"
        self.remarks.append(Finding("LS109", Level.NOTE, message, "", block.span))

    def fill(self, outer: Module) -> None:
        """Give inner modules their inputs; what they get may come from beside them."""
        for name, block in outer.foreign.items():
            inner = outer.modules.get(name)
            if inner is None:
                registry(f"{outer.prefix}module.{name}", block, outer.value, self.resources)
                continue
            for key, value in block.attributes.items():
                if key not in ("source", "version", "providers", "depends_on"):
                    inner.inputs[key] = outer.value(value)


def read_folder(
    folder: Path, variables: dict[str, str] | None = None
) -> tuple[Document, list[Finding], dict[str, str]]:
    """The template that a folder of `.tf` files stands for, remarks, and the files' texts.

    Raises:
        InputError: a file is not HCL; every one is named.

    """
    reading = Reading(folder)
    span = Span(str(folder))
    inputs: dict[str, Node] = {k: Scalar(span, v) for k, v in (variables or {}).items()}
    reading.module(folder, _tfvars(folder) | inputs, "")
    if reading.findings:
        raise InputError(reading.findings)
    ordered = sorted(reading.waiting, key=lambda one: one.prefix.count("module."))
    for _ in range(2):  # outputs of one module are inputs of another
        for one in ordered:
            reading.fill(one)
        for one in ordered:
            one.expand()
    instances = [i for m in ordered for found in m.instances.values() for i in found]
    for late in (False, True):
        for instance in instances:
            if (instance.kind in LATER) is late:
                translate(instance, reading.resources)
    template = mapping(span, {"Resources": mapping(span, reading.resources)})
    return Document(str(folder / "main.tf"), "", template), reading.remarks, reading.texts


def _tfvars(folder: Path) -> dict[str, Node]:
    """Values of variables in `terraform.tfvars` and `*.auto.tfvars`."""
    found: dict[str, Node] = {}
    try:
        paths = [folder / "terraform.tfvars", *sorted(folder.glob("*.auto.tfvars"))]
        for path in paths:
            if path.is_file() and path.stat().st_size < MOST_BYTES:
                block = hcl.parse(str(path), path.read_bytes().decode(errors="replace"))
                module = Module(folder, folder, [])
                found |= {name: module.value(one) for name, one in block.attributes.items()}
    except (OSError, hcl.Unparsable):
        pass
    return found
