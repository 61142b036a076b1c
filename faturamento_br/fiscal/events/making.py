"""From an event's values to the bytes that are kept and sent, and to the file that proves it."""

import re
from datetime import datetime

from lxml import etree

from .. import schema, sign, soap, xml
from ..certificate import Certificate
from ..problems import FiscalError, Problem
from . import checks
from .event import NAMESPACE, VERSION, Event, Identity, of

_NFE = f"{{{NAMESPACE}}}"
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*\?>\s*")


def problems(event: Event, now: datetime | None = None) -> list[Problem]:
    """All that is wrong with ``event``; an empty list when it may be built.

    :param now: the present moment, aware, to tell a date in the future; None when that is not asked.
    :raises FiscalError: it is of no known type.
    """
    kind = of(event)
    return checks.common(event, kind, now) + kind.problems(event)


def build(event: Event) -> etree._Element:
    """The element ``evento``, not signed yet.

    :raises FiscalError: with all that is wrong with it.
    """
    found = problems(event)
    if found:
        raise FiscalError(found)
    kind = of(event)
    content = (
        xml.leaf("cOrgao", kind.orgao or event.access_key[:2]),
        xml.leaf("tpAmb", event.environment.tpAmb),
        xml.leaf("CNPJ" if len(event.tax_id) == 14 else "CPF", event.tax_id),
        xml.leaf("chNFe", event.access_key),
        xml.leaf("dhEvento", event.at.replace(microsecond=0).isoformat()),
        xml.leaf("tpEvento", kind.code),
        xml.leaf("nSeqEvento", str(event.sequence)),
        xml.leaf("verEvento", VERSION),
        xml.attributed("detEvento", "versao", VERSION, xml.leaf("descEvento", kind.name), kind.details(event)),
    )
    identifier = f"ID{kind.code}{event.access_key}{event.sequence:02d}"
    inside = xml.attributed("infEvento", "Id", identifier, *content)
    return xml.parse(f'<evento xmlns="{NAMESPACE}" versao="{VERSION}">{inside}</evento>')


def prepare(event: Event, certificate: Certificate) -> bytes:
    """``event`` built, signed and valid by its official XSD: the bytes to keep, then to send.

    :raises FiscalError: with all that is wrong with it.
    """
    signed = sign.sign(build(event), certificate)
    refused = schema.validate(signed, of(event).schema)
    if refused:
        raise FiscalError(refused)
    return signed


def envelope(signed: bytes, lot: int) -> bytes:
    """envEvento around one signed event, byte for byte.

    :param lot: idLote, the sender's own number, 1 to 15 digits.
    :raises ValueError: ``signed`` is no evento, or ``lot`` is out of range.
    """
    if not 0 < lot < 10**15:
        raise ValueError(f"idLote has 1 to 15 digits: {lot}.")
    head = f'<envEvento xmlns="{NAMESPACE}" versao="{VERSION}"><idLote>{lot}</idLote>'
    return head.encode() + _bare(signed, b"<evento") + b"</envEvento>"


def proc(signed: bytes, retEvento: bytes) -> bytes:
    """procEventoNFe: the signed event and what SEFAZ answered, both byte for byte; the file to keep and to deliver.

    :raises ValueError: they are not what they should be.
    """
    head = f'<?xml version="1.0" encoding="UTF-8"?><procEventoNFe xmlns="{NAMESPACE}" versao="{VERSION}">'
    return b"".join((head.encode(), _bare(signed, b"<evento"), _bare(retEvento, b"<retEvento"), b"</procEventoNFe>"))


def identity(signed: bytes) -> Identity:
    """Which event is in the signed bytes.

    :raises ValueError: it is no evento.
    """
    root = soap.parse(_bare(signed, b"<evento"))
    found = root.find(f"{_NFE}infEvento")
    if found is None:
        raise ValueError("There is no infEvento.")
    sequence = found.findtext(f"{_NFE}nSeqEvento", "")
    return Identity(
        found.findtext(f"{_NFE}chNFe", ""), found.findtext(f"{_NFE}tpEvento", ""), int(sequence) if sequence else 0
    )


def _bare(content: bytes, start: bytes) -> bytes:
    """``content`` without its declaration.

    :raises ValueError: it is not the expected element in the default namespace.
    """
    declaration = _DECLARATION.match(content)
    bare = content[declaration.end() :] if declaration else content
    if not bare.startswith(start):
        raise ValueError(f"{start.decode()}> was expected, not {bare[:40]!r}.")
    return bare
