"""Groups X to ZX: transport, billing, payment, intermediary, export, the software's technician."""

from datetime import date

from .. import reference
from ..registers import cnpj_ok, cpf_ok
from ..registrations import registration_ok
from .document import NFE, ZERO, Rejection

NO_PAYMENT = "90"
LATER_PAYMENT = "91"
OTHER_PAYMENT = "99"
# Since when Paraná asks for the technician's security code (ZD07-10, NT 2018.005 v1.52), and not in an SVC.
CSRT = {"PR": date(2026, 2, 23)}
SVC = {"6", "7"}
TEN_YEARS = 10


def transport(nfe, _context):
    if nfe.destination == "2" and (nfe.has("transp/veicTransp") or nfe.has("transp/reboque")):
        yield Rejection("868")
    city = nfe.text("transp/retTransp/cMunFG")
    if city and city not in reference.cities():
        yield Rejection("288")
    carrier = nfe.node("transp/transporta")
    if carrier is None:
        return
    if carrier.has("CNPJ") and not cnpj_ok(carrier.text("CNPJ")):
        yield Rejection("542")
    if carrier.has("CPF") and not cpf_ok(carrier.text("CPF")):
        yield Rejection("543")
    number = carrier.text("IE")
    if number and not carrier.has("UF"):
        yield Rejection("559")
    if number and number != "ISENTO" and not registration_ok(number, carrier.text("UF")):
        yield Rejection("544")


def bill(nfe, context):
    group = nfe.node("cobr/fat")
    if nfe.has("cobr") and (group is None or not all(group.has(tag) for tag in ("nFat", "vOrig", "vLiq"))):
        yield Rejection("905")
    if group:
        original, discount, net = (group.number(tag) for tag in ("vOrig", "vDesc", "vLiq"))
        if discount > original:
            yield Rejection("901")
        if net != original - discount:
            yield Rejection("902")
    yield from instalments(nfe, context)


def instalments(nfe, context):
    parts = list(nfe.nodes("cobr/dup"))
    issued, last = nfe.issued_at.date(), date.min
    today = context.now.date()
    for place, part in enumerate(parts, start=1):
        if part.text("nDup") != f"{place:03}":
            yield Rejection("852", place)
        due = date.fromisoformat(part.text("dVenc")) if part.has("dVenc") else date.min
        if due < issued:
            yield Rejection("900", place)
        if due < last:
            yield Rejection("850", place)
        if (due.year - TEN_YEARS, due.month, due.day) > (today.year, today.month, today.day):
            yield Rejection("797", place)
        last = due
    if len(parts) == 1 and last == issued:
        yield Rejection("853")
    if parts and sum((part.number("vDup") for part in parts), ZERO) != nfe.number("cobr/fat/vLiq"):
        yield Rejection("851")


def payment(nfe, _context):
    parts = list(nfe.nodes("pag/detPag"))
    methods = {part.text("tPag") for part in parts}
    paid, total = sum((part.number("vPag") for part in parts), ZERO), nfe.number("total/ICMSTot/vNF")
    total = max(total, nfe.number("total/vNFTot"))  # from 2027 on with IBS, CBS and IS, which the buyer pays on top
    if nfe.purpose in {"3", "4"} and methods != {NO_PAYMENT}:
        yield Rejection("871")
    if paid < total and nfe.purpose not in {"3", "4"} and not methods & {NO_PAYMENT, LATER_PAYMENT}:
        yield Rejection("865")
    if paid > total and not nfe.has("pag/vTroco"):
        yield Rejection("866")
    if any(part.text("tPag") in {NO_PAYMENT, LATER_PAYMENT} and part.number("vPag") for part in parts):
        yield Rejection("904")
    for part in parts:
        if part.text("tPag") not in reference.payment_methods():
            yield Rejection("436")
        if part.text("tPag") == OTHER_PAYMENT and not part.has("xPag"):
            yield Rejection("441")
        if part.text("tPag") != OTHER_PAYMENT and part.has("xPag"):
            yield Rejection("442")
        if part.text("card/tpIntegra") == "1" and not (part.has("card/CNPJ") and part.has("card/cAut")):
            yield Rejection("392")
        if part.has("card/CNPJ") and not cnpj_ok(part.text("card/CNPJ")):
            yield Rejection("437")
    # A change of zero beside "no payment" is authorised in practice: nothing paid, nothing given back.
    if nfe.has("pag/vTroco") and nfe.number("pag/vTroco") != max(paid - total, ZERO):
        yield Rejection("869")


def intermediary(nfe, _context):
    third_party, informed = nfe.text("ide/indIntermed") == "1", nfe.has("infIntermed")
    if third_party and not informed:
        yield Rejection("438")
    if informed and not third_party:
        yield Rejection("439")
    if informed and not cnpj_ok(nfe.text("infIntermed/CNPJ")):
        yield Rejection("440")


def technician(nfe, context):
    """Group ZD: who answers for the software, and the hash of the code the state gave him."""
    group, uf = nfe.node("infRespTec"), nfe.uf_from
    if group is None:
        if reference.ufs()[nfe.text("ide/cUF")]["exige_responsavel_tecnico"] == "1":
            yield Rejection("972")
        return
    if not cnpj_ok(group.text("CNPJ")):
        yield Rejection("973")
    asked = uf in CSRT and context.now.date() >= CSRT[uf] and nfe.text("ide/tpEmis") not in SVC
    if asked and not (group.has("idCSRT") and group.has("hashCSRT")):
        yield Rejection("975")


def register_of_offices(nfe, _context):
    """7GA01-10: some states ask for the accountant among those who may fetch the XML."""
    if reference.ufs()[nfe.text("ide/cUF")]["exige_escritorio"] == "1" and not nfe.has("autXML"):
        yield Rejection("486")


def last_groups(nfe, _context):
    exported = nfe.is_exit and nfe.destination == "3"
    if exported and not nfe.has("exporta"):
        yield Rejection("355")
    if nfe.has("exporta") and not exported:
        yield Rejection("356")
    following = nfe.element.getnext()
    if following is not None and following.tag == f"{{{NFE}}}infNFeSupl":
        yield Rejection("393")


GROUPS = (transport, bill, payment, intermediary, last_groups, technician, register_of_offices)
