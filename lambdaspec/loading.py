"""From paths to architectures: which files are ours, and which importer reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import evolve, frozen

from lambdaspec.architecture.document import Document, finding, parse, read
from lambdaspec.architecture.elements import Architecture
from lambdaspec.architecture.native import is_native, read_native
from lambdaspec.diagnostics import Finding, Span
from lambdaspec.discovery import candidates
from lambdaspec.errors import InputError
from lambdaspec.parameter_files import beside


@frozen
class Loaded:
    """An architecture, and the text it came from."""

    path: str
    text: str
    architecture: Architecture


def load(
    path: str, parameters: Mapping[str, str] | None = None, others: Sequence[str] = ()
) -> Loaded:
    """Read one file, or a folder with a Terraform module.

    Args:
        path: the file or folder.
        parameters: values of parameters, variables or options that are not their defaults.
        others: templates that it is read together with, as one system.

    Raises:
        InputError: it is not an architecture; every reason is in the exception.

    """
    if Path(path).is_dir():
        return _module(Path(path), parameters or {})
    if others:
        return _together([path, *others], parameters or {})
    document = _document(path)
    return Loaded(path, document.text, _interpreted(document, parameters or {}))


def _document(path: str) -> Document:
    """A file's tree; a definition with substitutions for numbers is none before they are made."""
    try:
        return read(path)
    except InputError as error:
        text = Path(path).read_bytes().decode(errors="replace") if Path(path).is_file() else ""
        if error.findings[0].code != "LS001" or '"StartAt"' not in text:
            raise
        from lambdaspec.importers.asl import with_numbers

        try:
            return evolve(parse(path, with_numbers(text)), text=text)
        except InputError:
            raise error from None


def _together(paths: list[str], parameters: Mapping[str, str]) -> Loaded:
    from lambdaspec.importers.cloudformation import read_stacks

    documents = [read(path) for path in paths]
    name = " + ".join(Path(path).name for path in paths)
    architecture = evolve(read_stacks(documents, parameters), name=name)
    return Loaded(paths[0], documents[0].text, architecture)


def _module(folder: Path, parameters: Mapping[str, str]) -> Loaded:
    from lambdaspec.importers.cloudformation import read_template
    from lambdaspec.importers.terraform import is_module, read_folder

    if not is_module(folder):
        message = "no architecture or template in this directory"
        raise InputError([finding("LS008", Span(str(folder)), message)])
    document, remarks, texts = read_folder(folder, dict(parameters))
    made = read_template(document, translated=True)
    name = folder.absolute().name
    architecture = evolve(made, name=name, remarks=(*remarks, *made.remarks))
    return Loaded(str(folder), "".join(texts.values()), architecture)


def _interpreted(document: Document, parameters: Mapping[str, str]) -> Architecture:
    if is_native(document):
        return read_native(document)
    # The importers are loaded for templates only: a native check starts without them.
    from lambdaspec.importers.cloudformation import is_template, read_stacks, read_template

    if is_template(document):
        return read_stacks([document], {**beside(document.path), **parameters})
    from lambdaspec.importers.serverless_framework import as_template, is_serverless

    if is_serverless(document):
        return read_template(as_template(document, dict(parameters)), translated=True)
    from lambdaspec.importers.terraform.plan import is_plan, read_plan

    if is_plan(document):
        return read_template(read_plan(document), translated=True)
    from lambdaspec.importers.definitions import is_machine, machine_template

    if is_machine(document):
        return read_template(machine_template(document), translated=True)
    message = "neither an architecture (`lambdaspec: 1`) nor a template of a format that is read"
    raise InputError([finding("LS008", document.root.span, message)])


def load_all(paths: Sequence[str]) -> tuple[list[Loaded], list[Finding]]:
    """Read files, and all architectures in directories; what cannot be read becomes findings.

    A file that is named must be an architecture. In a directory, other files are passed over.
    """
    loaded: list[Loaded] = []
    findings: list[Finding] = []
    for path in paths:
        before = len(loaded) + len(findings)
        for candidate in candidates(path):
            try:
                loaded.append(load(candidate.path, others=candidate.others))
            except InputError as error:
                findings += [f for f in error.findings if candidate.named or f.code not in OTHERS]
        if len(loaded) + len(findings) == before:
            findings.append(nothing_in(path))
    return loaded, findings


OTHERS = ("LS008", "LS009")
"""What is said of a file that is no architecture: in a directory it is passed over."""


def nothing_in(path: str) -> Finding:
    """There is nothing to check in a directory."""
    return finding("LS008", Span(path), "no architecture or template in this directory")
