"""NFeRecepcaoEvento4 of the simulator, judged by messages that the tests make and sign themselves."""

from datetime import datetime, timedelta
from itertools import count

import pytest
from fiscal.simulator import schema
from fiscal.simulator.commands import run
from fiscal.simulator.services import Request
from lxml import etree
from simulator_support import EMITTER, NFE, Nfe, field, local_now, lot, query_message

CONDITIONS = (
    "A Carta de Correcao e disciplinada pelo paragrafo 1o-A do art. 7o do Convenio S/N, de 15 de dezembro de 1970 e"
    " pode ser utilizada para regularizacao de erro ocorrido na emissao de documento fiscal, desde que o erro nao"
    " esteja relacionado com: I - as variaveis que determinam o valor do imposto tais como: base de calculo, aliquota,"
    " diferenca de preco, quantidade, valor da operacao ou da prestacao; II - a correcao de dados cadastrais que"
    " implique mudanca do remetente ou do destinatario; III - a data de emissao ou de saida."
)
LETTER = (
    "<descEvento>Carta de Correcao</descEvento><xCorrecao>{text}</xCorrecao><xCondUso>" + CONDITIONS + "</xCondUso>"
)
CANCEL = "<descEvento>Cancelamento</descEvento><nProt>{protocol}</nProt><xJust>Cliente desistiu da compra</xJust>"
_numbers = count(1)


class Desk:
    """An emitter with an authorised NF-e, at a tax office whose clock the test sets."""

    def __init__(self, office, signer, now=None):
        self.office, self.signer, self.now = office, signer, now
        self.nfe = Nfe(number=next(_numbers)).close()
        self.key = self.nfe.key
        answer = self.ask("NFeAutorizacao4", lot(signer.sign(self.nfe)))
        assert field(answer, "protNFe/infProt/cStat") == "100"
        self.protocol = field(answer, "protNFe/infProt/nProt")

    def ask(self, service, message, uf="", forced=""):
        arrived = self.now or local_now()
        request = Request(service, message.encode(), self.signer.certificate, uf, arrived)
        result, entry = self.office.answer(request, forced)
        self.office.store.log(entry)
        return etree.fromstring(result)

    def event(self, code="110111", sequence=1, details=None, **changes):
        """The signed evento; ``changes`` are tags of infEvento, and ``identifier``."""
        if details is None:
            details = CANCEL if code == "110111" else LETTER.format(text=f"Transportadora correta numero {sequence}")
        values = {
            "cOrgao": "35",
            "tpAmb": "2",
            "CNPJ": EMITTER,
            "chNFe": self.key,
            "dhEvento": (self.now or local_now()).replace(microsecond=0).isoformat(),
            "tpEvento": code,
            "nSeqEvento": str(sequence),
            "verEvento": "1.00",
        }
        values.update({tag: text for tag, text in changes.items() if tag in values})
        tags = "".join(f"<{tag}>{text}</{tag}>" for tag, text in values.items())
        identifier = (
            changes.get("identifier") or f"ID{values['tpEvento']}{values['chNFe']}{int(values['nSeqEvento']):02d}"
        )
        inside = details.format(protocol=changes.get("protocol", self.protocol))
        details = f'<detEvento versao="1.00">{inside}</detEvento>'
        info = f'<infEvento xmlns="{NFE}" Id="{identifier}">{tags}{details}</infEvento>'
        return self.signer.enclose("evento", ' versao="1.00"', info, identifier)

    def send(self, *events, uf=""):
        inside = "".join(events)
        message = f'<envEvento xmlns="{NFE}" versao="1.00"><idLote>7</idLote>{inside}</envEvento>'
        return self.ask("NFeRecepcaoEvento4", message, uf)

    def code(self, *events, uf=""):
        """The cStat of the first event's answer, or of the lot without one."""
        answer = self.send(*events, uf=uf)
        return field(answer, "retEvento/infEvento/cStat") or field(answer, "cStat")

    def query(self):
        return self.ask("NFeConsultaProtocolo4", query_message(self.key))


@pytest.fixture
def desk(office, signer):
    return Desk(office, signer)


def test_a_cancellation_is_registered_and_shown(desk):
    answer = desk.send(desk.event())
    assert (field(answer, "cStat"), field(answer, "idLote")) == ("128", "7")
    assert field(answer, "retEvento/infEvento/cStat") == "135"
    assert len(field(answer, "retEvento/infEvento/nProt")) == 15
    assert schema.errors("retEnvEventoCancNFe", answer) == []
    found = desk.query()
    assert field(found, "cStat") == "101"
    assert field(found, "protNFe/infProt/cStat") == "100"
    assert field(found, "procEventoNFe/evento/infEvento/chNFe") == desk.key
    assert field(found, "procEventoNFe/retEvento/infEvento/nProt") == field(answer, "retEvento/infEvento/nProt")
    assert schema.errors("retConsSitNFe", found) == []


def test_letters_of_correction_replace_one_another_up_to_twenty(desk):
    answer = desk.send(desk.event("110110"), desk.event("110110", 2))
    assert [one.text for one in answer.iter(f"{{{NFE}}}cStat")] == ["128", "135", "135"]
    assert schema.errors("retEnvCCe", answer) == []
    assert desk.code(desk.event("110110", 20)) == "135"
    found = desk.query()
    assert field(found, "cStat") == "100"
    assert len(found.findall(f"{{{NFE}}}procEventoNFe")) == 3


def test_a_cancelled_document_takes_no_letter_and_its_key_no_second_document(desk):
    assert desk.code(desk.event()) == "135"
    assert desk.code(desk.event()) == "573"
    assert desk.code(desk.event("110110")) == "580"
    again = desk.ask("NFeAutorizacao4", lot(desk.signer.sign(desk.nfe)))
    assert field(again, "protNFe/infProt/cStat") == "218"


HOUR = timedelta(hours=1)
REFUSED = {
    "222": {"protocol": "135260000099999"},
    "250": {"uf": "33"},
    "252": {"tpAmb": "1"},
    "489": {"CNPJ": "11222333000182"},
    "491": {"tpEvento": "999999"},
    "492": {"verEvento": "2.00"},
    "493": {"details": "<descEvento>Cancelar</descEvento><nProt>{protocol}</nProt><xJust>Cliente desistiu</xJust>"},
    "572": {"identifier": "ID" + "1" * 52},
    "574": {"CNPJ": "00000000000191"},
    "577": {"dhEvento": (local_now() - 9 * HOUR).isoformat()},
    "578": {"dhEvento": (local_now() + HOUR).isoformat()},
    "455": {"cOrgao": "33"},
}


@pytest.mark.parametrize("code", REFUSED)
def test_refusals(desk, code):
    changes = dict(REFUSED[code])
    uf = changes.pop("uf", "")
    assert desk.code(desk.event(**changes), uf=uf) == code
    assert field(desk.query(), "cStat") == "100"


def test_an_unknown_key_and_a_wrong_digit(desk):
    other = Nfe(number=999_999).close().key
    assert desk.code(desk.event(chNFe=other)) == "494"
    wrong = desk.key[:43] + str((int(desk.key[43]) + 1) % 10)
    assert desk.code(desk.event(chNFe=wrong)) == "236"
    assert desk.code(desk.event("110110", 20).replace(">20<", ">21<")) == "493"
    assert desk.code(desk.event(sequence=2)) == "594"
    person = desk.event().replace(f"<CNPJ>{EMITTER}</CNPJ>", "<CPF>52998224724</CPF>")
    assert desk.code(person) == "490"


def test_a_changed_byte_is_told(desk):
    assert desk.code(desk.event().replace("desistiu", "insistiu")) == "297"


def test_before_the_authorization(desk):
    run(desk.office.store, {"do": "age", "access_key": desk.key, "hours": 0})
    at = local_now() - timedelta(seconds=1)
    desk.office.store.events.age(desk.key, local_now() + timedelta(seconds=60))
    assert desk.code(desk.event(dhEvento=at.isoformat())) in {"577", "579"}
    assert desk.code(desk.event(dhEvento=(local_now() + timedelta(seconds=1)).isoformat())) == "579"


@pytest.mark.parametrize(("hours", "code", "shown"), [(23.9, "135", "101"), (25, "155", "151"), (481, "501", "100")])
def test_the_time_limit_of_sao_paulo(desk, hours, code, shown):
    run(desk.office.store, {"do": "age", "access_key": desk.key, "hours": hours})
    assert desk.code(desk.event()) == code
    assert field(desk.query(), "cStat") == shown


@pytest.mark.parametrize(("kind", "code"), [("cte", "690"), ("circulation", "219"), ("receipt", "221")])
def test_what_others_did_keeps_it_from_being_cancelled(desk, kind, code):
    run(desk.office.store, {"do": "mark", "access_key": desk.key, "kind": kind})
    assert desk.code(desk.event()) == code
    assert desk.code(desk.event("110110")) == "135"


def test_wrong_commands(desk):
    for command in (
        {"do": "mark", "access_key": desk.key, "kind": "x"},
        {"do": "mark", "access_key": "1", "kind": "cte"},
        {"do": "age", "access_key": desk.key, "hours": "1"},
        {"do": "age", "access_key": "1", "hours": 1},
    ):
        with pytest.raises(ValueError, match=r"kind|no NF-e|hours"):
            run(desk.office.store, command)


def test_an_epec_is_registered_once_for_a_number(desk):
    moment = local_now().isoformat()
    details = (
        f"<descEvento>EPEC</descEvento><cOrgaoAutor>35</cOrgaoAutor><tpAutor>1</tpAutor><verAplic>x</verAplic>"
        f"<dhEmi>{moment}</dhEmi><tpNF>1</tpNF><IE>110042490114</IE><dest><UF>SP</UF><CNPJ>00000000000191</CNPJ>"
        f"<vNF>1.00</vNF><vICMS>0.00</vICMS><vST>0.00</vST></dest>"
    )
    key = Nfe(number=888).set("ide/tpEmis", "4").close().key
    event = desk.event("110140", details=details, chNFe=key, cOrgao="91")
    answer = desk.send(event)
    assert field(answer, "retEvento/infEvento/cStat") == "136"
    other = Nfe(number=888).set("ide/tpEmis", "4").set("ide/cNF", "11112222").close().key
    assert desk.code(desk.event("110140", details=details, chNFe=other, cOrgao="91")) == "485"
    assert desk.code(desk.event("110140", details=details, cOrgao="91")) == "484"
    assert desk.code(desk.event("110140", details=details, chNFe=key, cOrgao="35")) == "250"


def test_the_same_refusal_too_often_is_improper_use(desk):
    codes = [desk.code(desk.event(protocol="135260000099999")) for _ in range(21)]
    assert codes == ["222"] * 20 + ["656"]
    desk.office.store.registers.let_in(datetime.now().timestamp() + 1)
    assert desk.code(desk.event()) == "135"


def test_a_message_that_is_no_lot_of_events(desk):
    for message, code in (("<x/>", "516"), (f'<envEvento xmlns="{NFE}" versao="1.00"/>', "215")):
        assert field(desk.ask("NFeRecepcaoEvento4", message), "cStat") == code
    assert field(desk.ask("NFeRecepcaoEvento4", "<x/>", forced="108"), "cStat") == "108"
