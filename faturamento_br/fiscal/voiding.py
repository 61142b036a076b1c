"""Inutilização: giving up numbers that no NF-e will ever have (Ajuste SINIEF 7/2005, cláusula décima quarta).

A request holds up to 10,000 numbers of one series; it is due by the 10th of the month after the gap arose. There is no
query for it: after a time-out the same bytes are sent again, and 102 or 563 both say that the numbers are voided.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from lxml import etree

from . import answers, cstat, schema, sign, soap, xml
from .answers import NAMESPACE, NFE, text
from .certificate import Certificate
from .digits import is_cnpj, is_cpf
from .events.checks import typed
from .outcome import Verdict
from .problems import FiscalError, Problem, _
from .spec import Environment
from .tables import rows
from .text import TextField, clean
from .transport import Exchange, Mismatch, Unknown

MOST = 10_000  # numbers in a request (rejection 201)
FIRST_YEAR = 2006
SCHEMA = "inutNFe_v4.00.xsd"
REASON = TextField("xJust", _("reason"), 15, 255)
_LAST_NUMBER = 999_999_999
_OFFICE_SERIES = 890  # from here on series are the tax office's, and of emitters with a CPF
_VOIDED, _SAME_RANGE = "102", "563"
# Some authorizers tell the former protocol in the words of 563.
_FORMER = re.compile(r"nProt:?\s*([0-9]{15}(?:[0-9]{2})?)", re.IGNORECASE)
_DECLARATION = re.compile(rb"\s*<\?xml[^>]*\?>\s*")


@dataclass(frozen=True, kw_only=True)
class Voiding:
    """A request to void the numbers ``first`` to ``last`` of a series (inutNFe/infInut).

    :param year: ano, the year to which the numbers belong, four digits.
    :param reason: xJust, 15 to 255 characters.
    """

    uf: str
    tax_id: str  # CNPJ
    environment: Environment
    series: int
    first: int
    last: int
    year: int
    reason: str
    model: str = "55"


class VoidVerdict(StrEnum):
    VOIDED = "voided"  # 102, with its protocol
    ALREADY = "already"  # 563: this very range was voided before: done, its protocol may be unknown
    REJECTED = "rejected"
    WAIT = "wait"  # 108, 109, 656...: nothing was decided
    PENDING = "pending"  # 999: it may have been done before the error: send the same bytes again


@dataclass(frozen=True)
class VoidOutcome:
    """An answer, read. ``raw`` is the body exactly as received."""

    verdict: VoidVerdict
    cStat: str
    xMotivo: str
    raw: bytes
    protocolo: str = ""  # nProt
    received_at: datetime | None = None  # dhRecbto
    retInutNFe: bytes = b""  # the element's exact bytes

    @property
    def done(self) -> bool:
        """Whether the numbers are voided, by this request or by one before it."""
        return self.verdict in {VoidVerdict.VOIDED, VoidVerdict.ALREADY}


def problems(voiding: Voiding, today: date) -> list[Problem]:
    """All that is wrong with ``voiding``; an empty list when it may be built.

    :param today: the present day in the emitter's UF.
    """
    found = [*_emitter(voiding), *_numbers(voiding), *typed(REASON, voiding.reason, "reason")]
    if not FIRST_YEAR <= voiding.year <= today.year:
        message = _("The year of the numbers is %(year)s; it lies between 2006 and this year (rejections 453, 454).")
        found.append(Problem("void_year", "year", message, params={"year": voiding.year}))
    return found


def build(voiding: Voiding, today: date) -> etree._Element:
    """The element ``inutNFe``, not signed yet.

    :raises FiscalError: with all that is wrong with it.
    """
    found = problems(voiding, today)
    if found:
        raise FiscalError(found)
    cUF, year = _code(voiding.uf), f"{voiding.year % 100:02d}"
    identifier = (
        f"ID{cUF}{year}{voiding.tax_id}{voiding.model}{voiding.series:03d}{voiding.first:09d}{voiding.last:09d}"
    )
    content = (
        xml.leaf("tpAmb", voiding.environment.tpAmb),
        xml.leaf("xServ", "INUTILIZAR"),
        xml.leaf("cUF", cUF),
        xml.leaf("ano", year),
        xml.leaf("CNPJ", voiding.tax_id),
        xml.leaf("mod", voiding.model),
        xml.leaf("serie", str(voiding.series)),
        xml.leaf("nNFIni", str(voiding.first)),
        xml.leaf("nNFFin", str(voiding.last)),
        xml.leaf("xJust", clean(voiding.reason)),
    )
    inside = xml.attributed("infInut", "Id", identifier, *content)
    return xml.parse(f'<inutNFe xmlns="{NAMESPACE}" versao="4.00">{inside}</inutNFe>')


def prepare(voiding: Voiding, certificate: Certificate, today: date) -> bytes:
    """``voiding`` built, signed and valid by its official XSD: the bytes to keep, then to send.

    :raises FiscalError: with all that is wrong with it.
    """
    signed = sign.sign(build(voiding, today), certificate)
    refused = schema.validate(signed, SCHEMA)
    if refused:
        raise FiscalError(refused)
    return signed


def request(signed: bytes) -> bytes:
    """The signed bytes as they are sent: without a declaration.

    :raises ValueError: they are no inutNFe.
    """
    return _bare(signed, b"<inutNFe")


def proc(signed: bytes, retInutNFe: bytes) -> bytes:
    """ProcInutNFe: the request and what SEFAZ answered, both byte for byte; the file to keep.

    :raises ValueError: they are not what they should be.
    """
    head = f'<?xml version="1.0" encoding="UTF-8"?><ProcInutNFe xmlns="{NAMESPACE}" versao="4.00">'
    parts = (head.encode(), _bare(signed, b"<inutNFe"), _bare(retInutNFe, b"<retInutNFe"), b"</ProcInutNFe>")
    return b"".join(parts)


def read(result: etree._Element, exchange: Exchange, signed: bytes) -> VoidOutcome:
    """What retInutNFe says of the request ``signed``.

    :raises Mismatch: it speaks of other numbers, another emitter or environment.
    :raises Unknown: it does not answer, or tells a voiding without its protocol.
    """
    info = result.find(f"{NFE}infInut")
    if info is None:
        raise Unknown("unreadable", exchange, "retInutNFe without infInut")
    _same(info, exchange, _asked(signed))
    code, words = text(info, "cStat"), text(info, "xMotivo")
    verdict = _verdict(code)
    if verdict is None:
        raise Unknown("unreadable", exchange, f"cStat {code or '(none)'} does not answer the question")
    number = text(info, "nProt")
    if verdict is VoidVerdict.VOIDED and not number:
        raise Unknown("unreadable", exchange, f"cStat {code} without its protocol")
    former = _FORMER.search(words) if verdict is VoidVerdict.ALREADY else None
    return VoidOutcome(
        verdict,
        code,
        words,
        exchange.response,
        number or (former[1] if former else ""),
        answers.moment(text(info, "dhRecbto")),
        soap.exact(exchange.response, result),
    )


def _verdict(code: str) -> VoidVerdict | None:
    if code in {_VOIDED, _SAME_RANGE}:
        return VoidVerdict.VOIDED if code == _VOIDED else VoidVerdict.ALREADY
    found = cstat.meaning(code).verdict
    if not code or found in {None, Verdict.AUTHORIZED, Verdict.CANCELLED}:
        return None
    return {Verdict.WAIT: VoidVerdict.WAIT, Verdict.PENDING: VoidVerdict.PENDING}.get(found, VoidVerdict.REJECTED)


def _asked(signed: bytes) -> Mapping[str, str]:
    info = soap.parse(request(signed)).find(f"{NFE}infInut")
    tags = ("tpAmb", "cUF", "ano", "CNPJ", "mod", "serie", "nNFIni", "nNFFin")
    return {tag: text(info, tag) for tag in tags}


def _same(info: etree._Element, exchange: Exchange, asked: Mapping[str, str]) -> None:
    """Refuse an answer about something else; numbers are compared as numbers (some write zeros before them)."""
    for tag, right in asked.items():
        value = text(info, tag)
        if value and value != right and not (value.isdecimal() and right.isdecimal() and int(value) == int(right)):
            raise Mismatch("mismatch", exchange, f"{tag} {value}")


def _emitter(voiding: Voiding) -> list[Problem]:
    found = []
    if voiding.uf not in {row["uf"] for row in rows("uf")}:
        message = _("“%(value)s” is not a UF.")
        found.append(Problem("void_uf", "uf", message, _("Correct the address of the company."), {"value": voiding.uf}))
    if is_cpf(voiding.tax_id):
        message = _("The official schema of the voiding of numbers (%(schema)s) knows no emitter with a CPF.")
        cure = _("Ask SEFAZ how numbers of a rural producer's series are given up.")
        found.append(Problem("void_cpf", "tax_id", message, cure, {"schema": SCHEMA}))
    elif not is_cnpj(voiding.tax_id):
        message = _("“%(value)s” is not a valid CNPJ or CPF.")
        cure = _("Correct the CNPJ of the company.")
        found.append(Problem("tax_id_invalid", "tax_id", message, cure, {"value": voiding.tax_id}))
    elif not voiding.tax_id.isdecimal():
        # The element CNPJ takes letters there, the Id that must repeat it does not.
        message = _(
            "The official schema of the voiding of numbers (%(schema)s) does not admit a CNPJ with letters yet."
        )
        cure = _("Ask SEFAZ how it is done meanwhile, or wait for a version of this program with the new schema.")
        found.append(Problem("void_letters", "tax_id", message, cure, {"schema": SCHEMA}))
    return found


def _numbers(voiding: Voiding) -> list[Problem]:
    found = []
    if not 0 <= voiding.series < _OFFICE_SERIES:
        message = _("Series %(series)s is not one of a company's own: those go from 0 to 889 (rejection 266).")
        found.append(Problem("void_series", "series", message, params={"series": voiding.series}))
    if voiding.model not in {"55", "65"}:
        message = _("“%(value)s” is not a valid %(what)s.")
        found.append(Problem("model_invalid", "model", message, params={"value": voiding.model, "what": _("model")}))
    params = {"first": voiding.first, "last": voiding.last, "most": MOST}
    if not 1 <= voiding.first <= voiding.last <= _LAST_NUMBER:
        message = _("%(first)s to %(last)s is no range of numbers (rejection 224).")
        found.append(Problem("void_range", "last", message, _("Write the lowest number first."), params))
    elif voiding.last - voiding.first >= MOST:
        message = _("%(first)s to %(last)s are more than %(most)s numbers (rejection 201).")
        found.append(Problem("void_many", "last", message, _("Make several requests."), params))
    return found


def _code(uf: str) -> str:
    return next(row["code"] for row in rows("uf") if row["uf"] == uf)


def _bare(content: bytes, start: bytes) -> bytes:
    declaration = _DECLARATION.match(content)
    bare = content[declaration.end() :] if declaration else content
    if not bare.startswith(start):
        raise ValueError(f"{start.decode()}> was expected, not {bare[:40]!r}.")
    return bare
