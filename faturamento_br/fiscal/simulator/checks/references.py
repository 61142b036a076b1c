"""Group BA: the documents an NF-e refers to, by their keys; and what a complementary NF-e needs of them."""

from datetime import date

from .. import reference
from ..registers import cnpj_ok, cpf_ok, key_digit
from .document import Rejection

SAT, CONSUMER = "59", "65"
MODELS = {"refNFe": {"55", CONSUMER, SAT}, "refCTe": {"57"}}
COUPON_CFOPS = {"5929", "6929"}
INDIRECT_EXPORT_CFOPS = {"3503", "7501"}
# From this day an NF-e of sale does not refer to a consumer's receipt any more (BA02-35, I08-180).
NO_RECEIPTS = date(2026, 12, 14)


def _number(key):
    """nNF of a key; a CF-e SAT has nCF elsewhere."""
    return int(key[31:37] if key[20:22] == SAT else key[25:34])


def _holder_ok(key):
    person = key[20:22] != SAT and 910 <= int(key[22:25]) <= 969
    return cpf_ok(key[9:20]) if person else cnpj_ok(key[6:20])


def _defects(key, models, now):
    """The cStat of each defect of a key by itself, in the official order."""
    year, month = int(key[2:4]), int(key[4:6])
    rules = (
        (key_digit(key[:43]) != key[43], "547"),
        (key[:2] not in reference.ufs(), "522"),
        (not 6 <= year <= now.year % 100, "524"),
        (not 1 <= month <= 12, "524"),
        (not _holder_ok(key), "552"),
        (key[20:22] not in models, "679"),
        (_number(key) == 0, "683"),
    )
    return [code for wrong, code in rules if wrong]


def keys(nfe, context):
    for tag, models in MODELS.items():
        seen = set()
        for place, node in enumerate(nfe.nodes("ide/NFref"), start=1):
            key = node.text(tag)
            if not key:
                continue
            for code in _defects(key, models, context.now):
                yield Rejection(code, place)
            if key in seen:
                yield Rejection("680", place)
            if key == nfe.key:
                yield Rejection("316", place)
            seen.add(key)


def complement(nfe, _context):
    if nfe.purpose != "2":
        return
    for key in (node.text("refNFe") for node in nfe.nodes("ide/NFref")):
        if key and key[20:22] != SAT and key[6:20] != nfe.emitter.zfill(14):
            yield Rejection("269")
        if key and key[:2] != nfe.text("ide/cUF"):
            yield Rejection("678")


def receipts(nfe, context):
    """I08-180 to I08-190, BA02-35: receipts of consumers, and exports by others."""
    models = {node.text("refNFe")[20:22] for node in nfe.nodes("ide/NFref")}
    started = context.now.date() >= NO_RECEIPTS
    if started and nfe.is_exit and nfe.purpose not in {"2", "4"} and models & {SAT, CONSUMER}:
        yield Rejection("679", 1)
    for item in nfe.items:
        if item.cfop in COUPON_CFOPS and started and CONSUMER in models:
            yield Rejection("375", item.n)
        if item.cfop in COUPON_CFOPS | INDIRECT_EXPORT_CFOPS and not nfe.has("ide/NFref"):
            yield Rejection("701", item.n)


GROUPS = (keys, complement, receipts)
