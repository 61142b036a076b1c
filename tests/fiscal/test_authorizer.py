"""Answers read: each verdict, the protocol's exact bytes, and refusal of whatever speaks of something else."""

import re
from datetime import date, datetime

import event_samples
import pki
import pytest
from fiscal import events, voiding
from fiscal.authorizer import Authorizer, outcome_matches
from fiscal.certificate import Certificate
from fiscal.documents import document_type
from fiscal.endpoints import Service
from fiscal.lots import LotReceipt
from fiscal.outcome import Verdict
from fiscal.problems import FiscalError
from fiscal.registry_query import RegistryQuestion
from fiscal.spec import Environment
from fiscal.transport import Mismatch, NotSent, Unknown
from fiscal.voiding import Voiding
from local_authorizer import Authority, soap
from lxml import etree

NFE = "http://www.portalfiscal.inf.br/nfe"
KEY = "35261111222333000181550010000000011000000017"
OTHER = KEY[:-1] + "8"
DIGEST = "iaPsf0bn8of1Z7lJtL0SvkXaTmY="
SIGNED = (
    f'<NFe xmlns="{NFE}"><infNFe versao="4.00" Id="NFe{KEY}"><ide></ide></infNFe>'
    '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><Reference>'
    f"<DigestValue>{DIGEST}</DigestValue></Reference></SignedInfo></Signature></NFe>"
).encode()


def protocol(code="100", key=KEY, tpAmb="2", number="135260000000001", digest=DIGEST):
    return (
        f'<protNFe versao="4.00"><infProt Id="ID{number}"><tpAmb>{tpAmb}</tpAmb><verAplic>X</verAplic>'
        f"<chNFe>{key}</chNFe><dhRecbto>2026-11-23T10:00:00-03:00</dhRecbto><nProt>{number}</nProt><digVal>{digest}</digVal>"
        f"<cStat>{code}</cStat><xMotivo>Motivo  de {code} &amp; cia</xMotivo></infProt></protNFe>"
    )


def lot(code="104", inside="", tpAmb="2"):
    return (
        f'<retEnviNFe xmlns="{NFE}" versao="4.00"><tpAmb>{tpAmb}</tpAmb><verAplic>X</verAplic><cStat>{code}</cStat>'
        f"<xMotivo>Lote {code}</xMotivo><cUF>35</cUF><dhRecbto>2026-11-23T10:00:00-03:00</dhRecbto>{inside}"
        "</retEnviNFe>"
    )


def situation(code, inside="", key=f"<chNFe>{KEY}</chNFe>", tpAmb="2"):
    return (
        f'<retConsSitNFe xmlns="{NFE}" versao="4.00"><tpAmb>{tpAmb}</tpAmb><verAplic>X</verAplic><cStat>{code}</cStat>'
        f"<xMotivo>Situação {code}</xMotivo><cUF>35</cUF><dhRecbto>2026-11-23T10:00:00-03:00</dhRecbto>{key}{inside}"
        "</retConsSitNFe>"
    )


@pytest.fixture
def sending(server, authorizer):
    """Authorize, and have this answered."""

    def send(content):
        server.behave = lambda handler: handler.answer(soap(Service.AUTHORIZE, content.encode()))
        return authorizer.authorize(SIGNED, KEY, 7)

    return send


@pytest.fixture
def asking(server, authorizer):
    """Query, and have this answered."""

    def ask(content):
        server.behave = lambda handler: handler.answer(soap(Service.QUERY, content.encode()))
        return authorizer.query(KEY)

    return ask


def prefixed(xml):
    return re.sub(r"<(/?)(?=\w)", r"<\1n:", xml)


# --- authorize ----------------------------------------------------------------------------------------------------


def test_the_lot_is_built_around_the_signed_bytes(server, sending):
    sending(lot(inside=protocol()))
    expected = (
        f'<enviNFe xmlns="{NFE}" versao="4.00"><idLote>7</idLote><indSinc>1</indSinc>'.encode() + SIGNED + b"</enviNFe>"
    )
    assert expected in server.requests[-1]


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("100", Verdict.AUTHORIZED), ("150", Verdict.AUTHORIZED), ("120", Verdict.AUTHORIZED), ("539", Verdict.DUPLICATE),
     ("204", Verdict.DUPLICATE), ("302", Verdict.REJECTED), ("1115", Verdict.REJECTED), ("635", Verdict.PENDING)],
)  # fmt: skip
def test_the_protocol_decides_when_the_lot_was_processed(sending, code, verdict):
    content = lot(inside=protocol(code))
    outcome, exchange = sending(content)
    assert (outcome.verdict, outcome.cStat) == (verdict, code)
    assert outcome.xMotivo == f"Motivo  de {code} & cia"
    assert outcome.access_key == KEY
    assert outcome.protocolo == "135260000000001"
    assert outcome.received_at == datetime.fromisoformat("2026-11-23T10:00:00-03:00")
    assert outcome.protNFe == protocol(code).encode()
    assert outcome.raw == exchange.response == soap(Service.AUTHORIZE, content.encode())


@pytest.mark.parametrize("moment", ["2026-11-23T10:00:00", "amanhã"])
def test_an_authorization_is_not_lost_over_its_date(sending, moment):
    """A date without its zone says no moment."""
    outcome, _exchange = sending(lot(inside=protocol().replace("2026-11-23T10:00:00-03:00", moment)))
    assert (outcome.verdict, outcome.received_at) == (Verdict.AUTHORIZED, None)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("108", Verdict.WAIT), ("656", Verdict.WAIT), ("103", Verdict.PENDING), ("225", Verdict.REJECTED)],
)
def test_a_lot_without_protocol_speaks_for_itself(sending, code, verdict):
    outcome, _ = sending(lot(code))
    assert (outcome.verdict, outcome.cStat, outcome.xMotivo) == (verdict, code, f"Lote {code}")
    assert outcome.protNFe == b""
    assert outcome.protocolo == ""


def test_the_processed_document_is_signed_bytes_and_protocol(sending):
    outcome, _ = sending(lot(inside=protocol()))
    proc = document_type("55").proc(SIGNED, outcome.protNFe)
    assert SIGNED + protocol().encode() in proc
    assert [child.tag for child in etree.fromstring(proc)] == [f"{{{NFE}}}NFe", f"{{{NFE}}}protNFe"]


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: prefixed(text).replace("xmlns=", "xmlns:n="),
        lambda text: text.replace("versao", "xmlns:ns0='urn:x' versao").replace("xMotivo>", "xMotivo >"),
        lambda text: text.replace("<protNFe ", f"<!-- <protNFe> --><protNFe  xmlns='{NFE}'\n"),
        lambda text: re.sub(
            r"<protNFe .*</protNFe>", lambda found: prefixed(found[0]).replace(" ", f" xmlns:n='{NFE}' ", 1), text
        ),
    ],
    ids=["prefixed", "odd", "commented", "own_prefix"],
)
def test_a_protocol_written_otherwise_still_stands_in_the_processed_document(sending, rewrite):
    outcome, _ = sending(rewrite(lot(inside=protocol())))
    assert outcome.verdict is Verdict.AUTHORIZED
    info = etree.fromstring(document_type("55").proc(SIGNED, outcome.protNFe)).find(
        f"{{{NFE}}}protNFe/{{{NFE}}}infProt"
    )
    assert info.findtext(f"{{{NFE}}}chNFe") == KEY
    assert info.findtext(f"{{{NFE}}}xMotivo") == "Motivo  de 100 & cia"


@pytest.mark.parametrize("word", ["Autorização", "AutorizaÃ§Ã£o"])  # the second, in Latin-1, is UTF-8 for the first
def test_a_protocol_in_another_encoding(server, authorizer, word):
    content = soap(Service.AUTHORIZE, lot(inside=protocol()).replace(">Motivo", f">{word}").encode()).decode()
    latin = content.replace('encoding="utf-8"', 'encoding="ISO-8859-1"').encode("latin-1")
    server.behave = lambda handler: handler.answer(latin)
    outcome, _ = authorizer.authorize(SIGNED, KEY, 1)
    assert outcome.xMotivo == f"{word}  de 100 & cia"
    assert f">{word} " in document_type("55").proc(SIGNED, outcome.protNFe).decode()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (lot(inside=protocol(key=OTHER)), Mismatch),
        (lot(inside=protocol(tpAmb="1")), Mismatch),
        (lot(inside=protocol(), tpAmb="1"), Mismatch),
        (lot("104"), Unknown),
        (lot("107"), Unknown),
        (lot(""), Unknown),
        (lot(inside=protocol(number="")), Unknown),
        (lot(inside=protocol(key="")), Unknown),
        (lot(inside="<protNFe/>"), Unknown),
        (lot("100"), Unknown),
        (situation("100", protocol()), Unknown),
    ],
    ids=["key", "tpAmb", "lot_tpAmb", "no_protocol", "service_code", "no_code", "no_number", "no_key", "empty",
         "authorized_without_protocol", "another_answer"],
)  # fmt: skip
def test_an_answer_that_proves_nothing_is_no_answer(sending, content, expected):
    with pytest.raises(Unknown) as caught:
        sending(content)
    assert type(caught.value) is expected
    assert SIGNED in caught.value.exchange.request
    assert content.encode() in caught.value.exchange.response


@pytest.mark.parametrize("signed", [b" " + SIGNED, b"<x/>", b""])
def test_only_the_element_can_go_into_a_lot(authorizer, signed):
    with pytest.raises(ValueError, match="NFe"):
        authorizer.authorize(signed, KEY, 1)


@pytest.mark.parametrize("number", [0, 10**15])
def test_lot_number(authorizer, number):
    with pytest.raises(ValueError, match="idLote"):
        authorizer.authorize(SIGNED, KEY, number)


# --- query --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (situation("100", protocol()), Verdict.AUTHORIZED),
        (situation("150", protocol("150"), key=""), Verdict.AUTHORIZED),
        (situation("101", protocol()), Verdict.CANCELLED),
        (situation("155", protocol()), Verdict.CANCELLED),
        (situation("217"), Verdict.NOT_FOUND),
        (situation("217", key=""), Verdict.NOT_FOUND),
        (situation("302", key=""), Verdict.REJECTED),
        # The query was refused: it says nothing of the document, least of all that it was rejected.
        (situation("656", key=""), Verdict.WAIT),
        (situation("108", key=""), Verdict.WAIT),
        (situation("215", key=""), Verdict.WAIT),
        (situation("280", key=""), Verdict.WAIT),
        (situation("526"), Verdict.WAIT),
        (situation("9999"), Verdict.WAIT),
    ],
)
def test_what_the_authorizer_holds(asking, content, verdict):
    outcome, _ = asking(content)
    assert outcome.verdict is verdict
    assert outcome.access_key == KEY
    assert bool(outcome.protNFe) == ("<protNFe" in content)


@pytest.mark.parametrize(
    "content",
    [
        situation("100", protocol(key=OTHER)),
        situation("217", key=f"<chNFe>{OTHER}</chNFe>"),
        situation("100", protocol(), tpAmb="1"),
        situation("100", protocol(tpAmb="1")),
    ],
)
def test_an_answer_about_another_document(asking, content):
    with pytest.raises(Mismatch):
        asking(content)


def test_a_refusal_that_did_not_read_the_key_decides_nothing(asking):
    """A refused query with a key of zeros, which the layout wants there; any other answer with it is a mismatch."""
    zeros = f"<chNFe>{'0' * 44}</chNFe>"
    for code in ("108", "280", "656"):
        assert asking(situation(code, key=zeros)).outcome.verdict is Verdict.WAIT
    for code in ("217", "100", "101"):
        with pytest.raises(Mismatch):
            asking(situation(code, key=zeros))


def test_authorized_without_protocol_proves_nothing(asking):
    with pytest.raises(Unknown):
        asking(situation("100"))


def test_the_query_itself(server, asking):
    asking(situation("217"))
    assert f"<tpAmb>2</tpAmb><xServ>CONSULTAR</xServ><chNFe>{KEY}</chNFe>".encode() in server.requests[-1]


def test_is_it_the_same_document(asking):
    outcome, _ = asking(situation("100", protocol()))
    assert outcome_matches(outcome, SIGNED)
    assert not outcome_matches(outcome, SIGNED.replace(DIGEST.encode(), b"AAAA"))
    assert not outcome_matches(outcome, SIGNED.replace(KEY.encode(), OTHER.encode()))
    silent, _ = asking(situation("100", protocol(digest="")))
    assert not outcome_matches(silent, SIGNED)
    assert not outcome_matches(silent, SIGNED.replace(DIGEST.encode(), b""))


# --- status, and the set-up ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "up"), [("107", True), ("108", False), ("113", False)])
def test_status(server, authorizer, code, up):
    content = (
        f'<retConsStatServ xmlns="{NFE}" versao="4.00"><tpAmb>2</tpAmb><verAplic>X</verAplic><cStat>{code}</cStat>'
        "<xMotivo>M</xMotivo><cUF>35</cUF><dhRecbto>2026-11-23T10:00:00-03:00</dhRecbto><tMed>1</tMed></retConsStatServ>"
    )
    server.behave = lambda handler: handler.answer(soap(Service.STATUS, content.encode()))
    status, exchange = authorizer.status()
    assert (status.up, status.cStat, status.tMed) == (up, code, 1)
    assert b"<cUF>35</cUF><xServ>STATUS</xServ>" in exchange.request


def test_a_refused_connection_is_not_sent(unreachable):
    with pytest.raises(NotSent):
        unreachable.authorize(SIGNED, KEY, 1)


def test_a_stranger_is_told_nothing_whatever_is_asked(server, authority):
    """Somebody else's server at the right address: each service, document, event, voiding and register alike."""
    signer = Certificate.load(pki.company_pfx(), pki.PASSWORD)
    event = events.prepare(event_samples.cancellation(), signer)
    emitter = event_samples.samples.EMITTER.tax_id
    numbers = {"series": 1, "first": 10, "last": 12, "year": 2026, "reason": "Números pulados por falha do sistema"}
    void = Voiding(uf="SP", tax_id=emitter, environment=Environment.SIMULATOR, **numbers)
    stranger = Authorizer(
        Environment.SIMULATOR,
        "SP",
        authority.issue("EMPRESA"),
        simulator_url=server.url,
        simulator_ca=Authority("The one that is trusted").pem,
    )
    before, receipt = len(server.requests), LotReceipt("351000000000001", (KEY, OTHER), None, None)
    for ask in (
        stranger.status,
        lambda: stranger.authorize(SIGNED, KEY, 1),
        lambda: stranger.query(KEY),
        lambda: stranger.submit_lot({KEY: SIGNED, OTHER: SIGNED.replace(KEY.encode(), OTHER.encode())}, 2),
        lambda: stranger.collect(receipt),
        lambda: stranger.register_event(event, 3),
        lambda: stranger.settle_event(event),
        lambda: stranger.void(voiding.prepare(void, signer, date(2026, 11, 23))),
        lambda: stranger.query_registration(RegistryQuestion("SP", cnpj="11444777000161")),
    ):
        with pytest.raises(NotSent) as caught:
            ask()
        assert caught.value.kind == "server_certificate"
    assert len(server.requests) == before


@pytest.mark.parametrize(
    ("environment", "uf", "code"),
    [(Environment.SIMULATOR, "SP", "simulator_without_address"), (Environment.PRODUCTION, "XX", "authorizer_unknown")],
)
def test_a_wrong_set_up_is_told_at_once(authority, environment, uf, code):
    with pytest.raises(FiscalError) as caught:
        Authorizer(environment, uf, authority.issue("EMPRESA"))
    assert [problem.code for problem in caught.value.problems] == [code]
