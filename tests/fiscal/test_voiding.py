"""Voided numbers and the register of contributors: what is asked, what is answered, and the way to the simulator."""

import subprocess
from datetime import date
from itertools import count

import nfe_samples as samples
import pytest
from fiscal import registry_query, schema, soap, voiding
from fiscal.registry_query import RegistryQuestion, RegistryVerdict
from fiscal.simulator import control
from fiscal.simulator import schema as official
from fiscal.spec import Environment
from fiscal.transport import Exchange, Mismatch, Unknown
from fiscal.voiding import Voiding, VoidVerdict, prepare, problems, proc
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

TODAY = date(2026, 11, 23)
NFE = "http://www.portalfiscal.inf.br/nfe"
CNPJ = samples.EMITTER.tax_id
_series = count(300)


def numbers(**changes):
    values = {
        "uf": "SP",
        "tax_id": CNPJ,
        "environment": Environment.SIMULATOR,
        "series": 1,
        "first": 10,
        "last": 12,
        "year": 2026,
        "reason": "Números pulados por falha do sistema",
    }
    return Voiding(**values | changes)


@pytest.fixture(scope="module")
def authorizer(simulator_client):
    return simulator_client


def test_it_is_valid_by_its_schema_and_signed_as_xmlsec1_wants_it(certificate, tmp_path):
    signed = prepare(numbers(), certificate, TODAY)
    assert schema.validate(signed, voiding.SCHEMA) == []
    assert f'Id="ID3526{CNPJ}55001000000010000000012"'.encode() in signed
    file = tmp_path / "inut.xml"
    file.write_bytes(signed)
    ids = ("--id-attr:Id", f"{NFE}:infInut")
    run = subprocess.run(["xmlsec1", "--verify", "--insecure", *ids, str(file)], capture_output=True, check=False)
    assert run.returncode == 0, run.stderr


WRONG = {
    "backwards": ({"first": 13}, "void_range", "last"),
    "number 0": ({"first": 0}, "void_range", "last"),
    "beyond nine digits": ({"last": 10**9}, "void_range", "last"),
    "too many": ({"last": 10_010}, "void_many", "last"),
    "a tax office's series": ({"series": 890}, "void_series", "series"),
    "next year": ({"year": 2027}, "void_year", "year"),
    "before the NF-e": ({"year": 2005}, "void_year", "year"),
    "short reason": ({"reason": "falha"}, "text_length", "reason"),
    "a person": ({"tax_id": "52998224725"}, "void_cpf", "tax_id"),
    "letters": ({"tax_id": "12ABC34501DE35"}, "void_letters", "tax_id"),
    "no CNPJ": ({"tax_id": ""}, "tax_id_invalid", "tax_id"),
    "no UF": ({"uf": "XX"}, "void_uf", "uf"),
    "no model": ({"model": "57"}, "model_invalid", "model"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_at_its_field(name):
    changes, code, path = WRONG[name]
    assert [(one.code, one.path) for one in problems(numbers(**changes), TODAY)] == [(code, path)]


def test_all_problems_at_once():
    wrong = numbers(first=5, last=1, series=-1, year=1, reason="", tax_id="1", uf="")
    paths = {one.path for one in problems(wrong, TODAY)}
    assert paths == {"last", "series", "year", "reason", "tax_id", "uf"}


@given(st.integers(-5, 900), st.integers(-1, 10**9 + 1), st.integers(-1, 10**9 + 1))
def test_any_range_is_refused_or_valid_by_the_schema(series, first, last):
    one = numbers(series=series, first=first, last=last)
    if not problems(one, TODAY):
        assert schema.validate_unsigned(voiding.build(one, TODAY), voiding.SCHEMA) == []


# --- The whole way --------------------------------------------------------------------------------------------------


@pytest.fixture
def signed(certificate):
    return prepare(numbers(series=next(_series)), certificate, date.today())


def test_voided_and_proven(authorizer, signed):
    outcome, exchange = authorizer.void(signed)
    assert (outcome.verdict, outcome.cStat, outcome.done) == (VoidVerdict.VOIDED, "102", True), outcome.xMotivo
    assert signed in exchange.request
    assert official.errors("ProcInutNFe", etree.fromstring(proc(signed, outcome.retInutNFe))) == []


@pytest.mark.parametrize("fault", ["lose_answer", "cut", "hang_answer"])
def test_asking_again_after_a_lost_answer_says_that_it_is_done(state, authorizer, signed, fault):
    control.set_fault(state, fault, "NFeInutilizacao4")
    with pytest.raises(Unknown):
        authorizer.void(signed)
    outcome, _ = authorizer.void(signed)
    assert (outcome.verdict, outcome.cStat, outcome.done) == (VoidVerdict.ALREADY, "563", True)


@pytest.mark.parametrize("fault", ["hang", "html", "soap_fault"])
def test_asking_again_after_nothing_arrived_does_it(state, authorizer, signed, fault):
    control.set_fault(state, fault, "NFeInutilizacao4")
    with pytest.raises(Unknown):
        authorizer.void(signed)
    assert authorizer.void(signed).outcome.verdict is VoidVerdict.VOIDED


def test_wait_and_rejection(state, authorizer, signed, certificate):
    control.set_fault(state, "cstat", "NFeInutilizacao4", cStat="108")
    assert authorizer.void(signed).outcome.verdict is VoidVerdict.WAIT
    series = next(_series)
    assert authorizer.void(prepare(numbers(series=series), certificate, date.today())).outcome.done
    other = authorizer.void(prepare(numbers(series=series, last=11), certificate, date.today())).outcome
    assert (other.verdict, other.cStat, other.done) == (VoidVerdict.REJECTED, "256", False)


# --- Hostile and foreign answers ------------------------------------------------------------------------------------


def told(code, words="x", **tags):
    fields = {"tpAmb": "2", "cStat": code, "xMotivo": words, "cUF": "35", "ano": "26", "CNPJ": CNPJ} | tags
    inside = "".join(f"<{tag}>{value}</{tag}>" for tag, value in fields.items())
    return f'<retInutNFe xmlns="{NFE}" versao="4.00"><infInut>{inside}</infInut></retInutNFe>'.encode()


def read(answer, signed):
    return voiding.read(soap.parse(answer), Exchange("NFeInutilizacao4", "https://x", b"", answer), signed)


def test_an_answer_about_something_else_is_refused(certificate):
    signed = prepare(numbers(), certificate, TODAY)
    good = {"nNFIni": "000010", "nNFFin": "12", "serie": "001", "mod": "55", "nProt": "135260000000001"}
    assert read(told("102", **good), signed).protocolo == "135260000000001"
    for change in ({"nNFFin": "13"}, {"serie": "2"}, {"CNPJ": "00000000000191"}, {"tpAmb": "1"}, {"ano": "25"}):
        with pytest.raises(Mismatch):
            read(told("102", **good | change), signed)
    for code in ("102", "100", "107", ""):
        with pytest.raises(Unknown):
            read(told(code), signed)
    former = read(told("563", "Rejeição: Já existe pedido [nProt:135260000000009]"), signed)
    assert (former.verdict, former.protocolo) == (VoidVerdict.ALREADY, "135260000000009")
    assert read(told("999"), signed).verdict is VoidVerdict.PENDING
    with pytest.raises(ValueError, match="expected"):
        voiding.request(b"<x/>")


# --- The register of contributors -----------------------------------------------------------------------------------


def test_a_customer_is_found_with_name_and_address(state, authorizer):
    control.register(state, {"uf": "SP", "ie": "110042490114", "holder": "12ABC34501DE35", "active": False})
    control.describe(state, "12ABC34501DE35", xNome="PADARIA CENTRAL", xLgr="RUA DOIS", cMun="3550308", CEP="1001000")
    outcome, _ = authorizer.query_registration(RegistryQuestion("SP", cnpj="12ABC34501DE35"))
    [found] = outcome.registrations
    assert (outcome.verdict, outcome.active) == (RegistryVerdict.FOUND, ())
    assert (found.name, found.street, found.city_code, found.zip) == (
        "PADARIA CENTRAL",
        "RUA DOIS",
        "3550308",
        "01001000",
    )
    assert (found.ie, found.may_issue) == ("110042490114", True)
    nobody, _ = authorizer.query_registration(RegistryQuestion("SP", ie="110042490999"))
    assert (nobody.verdict, nobody.cStat) == (RegistryVerdict.NOBODY, "261")
    control.clear_registers(state)


def test_a_register_that_is_down_says_nothing_of_anybody(state, authorizer):
    control.set_fault(state, "cstat", "CadConsultaCadastro4", cStat="656")
    outcome, _ = authorizer.query_registration(RegistryQuestion("SP", cnpj=CNPJ))
    assert outcome.verdict is RegistryVerdict.WAIT
    with pytest.raises(ValueError, match="MG"):
        authorizer.query_registration(RegistryQuestion("MG", cnpj=CNPJ))


@pytest.mark.parametrize(
    ("question", "codes"),
    [
        (RegistryQuestion("SP"), {"registry_one"}),
        (RegistryQuestion("XX", cnpj=CNPJ, ie="1"), {"registry_uf", "registry_one", "registry_ie"}),
        (RegistryQuestion("SP", cpf="52998224724"), {"registry_cpf"}),
        (RegistryQuestion("SP", cnpj="1"), {"registry_cnpj"}),
    ],
)
def test_wrong_questions(question, codes):
    assert {one.code for one in registry_query.problems(question)} == codes


def test_questions_are_valid_by_their_schema():
    for who in ({"cnpj": CNPJ}, {"cnpj": "12ABC34501DE35"}, {"cpf": "52998224725"}, {"ie": "110042490114"}):
        sent = registry_query.request(RegistryQuestion("SP", **who))
        assert schema.validate(sent, registry_query.REQUEST) == []


def test_a_stranger_in_the_answer_is_refused():
    def answer(code, *infCad):
        inside = "".join(f"<infCad><IE>1</IE><CNPJ>{cnpj}</CNPJ><UF>{uf}</UF></infCad>" for cnpj, uf in infCad)
        xml = f'<retConsCad xmlns="{NFE}"><infCons><cStat>{code}</cStat>{inside}</infCons></retConsCad>'.encode()
        question = RegistryQuestion("SP", cnpj=CNPJ)
        return registry_query.read(soap.parse(xml), Exchange("CadConsultaCadastro4", "https://x", b"", xml), question)

    assert answer("111", (CNPJ, "SP")).verdict is RegistryVerdict.FOUND
    assert answer("257").verdict is RegistryVerdict.REFUSED
    for strange in ((CNPJ, "MG"), ("00000000000191", "SP")):
        with pytest.raises(Mismatch):
            answer("111", strange)
    for empty in ("111", "", "107"):
        with pytest.raises(Unknown):
            answer(empty)
