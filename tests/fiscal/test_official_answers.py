"""Real answers of tax offices to events, voidings and questions to the register, as other projects published them.

``data/official_answers`` holds their text, without the line breaks between tags: sped-nfe and sped-da (NFePHP, LGPL-3),
edoc (erpbrasil.edoc, MIT) and wmixvideo (nfe, Apache-2.0). The table below is the list of those that were tried.
"""

from datetime import date
from pathlib import Path

import pytest
from fiscal import registry_query, soap, voiding
from fiscal.answers import NFE
from fiscal.events import EventVerdict, Identity, proc, reading
from fiscal.registry_query import RegistryQuestion, RegistryVerdict
from fiscal.transport import Exchange, Mismatch, Unknown
from fiscal.voiding import VoidVerdict

FOLDER = Path(__file__).parent / "data" / "official_answers"
ENVELOPE = b'<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><r>%s</r></e:Body></e:Envelope>'
AN_KEY = "35200309091076000144550010001807401003642343"

#: file: the tax office, tpAmb, the event asked about, what it means, cStat, nProt, dhRegEvento.
EVENTS = {
    "sped-nfe_Cancelamento": (
        ("SP", "2", ("35150300822602000124550010009923461099234656", "110111", 1)),
        (EventVerdict.REGISTERED, "155", "135170002129076", "2017-05-05T16:52:52-03:00"),
    ),
    "sped-nfe_CartaCorrecao": (
        ("SP", "2", ("35170449607777000156550010000022511003873504", "110110", 1)),
        (EventVerdict.REGISTERED, "135", "135170002269169", "2017-05-17T11:45:33-03:00"),
    ),
    "wmixvideo_cancelamento_PI": (  # by the SVC-AN; its idLote is empty
        ("PI", "1", ("22160773815060000217550010000002881396616175", "110111", 1)),
        (EventVerdict.REGISTERED, "135", "422160008693146", "2016-07-05T09:25:19-03:00"),
    ),
    "edoc_ciencia_da_operacao": (
        ("AN", "1", (AN_KEY, "210210", 1)),
        (EventVerdict.DUPLICATE, "573", "", "2020-11-20T07:55:59-03:00"),
    ),
    "edoc_confirmacao_da_operacao": (
        ("AN", "1", (AN_KEY, "210200", 1)),
        (EventVerdict.REJECTED, "596", "", "2020-11-20T07:55:58-03:00"),
    ),
    "edoc_desconhecimento_da_operacao": (
        ("AN", "1", (AN_KEY, "210220", 1)),
        (EventVerdict.REJECTED, "596", "", "2020-11-20T07:55:59-03:00"),
    ),
    "edoc_operacao_nao_realizada": (
        ("AN", "1", (AN_KEY, "210240", 1)),
        (EventVerdict.REJECTED, "596", "", "2020-11-20T07:55:59-03:00"),
    ),
}


def answer(name):
    """(the element that answers, the exchange) of a file."""
    body = (FOLDER / f"{name}.xml").read_bytes().strip()
    if not body.startswith((b"<soap:", b"<env:")):
        body = ENVELOPE % body
    return soap.result(body), Exchange("", "https://sefaz", b"", body, 200)


@pytest.mark.parametrize("name", EVENTS)
def test_events(name):
    (_office, tpAmb, asked), expected = EVENTS[name]
    result, exchange = answer(name)
    outcome = reading.answer(result, exchange, Identity(*asked), tpAmb)
    told = (outcome.verdict, outcome.cStat, outcome.protocolo, outcome.registered_at.isoformat())
    assert told == expected
    assert outcome.retEvento in exchange.response
    assert b"<procEventoNFe" in proc(b'<evento versao="1.00"></evento>', outcome.retEvento)


@pytest.mark.parametrize("name", EVENTS)
def test_the_same_answer_to_another_question_is_refused(name):
    (_office, tpAmb, (key, code, sequence)), _expected = EVENTS[name]
    result, exchange = answer(name)
    for asked in ((key[:43] + "x", code, sequence), (key, "110140", sequence), (key, code, sequence + 1)):
        with pytest.raises(Mismatch):
            reading.answer(result, exchange, Identity(*asked), tpAmb)
    with pytest.raises(Mismatch):
        reading.answer(result, exchange, Identity(key, code, sequence), "1" if tpAmb == "2" else "2")


@pytest.mark.parametrize("name", [name for name in EVENTS if EVENTS[name][1][0] is EventVerdict.REGISTERED])
def test_a_registration_without_its_protocol_is_none(name):
    (_office, tpAmb, asked), _expected = EVENTS[name]
    for tag in ("nProt", "chNFe"):
        result, exchange = answer(name)
        element = result.find(f"{NFE}retEvento/{NFE}infEvento/{NFE}{tag}")
        element.getparent().remove(element)
        with pytest.raises(Unknown):
            reading.answer(result, exchange, Identity(*asked), tpAmb)


def test_a_processed_lot_without_its_event_proves_nothing():
    result, exchange = answer("sped-nfe_Cancelamento")
    result.remove(result.find(f"{NFE}retEvento"))
    asked = Identity(*EVENTS["sped-nfe_Cancelamento"][0][2])
    with pytest.raises(Unknown):
        reading.answer(result, exchange, asked, "2")
    for code in ("135", "155", "101", ""):
        result.find(f"{NFE}cStat").text = code
        with pytest.raises(Unknown):
            reading.answer(result, exchange, asked, "2")
    result.find(f"{NFE}cStat").text = "108"
    assert reading.answer(result, exchange, asked, "2").verdict is EventVerdict.WAIT


def test_two_answers_to_one_event_prove_nothing():
    result, exchange = answer("sped-nfe_Cancelamento")
    result.append(soap.parse(b'<retEvento xmlns="http://www.portalfiscal.inf.br/nfe" versao="1.00"/>'))
    with pytest.raises(Unknown):
        reading.answer(result, exchange, Identity(*EVENTS["sped-nfe_Cancelamento"][0][2]), "2")


QUERY = (
    '<retConsSitNFe xmlns="http://www.portalfiscal.inf.br/nfe" versao="4.00"><tpAmb>2</tpAmb><cStat>100</cStat>'
    "{}</retConsSitNFe>"
)


def test_an_event_inside_the_answer_to_a_query():
    """sped-da's procCCe of SP, as a query by key shows it."""
    told = (FOLDER / "sped-da_procCCe.xml").read_text(encoding="utf-8").strip()
    key = "35110510142785000190551110000000131998817900"

    def held(text, key=key, tpAmb="2"):
        body = QUERY.format(text).encode()
        return reading.held(soap.parse(body), Exchange("", "", b"", body), key, tpAmb)

    [event] = held(told)
    assert (event.code, event.sequence, event.protocolo) == ("110110", 1, "135110004447087")
    assert event.digest == "xB0+/F6Hae+3Olrc7bzAmSxfxDo="
    assert event.evento.startswith(b"<evento ")
    assert len(held(told * 2)) == 2
    # What is not whole, not registered, or of another document, is not shown as registered.
    assert held(told, key=key[:43] + "1") == ()
    assert held(told, tpAmb="1") == ()
    for spoiled in (
        told.replace("<cStat>135</cStat>", "<cStat>573</cStat>"),
        told.replace("<nProt>135110004447087</nProt>", ""),
        told.replace("<nSeqEvento>1</nSeqEvento>", "<nSeqEvento>x</nSeqEvento>"),
        told[: told.index("<retEvento")] + "</procEventoNFe>",
        told.replace("<tpEvento>110110</tpEvento><xEvento>", "<tpEvento>110111</tpEvento><xEvento>"),
    ):
        assert held(spoiled) == ()


def test_numbers_voided_in_goias():
    result, exchange = answer("sped-nfe_inutilizacao_GO")
    signed = (
        b'<inutNFe xmlns="http://www.portalfiscal.inf.br/nfe"><infInut><tpAmb>2</tpAmb><cUF>52</cUF><ano>25</ano>'
        b"<CNPJ>00000000000000</CNPJ><mod>55</mod><serie>3</serie><nNFIni>53</nNFIni><nNFFin>53</nNFFin></infInut>"
        b"</inutNFe>"
    )
    outcome = voiding.read(result, exchange, signed)
    assert (outcome.verdict, outcome.protocolo) == (VoidVerdict.VOIDED, "152250025831513")
    assert outcome.received_at.isoformat() == "2025-02-10T14:31:01-03:00"
    assert b"<ProcInutNFe" in voiding.proc(signed, outcome.retInutNFe)
    # The answer to a rural producer of Mato Grosso, with a CPF, is none to this request.
    other, exchange = answer("sped-nfe_inutilizacao_CPF")
    with pytest.raises(Mismatch):
        voiding.read(other, exchange, signed)


def test_a_contributor_of_sao_paulo():
    result, exchange = answer("sped-nfe_ConsultaCadastro")
    outcome = registry_query.read(result, exchange, RegistryQuestion("SP", cnpj="00822602000111"))
    [found] = outcome.registrations
    assert (outcome.verdict, found.active, found.may_issue) == (RegistryVerdict.FOUND, True, True)
    assert (found.ie, found.cnae, found.started) == ("888889114119", "4651601", date(1995, 11, 6))
    assert (found.city_code, found.city, found.zip) == ("3548807", "SAO CAETANO DO SUL", "09580400")


def test_every_file_was_tried():
    source = Path(__file__).read_text(encoding="utf-8")
    assert [file.stem for file in FOLDER.glob("*.xml") if file.stem not in source] == []
