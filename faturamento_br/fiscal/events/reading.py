"""Reading what an authorizer says of events: the answer to one that was sent, and those that a query by key shows."""

from dataclasses import replace

from lxml import etree

from .. import soap
from ..answers import NFE, moment, text
from ..transport import Exchange, Mismatch, Unknown
from .event import Identity
from .outcome import EventOutcome, EventVerdict, verdict

_DIGEST = "{http://www.w3.org/2000/09/xmldsig#}DigestValue"


def answer(result: etree._Element, exchange: Exchange, asked: Identity, tpAmb: str) -> EventOutcome:
    """What retEnvEvento says of the one event that was sent.

    :raises Mismatch: it speaks of another event, document or environment.
    :raises Unknown: it does not answer, or tells a registration without proving it.
    """
    _same(result, exchange, {"tpAmb": tpAmb})
    answers = result.findall(f"{NFE}retEvento")
    if len(answers) > 1:
        raise Unknown("unreadable", exchange, f"{len(answers)} retEvento for one event")
    info = answers[0].find(f"{NFE}infEvento") if answers else None
    if answers and info is None:
        raise Unknown("unreadable", exchange, "retEvento without infEvento")
    if info is None:
        code = text(result, "cStat")
        meaning = verdict(code)
        # A registration is told by the event's own answer alone.
        if meaning in (None, EventVerdict.REGISTERED):
            raise Unknown("unreadable", exchange, f"cStat {code or '(none)'} without retEvento")
        return EventOutcome(meaning, code, text(result, "xMotivo"), exchange.response, *asked)
    return _read(answers[0], info, exchange, asked, tpAmb)


def held(result: etree._Element, exchange: Exchange, access_key: str, tpAmb: str) -> tuple[EventOutcome, ...]:
    """The registered events that the answer to a query by key (retConsSitNFe) shows, in its order.

    An event that is not told whole, or of another document or environment, proves nothing and is left out.
    """
    found = []
    for process in result.iterfind(f"{NFE}procEventoNFe"):
        event, reply = process.find(f"{NFE}evento"), process.find(f"{NFE}retEvento")
        inside = None if event is None else event.find(f"{NFE}infEvento")
        info = None if reply is None else reply.find(f"{NFE}infEvento")
        if inside is None or info is None or text(inside, "chNFe") != access_key:
            continue
        if text(inside, "tpAmb") != tpAmb or not text(inside, "nSeqEvento").isdecimal():
            continue
        asked = Identity(access_key, text(inside, "tpEvento"), int(text(inside, "nSeqEvento")))
        try:
            outcome = _read(reply, info, exchange, asked, tpAmb)
        except Unknown:
            continue
        if outcome.verdict is EventVerdict.REGISTERED:
            found.append(_with_event(outcome, event, exchange))
    return tuple(found)


def _with_event(outcome: EventOutcome, event: etree._Element, exchange: Exchange) -> EventOutcome:
    return replace(outcome, evento=soap.exact(exchange.response, event), digest=digest(event))


def digest(event: etree._Element) -> str:
    """The DigestValue that the signed ``event`` carries; "" without one."""
    return event.findtext(f".//{_DIGEST}", "").strip()


def _read(reply, info, exchange: Exchange, asked: Identity, tpAmb: str) -> EventOutcome:
    """One retEvento, checked against the event that was asked about."""
    _same(info, exchange, {"tpAmb": tpAmb, "chNFe": asked.access_key, "tpEvento": asked.code})
    told = text(info, "nSeqEvento")
    if told and told.isdecimal() and int(told) != asked.sequence:
        raise Mismatch("mismatch", exchange, f"nSeqEvento {told}")
    code = text(info, "cStat")
    meaning = verdict(code)
    if meaning is None:
        raise Unknown("unreadable", exchange, f"cStat {code or '(none)'} does not answer an event")
    proven = bool(text(info, "nProt") and text(info, "chNFe"))
    if meaning is EventVerdict.REGISTERED and not proven:
        raise Unknown("unreadable", exchange, f"cStat {code} without its protocol")
    return EventOutcome(
        verdict=meaning,
        cStat=code,
        xMotivo=text(info, "xMotivo"),
        raw=exchange.response,
        access_key=asked.access_key,
        code=asked.code,
        sequence=asked.sequence,
        protocolo=text(info, "nProt"),
        registered_at=moment(text(info, "dhRegEvento")),
        retEvento=soap.exact(exchange.response, reply),
    )


def _same(element: etree._Element, exchange: Exchange, expected: dict[str, str]) -> None:
    """Refuse an answer about something else than was asked; what it leaves out is not held against it."""
    for tag, right in expected.items():
        value = text(element, tag)
        if value and value != right:
            raise Mismatch("mismatch", exchange, f"{tag} {value}")
