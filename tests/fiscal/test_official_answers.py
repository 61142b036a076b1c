"""Real answers of tax offices, as other projects published them: read as they were meant.

``data/official_answers`` holds their text, without the line breaks between tags; nfelib's samples are read where pip
put them. The table of those that were tried is in docs/respostas-oficiais.md, which :data:`TRIED` writes.
"""

from datetime import date
from pathlib import Path

import nfelib
import pytest
from fiscal import answers, clock, registry_query, soap, voiding
from fiscal.answers import NFE
from fiscal.events import EventVerdict, Identity, proc, reading
from fiscal.lots import LotReceipt
from fiscal.outcome import Verdict
from fiscal.registry_query import RegistryQuestion, RegistryVerdict
from fiscal.transport import Exchange, Mismatch, Unknown
from fiscal.voiding import VoidVerdict

FOLDER = Path(__file__).parent / "data" / "official_answers"
NFELIB = Path(nfelib.__file__).parent / "nfe" / "samples" / "v4_0" / "leiauteNFe"
PAGE = Path(__file__).parents[2] / "docs" / "respostas-oficiais.md"
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


#: nfelib's authorised documents: the tax office, tpAmb, nProt, dhRecbto.
PROTOCOLS = {
    "41170706117473000150550010000463202612756525": ("PR", "2", "141170000487910", "2017-07-12T10:03:59-03:00"),
    "42210775277525000178550030000266631762885493": ("SVRS", "1", "342210134258589", "2021-07-22T15:55:43-03:00"),
    "42211275277525000178550030000276771368212013": ("SVRS", "1", "342210239879490", "2021-12-15T11:44:55-03:00"),
    "42220575277525000178550030000292481295366801": ("SVRS", "1", "342220106391922", "2022-05-27T13:53:15-03:00"),
}


@pytest.mark.parametrize("key", PROTOCOLS)
def test_the_protocol_of_an_authorised_document(key):
    _office, tpAmb, number, moment = PROTOCOLS[key]
    body = (NFELIB / f"{key}-procNFe.xml").read_bytes()
    protNFe = soap.parse(body).find(f"{NFE}protNFe")
    info = protNFe.find(f"{NFE}infProt")
    outcome = answers.outcome(info, info, protNFe, Exchange("", "", b"", body, 200), key)
    assert (outcome.verdict, outcome.cStat, outcome.protocolo) == (Verdict.AUTHORIZED, "100", number)
    assert (outcome.received_at.isoformat(), answers.text(info, "tpAmb")) == (moment, tpAmb)
    assert outcome.protNFe in body


def told(server, name):
    """The answer of a file, given by a server."""
    body = (FOLDER / f"{name}.xml").read_bytes()
    server.behave = lambda handler: handler.answer(body)


def test_authorised_at_once_in_rio_grande_do_sul(server, authorizer):
    key = "43211105730928000145650010000002401717268120"
    signed = f'<NFe xmlns="{NFE[1:-1]}"><infNFe versao="4.00" Id="NFe{key}"/></NFe>'.encode()
    told(server, "sped-nfe_autorizada_RS")
    outcome, exchange = authorizer.authorize(signed, key, 1)
    assert (outcome.verdict, outcome.protocolo) == (Verdict.AUTHORIZED, "143210000624926")
    assert outcome.protNFe in exchange.response
    assert clock.is_wrong(exchange.clock_error), "of 2021: our clock is years ahead of this answer's"


def test_a_lot_of_sao_paulo_by_its_receipt(server, authorizer):
    key = "35170358716523000119550010000000301000000300"
    told(server, "sped-nfe_recibo_SP")
    answer = authorizer.collect(LotReceipt("351000109901280", (key,), None, None))
    assert answer.outcomes[key].protocolo == "135170001136476"
    assert answer.unsettled == ()


def test_the_status_of_sao_paulo(server, authorizer):
    told(server, "sped-nfe_status_SP")
    status, _exchange = authorizer.status()
    assert (status.up, status.xMotivo, status.tMed) == (True, "Serviço em Operação", 1)


#: project: its licence.
PROJECTS = {"sped-nfe": "LGPL-3", "sped-da": "LGPL-3", "edoc": "MIT", "wmixvideo": "Apache-2.0", "nfelib": "MIT"}
#: file: the tax office, what was asked, cStat, what it means; besides the events above.
OTHERS = {
    "sped-da_procCCe": ("SP", "evento dentro da consulta", "135", "registrado"),
    "sped-nfe_ConsultaCadastro": ("SP", "ConsultaCadastro", "111", "um contribuinte"),
    "sped-nfe_autorizada_RS": ("RS", "autorização síncrona", "104, 100", "autorizada"),
    "sped-nfe_inutilizacao_CPF": ("MT", "inutilização de produtor", "102", "recusada: é de outro pedido"),
    "sped-nfe_inutilizacao_GO": ("GO", "inutilização", "102", "inutilizada"),
    "sped-nfe_recibo_SP": ("SP", "recibo de lote (3.10)", "104, 100", "autorizada"),
    "sped-nfe_status_SP": ("SP", "situação do serviço (3.10)", "107", "em operação"),
}
MEANINGS = {
    EventVerdict.REGISTERED: "registrado",
    EventVerdict.DUPLICATE: "já existe",
    EventVerdict.REJECTED: "recusado",
}


def tried():
    """The rows of the table in docs/respostas-oficiais.md, each a file."""
    rows = {name: (*row, name.partition("_")[0]) for name, row in OTHERS.items()}
    for name, ((office, _tpAmb, (_key, code, _sequence)), (verdict, cStat, *_rest)) in EVENTS.items():
        rows[name] = (office, f"evento {code}", cStat, MEANINGS[verdict], name.partition("_")[0])
    for key, (office, *_rest) in PROTOCOLS.items():
        rows[f"{key}-procNFe"] = (office, "protocolo de autorização", "100", "autorizada", "nfelib")
    for name, (office, asked, cStat, meaning, project) in sorted(rows.items()):
        yield f"| `{name}.xml` | {project} ({PROJECTS[project]}) | {office} | {asked} | {cStat} | {meaning} |"


def test_every_file_was_tried_and_the_page_lists_them():
    names = {line.split("`")[1] for line in tried()}
    assert {file.name for file in FOLDER.glob("*.xml")} == {name for name in names if "procNFe" not in name}
    for name in OTHERS:
        assert OTHERS[name][2].split(", ")[0] in (FOLDER / f"{name}.xml").read_text(encoding="utf-8")
    table = "\n".join(tried())
    assert table in PAGE.read_text(encoding="utf-8"), table
