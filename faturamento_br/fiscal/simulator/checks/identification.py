"""Groups A and B: access key, identification."""

from datetime import timedelta

from .. import reference
from ..registers import key_digit
from .document import Rejection

CLOCK_TOLERANCE = timedelta(minutes=5)
MONTH = timedelta(days=30)
PLAIN_CODES = frozenset(str(d) * 8 for d in range(10)) | {
    "".join(str((start + step) % 10) for step in range(8)) for start in range(10)
}
NO_REFERENCE_NEEDED = {"1201", "1202", "1410", "1411", "5921", "6921"}


def composed_key(nfe):
    """The 43 characters the key must begin with (MOC Visão Geral, 2.2.6)."""
    issued = nfe.text("ide/dhEmi")
    return "".join(
        (
            nfe.text("ide/cUF"),
            issued[2:4] + issued[5:7],
            nfe.emitter.zfill(14),
            nfe.text("ide/mod"),
            nfe.text("ide/serie").zfill(3),
            nfe.text("ide/nNF").zfill(9),
            nfe.text("ide/tpEmis"),
            nfe.text("ide/cNF"),
        )
    )


def key_and_state(nfe, context):
    composed = composed_key(nfe)
    digit = nfe.text("ide/cDV")
    if nfe.key != composed + digit:
        yield Rejection("502")
    if context.authorizer and nfe.text("ide/cUF") != context.authorizer:
        yield Rejection("226")
    if context.first and nfe.text("ide/cUF") != context.first.text("ide/cUF"):
        yield Rejection("476")
    code = nfe.text("ide/cNF")
    if code in PLAIN_CODES or int(code) == int(nfe.text("ide/nNF")):
        yield Rejection("897")
    if nfe.text("ide/mod") != "55":
        yield Rejection("450")


def dates(nfe, context):
    if nfe.issued_at > context.now + CLOCK_TOLERANCE:
        yield Rejection("703")
    if nfe.text("ide/tpEmis") in {"1", "6", "7"} and nfe.issued_at < context.now - MONTH:
        yield Rejection("228")
    moved = nfe.moment("ide/dhSaiEnt")
    if moved:
        if moved > context.now + MONTH:
            yield Rejection("504")
        if moved < context.now - MONTH:
            yield Rejection("505")
        if nfe.is_exit and moved < nfe.issued_at:
            yield Rejection("506")


def place_and_form(nfe, context):
    city = nfe.text("ide/cMunFG")
    if city not in reference.cities():
        yield Rejection("270")
    if city[:2] != nfe.text("ide/cUF"):
        yield Rejection("271")
    if nfe.text("ide/tpImp") in {"4", "5"}:
        yield Rejection("710")
    if nfe.text("ide/tpEmis") == "9":
        yield Rejection("711")
    if not context.svc and nfe.text("ide/tpEmis") in {"3", "6", "7"}:
        yield Rejection("570")
    if context.svc and nfe.text("ide/tpEmis") != context.svc:
        yield Rejection("713")
    if nfe.text("ide/cDV") != key_digit(composed_key(nfe)):
        yield Rejection("253")
    if nfe.text("ide/tpAmb") != "2":
        yield Rejection("252")


def purpose(nfe, _context):
    references = sum(1 for ref in nfe.nodes("ide/NFref") if ref.has("refNFe") or ref.has("refNF"))
    if nfe.purpose == "2" and not references:
        yield Rejection("254")
    if nfe.purpose == "2" and references > 1:
        yield Rejection("255")
    free = all(item.cfop in NO_REFERENCE_NEEDED for item in nfe.items)
    if nfe.purpose == "4" and not free and not nfe.has("ide/NFref"):
        yield Rejection("321")
    presence, intermediary = nfe.text("ide/indPres"), nfe.has("ide/indIntermed")
    if presence == "4":
        yield Rejection("794")
    if presence == "5" and not references:
        yield Rejection("864")
    if presence in {"2", "3", "9"} and not intermediary:
        yield Rejection("434")
    # The layout lets presence 1 carry it too (NT 2020.006): only 0 and 5 surely may not.
    if presence in {"0", "5"} and intermediary:
        yield Rejection("435")


def emission(nfe, context):
    series, kind = int(nfe.text("ide/serie")), nfe.text("ide/tpEmis")
    by_tax_office = nfe.text("ide/procEmi") in {"1", "2"}
    if not by_tax_office and not (series <= 889 or 920 <= series <= 969):
        yield Rejection("244")
    if by_tax_office and not 890 <= series <= 919:
        yield Rejection("451")
    if by_tax_office and kind not in {"1", "6", "7"}:
        yield Rejection("370")
    reason = nfe.has("ide/dhCont") or nfe.has("ide/xJust")
    if kind == "1" and reason:
        yield Rejection("556")
    if kind in {"2", "4", "5", "6", "7"} and not reason:
        yield Rejection("557")
    since = nfe.moment("ide/dhCont")
    if since and since > context.now + CLOCK_TOLERANCE:
        yield Rejection("558")
    if since and since < nfe.issued_at - MONTH:
        yield Rejection("569")


GROUPS = (key_and_state, dates, place_and_form, purpose, emission)
