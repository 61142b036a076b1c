"""Events of an NF-e, from their values to signed bytes and to the file that proves them."""

import subprocess
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from event_samples import AT, KEY, cancellation, correction, epec
from fiscal import access_key, schema
from fiscal.certificate import Certificate
from fiscal.events import build, doubts, envelope, identity, now_in, of, prepare, problems, proc
from fiscal.events.correction import CONDITIONS
from fiscal.events.outcome import ON_SEND, ON_SETTLE, TRANSITIONS, EventState, EventStep, EventVerdict, verdict
from fiscal.events.outcome import next_event_state as step
from fiscal.problems import FiscalError
from fiscal.simulator import authority
from fiscal.text import clean
from hypothesis import given
from hypothesis import strategies as st
from nfe_samples import EMITTER

NFE = "{http://www.portalfiscal.inf.br/nfe}"
LETTERS = "12ABC34501DE35"
LETTERS_KEY = access_key.build("35", AT, LETTERS, "55", 1, 42, "1", "87654321")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("authority")
    return Certificate.load(*authority.issue_certificate(folder, EMITTER.tax_id, EMITTER.name))


EVENTS = {"cancellation": cancellation, "correction": correction, "epec": epec}


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_valid_by_its_official_schema_and_signed_as_xmlsec1_wants_it(name, certificate, tmp_path):
    event = EVENTS[name]()
    assert problems(event, AT) == []
    signed = prepare(event, certificate)
    assert schema.validate(signed, of(event).schema) == []
    file = tmp_path / "event.xml"
    file.write_bytes(signed)
    ids = ("--id-attr:Id", "http://www.portalfiscal.inf.br/nfe:infEvento")
    run = subprocess.run(["xmlsec1", "--verify", "--insecure", *ids, str(file)], capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    assert identity(signed) == (event.access_key, of(event).code, 1)
    assert signed in envelope(signed, 7)


def test_what_is_written():
    event = build(cancellation(reason=" Cliente  desistiu –\nda “compra” ")).find(f"{NFE}infEvento")
    assert event.get("Id") == f"ID110111{KEY}01"
    assert event.findtext(f"{NFE}cOrgao") == "35"
    assert event.findtext(f"{NFE}dhEvento") == "2026-11-23T10:30:00-03:00"
    assert event.findtext(f".//{NFE}xJust") == 'Cliente desistiu - da "compra"'
    letter = build(correction(sequence=20)).find(f"{NFE}infEvento")
    assert letter.get("Id").endswith("20")
    assert letter.findtext(f".//{NFE}xCondUso") == CONDITIONS
    assert build(epec()).findtext(f".//{NFE}cOrgao") == "91"


WRONG = {
    "reason too short": (cancellation(reason="Erro"), "text_length", "reason"),
    "reason of spaces": (cancellation(reason=" " * 30), "text_length", "reason"),
    "reason too long": (cancellation(reason="x" * 256), "text_length", "reason"),
    "reason in Chinese": (cancellation(reason="Cliente desistiu 客户取消"), "text_changed", "reason"),
    "no protocol": (cancellation(protocol=""), "protocol_invalid", "protocol"),
    "protocol of letters": (cancellation(protocol="13526000000004x"), "protocol_invalid", "protocol"),
    "second cancellation": (cancellation(sequence=2), "event_sequence", "sequence"),
    "before the authorization": (cancellation(at=AT - timedelta(hours=2)), "event_early", "at"),
    "in the future": (cancellation(at=AT + timedelta(hours=1)), "event_future", "at"),
    "no zone": (correction(at=datetime(2026, 11, 23, 10)), "event_zone", "at"),
    "odd zone": (correction(at=AT.astimezone(timezone(timedelta(minutes=-150)))), "event_zone", "at"),
    "another's document": (correction(tax_id="11444777000161"), "event_author", "tax_id"),
    "no CNPJ": (correction(tax_id="1"), "tax_id_invalid", "tax_id"),
    "key with a wrong digit": (
        correction(access_key=KEY[:43] + str((int(KEY[43]) + 1) % 10)),
        "access_key_digit",
        "access_key",
    ),
    "no key": (correction(access_key=""), "access_key_shape", "access_key"),
    "CNPJ with letters": (correction(access_key=LETTERS_KEY, tax_id=LETTERS), "event_letters", "access_key"),
    "21st letter": (correction(sequence=21), "event_sequence", "sequence"),
    "sequence 0": (correction(sequence=0), "event_sequence", "sequence"),
    "letter too long": (correction(text="x" * 1001), "text_length", "text"),
    "EPEC of a normal key": (epec(access_key=KEY), "epec_emission_type", "access_key"),
    "EPEC without IE": (epec(ie=""), "epec_ie", "ie"),
    "EPEC of a third of a cent": (epec(total=Decimal("0.333")), "epec_amount", "total"),
    "EPEC to nowhere": (epec(recipient_uf="XX"), "epec_recipient_uf", "recipient_uf"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_at_its_field(name):
    event, code, path = WRONG[name]
    found = problems(event, AT)
    assert [(one.code, one.path) for one in found] == [(code, path)]
    assert str(found[0])


def test_all_problems_at_once():
    event = cancellation(reason="x", protocol="", sequence=9, tax_id="1", access_key="2")
    assert {one.path for one in problems(event, AT)} == {"reason", "protocol", "sequence", "tax_id", "access_key"}
    with pytest.raises(FiscalError) as caught:
        build(event)
    assert len(caught.value.problems) == 5


def test_each_event_says_which_schema_does_not_admit_letters():
    for make in EVENTS.values():
        key = LETTERS_KEY if make is not epec else access_key.build("35", AT, LETTERS, "55", 1, 42, "4", "87654321")
        found = problems(make(access_key=key, tax_id=LETTERS), AT)
        assert [one.params["schema"] for one in found] == [of(make()).schema]


def test_the_present_moment_is_told_in_the_state():
    noon = datetime(2026, 11, 23, 12, 0, 0, 999, tzinfo=UTC)
    assert now_in("SP", noon).isoformat() == "2026-11-23T09:00:00-03:00"
    assert now_in("AC", noon).isoformat() == "2026-11-23T07:00:00-05:00"
    assert now_in("AM", noon).isoformat() == "2026-11-23T08:00:00-04:00"


@given(st.text(max_size=300))
def test_any_reason_is_refused_or_valid_by_the_schema(reason):
    event = cancellation(reason=reason)
    if problems(event, AT):
        return
    unsigned = schema.validate_unsigned(build(event), of(event).schema)
    assert unsigned == []
    assert 15 <= len(clean(reason)) <= 255


DOUBTS = {
    "Alterar o valor total da nota para R$ 100,00": {"value"},
    "Onde se lê alíquota 12% leia-se 18%; base de cálculo 200,00": {"tax"},
    "ICMS-ST destacado a menor": {"tax"},
    "Quantidade correta do item 2: 30 unidades": {"quantity"},
    "O destinatário correto é a empresa ACME, CNPJ 11.444.777/0001-61": {"party"},
    "Data de saída correta: 25/11/2026": {"date"},
    "Preço e quantidade do item 1": {"value", "quantity"},
    "Quantidade de volumes: 4 volumes, espécie caixa": set(),
    "Frete por conta do destinatário": set(),
    "CNPJ do transportador: 11.444.777/0001-61": set(),
    "Inscrição estadual do transportador: isento": set(),
    "Onde se lê Rua Um, 10, leia-se Rua Um, 100, Bairro Centro": set(),
    "CFOP correto 5.405; peso bruto 12,5 kg; placa ABC1D23": set(),
    "VOLUME: 4 VOLUMES": set(),
}


@pytest.mark.parametrize("text", DOUBTS)
def test_what_a_letter_may_not_correct_is_explained(text):
    found = doubts(text)
    assert {one.code.removeprefix("correction_") for one in found} == DOUBTS[text]
    assert all(one.cure and one.params["words"].lower() in text.lower() for one in found)
    assert problems(correction(text=text + " " * 3 + "." * 15), AT) == []  # a doubt is no refusal


def test_states_are_left_only_by_what_the_authorizer_said():
    assert {event for _, event in TRANSITIONS} == set(EventStep)
    out = {event for state, event in TRANSITIONS if state is EventState.SENDING}
    assert out == {EventStep.NOT_SENT, *ON_SEND.values(), *ON_SETTLE.values()}
    assert EventVerdict.DUPLICATE not in {**ON_SEND, **ON_SETTLE}
    assert EventVerdict.PENDING not in {**ON_SEND, **ON_SETTLE}
    assert not [state for state, _ in TRANSITIONS if state in (EventState.REGISTERED, EventState.REJECTED)]
    with pytest.raises(FiscalError):
        step(EventState.REGISTERED, EventStep.SEND)
    assert step(EventState.SENDING, EventStep.NOT_FOUND) is EventState.SIGNED


def test_verdicts():
    told = {
        EventVerdict.REGISTERED: "135 136 155",
        EventVerdict.DUPLICATE: "573 580 420 218",
        EventVerdict.WAIT: "108 109 656",
        EventVerdict.PENDING: "999",
        EventVerdict.REJECTED: "215 219 220 221 222 297 493 494 501 574 578 594 690 9999",
        None: "100 101 128 151 107 ",
    }
    for meaning, codes in told.items():
        assert {verdict(code) for code in codes.split(" ")} == {meaning}, codes


def test_the_proof_holds_both_byte_for_byte(certificate):
    signed = prepare(cancellation(), certificate)
    answer = b'<retEvento versao="1.00"><infEvento></infEvento></retEvento>'
    whole = proc(signed, answer)
    assert signed in whole
    assert answer in whole
    for wrong in (b"<NFe/>", b""):
        with pytest.raises(ValueError, match="expected"):
            proc(signed, wrong)
        with pytest.raises(ValueError, match="expected"):
            envelope(wrong, 1)
    with pytest.raises(ValueError, match="idLote"):
        envelope(signed, 0)
