"""Reading what an authorizer answered: elements of ret* messages into values."""

from datetime import datetime, timedelta

from lxml import etree

from . import clock, cstat, soap
from .outcome import Outcome, Verdict
from .transport import Exchange, Unknown

NAMESPACE = "http://www.portalfiscal.inf.br/nfe"
NFE = f"{{{NAMESPACE}}}"
#: Answers whose dhRecbto is the moment in which they were written.
TIMED = frozenset({f"{NFE}retEnviNFe", f"{NFE}retConsStatServ"})


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


def clock_error(result: etree._Element, exchange: Exchange) -> timedelta | None:
    """How far this machine's clock is ahead of the authorizer's, by the time that the answer itself says.

    That of a query or of a receipt may be the document's, of long ago: it says nothing.
    """
    if exchange.answered_at is None or result.tag not in TIMED:
        return None
    asked_at = exchange.answered_at - timedelta(seconds=exchange.seconds)
    return clock.error(moment(text(result, "dhRecbto")), asked_at, exchange.answered_at)


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
