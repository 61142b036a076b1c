"""Lots in the simulator: receipt, queue, results; judged one by one, and nothing lost by a restart."""

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
from fiscal.simulator import authority, checks, control, reference, schema
from fiscal.simulator.lots import process_due
from fiscal.simulator.services import Request, Sefaz
from fiscal.simulator.store import Store
from lxml import etree
from simulator_support import EMITTER, NFE, OTHER, Client, Nfe, Signer, field, lot, query_message, result_of, write_pem

SEND, COLLECT, QUERY = "NFeAutorizacao4", "NFeRetAutorizacao4", "NFeConsultaProtocolo4"


def collect_message(receipt, environment="2"):
    return f'<consReciNFe xmlns="{NFE}" versao="4.00"><tpAmb>{environment}</tpAmb><nRec>{receipt}</nRec></consReciNFe>'


class Desk:
    """A tax office asked without a network; its clock is set by hand."""

    def __init__(self, folder):
        self.folder = folder
        self.now = datetime.now(UTC)
        self.store = Store(folder / "simulator.sqlite3")
        self.sefaz = Sefaz(folder, self.store)
        self.signer = Signer(*authority.issue_certificate(folder, EMITTER, "EMPRESA DE TESTE LTDA"))

    def ask(self, service, message, uf="", signer=None, delay=0):
        request = Request(service, message.encode(), (signer or self.signer).certificate, uf, self.now)
        result, entry = self.sefaz.answer(request, lot_delay=delay)
        element = etree.fromstring(result)
        assert schema.errors(etree.QName(element).localname, element) == []
        self.store.log(entry)
        return element

    def signed(self, number, change=None):
        nfe = Nfe(number=number)
        if change:
            change(nfe)
        return nfe.close(), self.signer.sign(nfe)

    def send(self, *documents, delay=0):
        """The receipt of a lot."""
        answer = self.ask(SEND, lot(*documents, synchronous="0"), delay=delay)
        assert field(answer, "cStat") == "103"
        return field(answer, "infRec/nRec")

    def collect(self, receipt, **how):
        return self.ask(COLLECT, collect_message(receipt), **how)

    def codes(self, receipt):
        """(cStat of the lot, {access key: cStat of the document})."""
        answer = self.collect(receipt)
        prots = answer.iterfind(f"{{{NFE}}}protNFe")
        return field(answer, "cStat"), {field(one, "infProt/chNFe"): field(one, "infProt/cStat") for one in prots}

    def reopen(self):
        self.store.close()
        self.store = Store(self.folder / "simulator.sqlite3")
        self.sefaz = Sefaz(self.folder, self.store)


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    desk = Desk(tmp_path_factory.mktemp("sefaz"))
    yield desk
    desk.store.close()


def misnamed(nfe):
    nfe.set("dest/xNome", "OUTRO NOME")


def test_one_bad_document_does_not_harm_the_others(desk):
    made = [desk.signed(1), desk.signed(2, misnamed), desk.signed(3)]
    receipt = desk.send(*(signed for _nfe, signed in made))
    assert len(receipt) == 15
    assert receipt.startswith("35")
    keys = [nfe.key for nfe, _signed in made]
    assert desk.codes(receipt) == ("104", dict(zip(keys, ["100", "598", "100"], strict=True)))
    assert desk.codes(receipt) == desk.codes(receipt)
    assert field(desk.ask(QUERY, query_message(keys[0])), "cStat") == "100"
    assert field(desk.ask(QUERY, query_message(keys[1])), "cStat") == "217"


def test_fifty_documents_and_no_more(desk):
    made = [desk.signed(number) for number in range(100, 151)]
    receipt = desk.send(*(signed for _nfe, signed in made[:50]))
    code, results = desk.codes(receipt)
    assert code == "104"
    assert list(results) == [nfe.key for nfe, _signed in made[:50]]
    assert set(results.values()) == {"100"}
    too_many = desk.ask(SEND, lot(*(signed for _nfe, signed in made), synchronous="0"))
    assert field(too_many, "cStat") == "225"
    assert field(desk.ask(QUERY, query_message(made[50][0].key)), "cStat") == "217"


def test_the_size_of_a_lot(desk):
    big = desk.signed(160, lambda nfe: nfe.add("", f"<infAdic><infCpl>{'X' * 5000}</infCpl></infAdic>"))[1]
    documents = [big.replace("NFe35", f"NFe{35 + place}") for place in range(60)]
    assert len(lot(*documents)) > 500 * 1024
    assert field(desk.ask(SEND, lot(*documents, synchronous="0")), "cStat") == "214"


def test_until_it_is_due_it_waits(desk):
    """105; its documents are not there, and their numbers are taken (635)."""
    (first, one), (_second, two) = desk.signed(200), desk.signed(201)
    receipt = desk.send(one, two, delay=60)
    assert desk.codes(receipt) == ("105", {})
    assert field(desk.ask(QUERY, query_message(first.key)), "cStat") == "217"
    alone = desk.ask(SEND, lot(one))
    assert field(alone, "protNFe/infProt/cStat") == "635"
    again = desk.send(one, two, delay=30)
    desk.now += timedelta(seconds=45)
    assert set(desk.codes(again)[1].values()) == {"635"}
    desk.now += timedelta(seconds=30)
    # Nobody asks with the receipt: the documents are judged all the same.
    assert field(desk.ask(QUERY, query_message(first.key)), "cStat") == "100"
    assert set(desk.codes(receipt)[1].values()) == {"100"}
    assert set(desk.codes(desk.send(one, two))[1].values()) == {"204"}


def test_a_receipt_that_cannot_be_answered(desk):
    receipt = desk.send(desk.signed(300)[1], desk.signed(301)[1])
    stranger = Signer(*authority.issue_certificate(desk.folder, OTHER, "OUTRA"))
    answers = {
        "252": desk.ask(COLLECT, collect_message(receipt, "1")),
        "248": desk.collect(receipt, uf="43"),
        "106": desk.collect("351999999999999"),
        "223": desk.collect(receipt, signer=stranger),
        "215": desk.ask(COLLECT, collect_message("1")),
        "516": desk.ask(COLLECT, query_message("0" * 44)),
    }
    assert {code: field(answer, "cStat") for code, answer in answers.items()} == {code: code for code in answers}
    assert {field(answer, "xMotivo") for answer in answers.values()} == set(map(reference.motive, answers))
    assert field(answers["215"], "nRec") == "0" * 15
    assert field(desk.collect(receipt, uf="35"), "cStat") == "104"


def test_a_restart_between_submission_and_collection(desk):
    made = [desk.signed(number) for number in (400, 401)]
    receipt = desk.send(*(signed for _nfe, signed in made), delay=60)
    desk.reopen()
    assert desk.codes(receipt) == ("105", {})
    desk.now += timedelta(minutes=2)
    desk.reopen()
    assert desk.codes(receipt) == ("104", {nfe.key: "100" for nfe, _signed in made})
    desk.reopen()
    assert desk.codes(receipt) == ("104", {nfe.key: "100" for nfe, _signed in made})


def test_killed_while_judging(desk, monkeypatch):
    """It goes on where it stopped: what was authorised is not a duplicate of itself, and has one protocol."""
    made = [desk.signed(number) for number in (500, 501, 502)]
    receipt = desk.send(*(signed for _nfe, signed in made), delay=60)
    desk.now += timedelta(minutes=2)
    judge, judged = desk.sefaz.judge, []

    def die_at_the_third(*arguments):
        if len(judged) == 2:
            raise KeyboardInterrupt  # nothing is done about it, as about a kill
        judged.append(arguments)
        return judge(*arguments)

    monkeypatch.setattr(desk.sefaz, "judge", die_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        process_due(desk.sefaz, desk.now)
    assert desk.store.find(made[1][0].key)
    assert desk.store.find(made[2][0].key) is None
    desk.reopen()
    assert desk.codes(receipt) == ("104", {nfe.key: "100" for nfe, _signed in made})
    assert desk.store.find(made[0][0].key).prot in [prot for _key, _code, prot in desk.store.lots.results(receipt)]


def test_an_error_of_its_own_stays_with_its_document(desk, monkeypatch, capsys):
    made = [desk.signed(number) for number in (600, 601)]
    refusals = checks.first_refusal

    def fail_at_the_first(document, context):
        if document.key == made[0][0].key:
            raise ZeroDivisionError
        return refusals(document, context)

    monkeypatch.setattr(checks, "first_refusal", fail_at_the_first)
    codes = desk.codes(desk.send(*(signed for _nfe, signed in made)))[1]
    assert list(codes.values()) == ["999", "100"]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_lot_of_two_emitters(desk):
    """560: whoever differs from the first document's emitter is refused, alone."""
    stranger = Signer(*authority.issue_certificate(desk.folder, OTHER, "OUTRA"))
    foreign = Nfe(number=650, emitter=OTHER).close()
    codes = desk.codes(desk.send(desk.signed(651)[1], stranger.sign(foreign), desk.signed(652)[1]))[1]
    assert list(codes.values()) == ["100", "560", "100"]
    codes = desk.codes(desk.send(stranger.sign(foreign), desk.signed(653)[1]))[1]
    assert list(codes.values()) == ["100", "560"]


def test_the_same_receipt_too_often(desk):
    """NT 2018.002: 40 times an hour; then nothing for an hour, whatever the receipt."""
    receipts = [desk.send(*(desk.signed(number)[1] for number in numbers)) for numbers in ((700, 701), (702, 703))]
    desk.now += timedelta(hours=2)
    answered = [field(desk.collect(receipts[0]), "cStat") for _time in range(42)]
    assert answered == ["104"] * 40 + ["656"] * 2
    assert field(desk.collect(receipts[1]), "cStat") == "656"
    desk.now += timedelta(minutes=61)
    assert field(desk.collect(receipts[0]), "cStat") == "104"


def test_the_same_key_and_the_same_rejection_too_often(desk):
    nfe, signed = desk.signed(710, misnamed)
    queried = [field(desk.ask(QUERY, query_message(nfe.key)), "cStat") for _time in range(12)]
    assert queried == ["217"] * 10 + ["656"] * 2
    sent = [field(desk.ask(SEND, lot(signed)), "cStat") for _time in range(32)]
    assert sent == ["104"] * 30 + ["656"] * 2
    desk.store.registers.let_in(desk.now.timestamp())
    assert field(desk.ask(QUERY, query_message(nfe.key)), "cStat") == "217"
    assert field(desk.ask(SEND, lot(signed)), "cStat") == "104"


# --- The server -----------------------------------------------------------------------------------------------------


def test_over_the_network_across_a_kill(state):
    """Received with a delay, the server killed, restarted by its supervisor; hastened, collected, seen on the page."""
    signer = Signer(*authority.issue_certificate(state, EMITTER, "EMPRESA DE TESTE LTDA"))
    found = control.running(state)
    client = Client(found, write_pem(state, signer))
    made = [Nfe(number=number).close() for number in (1, 2)]
    control.set_fault(state, "lot_delay", seconds=600)
    answer = client.post(SEND, lot(*map(signer.sign, made), synchronous="0"))
    receipt = field(result_of(answer.content, "retEnviNFe"), "infRec/nRec")

    def collected(client):
        return result_of(client.post(COLLECT, collect_message(receipt)).content, "retConsReciNFe")

    assert field(collected(client), "cStat") == "105"
    page = client.session.get(f"{found.url}/", timeout=10).content.decode()
    assert receipt in page
    assert "em processamento" in page
    os.kill(found.pid, signal.SIGKILL)
    client.session.close()
    control.stop(state)
    again = Client(control.start(state), write_pem(state, signer))
    assert field(collected(again), "cStat") == "105"
    control.hasten_lots(state)
    result = collected(again)
    assert (field(result, "cStat"), len(result.findall(f"{{{NFE}}}protNFe"))) == ("104", 2)
    page = again.session.get(f"{again.found.url}/", timeout=10).content.decode()
    assert "2 de 2" in page


def test_a_delay_is_for_lots_only(state):
    with pytest.raises(control.SimulatorError, match="NFeAutorizacao4"):
        control.set_fault(state, "lot_delay", COLLECT)
