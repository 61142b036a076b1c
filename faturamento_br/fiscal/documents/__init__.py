"""The document types, by model: each package or module here is one type and registers itself.

``document_type("55")`` is what a caller asks for; it never names a module of this package.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from lxml import etree

from ..problems import FiscalError, Problem, _
from ..spec import Invoice, TaxedInvoice


@dataclass(frozen=True)
class Built:
    """A document built, before its signature."""

    element: etree._Element  # the root, NFe
    access_key: str
    cut: tuple[Problem, ...] = ()  # texts that did not fit the layout: tell the user


@dataclass(frozen=True)
class DocumentType:
    """What a caller may do with one model of document."""

    model: str  # mod
    name: str
    schema: str  # the XSD of the signed document
    problems: Callable[[Invoice], list[Problem]]
    amount_problems: Callable[[TaxedInvoice], list[Problem]]
    build: Callable[[TaxedInvoice], Built]
    envelope: Callable[[bytes, int], bytes]  # the batch to send
    lot: Callable[[Sequence[bytes], int], bytes]  # a batch of several, answered later
    proc: Callable[[bytes, bytes], bytes]  # the document with its protocol, to keep and to deliver


_types: dict[str, DocumentType] = {}


def register(document_type: DocumentType) -> DocumentType:
    """Make a document type known; its own module calls this once."""
    _types[document_type.model] = document_type
    return document_type


def document_type(model: str) -> DocumentType:
    """The document type of ``model``.

    :raises FiscalError: there is none.
    """
    _load()
    if model not in _types:
        message = _("Documents of model %(model)s cannot be issued yet.")
        raise FiscalError([Problem("model_unsupported", "model", message, params={"model": model})])
    return _types[model]


@cache
def _load() -> None:
    """Import every module of this package, so that each registers itself."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
