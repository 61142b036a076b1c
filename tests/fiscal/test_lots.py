"""Lots as the sender sees them: made, answered, refused, lost; each document with an outcome of its own."""

import re

import pytest
from fiscal import lots
from fiscal.documents import document_type
from fiscal.endpoints import Service
from fiscal.lots import LotReceipt
from fiscal.outcome import Verdict
from fiscal.transport import Mismatch, NotSent, Unknown
from hypothesis import given
from hypothesis import strategies as st
from local_authorizer import soap

NFE = "http://www.portalfiscal.inf.br/nfe"
KEYS = tuple(f"3526111122233300018155001{number:09}1000000017" for number in range(1, 4))
SIGNED = {key: f'<NFe xmlns="{NFE}"><infNFe Id="NFe{key}">ção</infNFe></NFe>'.encode() for key in KEYS}
RECEIPT = LotReceipt("351000000000123", KEYS)
HEAD = "<tpAmb>{tpAmb}</tpAmb><verAplic>X</verAplic>"
NOW = "<cUF>35</cUF><dhRecbto>2026-11-23T10:00:00-03:00</dhRecbto>"


def received(code="103", inside="<infRec><nRec>351000000000123</nRec><tMed>2</tMed></infRec>", tpAmb="2"):
    return (
        f'<retEnviNFe xmlns="{NFE}" versao="4.00">{HEAD.format(tpAmb=tpAmb)}<cStat>{code}</cStat>'
        f"<xMotivo>Lote {code}</xMotivo>{NOW}{inside}</retEnviNFe>"
    )


def protocol(key, code="100", tpAmb="2", number=None):
    number = f"1352600000{KEYS.index(key) if key in KEYS else 9:05}" if number is None else number
    return (
        f'<protNFe versao="4.00"><infProt Id="ID{key}"><tpAmb>{tpAmb}</tpAmb><verAplic>X</verAplic><chNFe>{key}</chNFe>'
        f"<dhRecbto>2026-11-23T10:00:00-03:00</dhRecbto><nProt>{number}</nProt><digVal>d</digVal>"
        f"<cStat>{code}</cStat><xMotivo>Motivo {code}</xMotivo></infProt></protNFe>"
    )


def result(code="104", inside="", receipt=RECEIPT.number, tpAmb="2"):
    return (
        f'<retConsReciNFe xmlns="{NFE}" versao="4.00">{HEAD.format(tpAmb=tpAmb)}<nRec>{receipt}</nRec>'
        f"<cStat>{code}</cStat><xMotivo>Lote {code}</xMotivo>{NOW}{inside}</retConsReciNFe>"
    )


@pytest.fixture
def submitting(server, authorizer):
    def submit(content, documents=SIGNED):
        server.behave = lambda handler: handler.answer(soap(Service.AUTHORIZE, content.encode()))
        return authorizer.submit_lot(documents, 7)

    return submit


@pytest.fixture
def collecting(server, authorizer):
    def collect(content, receipt=RECEIPT):
        server.behave = lambda handler: handler.answer(soap(Service.COLLECT, content.encode()))
        return authorizer.collect(receipt)

    return collect


def verdicts(answer):
    return {key: outcome.verdict for key, outcome in answer.outcomes.items()}


# --- Submit -------------------------------------------------------------------------------------------------------


def test_received(server, submitting):
    answer = submitting(received())
    body = b"".join(SIGNED.values())
    head = f'<enviNFe xmlns="{NFE}" versao="4.00"><idLote>7</idLote><indSinc>0</indSinc>'.encode()
    assert head + body + b"</enviNFe>" in server.requests[-1]
    assert (answer.receipt.number, answer.receipt.access_keys, answer.receipt.tMed) == (RECEIPT.number, KEYS, 2)
    assert answer.receipt.received_at.isoformat() == "2026-11-23T10:00:00-03:00"
    assert verdicts(answer) == dict.fromkeys(KEYS, Verdict.PENDING)
    assert (answer.unsettled, answer.pending, answer.refused) == ((), True, False)
    assert [outcome.access_key for outcome in answer.outcomes.values()] == list(KEYS)


@pytest.mark.parametrize("code", ["214", "225", "243", "452", "764", "1999"])
def test_refused_as_a_whole(submitting, code):
    answer = submitting(received(code, ""))
    assert verdicts(answer) == dict.fromkeys(KEYS, Verdict.REJECTED)
    assert {(outcome.cStat, outcome.xMotivo) for outcome in answer.outcomes.values()} == {(code, f"Lote {code}")}
    assert (answer.receipt, answer.unsettled, answer.refused, answer.pending) == (None, (), True, False)


@pytest.mark.parametrize("code", ["108", "109", "656"])
def test_not_now(submitting, code):
    answer = submitting(received(code, ""))
    assert verdicts(answer) == dict.fromkeys(KEYS, Verdict.WAIT)
    assert (answer.receipt, answer.refused, answer.pending) == (None, False, False)


def test_an_error_of_the_authorizers_own_settles_nothing(submitting):
    answer = submitting(received("999", ""))
    assert (answer.outcomes, answer.unsettled, answer.receipt) == ({}, KEYS, None)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (received("103", ""), Unknown),
        (received("103", "<infRec><tMed>1</tMed></infRec>"), Unknown),
        (received("104", protocol(KEYS[0])), Unknown),
        (received("107", ""), Unknown),
        (received("", ""), Unknown),
        (received("100", ""), Unknown),
        (received(tpAmb="1"), Mismatch),
        (result(), Unknown),
    ],
)
def test_an_answer_that_proves_nothing_is_no_answer(submitting, content, expected):
    with pytest.raises(Unknown) as caught:
        submitting(content)
    assert type(caught.value) is expected
    assert all(signed in caught.value.exchange.request for signed in SIGNED.values())


def test_a_lot_that_cannot_leave_is_not_sent(unreachable):
    with pytest.raises(NotSent):
        unreachable.submit_lot(SIGNED, 1)


@pytest.mark.parametrize(
    ("documents", "number", "reason"),
    [
        ({}, 1, "2 to 50"),
        ({KEYS[0]: SIGNED[KEYS[0]]}, 1, "2 to 50"),  # 452 is certain
        ({str(n): SIGNED[KEYS[0]] for n in range(51)}, 1, "2 to 50"),
        ({str(n): b"<NFe" + b"x" * 260_000 for n in range(2)}, 1, "bytes"),
        ({**SIGNED, "x": b"<x/>"}, 1, "NFe"),
        (SIGNED, 0, "idLote"),
        (SIGNED, 10**15, "idLote"),
    ],
)
def test_what_can_be_no_lot(authorizer, server, documents, number, reason):
    before = len(server.requests)
    with pytest.raises(ValueError, match=reason):
        authorizer.submit_lot(documents, number)
    assert len(server.requests) == before


# --- Collect ------------------------------------------------------------------------------------------------------


def test_each_document_has_its_own_outcome(server, collecting):
    codes = ("100", "598", "204")
    content = result(inside="".join(map(protocol, KEYS, codes)))
    answer = collecting(content)
    assert f"<tpAmb>2</tpAmb><nRec>{RECEIPT.number}</nRec></consReciNFe>".encode() in server.requests[-1]
    assert verdicts(answer) == dict(zip(KEYS, (Verdict.AUTHORIZED, Verdict.REJECTED, Verdict.DUPLICATE), strict=True))
    for key, code in zip(KEYS, codes, strict=True):
        outcome = answer.outcomes[key]
        assert outcome.protNFe == protocol(key, code).encode()
        assert (outcome.access_key, outcome.cStat, outcome.xMotivo) == (key, code, f"Motivo {code}")
    assert (answer.receipt, answer.unsettled, answer.pending) == (None, (), False)


@pytest.mark.parametrize("prefix", [False, True])
def test_the_protocol_in_the_processed_document_is_its_own(collecting, prefix):
    content = result(inside="".join(map(protocol, KEYS)))
    if prefix:
        content = re.sub(r"<(/?)(?=\w)", r"<\1n:", content).replace("xmlns=", "xmlns:n=")
    answer = collecting(content)
    for key in KEYS:
        proc = document_type("55").proc(SIGNED[key], answer.outcomes[key].protNFe)
        assert f"<chNFe>{key}</chNFe>".encode() in proc
        assert proc.count(b"<chNFe>") == 1


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("105", Verdict.PENDING), ("999", Verdict.PENDING), ("108", Verdict.WAIT), ("656", Verdict.WAIT)],
)
def test_asked_too_early(collecting, code, verdict):
    answer = collecting(result(code, receipt="0" * 15))
    assert verdicts(answer) == dict.fromkeys(KEYS, verdict)
    assert (answer.receipt, answer.pending, answer.cStat) == (RECEIPT, True, code)


def test_found_invalid_after_it_was_received(collecting):
    answer = collecting(result("225"))
    assert verdicts(answer) == dict.fromkeys(KEYS, Verdict.REJECTED)
    assert (answer.receipt, answer.refused) == (None, True)


@pytest.mark.parametrize(("code", "kept"), [("106", None), ("223", RECEIPT), ("248", RECEIPT), ("215", RECEIPT)])
def test_a_receipt_that_is_refused_settles_nothing(collecting, code, kept):
    answer = collecting(result(code))
    assert (answer.outcomes, answer.unsettled, answer.receipt) == ({}, KEYS, kept)
    assert (answer.cStat, answer.xMotivo, answer.refused) == (code, f"Lote {code}", False)
    assert not answer.pending


@pytest.mark.parametrize(
    "inside",
    [
        "",
        protocol(KEYS[0], "107"),
        protocol(KEYS[0], number=""),
        protocol(KEYS[0]) + protocol(KEYS[0], "598"),
    ],
    ids=["absent", "no_answer", "without_number", "twice"],
)
def test_what_the_result_leaves_open_is_told(collecting, inside):
    """One document without a proof does not harm the others."""
    answer = collecting(result(inside=inside + protocol(KEYS[1]) + protocol(KEYS[2], "598")))
    assert answer.unsettled == (KEYS[0],)
    assert verdicts(answer) == {KEYS[1]: Verdict.AUTHORIZED, KEYS[2]: Verdict.REJECTED}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (result(inside=protocol(KEYS[0][:-1] + "8")), Mismatch),
        (result(inside=protocol(KEYS[0], tpAmb="1")), Mismatch),
        (result(inside="<protNFe/>"), Mismatch),
        (result(receipt="351000000000124"), Mismatch),
        (result("225", receipt="0" * 15), Mismatch),
        (result(tpAmb="1"), Mismatch),
        (result(""), Unknown),
        (received(), Unknown),
    ],
)
def test_an_answer_about_something_else(collecting, content, expected):
    with pytest.raises(Unknown) as caught:
        collecting(content)
    assert type(caught.value) is expected


CHANGES = st.tuples(
    st.sampled_from(["tpAmb", "nRec", "cStat", "chNFe", "nProt", "protNFe", "infProt", "dhRecbto"]),
    st.integers(0, 3),
    st.sampled_from(["", "2", "100", "104", "105", "106", "225", "598", "999", KEYS[0], KEYS[1], RECEIPT.number]),
)


@given(st.lists(CHANGES, max_size=4))
def test_whatever_is_answered_no_document_is_lost(server, authorizer, changes):
    """A right answer changed at will: each document has an outcome, or is to be queried, or nothing is known."""
    content = result(inside=protocol(KEYS[0]) + protocol(KEYS[1], "598") + protocol(KEYS[2]))
    for tag, place, value in changes:
        for one in list(re.finditer(f"<{tag}[ >].*?</{tag}>", content))[place : place + 1]:
            content = content[: one.start()] + f"<{tag}>{value}</{tag}>" + content[one.end() :]
    server.behave = lambda handler: handler.answer(soap(Service.COLLECT, content.encode()))
    try:
        answer = authorizer.collect(RECEIPT)
    except Unknown:
        return
    assert sorted([*answer.outcomes, *answer.unsettled]) == sorted(KEYS)
    for key, outcome in answer.outcomes.items():
        assert outcome.access_key == key
        assert outcome.verdict is not Verdict.AUTHORIZED or f"<chNFe>{key}</chNFe>".encode() in outcome.protNFe


# --- Groups -------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 499_000), max_size=120))
def test_groups_hold_every_document_once_and_fit(sizes):
    documents = {str(place): bytes(size) for place, size in enumerate(sizes)}
    groups = lots.split(documents)
    assert [key for group in groups for key in group] == list(documents)
    for group in groups:
        assert 1 <= len(group) <= lots.MAX_DOCUMENTS
        if len(group) > 1:
            lots.check(group, 1)


def test_groups_are_full():
    groups = lots.split({str(place): b"x" for place in range(101)})
    assert [len(group) for group in groups] == [50, 50, 1]
    assert [len(group) for group in lots.split({str(place): bytes(249_000) for place in range(4)})] == [2, 2]
