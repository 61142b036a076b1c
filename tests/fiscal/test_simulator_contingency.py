"""Contingency on the wire: the SVC of a state, when it works and for what; and the NF-e behind an EPEC."""

from dataclasses import replace
from datetime import date
from itertools import count

import nfe_samples as samples
import pytest
from fiscal import endpoints, sign
from fiscal.authorizer import Authorizer
from fiscal.documents import document_type
from fiscal.endpoints import Service
from fiscal.events import EventVerdict, now_in, prepare
from fiscal.events.epec import Epec
from fiscal.events.epec_of import DANFE_TEXT, drawing, epec_of
from fiscal.outcome import Verdict
from fiscal.simulator import control
from fiscal.spec import Environment
from fiscal.tables import rows
from fiscal.taxes import engine
from fiscal.transport import TransportError

_numbers = count(9000)
REASON = "SEFAZ de origem sem resposta"


@pytest.fixture
def client(state, certificate):
    """``client(contingency, uf)``: who speaks to that authorizer."""
    made = []

    def make(contingency=None, uf="SP"):
        simulator = control.running(state)
        options = {"simulator_url": simulator.url, "simulator_ca": simulator.ca_pem_path}
        made.append(Authorizer(Environment.SIMULATOR, uf, certificate, contingency=contingency, **options))
        return made[-1]

    control.clear_faults(state)
    control.clear_registers(state)
    yield make
    for one in made:
        one.close()


def made(certificate, emission_type, *items, number=0, now=None):
    """(the invoice with its totals, access key, signed bytes) of a document issued now."""
    now = now or now_in("SP")
    contingency = {} if emission_type == "1" else {"contingency_at": now, "contingency_reason": REASON}
    values = {"number": number or next(_numbers), "issued_at": now, "emission_type": emission_type}
    taxed = engine.tax_invoice(samples.invoice(*items, **values, **contingency))
    built = document_type("55").build(taxed)
    return taxed, built.access_key, sign.sign(built.element, certificate)


def send(authorizer, document):
    _taxed, key, signed = document
    return authorizer.authorize(signed, key, 1)[0]


def test_the_svc_works_only_while_the_state_has_asked_it_to(state, client, certificate):
    """114 before and after; in between it authorises its own tpEmis alone, and the state knows what it did."""
    svc, own = client("6"), client()
    document = made(certificate, "6")
    for _time in range(2):
        assert svc.status()[0].cStat == "114"
        assert (send(svc, document).cStat, send(svc, document).verdict) == ("114", Verdict.WAIT)
        control.enable_svc(state, "SP")
        assert svc.status()[0].up
        assert send(svc, made(certificate, "1")).cStat == "713"
        assert send(own, made(certificate, "6")).cStat == "570"
        assert send(client("7", "PR"), made(certificate, "7")).cStat == "410", "the SVC of other states"
        done = made(certificate, "6")
        assert send(svc, done).verdict is Verdict.AUTHORIZED
        assert b"<dhCont>" in done[2]
        assert own.query(done[1])[0].verdict is Verdict.AUTHORIZED
        control.enable_svc(state, "SP", enabled=False)


def test_a_fault_of_the_states_own_leaves_the_svc_alone(state, client, certificate):
    control.enable_svc(state, "SP")
    control.set_fault(state, "refuse", times=None, authorizer="UF")
    with pytest.raises(TransportError):
        client().status()
    assert send(client("6"), made(certificate, "6")).verdict is Verdict.AUTHORIZED


def test_the_other_svc_is_none_of_this_state():
    assert endpoints.svc_emission_type("PR", day=date(2026, 11, 24)) == "7"
    table = {(row["uf"], row["since"]) for row in rows("svc")}
    assert len(table) == len(rows("svc"))
    assert {row["uf"] for row in rows("svc")} == {row["uf"] for row in rows("uf")} - {"EX"}
    for uf, svc in (("SP", "SVCAN"), ("BA", "SVCRS")):
        name = endpoints.svc_name(uf, "55", endpoints.svc_emission_type(uf))
        assert name == svc
        with pytest.raises(endpoints.FiscalError):
            endpoints.url(uf, "55", Environment.PRODUCTION, Service.STATUS, "7" if svc == "SVCAN" else "6")


def test_the_nfe_follows_its_epec_and_says_the_same(state, client, certificate):
    """468 before the EPEC, 467 when the amounts differ, then authorised under the key of the EPEC."""
    taxed, key, signed = document = made(certificate, "4")
    assert send(client(), document).cStat == "468"
    totals = taxed.totals
    invoice = taxed.invoice
    spec = Epec(
        access_key=key,
        tax_id=invoice.emitter.tax_id,
        environment=Environment.SIMULATOR,
        at=now_in("SP"),
        software="faturamento_br",
        issued_at=invoice.issued_at,
        ie=invoice.emitter.ie,
        recipient_uf=invoice.recipient.address.uf,
        recipient_tax_id=invoice.recipient.tax_id,
        recipient_ie=invoice.recipient.ie,
        total=totals.invoice,
        icms=totals["vICMS"],
        icms_st=totals["vST"],
    )
    said = {name: getattr(spec, name) for name in ("access_key", "tax_id", "environment", "at")}
    assert replace(epec_of(signed, **said), software=spec.software) == spec, "read from the document, it says the same"
    outcome, _exchange = client(uf="AN").register_event(prepare(spec, certificate), 1)
    assert (outcome.verdict, outcome.cStat) == (EventVerdict.REGISTERED, "136")
    other = made(certificate, "4", samples.item(2), number=invoice.number, now=invoice.issued_at)
    assert other[1] == key
    assert send(client(), other).cStat == "467"
    assert send(client(), document).verdict is Verdict.AUTHORIZED
    drawn = drawing(signed, outcome.protocolo, now_in("SP"))
    assert DANFE_TEXT in drawn
    assert f"<nProt>{outcome.protocolo}</nProt>" in drawn
