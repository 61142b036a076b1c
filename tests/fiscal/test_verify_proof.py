"""The proofs of events and voided numbers, judged as a stranger's file: what is right, and every way to spoil it."""

from datetime import date, timedelta
from pathlib import Path

import event_samples as samples
import pytest
from event_samples import AT, KEY
from fiscal import voiding
from fiscal.certificate import Certificate
from fiscal.events import Identity, prepare, proc
from fiscal.simulator import authority
from fiscal.spec import Environment
from fiscal.verify import verify_bytes
from nfe_samples import EMITTER

FOLDER = Path(__file__).parent / "data" / "official_answers"
ANSWER = (
    '<retEvento versao="1.00"><infEvento Id="ID135260000000001"><tpAmb>2</tpAmb><verAplic>SIMULADOR</verAplic>'
    "<cOrgao>35</cOrgao><cStat>135</cStat><xMotivo>Evento registrado e vinculado a NF-e</xMotivo><chNFe>{0}</chNFe>"
    "<tpEvento>{1}</tpEvento><nSeqEvento>{2}</nSeqEvento><dhRegEvento>2026-11-23T10:31:00-03:00</dhRegEvento>"
    "<nProt>135260000000001</nProt></infEvento></retEvento>"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("authority")


@pytest.fixture(scope="module")
def certificate(folder):
    return Certificate.load(*authority.issue_certificate(folder, EMITTER.tax_id, EMITTER.name))


@pytest.fixture(scope="module")
def cancelled(certificate):
    return proc(prepare(samples.cancellation(), certificate), ANSWER.format(*Identity(KEY, "110111", 1)).encode())


@pytest.fixture(scope="module")
def voided(certificate):
    numbers = voiding.Voiding(
        uf="SP",
        tax_id=EMITTER.tax_id,
        environment=Environment.SIMULATOR,
        series=1,
        first=10,
        last=12,
        year=2026,
        reason="Números pulados por falha do sistema",
    )
    answer = (
        '<retInutNFe versao="4.00"><infInut><tpAmb>2</tpAmb><verAplic>x</verAplic><cStat>102</cStat>'
        "<xMotivo>Inutilizado</xMotivo>"
        f"<cUF>35</cUF><ano>26</ano><CNPJ>{EMITTER.tax_id}</CNPJ><mod>55</mod><serie>001</serie><nNFIni>10</nNFIni>"
        "<nNFFin>12</nNFFin><dhRecbto>2026-11-23T10:31:00-03:00</dhRecbto><nProt>135260000000002</nProt></infInut>"
        "</retInutNFe>"
    )
    return voiding.proc(voiding.prepare(numbers, certificate, date(2026, 11, 23)), answer.encode())


def codes(data):
    return {problem.code for problem in verify_bytes(data)}


def test_right_proofs(cancelled, voided, certificate):
    assert verify_bytes(cancelled) == []
    assert verify_bytes(voided) == []
    letter = prepare(samples.correction(sequence=3), certificate)
    assert verify_bytes(proc(letter, ANSWER.format(KEY, "110110", 3).encode())) == []
    epec = prepare(samples.epec(), certificate)
    answer = ANSWER.format(samples.EPEC_KEY, "110140", 1).replace("135</cStat>", "136</cStat>")
    assert verify_bytes(proc(epec, answer.encode())) == []


#: What is changed in the request, what in the answer, and what is told.
SPOILED = {
    "a changed reason": ((b"desistiu", b"insistiu"), (), {"digest"}),
    "a rejection": ((), (b"<cStat>135", b"<cStat>573"), {"proof_cStat"}),
    "no protocol": ((), (b"<nProt>135260000000001</nProt>", b""), {"proof_nProt"}),
    "an answer to another event": ((), (b"110111", b"110110"), {"proof_answer"}),
    "an answer to another sequence": ((), (b"<nSeqEvento>1", b"<nSeqEvento>2"), {"proof_answer"}),
    "an answer from production": ((), (b"<tpAmb>2", b"<tpAmb>1"), {"proof_answer"}),
    "an answer about another document": ((), (KEY[:43].encode(), KEY[1:44].encode()), {"proof_answer"}),
    "an answer about nothing": ((), (f"<chNFe>{KEY}</chNFe>".encode(), b""), {"proof_chNFe"}),
    "no answer": ((), (b"retEvento", b"retOther"), {"proof_incomplete"}),
    "no request": ((b"evento ", b"event0 "), (), {"not_xml"}),
}


@pytest.mark.parametrize("name", SPOILED)
def test_spoiled_proofs(cancelled, name):
    in_request, in_answer, expected = SPOILED[name]
    request, mark, answer = cancelled.partition(b"<retEvento ")
    answer = mark + answer
    for part, change in ((request, in_request), (answer, in_answer)):
        assert not change or change[0] in part
    spoiled = (request.replace(*in_request) if in_request else request) + (
        answer.replace(*in_answer) if in_answer else answer
    )
    assert codes(spoiled) == expected


def test_numbers_that_are_not_those_that_were_asked(voided):
    assert codes(voided.replace(b"<nNFFin>12</nNFFin><dhRecbto>", b"<nNFFin>13</nNFFin><dhRecbto>")) == {"proof_answer"}
    assert codes(voided.replace(b"<cStat>102", b"<cStat>563")) == {"proof_cStat"}
    assert "digest" in codes(voided.replace(b"<nNFFin>12</nNFFin><xJust>", b"<nNFFin>13</nNFFin><xJust>"))
    assert "proof_id" in codes(voided.replace(b"<nNFFin>12</nNFFin><xJust>", b"<nNFFin>13</nNFFin><xJust>"))


def test_a_strangers_certificate(folder):
    other = Certificate.load(*authority.issue_certificate(folder, "00000000000191", "OUTRA"))
    signed = prepare(samples.cancellation(), other)
    assert codes(proc(signed, ANSWER.format(KEY, "110111", 1).encode())) == {"certificate_holder"}


def test_a_second_event_wrapped_in(cancelled, certificate):
    """Signature wrapping: another infEvento beside the signed one, or the signed one hidden deeper."""
    other = prepare(
        samples.cancellation(reason="Outro motivo qualquer, sem assinatura", at=AT + timedelta(0)), certificate
    )
    inside = other[other.index(b"<infEvento") : other.index(b"</infEvento>") + len(b"</infEvento>")]
    place = cancelled.index(b"<infEvento")
    assert codes(cancelled[:place] + inside + cancelled[place:])
    end = cancelled.index(b"</evento>")
    assert codes(cancelled[:end] + inside + cancelled[end:])


def test_hostile_files():
    for data in (
        b'<!DOCTYPE x [<!ENTITY a "b">]><procEventoNFe xmlns="http://www.portalfiscal.inf.br/nfe">&a;</procEventoNFe>',
        b'<procEventoNFe xmlns="http://www.portalfiscal.inf.br/nfe"/>',
        b'<ProcInutNFe xmlns="http://www.portalfiscal.inf.br/nfe"><inutNFe/></ProcInutNFe>',
        b'<procEventoNFe xmlns="x"/>',
    ):
        assert codes(data)


def test_a_real_letter_whose_signature_was_cut_for_printing():
    """sped-da's example: its signature ends in "(...)"; the rest of it is right."""
    found = codes((FOLDER / "sped-da_procCCe.xml").read_bytes())
    assert found <= {"xsd", "digest", "signature_value", "certificate"}
    assert found
