"""ConsultaCadastro (CadConsultaCadastro4, layout 2.00): what a UF's register knows of a contributor.

It is asked of the contributor's own UF, by CNPJ, CPF or IE. Not every UF offers it (tables/registry_services.csv). The
answer has no environment: homologation may know other contributors than production, or none.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from lxml import etree

from . import cstat, xml
from .answers import NAMESPACE, NFE, text
from .digits import is_cnpj, is_cpf
from .outcome import Verdict
from .problems import FiscalError, Problem, _
from .tables import rows
from .transport import Exchange, Mismatch, Unknown

VERSION = "2.00"
REQUEST, ANSWER = "consCad_v2.00.xsd", "retConsCad_v2.00.xsd"
_FOUND = frozenset({"111", "112"})
_NOBODY = frozenset({"259", "261", "264"})  # CNPJ, IE, CPF not registered in the UF


class RegistryVerdict(StrEnum):
    FOUND = "found"
    NOBODY = "nobody"  # 259, 261, 264: not a contributor of this UF
    REFUSED = "refused"  # the question was refused: nothing is known
    WAIT = "wait"


@dataclass(frozen=True)
class RegistryQuestion:
    """Who is asked about: exactly one of CNPJ, CPF and IE."""

    uf: str
    cnpj: str = ""
    cpf: str = ""
    ie: str = ""


@dataclass(frozen=True)
class Registration:
    """One registration (infCad). An absent value is "" or None."""

    ie: str
    tax_id: str  # CNPJ or CPF
    uf: str
    active: bool  # cSit 1, habilitado
    name: str  # xNome
    trade_name: str = ""
    may_issue: bool | None = None  # indCredNFe: None where the UF does not tell (4)
    regime: str = ""  # xRegApur, in the UF's own words
    cnae: str = ""
    started: date | None = None  # dIniAtiv
    changed: date | None = None  # dUltSit
    closed: date | None = None  # dBaixa
    unique_ie: str = ""  # IEUnica
    current_ie: str = ""  # IEAtual
    street: str = ""
    number: str = ""
    complement: str = ""
    district: str = ""
    city_code: str = ""
    city: str = ""
    zip: str = ""


@dataclass(frozen=True)
class RegistryOutcome:
    """An answer, read. ``raw`` is the body exactly as received."""

    verdict: RegistryVerdict
    cStat: str
    xMotivo: str
    raw: bytes
    registrations: tuple[Registration, ...] = field(default=())

    @property
    def active(self) -> tuple[Registration, ...]:
        return tuple(one for one in self.registrations if one.active)


def problems(question: RegistryQuestion) -> list[Problem]:
    """All that is wrong with ``question``; an empty list when it may be asked."""
    found = []
    if question.uf not in {row["uf"] for row in rows("uf")}:
        message = _("“%(value)s” is not a UF.")
        found.append(Problem("registry_uf", "uf", message, params={"value": question.uf}))
    if len([one for one in (question.cnpj, question.cpf, question.ie) if one]) != 1:
        message = _("The register is asked by one of CNPJ, CPF and IE.")
        found.append(Problem("registry_one", "", message, _("Fill in one of them.")))
    checks = (
        ("cnpj", question.cnpj, is_cnpj, "CNPJ"),
        ("cpf", question.cpf, is_cpf, "CPF"),
        ("ie", question.ie, lambda value: value.isascii() and value.isdecimal() and 2 <= len(value) <= 14, "IE"),
    )
    message = _("“%(value)s” is not a valid %(what)s.")
    for path, value, right, what in checks:
        if value and not right(value):
            found.append(Problem(f"registry_{path}", path, message, params={"value": value, "what": what}))
    return found


def request(question: RegistryQuestion) -> bytes:
    """The ConsCad to send.

    :raises FiscalError: with all that is wrong with the question.
    """
    found = problems(question)
    if found:
        raise FiscalError(found)
    who = xml.optional("IE", question.ie) + xml.optional("CNPJ", question.cnpj) + xml.optional("CPF", question.cpf)
    inside = xml.group("infCons", xml.leaf("xServ", "CONS-CAD"), xml.leaf("UF", question.uf), who)
    return f'<ConsCad xmlns="{NAMESPACE}" versao="{VERSION}">{inside}</ConsCad>'.encode()


def read(result: etree._Element, exchange: Exchange, question: RegistryQuestion) -> RegistryOutcome:
    """What retConsCad says.

    :raises Mismatch: it speaks of another contributor or UF.
    :raises Unknown: it does not answer the question.
    """
    info = result.find(f"{NFE}infCons")
    if info is None:
        raise Unknown("unreadable", exchange, "retConsCad without infCons")
    code, words = text(info, "cStat"), text(info, "xMotivo")
    found = tuple(_registration(one) for one in info.findall(f"{NFE}infCad"))
    for one in found:
        right = one.uf == question.uf and (question.ie or one.tax_id == (question.cnpj or question.cpf))
        if not right:
            raise Mismatch("mismatch", exchange, f"{one.uf} {one.tax_id}")
    if code in _FOUND:
        if not found:
            raise Unknown("unreadable", exchange, f"cStat {code} without infCad")
        return RegistryOutcome(RegistryVerdict.FOUND, code, words, exchange.response, found)
    verdict = cstat.meaning(code).verdict
    if not code or verdict is None:
        raise Unknown("unreadable", exchange, f"cStat {code or '(none)'} does not answer the question")
    waits = verdict in {Verdict.WAIT, Verdict.PENDING}
    told = RegistryVerdict.NOBODY if code in _NOBODY else RegistryVerdict.WAIT if waits else RegistryVerdict.REFUSED
    return RegistryOutcome(told, code, words, exchange.response)


def _registration(info: etree._Element) -> Registration:
    address = info.find(f"{NFE}ender")
    place = etree.Element("ender") if address is None else address
    credential = text(info, "indCredNFe")
    return Registration(
        ie=text(info, "IE"),
        tax_id=text(info, "CNPJ") or text(info, "CPF"),
        uf=text(info, "UF"),
        active=text(info, "cSit") == "1",
        name=text(info, "xNome"),
        trade_name=text(info, "xFant"),
        may_issue=None if credential in {"", "4"} else credential != "0",
        regime=text(info, "xRegApur"),
        cnae=text(info, "CNAE"),
        started=_day(text(info, "dIniAtiv")),
        changed=_day(text(info, "dUltSit")),
        closed=_day(text(info, "dBaixa")),
        unique_ie=text(info, "IEUnica"),
        current_ie=text(info, "IEAtual"),
        street=text(place, "xLgr"),
        number=text(place, "nro"),
        complement=text(place, "xCpl"),
        district=text(place, "xBairro"),
        city_code=text(place, "cMun"),
        city=text(place, "xMun"),
        zip=text(place, "CEP").zfill(8) if text(place, "CEP") else "",
    )


def _day(value: str) -> date | None:
    """A date, with or without a time behind it; None when it is none: a name must not be lost over it."""
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None
