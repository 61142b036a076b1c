"""More rules of the simulator, each provoked alone: references, parties, items, services, the reform's notes.

As in ``test_simulator_checks``: a case changes a sound document, and the first refusal is the answer.
"""

from datetime import datetime, timedelta

import pytest
from fiscal.simulator import checks, reference, schema
from fiscal.simulator.checks import Context, Document
from fiscal.simulator.registers import key_digit
from lxml import etree
from simulator_support import CITY, CUF, EMITTER, IE, NFE, OTHER, Nfe
from test_simulator_checks import D1, D2, GIBS, TOTAL, abroad, icms, icms00, interstate, pick_up, sets, technician

NOW = datetime.fromisoformat("2026-11-23T12:00:00-03:00")
CPF = "52998224725"
ANOTHER_IE = "110042490000"  # of SP, right, and nobody's
DS = "http://www.w3.org/2000/09/xmldsig#"


def sound(number=7, issued=NOW):
    return Nfe(number, issued)


def days(count):
    return (NOW + timedelta(days=count)).isoformat()


def refusal(nfe, **context):
    """The first refusal of a document that its XSD accepts."""
    nfe.close()
    check_layout(nfe.info)
    document = Document(nfe.info)
    return checks.first_refusal(document, Context(context.pop("now", NOW), **context))


def check_layout(info):
    """The XSD asks for a signature: one in form only."""
    algorithm = 'Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"'
    signature = (
        f'<Signature xmlns="{DS}"><SignedInfo><CanonicalizationMethod {algorithm}/><SignatureMethod'
        f' Algorithm="{DS}rsa-sha1"/><Reference URI="#{info.get("Id")}"><Transforms><Transform'
        f' Algorithm="{DS}enveloped-signature"/><Transform {algorithm}/></Transforms><DigestMethod'
        f' Algorithm="{DS}sha1"/><DigestValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</DigestValue></Reference></SignedInfo>'
        "<SignatureValue>MTIz</SignatureValue><KeyInfo><X509Data><X509Certificate>MTIz</X509Certificate></X509Data>"
        "</KeyInfo></Signature>"
    )
    lot = etree.fromstring(
        f'<enviNFe xmlns="{NFE}" versao="4.00"><idLote>1</idLote><indSinc>1</indSinc><NFe/></enviNFe>'
    )
    lot[2].append(etree.fromstring(etree.tostring(info)))
    lot[2].append(etree.fromstring(signature))
    assert schema.errors("enviNFe", lot) == []


# --- References -------------------------------------------------------------------------------------------------------


def key(uf="35", month="2601", holder=EMITTER, model="55", series="001", number="000000001", digit=None):
    first = f"{uf}{month}{holder}{model}{series}{number}112345678"
    return first + (digit or key_digit(first))


def wrong_digit():
    right = key()
    return right[:-1] + str((int(right[-1]) + 1) % 10)


def refers(*keys, tag="refNFe"):
    return lambda nfe: nfe.add("ide", "".join(f"<NFref><{tag}>{one}</{tag}></NFref>" for one in keys))


def refers_to_itself(nfe):
    return refers(nfe.close().key)(nfe)


def complement(*keys):
    return lambda nfe: refers(*keys)(nfe.set("ide/finNFe", "2"))


def coupon(nfe):
    return nfe.set(f"{D1}/prod/CFOP", "5929")


SAT = f"352601{EMITTER}59000000001000001123456"
REFERENCES = [
    ("547", refers(wrong_digit())),
    ("522", refers(key(uf="99"))),
    ("524", refers(key(month="0512"))),
    ("524", refers(key(month="9901"))),
    ("524", refers(key(month="2513"))),
    ("552", refers(key(holder="11222333000182"))),
    ("552", refers(key(holder=f"000{CPF[:-1]}0", series="920"))),
    ("679", refers(key(model="57"))),
    ("679", refers(key(model="55"), tag="refCTe")),
    ("683", refers(key(number="000000000"))),
    ("683", refers(SAT[:31] + "000000" + SAT[37:] + key_digit(SAT[:31] + "000000" + SAT[37:]))),
    ("680", refers(key(), key())),
    ("316", refers_to_itself),
    ("269", complement(key(holder=OTHER))),
    ("678", complement(key(uf="33"))),
    ("701", coupon),
    ("701", lambda n: abroad(n).set(f"{D1}/prod/CFOP", "7501")),
    ("100", refers(key(), key(number="000000002"), SAT + key_digit(SAT))),
    ("100", refers(key(holder=f"000{CPF}", series="920"))),
    ("100", refers(key(model="57"), tag="refCTe")),
    ("100", lambda n: refers(key(model="65"))(coupon(n))),
]


@pytest.mark.parametrize(("code", "change"), REFERENCES)
def test_references(code, change):
    nfe = sound()
    change(nfe)
    found = refusal(nfe)
    assert (found.cStat if found else "100") == code


@pytest.mark.parametrize(("day", "code"), [(13, "100"), (14, "679")])
def test_receipts_of_consumers_are_no_reference_from_a_day_on(day, code):
    issued = NOW.replace(month=12, day=day)
    nfe = refers(key(model="65"))(sound(issued=issued))
    found = refusal(nfe, now=issued)
    assert (found.cStat if found else "100") == code


def test_a_coupon_and_a_receipt_do_not_go_together():
    issued = NOW.replace(month=12, day=15)
    nfe = complement(key(model="65"))(coupon(sound(issued=issued)))
    assert refusal(nfe, now=issued).cStat == "375"


# --- Identification and parties ---------------------------------------------------------------------------------------


def substitute(number):
    return lambda nfe: nfe.add("emit", f"<IEST>{number}</IEST>", before="CRT")


def contingency(since):
    def change(nfe):
        nfe.set("ide/tpEmis", "2")
        return nfe.add("ide", f"<dhCont>{since}</dhCont><xJust>Sem acesso ao autorizador</xJust>")

    return change


def tax_office(series="890", kind="1"):
    return sets(("ide/procEmi", "1"), ("ide/serie", series), ("ide/tpEmis", kind))


def foreigner_elsewhere(nfe):
    abroad(nfe).set("ide/idDest", "2")
    return nfe.set(f"{D1}/prod/CFOP", "6102").set(f"{D2}/prod/CFOP", "6101")


def with_place_registration(nfe):
    pick_up("entrega")(nfe)
    return nfe.add("entrega", "<IE>123456</IE>")


def moved(uf, city, registration):
    """Emitter and addressee in another state."""

    def change(nfe):
        nfe.set("ide/cUF", reference.uf_by_sigla()[uf]["cUF"]).set("ide/cMunFG", city)
        for party, address in (("emit", "enderEmit"), ("dest", "enderDest")):
            nfe.set(f"{party}/{address}/UF", uf).set(f"{party}/{address}/cMun", city).set(f"{party}/IE", registration)
        return nfe

    return change


IN_BAHIA = moved("BA", "2927408", "12345663")
IN_PARANA = moved("PR", CITY["PR"], IE["PR"])
CSRT = "<idCSRT>01</idCSRT><hashCSRT>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</hashCSRT>"

PARTIES = [
    ("451", tax_office(series="1")),
    ("370", tax_office(kind="2")),
    ("369", tax_office()),
    ("569", contingency(days(-40))),
    ("495", lambda n: n.swap("emit/CNPJ", f"<CPF>{CPF}</CPF>")),
    ("347", lambda n: substitute(ANOTHER_IE)(abroad(n))),
    ("211", substitute("123456789012")),
    ("363", substitute(IE["SP"])),
    ("158", lambda n: substitute(ANOTHER_IE)(n).remove("emit/IE")),
    ("100", substitute(ANOTHER_IE)),
    ("372", lambda n: abroad(n).set("dest/idEstrangeiro", "AB_1234")),
    ("251", lambda n: n.add("dest", "<ISUF>123456789</ISUF>")),
    ("513", pick_up("retirada", uf="EX")),
    ("515", pick_up("entrega", uf="EX")),
    ("971", with_place_registration),
    ("771", foreigner_elsewhere),
    ("486", IN_BAHIA),
    ("100", lambda n: IN_BAHIA(n).add("", f"<autXML><CNPJ>{OTHER}</CNPJ></autXML>", before="det")),
    ("975", lambda n: technician(OTHER)(IN_PARANA(n))),
    ("100", lambda n: technician(OTHER)(IN_PARANA(n)).add("infRespTec", CSRT)),
    ("100", technician(OTHER)),
]


@pytest.mark.parametrize(("code", "change"), PARTIES)
def test_identification_and_parties(code, change):
    nfe = sound()
    change(nfe)
    found = refusal(nfe)
    assert (found.cStat if found else "100") == code


@pytest.mark.parametrize(
    ("change", "code"), [(sets(("ide/cUF", CUF["MG"])), "476"), (sets(("emit/CNPJ", OTHER)), "560")]
)
def test_a_lot_is_of_one_emitter_and_state(change, code):
    first = sound()
    change(first)
    assert refusal(sound(2), first=Document(first.close().info)).cStat == code
    assert refusal(sound(2), first=Document(sound().close().info)) is None


# --- Items ------------------------------------------------------------------------------------------------------------


def product(xml):
    return lambda nfe: nfe.add(f"{D1}/prod", xml)


def scale(xml):
    return lambda nfe: nfe.add(f"{D1}/prod", f"<CEST>0100100</CEST><indEscala>N</indEscala>{xml}", before="CFOP")


def batch(made, good_until):
    return product(f"<rastro><nLote>1</nLote><qLote>3.000</qLote><dFab>{made}</dFab><dVal>{good_until}</dVal></rastro>")


MEDICINE = "<med><cProdANVISA>ISENTO</cProdANVISA><xMotivoIsencao>RDC</xMotivoIsencao><vPMC>1.00</vPMC></med>"
DECLARATION = (
    "<DI><nDI>1</nDI><dDI>2026-01-02</dDI><xLocDesemb>SANTOS</xLocDesemb><UFDesemb>SP</UFDesemb>"
    "<dDesemb>2026-01-02</dDesemb><tpViaTransp>4</tpViaTransp><tpIntermedio>1</tpIntermedio><cExportador>1</cExportador>"
    "<adi><nAdicao>1</nAdicao><nSeqAdic>1</nSeqAdic><cFabricante>1</cFabricante></adi></DI>"
)


def imported(nfe):
    abroad(nfe).set("ide/tpNF", "0").remove("exporta")
    return nfe.set(f"{D1}/prod/CFOP", "3102").set(f"{D2}/prod/CFOP", "3101")


def without_ipi(nfe):
    return product(DECLARATION)(imported(nfe)).remove(f"{D1}/imposto/IPI")


def returned(nfe):
    return refers(key())(nfe.set("ide/finNFe", "4"))


def deferred(gross="17.64", postponed="17.64", due="0.00"):
    return lambda nfe: icms(
        nfe,
        "<ICMS51><orig>0</orig><CST>51</CST><modBC>3</modBC><vBC>98.00</vBC><pICMS>18.0000</pICMS>"
        f"<vICMSOp>{gross}</vICMSOp><pDif>100.0000</pDif><vICMSDif>{postponed}</vICMSDif><vICMS>{due}</vICMS></ICMS51>",
        base="123.00",
    )


def relieved(amount, reason):
    money = f"<vICMSDeson>{amount}</vICMSDeson><motDesICMS>{reason}</motDesICMS>"
    return f"<ICMS40><orig>0</orig><CST>40</CST>{money}</ICMS40>"


def to_free_zone(nfe):
    interstate(icms(nfe, icms00()))
    nfe.set("dest/enderDest/UF", "AM").set("dest/enderDest/cMun", "1302603").set("dest/IE", "999999990")
    nfe.add("dest", "<ISUF>123456789</ISUF>")
    nfe.set(f"{D2}/imposto/ICMS/ICMS20/pICMS", "7.0000").set(f"{D2}/imposto/ICMS/ICMS20/vICMS", "1.75")
    return icms(nfe, relieved("11.76", "7"))


ZERO_FUND = "<pFCP>0.00</pFCP><vFCP>0.00</vFCP>"
SUBSTITUTED = (
    "<ICMS60><orig>0</orig><CST>60</CST><vBCSTRet>98.00</vBCSTRet><pST>18.0000</pST><vICMSSTRet>1.00</vICMSSTRet>"
    "<vBCFCPSTRet>98.00</vBCFCPSTRet><pFCPSTRet>0.00</pFCPSTRet><vFCPSTRet>0.00</vFCPSTRet></ICMS60>"
)

TAX_RETURNED = "<impostoDevol><pDevol>1.00</pDevol><IPI><vIPIDevol>1.00</vIPIDevol></IPI></impostoDevol>"
ITEMS = [
    ("883", sets((f"{D1}/prod/cEAN", ""))),
    ("888", sets((f"{D1}/prod/cEANTrib", ""))),
    ("879", scale("")),
    ("489", scale("<CNPJFab>11222333000182</CNPJFab>")),
    ("100", scale(f"<CNPJFab>{OTHER}</CNPJFab>")),
    ("877", batch(days(2)[:10], days(9)[:10])),
    ("870", batch("2026-01-02", "2026-01-01")),
    ("100", batch("2026-01-02", "2026-01-02")),
    ("873", product(MEDICINE)),
    ("525", imported),
    ("597", without_ipi),
    ("599", lambda n: product(DECLARATION)(imported(n))),
    ("327", returned),
    ("328", sets((f"{D1}/prod/CFOP", "5202"))),
    ("336", product("<detExport><nDraw>20190123456</nDraw></detExport>")),
    ("338", lambda n: abroad(n).set(f"{D1}/prod/CFOP", "7127")),
    ("354", lambda n: n.add(D1, TAX_RETURNED)),
    ("351", deferred(gross="17.62", postponed="17.62")),
    ("352", deferred(postponed="17.62", due="0.02")),
    ("353", deferred(due="0.02")),
    ("880", lambda n: icms(n, icms00(ZERO_FUND), base="123.00", amount="20.64")),
    ("881", lambda n: scale(f"<CNPJFab>{OTHER}</CNPJFab>")(icms(n, SUBSTITUTED))),
    ("625", lambda n: icms(n, relieved("1.00", "7"))),
    ("626", to_free_zone),
    ("627", lambda n: icms(n, relieved("0.00", "9"))),
]  # fmt: skip


@pytest.mark.parametrize(("code", "change"), ITEMS)
def test_items(code, change):
    nfe = sound()
    change(nfe)
    found = refusal(nfe)
    assert (found.cStat if found else "100") == code
    assert not found or found.xMotivo == reference.motive(code, item=1)


# --- Services, transport, payment -------------------------------------------------------------------------------------


def service(nfe, **wrong):
    """Item 2 becomes a service, with totals of its own."""
    tax = (
        "<ISSQN><vBC>50.00</vBC><vAliq>5.0000</vAliq><vISSQN>2.50</vISSQN><cMunFG>3550308</cMunFG>"
        "<cListServ>01.01</cListServ><indISS>1</indISS><indIncentivo>2</indIncentivo></ISSQN>"
    )
    nfe.swap(f"{D2}/imposto/ICMS", tax).set(f"{D2}/prod/NCM", "00")
    nfe.set(f"{TOTAL}/vBC", "98.00").set(f"{TOTAL}/vICMS", "17.64").set(f"{TOTAL}/vProd", "100.00")
    values = {"vServ": "50.00", "vBC": "50.00", "vISS": "2.50", "dCompet": "2026-11-23", **wrong}
    xml = "".join(f"<{tag}>{values[tag]}</{tag}>" for tag in SERVICE_TOTALS if tag in values)
    return nfe.add("total", f"<ISSQNtot>{xml}</ISSQNtot>", before="IBSCBSTot")


SERVICE_TOTALS = {  # in the order of the layout, with the cStat of each
    "vServ": "605",
    "vBC": "606",
    "vISS": "607",
    "vPIS": "608",
    "vCOFINS": "609",
    "dCompet": "",
    "vDeducao": "364",
    "vOutro": "365",
    "vDescIncond": "366",
    "vDescCond": "367",
    "vISSRet": "368",
}


@pytest.mark.parametrize("tag", [tag for tag, code in SERVICE_TOTALS.items() if code])
def test_totals_of_services(tag):
    wrong = "50.01" if tag == "vServ" else "9.99"  # vNF holds vServ, and has its own tolerance
    assert refusal(service(sound(), **{tag: wrong})).cStat == SERVICE_TOTALS[tag]


def test_services_that_add_up():
    assert refusal(service(sound())) is None


RETAINED = (
    "<retTransp><vServ>1.00</vServ><vBCRet>1.00</vBCRet><pICMSRet>1.0000</pICMSRet><vICMSRet>0.01</vICMSRet>"
    "<CFOP>5351</CFOP><cMunFG>3500000</cMunFG></retTransp>"
)
CARD = "<card><tpIntegra>1</tpIntegra></card>"

CHARGE = [
    ("288", lambda n: n.add("transp", RETAINED)),
    ("436", sets(("pag/detPag/tPag", "77"))),
    ("441", sets(("pag/detPag/tPag", "99"))),
    ("442", lambda n: n.add("pag/detPag", "<xPag>Boleto</xPag>", before="vPag")),
    ("392", lambda n: n.add("pag/detPag", CARD)),
    ("100", lambda n: n.set("pag/detPag/tPag", "99").add("pag/detPag", "<xPag>Permuta</xPag>", before="vPag")),
]


@pytest.mark.parametrize(("code", "change"), CHARGE)
def test_transport_and_payment(code, change):
    nfe = sound()
    change(nfe)
    found = refusal(nfe)
    assert (found.cStat if found else "100") == code


def test_a_consumers_supplement_has_no_place_here():
    whole = etree.fromstring(f'<NFe xmlns="{NFE}"><infNFeSupl/></NFe>')
    whole.insert(0, sound().close().info)
    assert checks.first_refusal(Document(whole[0]), Context(NOW)).cStat == "393"


# --- The reform's notes -----------------------------------------------------------------------------------------------


def note(purpose, kind="", leaves=True):
    """A debit (6) or credit (5) note, going out or coming in."""

    def change(nfe):
        nfe.set("ide/finNFe", purpose).set("ide/tpNF", "1" if leaves else "0")
        if not leaves:
            nfe.set(f"{D1}/prod/CFOP", "1102").set(f"{D2}/prod/CFOP", "1101")
        return nfe.add("ide", kind, before="indFinal") if kind else nfe

    return change


DEBIT, CREDIT = "<tpNFDebito>07</tpNFDebito>", "<tpNFCredito>{}</tpNFCredito>"
STATE = f"{GIBS}/gIBSUF"
DEFERRAL = "<gDif><pDif>10.0000</pDif><vDif>0.01</vDif></gDif>"
REDUCTION = "<gRed><pRedAliq>60.00</pRedAliq><pAliqEfet>0.0400</pAliqEfet></gRed>"

REFORM = [
    ("1161", note("5", CREDIT.format("01"))),
    ("1162", note("6", DEBIT, leaves=False)),
    ("1139", note("1", DEBIT)),
    ("1009", note("6")),
    ("1163", note("1", CREDIT.format("01"))),
    ("1164", note("5", leaves=False)),
    ("1145", note("5", CREDIT.format("02"), leaves=False)),
    ("1003", lambda n: refers(key(model="65"))(note("5", CREDIT.format("01"), leaves=False)(n))),
    ("100", lambda n: refers(key(model="65"))(note("5", CREDIT.format("03"), leaves=False)(n))),
    ("1029", lambda n: n.add(STATE, DEFERRAL, before="vIBSUF")),
    ("1032", lambda n: n.add(STATE, REDUCTION, before="vIBSUF")),
    ("1030", sets((f"{D1}/imposto/IBSCBS/CST", "510"), (f"{D1}/imposto/IBSCBS/cClassTrib", "510001"))),
]


@pytest.mark.parametrize(("code", "change"), REFORM)
def test_reform(code, change):
    nfe = sound()
    change(nfe)
    found = refusal(nfe)
    assert (found.cStat if found else "100") == code
