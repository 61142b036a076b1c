"""Each business rule of the simulator provoked alone: its cStat, its official text, a schema-valid answer.

A case changes a sound document and says what SEFAZ answers. Because the first refusal is the answer, a case also proves
that no rule before it misfires.
"""

from datetime import timedelta

import pytest
from fiscal.simulator import reference, schema
from fiscal.simulator.services import Request
from lxml import etree
from simulator_support import (
    CITY,
    CUF,
    HOMOLOGATION_NAME,
    IE,
    OTHER,
    RECIPIENT,
    Nfe,
    field,
    local_now,
    lot,
)

D1, D2 = "det", "det[2]"


def answer(office, signer, signed, uf=""):
    """retEnviNFe, proved valid by the official XSD."""
    result, entry = office.answer(Request("NFeAutorizacao4", lot(signed).encode(), signer.certificate, uf))
    element = etree.fromstring(result)
    assert schema.errors("retEnviNFe", element) == [], entry
    return element


def days(count):
    return (local_now() + timedelta(days=count)).isoformat()


def interstate(nfe, uf="MG"):
    """The recipient moves to another state; rates follow."""
    nfe.set("ide/idDest", "2").set("dest/enderDest/UF", uf).set("dest/enderDest/cMun", CITY[uf]).set("dest/IE", IE[uf])
    rate = "7.0000" if uf not in {"MG", "RJ", "PR", "SC"} else "12.0000"
    nfe.set(f"{D1}/imposto/ICMS/ICMS00/pICMS", rate).set(f"{D1}/imposto/ICMS/ICMS00/vICMS", "11.76")
    nfe.set("total/ICMSTot/vICMS", "14.76").set(f"{D1}/prod/CFOP", "6102").set(f"{D2}/prod/CFOP", "6101")
    return nfe


def to_consumer(nfe):
    """A final consumer who is no contributor."""
    nfe.set("ide/indFinal", "1").set("dest/indIEDest", "9").remove("dest/IE")
    return nfe


def simples(nfe, csosn="102"):
    nfe.set("emit/CRT", "1")
    for det in (D1, D2):
        icms = f"<ICMSSN102><orig>0</orig><CSOSN>{csosn}</CSOSN></ICMSSN102>"
        nfe.swap(f"{det}/imposto/ICMS", f"<ICMS>{icms}</ICMS>")
    return nfe.set("total/ICMSTot/vBC", "0.00").set("total/ICMSTot/vICMS", "0.00")


def icms(nfe, xml, base="25.00", amount="3.00"):
    """Item 1's ICMS becomes ``xml``; totals follow."""
    nfe.swap(f"{D1}/imposto/ICMS", f"<ICMS>{xml}</ICMS>")
    return nfe.set("total/ICMSTot/vBC", base).set("total/ICMSTot/vICMS", amount)


def icms00(extra="", amount="17.64", rate="18.0000", origin="0"):
    return (
        f"<ICMS00><orig>{origin}</orig><CST>00</CST><modBC>3</modBC><vBC>98.00</vBC><pICMS>{rate}</pICMS>"
        f"<vICMS>{amount}</vICMS>{extra}</ICMS00>"
    )


def icms40(cst):
    return f"<ICMS40><orig>0</orig><CST>{cst}</CST></ICMS40>"


def pick_up(kind, tax_id="<CNPJ>11222333000181</CNPJ>", city="3550308", uf="SP"):
    before = {"retirada": "det", "entrega": "det"}[kind]
    xml = (
        f"<{kind}>{tax_id}<xLgr>RUA</xLgr><nro>1</nro><xBairro>CENTRO</xBairro><cMun>{city}</cMun><xMun>CIDADE</xMun>"
        f"<UF>{uf}</UF></{kind}>"
    )
    return lambda nfe: nfe.add("", xml, before=before)


def destination_share(nfe, inter="12.00", part="100.0000", fund="0.00"):
    xml = (
        f"<ICMSUFDest><vBCUFDest>98.00</vBCUFDest><vBCFCPUFDest>98.00</vBCFCPUFDest><pFCPUFDest>2.0000</pFCPUFDest>"
        f"<pICMSUFDest>18.0000</pICMSUFDest><pICMSInter>{inter}</pICMSInter><pICMSInterPart>{part}</pICMSInterPart>"
        f"<vFCPUFDest>{fund}</vFCPUFDest><vICMSUFDest>5.88</vICMSUFDest><vICMSUFRemet>0.00</vICMSUFRemet></ICMSUFDest>"
    )
    nfe.add(f"{D1}/imposto", xml, before="IBSCBS")
    return nfe.add(f"{D2}/imposto", xml)


def share_totals(nfe, fund="0.00", destination="11.76", sender="0.00"):
    xml = (
        f"<vFCPUFDest>{fund}</vFCPUFDest><vICMSUFDest>{destination}</vICMSUFDest><vICMSUFRemet>{sender}</vICMSUFRemet>"
    )
    return nfe.add("total/ICMSTot", xml, before="vFCP")


def abroad(nfe):
    nfe.set("ide/idDest", "3").set("ide/indFinal", "1").set("dest/indIEDest", "9").remove("dest/IE")
    nfe.swap("dest/CNPJ", "<idEstrangeiro>AB1234</idEstrangeiro>")
    nfe.set("dest/enderDest/UF", "EX").set("dest/enderDest/cMun", "9999999").set("dest/enderDest/cPais", "2496")
    nfe.remove("dest/enderDest/CEP")
    nfe.set(f"{D1}/prod/CFOP", "7102").set(f"{D2}/prod/CFOP", "7101")
    for det in (D1, D2):
        nfe.swap(f"{det}/imposto/ICMS", f"<ICMS>{icms40('41')}</ICMS>")
    nfe.set("total/ICMSTot/vBC", "0.00").set("total/ICMSTot/vICMS", "0.00")
    return nfe.add("", "<exporta><UFSaidaPais>SP</UFSaidaPais><xLocExporta>SANTOS</xLocExporta></exporta>")


def bonus(tag, xml):
    """A piece put at the end of infNFe."""
    return lambda nfe: nfe.add("", f"<{tag}>{xml}</{tag}>")


def sets(*pairs):
    def change(nfe):
        for path, text in pairs:
            nfe.set(path, text)

    return change


def technician(cnpj):
    return bonus(
        "infRespTec", f"<CNPJ>{cnpj}</CNPJ><xContato>FULANO</xContato><email>a@b.com.br</email><fone>1133334444</fone>"
    )


CARRIER = "<transporta>{}</transporta>"
TOTAL = "total/ICMSTot"
GIBS = f"{D1}/imposto/IBSCBS/gIBSCBS"
TOTALS = [
    ("531", "vBC", "123.01"),
    ("532", "vICMS", "20.65"),
    ("795", "vICMSDeson", "0.01"),
    ("861", "vFCP", "0.01"),
    ("533", "vBCST", "0.01"),
    ("534", "vST", "0.01"),
    ("862", "vFCPST", "0.01"),
    ("859", "vFCPSTRet", "0.01"),
    ("564", "vProd", "150.01"),
    ("535", "vFrete", "5.01"),
    ("536", "vSeg", "1.01"),
    ("537", "vDesc", "10.01"),
    ("601", "vII", "0.01"),
    ("538", "vIPI", "4.91"),
    ("863", "vIPIDevol", "0.01"),
    ("602", "vPIS", "1.34"),
    ("603", "vCOFINS", "6.12"),
    ("604", "vOutro", "2.01"),
    ("610", "vNF", "153.41"),
]
IBS_TOTALS = [
    ("1076", "vBCIBSCBS"),
    ("1080", "gIBS/gIBSUF/vIBSUF"),
    ("1084", "gIBS/gIBSMun/vIBSMun"),
    ("1085", "gIBS/vIBS"),
    ("1091", "gCBS/vCBS"),
]

CASES = [
    # B: identification
    ("897", sets(("ide/cNF", "12345678"))),
    ("897", sets(("ide/cNF", "00000007"), ("ide/nNF", "7"))),
    ("450", sets(("ide/mod", "65"))),
    ("703", lambda n: n.set("ide/dhEmi", (local_now() + timedelta(minutes=6)).isoformat())),
    ("228", lambda n: n.set("ide/dhEmi", days(-31))),
    ("504", lambda n: n.add("ide", f"<dhSaiEnt>{days(31)}</dhSaiEnt>", before="tpNF")),
    ("505", lambda n: n.add("ide", f"<dhSaiEnt>{days(-31)}</dhSaiEnt>", before="tpNF")),
    ("506", lambda n: n.add("ide", f"<dhSaiEnt>{days(-1)}</dhSaiEnt>", before="tpNF")),
    ("270", sets(("ide/cMunFG", "3500000"))),
    ("271", sets(("ide/cMunFG", CITY["MG"]))),
    ("710", sets(("ide/tpImp", "4"))),
    ("711", sets(("ide/tpEmis", "9"))),
    ("570", sets(("ide/tpEmis", "6"))),
    ("252", sets(("ide/tpAmb", "1"))),
    ("254", sets(("ide/finNFe", "2"))),
    (
        "255",
        lambda n: n.set("ide/finNFe", "2").add("ide", "".join(f"<NFref><refNFe>{k}</refNFe></NFref>" for k in KEYS)),
    ),
    ("321", sets(("ide/finNFe", "4"))),
    ("794", sets(("ide/indPres", "4"))),
    ("864", sets(("ide/indPres", "5"))),
    ("434", lambda n: n.remove("ide/indIntermed")),
    ("435", sets(("ide/indPres", "0"))),
    ("244", sets(("ide/serie", "890"))),
    ("556", lambda n: n.add("ide", f"<dhCont>{days(-1)}</dhCont><xJust>QUEDA DA INTERNET</xJust>")),
    ("557", sets(("ide/tpEmis", "5"))),
    (
        "558",
        lambda n: n.set("ide/tpEmis", "5").add("ide", f"<dhCont>{days(1)}</dhCont><xJust>QUEDA DA INTERNET</xJust>"),
    ),
    # C: emitter
    ("272", sets(("emit/enderEmit/cMun", "3500000"))),
    ("273", sets(("emit/enderEmit/cMun", CITY["MG"]))),
    ("247", sets(("emit/enderEmit/UF", "MG"), ("emit/enderEmit/cMun", CITY["MG"]))),
    ("229", sets(("emit/IE", "000000000000"))),
    ("209", sets(("emit/IE", "110042490115"))),
    ("554", sets(("emit/IE", "ISENTO"))),
    ("403", lambda n: n.add("", AVULSA, before="dest")),
    # E: recipient
    ("719", lambda n: n.remove("dest")),
    ("208", sets(("dest/CNPJ", "12ABC34501DE36"))),
    ("237", lambda n: n.swap("dest/CNPJ", "<CPF>11111111111</CPF>")),
    ("720", lambda n: abroad(n).swap("dest/idEstrangeiro", f"<CNPJ>{OTHER}</CNPJ>")),
    ("721", lambda n: n.swap("dest/CNPJ", "<idEstrangeiro>AB1234</idEstrangeiro>")),
    ("925", lambda n: n.set("ide/indFinal", "1").swap("dest/CNPJ", "<idEstrangeiro>AB1234</idEstrangeiro>")),
    ("724", lambda n: n.remove("dest/xNome")),
    ("598", sets(("dest/xNome", "CLIENTE DE VERDADE LTDA"))),
    ("726", lambda n: n.remove("dest/enderDest")),
    ("274", sets(("dest/enderDest/cMun", "3500000"))),
    ("275", sets(("dest/enderDest/cMun", CITY["MG"]))),
    ("509", lambda n: abroad(n).set("dest/enderDest/cMun", "3550308")),
    ("727", lambda n: abroad(n).set("dest/enderDest/UF", "SP").set("dest/enderDest/cMun", "3550308")),
    ("772", lambda n: n.set("ide/idDest", "2")),
    ("773", lambda n: interstate(n).set("ide/idDest", "1")),
    ("511", sets(("dest/enderDest/cPais", "2496"))),
    ("926", lambda n: abroad(n).set("ide/idDest", "1").set("dest/enderDest/cPais", "1058")),
    ("510", lambda n: abroad(n).set("dest/enderDest/cPais", "1058")),
    ("790", lambda n: abroad(n).set("dest/indIEDest", "2")),
    ("805", lambda n: n.set("dest/indIEDest", "2").remove("dest/IE")),
    ("696", lambda n: n.set("dest/indIEDest", "9").remove("dest/IE")),
    ("728", lambda n: n.remove("dest/IE")),
    ("791", lambda n: interstate(n, "PR").set("dest/indIEDest", "2")),
    ("792", lambda n: far_away(n)),
    ("210", sets(("dest/IE", "110042490115"))),
    # F, G: other places; GA: readers
    ("512", pick_up("retirada", "<CNPJ>11222333000180</CNPJ>")),
    ("540", pick_up("retirada", "<CPF>12345678900</CPF>")),
    ("276", pick_up("retirada", city="3500000")),
    ("277", pick_up("retirada", city=CITY["MG"])),
    ("514", pick_up("entrega", "<CNPJ>11222333000180</CNPJ>")),
    ("541", pick_up("entrega", "<CPF>12345678900</CPF>")),
    ("278", pick_up("entrega", city="3500000")),
    ("279", pick_up("entrega", city=CITY["MG"])),
    ("323", lambda n: n.add("", "<autXML><CNPJ>11222333000180</CNPJ></autXML>", before="det")),
    ("324", lambda n: n.add("", f"<autXML><CNPJ>{RECIPIENT}</CNPJ></autXML>", before="det")),
    ("325", lambda n: n.add("", "<autXML><CPF>12345678900</CPF></autXML>", before="det")),
    ("326", lambda n: n.swap("dest/CNPJ", CPF).add("", f"<autXML>{CPF}</autXML>", before="det")),
    # H, I: items
    ("927", lambda n: n.find(D2).set("nItem", "3")),
    ("611", sets((f"{D2}/prod/cEAN", "7891000315508"))),
    ("612", sets((f"{D2}/prod/cEANTrib", "7891000315508"))),
    ("885", sets((f"{D2}/prod/cEANTrib", "SEM GTIN"))),
    ("886", sets((f"{D2}/prod/cEAN", "SEM GTIN"))),
    ("777", sets((f"{D1}/prod/NCM", "84"))),
    ("778", sets((f"{D1}/prod/NCM", "99999999"))),
    ("471", sets((f"{D1}/prod/NCM", "00"))),
    ("770", sets((f"{D1}/prod/CFOP", "5199"))),
    ("518", sets((f"{D1}/prod/CFOP", "1102"))),
    ("519", sets(("ide/tpNF", "0"))),
    ("731", sets((f"{D1}/prod/CFOP", "7102"))),
    ("732", sets((f"{D1}/prod/CFOP", "6102"))),
    ("733", lambda n: interstate(n).set(f"{D1}/prod/CFOP", "5102")),
    ("521", lambda n: interstate(n).set("ide/idDest", "1").set("ide/indFinal", "1").set(f"{D1}/prod/CFOP", "5102")),
    ("523", lambda n: pick_up("entrega", city=CITY["MG"], uf="MG")(cfops6(n.set("ide/idDest", "2")))),
    ("629", sets((f"{D1}/prod/vUnCom", "33.5000000000"))),
    ("630", sets((f"{D1}/prod/vUnTrib", "33.5000000000"))),
    ("483", sets((f"{D1}/prod/vDesc", "100.01"))),
    # N: ICMS
    ("527", lambda n: icms(abroad(n), icms00())),
    ("590", sets(("emit/CRT", "1"))),
    ("591", lambda n: simples(n).set("emit/CRT", "3")),
    ("508", lambda n: icms(to_consumer(n), icms40("50"))),
    ("529", lambda n: exempt_contributor(icms(interstate(n, "PR"), icms40("50")))),
    ("600", lambda n: icms(to_consumer(simples(n)), CSOSN101, "0.00", "0.00")),
    ("663", lambda n: icms(interstate(n), icms00(rate="12.0000", amount="11.76", origin="1"), "123.00", "14.76")),
    ("693", lambda n: icms(interstate(n), icms00(), "123.00", "20.64")),
    ("528", lambda n: n.set(f"{D1}/imposto/ICMS/ICMS00/vICMS", "17.66").set(f"{TOTAL}/vICMS", "20.66")),
    ("860", lambda n: n.set(f"{TOTAL}/vFCP", "1.00").add(f"{D1}/imposto/ICMS/ICMS00", FCP.format("1.00"))),
    ("876", lambda n: fund_to_consumer(n)),
    ("806", lambda n: icms(n, "<ICMS60><orig>0</orig><CST>60</CST></ICMS60>")),
    ("694", lambda n: to_consumer(interstate(n))),
    ("695", lambda n: destination_share(interstate(n))),
    ("697", lambda n: destination_share(to_consumer(interstate(n)), inter="4.00")),
    ("698", lambda n: destination_share(to_consumer(interstate(n)), inter="7.00")),
    ("699", lambda n: destination_share(to_consumer(interstate(n)), part="80.0000")),
    ("793", lambda n: destination_share(to_consumer(interstate(n)), fund="1.90")),
    ("798", lambda n: share_totals(destination_share(to_consumer(interstate(n)), fund="1.96"), fund="3.93")),
    ("799", lambda n: share_totals(destination_share(to_consumer(interstate(n)), fund="1.96"), "3.92", "11.77")),
    ("800", lambda n: share_totals(destination_share(to_consumer(interstate(n)), fund="1.96"), "3.92", sender="0.01")),
    ("388", lambda n: n.swap(f"{D1}/imposto/IPI", "<IPI><cEnq>999</cEnq><IPINT><CST>52</CST></IPINT></IPI>")),
    ("745", lambda n: n.remove(f"{D2}/imposto/PIS")),
    ("748", lambda n: n.remove(f"{D2}/imposto/COFINS")),
    # W: totals
    *((code, sets((f"{TOTAL}/{tag}", value))) for code, tag, value in TOTALS),
    ("685", lambda n: n.add(TOTAL, "<vTotTrib>1.00</vTotTrib>")),
    # X: transport
    ("868", lambda n: interstate(n).add("transp", "<veicTransp><placa>ABC1D23</placa></veicTransp>")),
    ("542", lambda n: n.add("transp", CARRIER.format("<CNPJ>11222333000180</CNPJ>"))),
    ("543", lambda n: n.add("transp", CARRIER.format("<CPF>12345678900</CPF>"))),
    ("559", lambda n: n.add("transp", CARRIER.format("<IE>110042490114</IE>"))),
    ("544", lambda n: n.add("transp", CARRIER.format("<IE>110042490115</IE><UF>SP</UF>"))),
    # Y: bill
    ("905", lambda n: n.remove("cobr/fat/vOrig")),
    ("901", sets(("cobr/fat/vDesc", "152.91"))),
    ("902", sets(("cobr/fat/vDesc", "0.01"))),
    ("852", sets(("cobr/dup/nDup", "002"))),
    ("900", lambda n: n.set("cobr/dup/dVenc", days(-1)[:10])),
    ("850", lambda n: n.set("cobr/dup[2]/dVenc", days(29)[:10])),
    ("797", lambda n: n.set("cobr/dup[2]/dVenc", days(3660)[:10])),
    ("853", lambda n: n.remove("cobr/dup[2]").set("cobr/dup/vDup", "152.90").set("cobr/dup/dVenc", days(0)[:10])),
    ("851", sets(("cobr/dup/vDup", "99.99"))),
    # YA: payment; YB: intermediary
    ("871", lambda n: n.set("ide/finNFe", "3")),
    ("865", sets(("pag/detPag/vPag", "152.89"))),
    ("866", sets(("pag/detPag/vPag", "152.91"))),
    ("904", lambda n: n.swap("pag/detPag", "<detPag><tPag>90</tPag><vPag>0.01</vPag></detPag>")),
    ("437", lambda n: n.add("pag/detPag", "<card><tpIntegra>2</tpIntegra><CNPJ>11222333000180</CNPJ></card>")),
    ("869", lambda n: n.set("pag/detPag/vPag", "160.00").add("pag", "<vTroco>7.00</vTroco>")),
    ("438", sets(("ide/indIntermed", "1"))),
    ("439", bonus("infIntermed", f"<CNPJ>{OTHER}</CNPJ><idCadIntTran>AB</idCadIntTran>")),
    ("440", lambda n: market(n.set("ide/indIntermed", "1"))),
    # ZA to ZD
    ("355", lambda n: abroad(n).remove("exporta")),
    ("356", bonus("exporta", "<UFSaidaPais>SP</UFSaidaPais><xLocExporta>SANTOS</xLocExporta>")),
    ("973", technician("11222333000180")),
    # UB, W34: IBS and CBS
    ("1020", sets((f"{D1}/imposto/IBSCBS/CST", "999"))),
    ("1021", sets((f"{D1}/imposto/IBSCBS/CST", "410"), (f"{D1}/imposto/IBSCBS/cClassTrib", "410001"))),
    ("1022", lambda n: n.remove(GIBS)),
    ("1023", sets((f"{D1}/imposto/IBSCBS/cClassTrib", "000999"))),
    ("1024", sets((f"{D1}/imposto/IBSCBS/cClassTrib", "200030"))),
    ("1025", sets((f"{D1}/imposto/IBSCBS/cClassTrib", "000002"))),
    ("1026", sets((f"{GIBS}/gIBSUF/pIBSUF", "0.2000"))),
    ("1036", sets((f"{GIBS}/gIBSMun/pIBSMun", "0.1000"))),
    ("1037", sets((f"{GIBS}/gCBS/pCBS", "8.8000"))),
    ("1041", sets((f"{GIBS}/gIBSUF/vIBSUF", "0.09"))),
    ("1052", sets((f"{GIBS}/gIBSMun/vIBSMun", "0.02"))),
    ("1069", sets((f"{GIBS}/gCBS/vCBS", "0.68"))),
    ("1150", sets((f"{GIBS}/vIBS", "0.08"))),
    ("1033", lambda n: reduced(n, missing="gIBSUF")),
    ("1074", lambda n: reduced(n, missing="gIBSMun")),
    ("1079", lambda n: reduced(n, missing="gCBS")),
    ("1034", lambda n: reduced(n, wrong="gIBSUF")),
    ("1046", lambda n: reduced(n, wrong="gIBSMun")),
    ("1063", lambda n: reduced(n, wrong="gCBS")),
    ("1118", lambda n: n.remove(f"{D1}/imposto/IBSCBS")),
    ("1119", lambda n: n.remove("total/IBSCBSTot")),
    *((code, sets((f"total/IBSCBSTot/{path}", "9.99"))) for code, path in IBS_TOTALS),
]

KEYS = ("35251111222333000181550010000000021876543217", "35251111222333000181550010000000031876543212")
CPF = "<CPF>52998224725</CPF>"
AVULSA = (
    f"<avulsa><CNPJ>{OTHER}</CNPJ><xOrgao>ORGAO</xOrgao><matr>1</matr><xAgente>AGENTE</xAgente><UF>SP</UF>"
    "<repEmi>REPARTICAO</repEmi></avulsa>"
)
CSOSN101 = (
    "<ICMSSN101><orig>0</orig><CSOSN>101</CSOSN><pCredSN>1.0000</pCredSN><vCredICMSSN>1.00</vCredICMSSN></ICMSSN101>"
)
FCP = "<pFCP>2.0000</pFCP><vFCP>{}</vFCP>"


def cfops6(nfe):
    return nfe.set(f"{D1}/prod/CFOP", "6102").set(f"{D2}/prod/CFOP", "6101")


def far_away(nfe):
    nfe.set("ide/idDest", "2").set("dest/enderDest/UF", "EX").set("dest/enderDest/cMun", "9999999")
    return nfe.remove("dest/enderDest/cPais").remove("dest/enderDest/CEP")


def market(nfe):
    return nfe.add("", "<infIntermed><CNPJ>11222333000180</CNPJ><idCadIntTran>AB</idCadIntTran></infIntermed>")


def exempt_contributor(nfe):
    nfe.set("dest/indIEDest", "2").remove("dest/IE")
    return nfe


def fund_to_consumer(nfe):
    to_consumer(interstate(nfe)).set(f"{TOTAL}/vFCP", "1.96")
    return nfe.add(f"{D1}/imposto/ICMS/ICMS00", FCP.format("1.96"))


def reduced(nfe, missing="", wrong=""):
    """CST 200, class 200030: rates cut by 60 %; one sphere without the group, or with another percentage."""
    nfe.set(f"{D1}/imposto/IBSCBS/CST", "200").set(f"{D1}/imposto/IBSCBS/cClassTrib", "200030")
    for path in (f"{GIBS}/gIBSUF/vIBSUF", f"{GIBS}/vIBS", "gIBS/gIBSUF/vIBSUF", "gIBS/vIBS"):
        nfe.set(path if path.startswith(GIBS) else f"total/IBSCBSTot/{path}", "0.03")
    nfe.set(f"{GIBS}/gCBS/vCBS", "0.26").set("total/IBSCBSTot/gCBS/vCBS", "0.26")
    for group, amount, effective in (
        ("gIBSUF", "vIBSUF", "0.0400"),
        ("gIBSMun", "vIBSMun", "0.0000"),
        ("gCBS", "vCBS", "0.3600"),
    ):
        cut = "59.99" if group == wrong else "60.00"
        if group != missing:
            xml = f"<gRed><pRedAliq>{cut}</pRedAliq><pAliqEfet>{effective}</pAliqEfet></gRed>"
            nfe.add(f"{GIBS}/{group}", xml, before=amount)
    return nfe


@pytest.mark.parametrize(("code", "change"), CASES, ids=[f"{code}-{n}" for n, (code, _change) in enumerate(CASES)])
def test_rule(office, signer, code, change):
    nfe = Nfe(number=7)
    change(nfe)
    signed = signer.sign(nfe.close())
    result = answer(office, signer, signed)
    assert field(result, "cStat") == "104"
    item = 2 if code in {"611", "612", "885", "886"} else 1
    place = 2 if code in {"850", "797"} else item
    expected = reference.motive(code, item=place, key="")
    assert (field(result, "protNFe/infProt/cStat"), field(result, "protNFe/infProt/xMotivo")) == (code, expected)
    assert field(result, "protNFe/infProt/nProt") is None
    assert office.store.find(nfe.key) is None


def test_sound_document_is_authorised(office, signer):
    nfe = Nfe(number=100).close()
    result = answer(office, signer, signer.sign(nfe))
    prot = "protNFe/infProt"
    assert field(result, f"{prot}/cStat") == "100"
    assert field(result, f"{prot}/chNFe") == nfe.key
    assert len(field(result, f"{prot}/nProt")) == 15
    assert field(result, f"{prot}/nProt").startswith("135")
    assert field(result, f"{prot}/verAplic") == "SIMULADOR"
    assert field(result, "tpAmb") == "2"


@pytest.mark.parametrize(
    "change",
    [
        interstate,
        lambda n: destination_share(share_totals(to_consumer(interstate(n)), "3.92"), fund="1.96"),
        lambda n: simples(n),
        abroad,
        reduced,
        lambda n: n.set(f"{TOTAL}/vNF", "153.40").set("pag/detPag/vPag", "153.40"),
        lambda n: n.swap("dest/CNPJ", CPF),
        lambda n: n.remove("ide/indIntermed").set("ide/indPres", "1"),
        lambda n: pick_up("entrega", city=CITY["MG"], uf="MG")(n),
        technician(OTHER),
    ],
    ids=[
        "interstate",
        "consumer elsewhere",
        "simples",
        "export",
        "reduced",
        "vNF 0.50",
        "person",
        "shop",
        "delivery",
        "tech",
    ],
)
def test_variants_that_are_right(office, signer, change):
    """The rules' exceptions: what must not be refused."""
    nfe = Nfe(number=200 + test_variants_that_are_right.count)
    test_variants_that_are_right.count += 1
    change(nfe)
    result = answer(office, signer, signer.sign(nfe.close()))
    assert field(result, "protNFe/infProt/xMotivo") == "Autorizado o uso da NF-e"


test_variants_that_are_right.count = 0


def test_late_document_is_authorised_out_of_time(office, signer):
    nfe = Nfe(number=300, issued=local_now() - timedelta(days=8)).close()
    assert field(answer(office, signer, signer.sign(nfe)), "protNFe/infProt/cStat") == "150"


@pytest.mark.parametrize(("uf", "code"), [("35", "100"), ("31", "226")])
def test_a_state_answers_for_itself(office, signer, uf, code):
    nfe = Nfe(number=int(uf) + 400).close()
    assert field(answer(office, signer, signer.sign(nfe), uf), "protNFe/infProt/cStat") == code


@pytest.mark.parametrize(("uf", "code"), [("MG", "100"), ("RJ", "100"), ("SC", "972"), ("PR", "972")])
def test_any_state_is_served(office, signer, uf, code):
    """SC and PR also ask who answers for the software (972)."""
    nfe = Nfe(number=500 + int(CUF[uf]))
    nfe.set("ide/cUF", CUF[uf]).set("ide/cMunFG", CITY[uf]).set("emit/IE", IE[uf]).set("dest/IE", IE[uf])
    for place in ("emit/enderEmit", "dest/enderDest"):
        nfe.set(f"{place}/UF", uf).set(f"{place}/cMun", CITY[uf])
    result = answer(office, signer, signer.sign(nfe.close()))
    assert field(result, "protNFe/infProt/cStat") == code
    assert field(result, "cUF") == CUF[uf]


def test_key_composition(office, signer):
    nfe = Nfe(number=600).close()
    nfe.set("ide/nNF", "601")
    assert field(answer(office, signer, signer.sign(nfe)), "protNFe/infProt/cStat") == "502"


def test_key_digit(office, signer):
    nfe = Nfe(number=602).close()
    wrong = str((int(nfe.text("ide/cDV")) + 1) % 10)
    nfe.set("ide/cDV", wrong).info.set("Id", f"NFe{nfe.composed()}{wrong}")
    assert field(answer(office, signer, signer.sign(nfe)), "protNFe/infProt/cStat") == "253"


@pytest.mark.parametrize(("path", "value", "code"), [("emit/CNPJ", "11222333000182", "207")])
def test_emitter_digits(office, signer, path, value, code):
    """A wrong CNPJ shares its first 8 characters with the certificate's, so the signature passes."""
    nfe = Nfe(number=603).set(path, value)
    assert field(answer(office, signer, signer.sign(nfe.close())), "protNFe/infProt/cStat") == code


def test_duplicates(office, signer):
    first = Nfe(number=700).close()
    signed = signer.sign(first)
    assert field(answer(office, signer, signed), "protNFe/infProt/cStat") == "100"
    assert field(answer(office, signer, signed), "protNFe/infProt/cStat") == "204"
    other = Nfe(number=700).set("ide/cNF", "11223344").close()
    result = answer(office, signer, signer.sign(other))
    assert field(result, "protNFe/infProt/cStat") == "539"
    assert f"[chNFe: {first.key}]" in field(result, "protNFe/infProt/xMotivo")


def test_several_refusals_first_one_answers(office, signer):
    """MOC order: recipient (E) before items (I) before totals (W)."""
    nfe = Nfe(number=800).set("dest/xNome", "OUTRO").set(f"{D1}/prod/CFOP", "6102").set(f"{TOTAL}/vNF", "1.00")
    assert field(answer(office, signer, signer.sign(nfe.close())), "protNFe/infProt/cStat") == "598"
    nfe.set("dest/xNome", HOMOLOGATION_NAME)
    assert field(answer(office, signer, signer.sign(nfe)), "protNFe/infProt/cStat") == "732"
