"""The simulator's registers: contributors and voided numbers; open to everybody until they speak of somebody."""

import subprocess
import sys
from pathlib import Path

import pytest
from fiscal.simulator import authority, control
from fiscal.simulator.checks import Context, Document, first_refusal
from fiscal.simulator.checks.database import code_hash
from fiscal.simulator.commands import run
from fiscal.simulator.register_store import MOST_VOIDED
from fiscal.simulator.store import Store
from simulator_support import EMITTER, IE, NFE, RECIPIENT, Client, Nfe, Signer, field, write_pem

ADDON = Path(control.__file__).parents[2]
PROT = "protNFe/infProt/cStat"
CPF = "52998224725"
STRANGER = "00000000000191"
OWN = {"uf": "SP", "ie": IE["SP"], "holder": EMITTER}
HIS = {"uf": "MG", "ie": IE["MG"], "holder": RECIPIENT}
ANOTHER_IE = "110042490300"


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "simulator.sqlite3")
    yield store
    store.close()


def to_minas(nfe):
    """A sale from SP to a contributor in MG: the emitter's state and the addressee's have a register each."""
    for path, value in (("cMun", "3106200"), ("xMun", "BELO HORIZONTE"), ("UF", "MG")):
        nfe.set(f"dest/enderDest/{path}", value)
    nfe.set("dest/IE", IE["MG"]).set("ide/idDest", "2")
    for det, cfop in zip(nfe.info.findall(f"{{{NFE}}}det"), ("6102", "6101"), strict=True):
        det.find(f"{{{NFE}}}prod/{{{NFE}}}CFOP").text = cfop
    item = nfe.info.find(f"{{{NFE}}}det/{{{NFE}}}imposto/{{{NFE}}}ICMS/{{{NFE}}}ICMS00")
    item.find(f"{{{NFE}}}pICMS").text, item.find(f"{{{NFE}}}vICMS").text = "12.0000", "11.76"
    nfe.set("total/ICMSTot/vICMS", "14.76")


def no_ie(nfe):
    nfe.set("dest/indIEDest", "9").remove("dest/IE").set("ide/indFinal", "1")
    for det in nfe.info.findall(f"{{{NFE}}}det"):
        icms = det.find(f"{{{NFE}}}imposto/{{{NFE}}}ICMS")
        icms.clear()
        icms.append(icms.makeelement(f"{{{NFE}}}ICMS40"))
        for tag, value in (("orig", "0"), ("CST", "41")):
            child = icms.makeelement(f"{{{NFE}}}{tag}")
            child.text = value
            icms[0].append(child)
    nfe.set("total/ICMSTot/vBC", "0.00").set("total/ICMSTot/vICMS", "0.00")


def refusal(store, *changes):
    """The cStat of the first refusal, or "100"."""
    nfe = Nfe()
    to_minas(nfe)
    for change in changes:
        change(nfe)
    document = Document(nfe.close().info)
    found = first_refusal(document, Context(document.issued_at, registers=store.registers))
    return found.cStat if found else "100"


def put(store, *rows):
    run(store, {"do": "contributors", "rows": list(rows)})


def close(store, uf):
    run(store, {"do": "close", "uf": uf})


def without_ie(nfe):
    nfe.remove("emit/IE")


def to_person(nfe):
    nfe.swap("dest/CNPJ", f"<CPF>{CPF}</CPF>")


CASES = {
    "nobody is spoken of": ("100", [], [], ""),
    "all as the XML says": ("100", [OWN, HIS], [], ""),
    "zeros on the left": ("100", [HIS | {"ie": IE["MG"].lstrip("0")}], [], ""),
    "one IE for two": ("100", [OWN, OWN | {"holder": STRANGER}], [], ""),
    "another state's register": ("100", [OWN | {"uf": "RJ", "may_issue": False}], [], ""),
    "emitter under another IE": ("230", [OWN | {"ie": ANOTHER_IE}], [], ""),
    "emitter unknown to a closed register": ("230", [], [], "SP"),
    "emitter known to a closed register": ("100", [OWN], [], "SP"),
    "another's IE": ("231", [OWN | {"holder": STRANGER}], [], ""),
    "may not issue": ("203", [OWN | {"may_issue": False}], [], ""),
    "IE not active": ("203", [OWN | {"active": False}], [], ""),
    "emitter irregular": ("301", [OWN | {"situation": "vedado"}], [], ""),
    "emitter leaves its IE out": ("163", [OWN], [without_ie], ""),
    "emitter's IE left out is not active": ("100", [OWN | {"active": False}], [without_ie], ""),
    "another CRT": ("481", [OWN | {"crt": "1"}], [], ""),
    "the same CRT": ("100", [OWN | {"crt": "3"}], [], ""),
    "addressee under another IE": ("233", [HIS | {"ie": "123"}], [], ""),
    "addressee unknown to a closed register": ("233", [], [], "MG"),
    "another addressee's IE": ("234", [HIS | {"holder": STRANGER}], [], ""),
    "a person with a company's IE": ("624", [HIS], [to_person], ""),
    "a person with his own IE": ("100", [HIS | {"holder": CPF}], [to_person], ""),
    "addressee forbidden": ("302", [HIS | {"situation": "vedado"}], [], ""),
    "addressee blocked": ("305", [HIS | {"situation": "bloqueado"}], [], ""),
    "addressee's IE not active": ("306", [HIS | {"active": False}], [], ""),
    "addressee leaves its IE out": ("232", [HIS], [no_ie], ""),
    "addressee may leave its IE out": ("100", [HIS | {"ie_required": False}], [no_ie], ""),
    "addressee's IE left out is not active": ("100", [HIS | {"active": False}], [no_ie], ""),
    "without IE and forbidden": ("303", [HIS | {"active": False, "situation": "vedado"}], [no_ie], ""),
    "without IE in a closed register": ("100", [], [no_ie], "MG"),
}


@pytest.mark.parametrize("name", CASES)
def test_contributors(store, name):
    code, rows, changes, closed = CASES[name]
    put(store, *rows)
    if closed:
        close(store, closed)
    assert refusal(store, *changes) == code


def test_a_person_who_issues_under_anothers_ie(store):
    put(store, OWN)
    document = Document(Nfe().swap("emit/CNPJ", f"<CPF>{CPF}</CPF>").set("ide/serie", "920").close().info)
    found = first_refusal(document, Context(document.issued_at, registers=store.registers))
    assert found.cStat == "622"


def test_a_line_is_replaced_and_the_register_emptied(store):
    put(store, OWN | {"may_issue": False})
    assert refusal(store) == "203"
    put(store, OWN)
    assert refusal(store) == "100"
    put(store, OWN | {"may_issue": False})
    close(store, "MG")
    assert run(store, {"do": "clear"}) == {"contributors": 0, "voided": 0, "closed": 0}
    assert refusal(store) == "100"


TECHNICIAN = "18792479000101"
CSRT = {
    "do": "technician",
    "uf": "SP",
    "cnpj": TECHNICIAN,
    "csrt_id": "01",
    "csrt": "G8063VRTNDMO886SFNK5LDUDEI24XJ22YIPO",
}


def signed_by(csrt_id, digest=None):
    def change(nfe):
        made = digest or code_hash(CSRT["csrt"], nfe.close().key)
        nfe.add(
            "",
            f"<infRespTec><CNPJ>{TECHNICIAN}</CNPJ><xContato>ANA</xContato><email>a@b.co</email><fone>1130000000</fone>"
            f"<idCSRT>{csrt_id}</idCSRT><hashCSRT>{made}</hashCSRT></infRespTec>",
        )

    return change


def test_the_technicians_code(store):
    wrong = code_hash("another", "")
    assert refusal(store, signed_by("01", wrong)) == "100"  # the register does not speak of him
    run(store, CSRT)
    assert refusal(store, signed_by("01")) == "100"
    assert refusal(store, signed_by("02")) == "976"
    assert refusal(store, signed_by("01", wrong)) == "978"
    run(store, CSRT | {"revoked": True})
    assert refusal(store, signed_by("01")) == "977"


def test_the_notes_own_example():
    """NT 2018.005, 2.3."""
    assert code_hash(CSRT["csrt"], "41180678393592000146558900000006041028190697") == "aWv6LeEM4X6u4+qBI2OYZ8grigw="


def void(store, first, last, series=1, uf="SP"):
    command = {"do": "void", "uf": uf, "emitter": EMITTER, "series": series, "first": first, "last": last}
    return run(store, command)


def test_voided_numbers(store):
    assert void(store, 10, 19)["voided"] == 1
    void(store, 1, 99, series=2)
    void(store, 1, 9, uf="RJ")
    numbers = {number: refusal(store, lambda nfe, n=number: nfe.set("ide/nNF", str(n))) for number in (9, 10, 19, 20)}
    assert numbers == {9: "100", 10: "206", 19: "206", 20: "100"}


@pytest.mark.parametrize(("first", "last", "code"), [(5, 4, "224"), (1, MOST_VOIDED + 1, "201"), (19, 25, "256")])
def test_numbers_that_cannot_be_voided(store, first, last, code):
    void(store, 10, 19)
    with pytest.raises(ValueError, match=code):
        void(store, first, last)
    assert store.registers.counts() == (0, 1, 0)


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ([], "do must be"),
        ({"do": "x"}, "do must be"),
        ({"do": "close", "uf": "XX"}, "no state XX"),
        ({"do": "close"}, "close"),
        ({"do": "contributors", "rows": [OWN | {"cnpj": ""}]}, "no cnpj"),
        ({"do": "contributors", "rows": [{"uf": "SP"}]}, "holder, ie"),
        ({"do": "contributors", "rows": [OWN, OWN | {"situation": "x"}]}, "situation"),
        ({"do": "contributors", "rows": [OWN, OWN | {"active": "no"}]}, "active"),
        ({"do": "contributors", "rows": [OWN, OWN | {"crt": 3}]}, "crt"),
        (CSRT | {"csrt": ""}, "text"),
        ({"do": "void", "uf": "SP", "emitter": EMITTER, "series": "1", "first": 1, "last": 1}, "whole"),
    ],
)
def test_a_wrong_command_changes_nothing(store, command, reason):
    with pytest.raises(ValueError, match=reason):
        run(store, command)
    assert store.registers.counts() == (0, 0, 0)


def test_through_the_control(tmp_path_factory):
    """A server of its own: registers by Python and by CSV, a used number that cannot be voided, and what it answers."""
    state = tmp_path_factory.mktemp("simulator")
    found = control.start(state)
    try:
        signer = Signer(*authority.issue_certificate(state, EMITTER, "EMPRESA DE TESTE LTDA"))
        client = Client(found, write_pem(state, signer))

        def send(number):
            return field(client.authorise(signer.sign(Nfe(number=number).close())), PROT)

        assert control.register(state, OWN | {"may_issue": False}) == {"contributors": 1, "voided": 0, "closed": 0}
        assert send(1) == "203"
        path = state / "cadastro.csv"
        lines = ["uf,ie,holder,may_issue,situation,crt", f"SP,{IE['SP']},{EMITTER},1,,3"]
        path.write_text("\n".join(lines), encoding="utf-8")
        command = [sys.executable, "-m", "fiscal.simulator", "--state", str(state), "--register", str(path)]
        told = subprocess.run(command, cwd=ADDON, capture_output=True, text=True, check=True).stdout
        assert told == '{"contributors": 1, "voided": 0, "closed": 0}\n'
        assert send(1) == "234"  # the addressee of these documents has the same IE
        assert control.register(state, OWN | {"holder": RECIPIENT})["contributors"] == 2
        assert control.close_register(state, "SP")["closed"] == 1
        assert send(1) == "100"
        with pytest.raises(control.SimulatorError, match="241"):
            control.void_numbers(state, "SP", EMITTER, 1, 1, 5)
        assert control.void_numbers(state, "SP", EMITTER, 1, 2)["voided"] == 1
        assert send(2) == "206"
        page = client.session.get(f"{found.url}/", timeout=10).content.decode()
        assert "2 contribuintes cadastrados, 1 faixa de números inutilizada" in page
        assert control.clear_registers(state) == {"contributors": 0, "voided": 0, "closed": 0}
        assert send(2) == "100"
    finally:
        control.stop(state)
