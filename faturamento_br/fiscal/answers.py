"""Reading what an authorizer answered: elements of ret* messages into values."""

from datetime import datetime

from lxml import etree

from . import cstat, soap
from .outcome import Outcome, Verdict
from .transport import Exchange, Unknown

NAMESPACE = "http://www.portalfiscal.inf.br/nfe"
NFE = f"{{{NAMESPACE}}}"


def text(element: etree._Element, tag: str) -> str:
    """The text of the child ``tag``; "" when it is not there."""
    return (element.findtext(NFE + tag) or "").strip()


def integer(value: str) -> int | None:
    return int(value) if value.strip().isdecimal() else None


def moment(value: str) -> datetime | None:
    """dhRecbto; None when it is absent, no date or without its zone: an authorization must not be lost over it."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else None


def outcome(
    decider: etree._Element,
    info: etree._Element,
    protNFe: etree._Element | None,
    exchange: Exchange,
    access_key: str,
    tMed: int | None = None,
) -> Outcome:
    """What ``decider`` (the whole answer, or a protocol's infProt) says of the document ``access_key``.

    :param info: where nProt, dhRecbto and digVal stand.
    :param protNFe: the protocol, whose exact bytes are kept.
    :raises Unknown: it does not answer the question, or speaks of an authorization without its protocol.
    """
    code = text(decider, "cStat")
    verdict = cstat.meaning(code).verdict
    if not code or verdict is None:
        raise Unknown("unreadable", exchange, f"cStat {code or '(none)'} does not answer the question")
    found = Outcome(
        verdict=verdict,
        cStat=code,
        xMotivo=text(decider, "xMotivo"),
        raw=exchange.response,
        access_key=access_key,
        protocolo=text(info, "nProt"),
        received_at=moment(text(info, "dhRecbto")),
        digest=text(info, "digVal"),
        protNFe=b"" if protNFe is None else soap.exact(exchange.response, protNFe),
        tMed=tMed,
    )
    if verdict is Verdict.AUTHORIZED and not (found.protocolo and text(info, "chNFe") and found.protNFe):
        raise Unknown("unreadable", exchange, f"cStat {code} without its protocol")
    return found
