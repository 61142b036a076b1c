"""NFeInutilizacao4 and CadConsultaCadastro4 of the simulator, by messages that the tests make and sign themselves."""

from datetime import datetime
from itertools import count

import pytest
from fiscal.simulator import schema
from fiscal.simulator.commands import run
from fiscal.simulator.services import Request
from lxml import etree
from simulator_support import EMITTER, IE, NFE, RECIPIENT, Nfe, field, local_now, lot

_series = count(100)
REASON = "Numero pulado por falha do sistema"


@pytest.fixture
def ask(office, signer):
    def ask(service, message, uf=""):
        result, entry = office.answer(Request(service, message.encode(), signer.certificate, uf, local_now()))
        office.store.log(entry)
        return etree.fromstring(result)

    return ask


def request(signer, first=1, last=1, **changes):
    values = {
        "tpAmb": "2",
        "xServ": "INUTILIZAR",
        "cUF": "35",
        "ano": f"{local_now():%y}",
        "CNPJ": EMITTER,
        "mod": "55",
        "serie": "1",
        "nNFIni": str(first),
        "nNFFin": str(last),
        "xJust": REASON,
    } | changes
    identifier = (
        f"ID{values['cUF']}{values['ano']}{values['CNPJ']}55{int(values['serie']):03}"
        f"{int(values['nNFIni']):09}{int(values['nNFFin']):09}"
    )
    tags = "".join(f"<{tag}>{text}</{tag}>" for tag, text in values.items())
    info = f'<infInut xmlns="{NFE}" Id="{identifier}">{tags}</infInut>'
    return signer.enclose("inutNFe", ' versao="4.00"', info, identifier)


def void(ask, signer, first=1, last=1, uf="", **changes):
    answer = ask("NFeInutilizacao4", request(signer, first, last, **changes), uf)
    assert schema.errors("retInutNFe", answer) == []
    return field(answer, "infInut/cStat")


def test_numbers_are_voided_once_and_then_refused_to_documents(ask, signer):
    series = str(next(_series))
    answer = ask("NFeInutilizacao4", request(signer, 10, 12, serie=series))
    assert field(answer, "infInut/cStat") == "102"
    assert len(field(answer, "infInut/nProt")) == 15
    assert void(ask, signer, 10, 12, serie=series) == "563"
    assert void(ask, signer, 12, 13, serie=series) == "256"
    nfe = Nfe(number=11).set("ide/serie", series).close()
    assert field(ask("NFeAutorizacao4", lot(signer.sign(nfe))), "protNFe/infProt/cStat") == "206"
    nfe = Nfe(number=13).set("ide/serie", series).close()
    assert field(ask("NFeAutorizacao4", lot(signer.sign(nfe))), "protNFe/infProt/cStat") == "100"
    assert void(ask, signer, 13, 13, serie=series) == "241"


@pytest.mark.parametrize(
    ("code", "span", "changes"),
    [
        ("252", (1, 1), {"tpAmb": "1"}),
        ("250", (1, 1), {"uf": "33"}),
        ("207", (1, 1), {"CNPJ": "11222333000182"}),
        ("213", (1, 1), {"CNPJ": "00000000000191"}),
        ("453", (1, 1), {"ano": f"{local_now().year + 1 - 2000}"}),
        ("454", (1, 1), {"ano": "05"}),
        ("266", (1, 1), {"serie": "890"}),
        ("224", (2, 1), {}),
        ("201", (1, 10_001), {}),
        ("215", (1, 1), {"xJust": "curto"}),
        ("215", (1, 1), {"CNPJ": "12ABC34501DE35"}),  # the layout's Id has digits only
    ],
)
def test_refusals(ask, signer, code, span, changes):
    assert void(ask, signer, *span, **{"serie": str(next(_series))} | changes) == code


def test_a_changed_byte_and_an_emitter_who_may_not_issue(ask, signer, office):
    changed = request(signer).replace("falha", "culpa")
    assert field(ask("NFeInutilizacao4", changed), "infInut/cStat") == "297"
    run(office.store, {"do": "contributors", "rows": [{"uf": "SP", "ie": "1", "holder": EMITTER, "may_issue": False}]})
    assert void(ask, signer, 900_000, 900_000) == "203"
    run(office.store, {"do": "clear"})


def test_the_same_refusal_too_often_is_improper_use(ask, signer, office):
    codes = [void(ask, signer, 2, 1, serie="77") for _ in range(21)]
    assert codes == ["224"] * 20 + ["656"]
    office.store.registers.let_in(datetime.now().timestamp() + 1)


# --- CadConsultaCadastro4 -------------------------------------------------------------------------------------------


def question(**who):
    [(kind, value)] = who.items()
    inside = f"<xServ>CONS-CAD</xServ><UF>MG</UF><{kind}>{value}</{kind}>"
    return f'<ConsCad xmlns="{NFE}" versao="2.00"><infCons>{inside}</infCons></ConsCad>'


def test_the_register_answers(ask, office):
    rows = [
        {"uf": "MG", "ie": IE["MG"], "holder": RECIPIENT},
        {"uf": "MG", "ie": "0623079040162", "holder": RECIPIENT, "active": False},
        {"uf": "SP", "ie": IE["SP"], "holder": RECIPIENT},
    ]
    run(office.store, {"do": "contributors", "rows": rows})
    details = {"xNome": "PADARIA & CIA", "CNAE": "4721102", "xLgr": "RUA DOIS", "cMun": "3106200", "CEP": "30110000"}
    run(office.store, {"do": "describe", "holder": RECIPIENT, "details": details})
    answer = ask("CadConsultaCadastro4", question(CNPJ=RECIPIENT), "31")
    assert field(answer, "infCons/cStat") == "112"
    assert [one.text for one in answer.iter(f"{{{NFE}}}cSit")] == ["1", "0"]
    assert field(answer, "infCons/infCad/xNome") == "PADARIA & CIA"
    assert schema.errors("retConsCad", answer) == []
    answer = ask("CadConsultaCadastro4", question(IE=IE["MG"]), "31")
    assert field(answer, "infCons/cStat") == "111"
    run(office.store, {"do": "clear"})


@pytest.mark.parametrize(
    ("code", "who", "uf"),
    [
        ("259", {"CNPJ": "00000000000191"}, "31"),
        ("261", {"IE": "1234567"}, "31"),
        ("264", {"CPF": "52998224725"}, "31"),
        ("258", {"CNPJ": "00000000000192"}, "31"),
        ("263", {"CPF": "52998224724"}, "31"),
        ("265", {"CNPJ": "00000000000191"}, "35"),
    ],
)
def test_who_is_not_found(ask, code, who, uf):
    answer = ask("CadConsultaCadastro4", question(**who), uf)
    assert field(answer, "infCons/cStat") == code
    assert schema.errors("retConsCad", answer) == []


def test_a_message_that_is_no_question(ask, office):
    answer = ask("CadConsultaCadastro4", "<x/>")
    assert field(answer, "infCons/cStat") == "516"
    assert schema.errors("retConsCad", answer) == []
    for command in ({"holder": "1", "details": {"x": "1"}}, {"holder": "1", "details": {"xNome": 1}}):
        with pytest.raises(ValueError, match="details"):
            run(office.store, {"do": "describe", **command})
