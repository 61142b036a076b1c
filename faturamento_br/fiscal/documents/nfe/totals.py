"""Group total: sums of the items' amounts, as the engine made them."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from ...spec import NOTHING, Totals, Withheld
from ...xml import amount, group

CENT = Decimal("0.01")
#: ICMSTot in the order of the layout. Of those in parentheses, only the ones that an item has are written.
LAYOUT = (
    "vBC vICMS vICMSDeson (vFCPUFDest) (vICMSUFDest) (vICMSUFRemet) vFCP vBCST vST vFCPST vFCPSTRet (qBCMono)"
    " (vICMSMono) (qBCMonoReten) (vICMSMonoReten) (qBCMonoRet) (vICMSMonoRet) vProd vFrete vSeg vDesc vII vIPI"
    " vIPIDevol vPIS vCOFINS vOutro vNF (vTotTrib)"
)
ICMS_TOT = tuple(LAYOUT.split())
#: retTrib in the order of the layout: tags of base and amount.
WITHHELD = {
    "pis": ("", "vRetPIS"),
    "cofins": ("", "vRetCOFINS"),
    "csll": ("", "vRetCSLL"),
    "irrf": ("vBCIRRF", "vIRRF"),
    "inss": ("vBCRetPrev", "vRetPrev"),
}
DEFERRED = ("vDif", "vDevTrib")
PRESUMED = ("vCredPres", "vCredPresCondSus")
MONO = ("vIBSMono", "vCBSMono", "vIBSMonoReten", "vCBSMonoReten", "vIBSMonoRet", "vCBSMonoRet")
REVERSAL = ("vIBSEstCred", "vCBSEstCred")


def total(totals: Totals, withheld: Sequence[Withheld] = ()) -> str:
    """The group total; vNFTot and the totals of IBS, CBS and IS where an item has their group (NT 2025.002-RTC)."""
    retained = _withheld(withheld)
    selective = group("ISTot", amount("vIS", totals["vIS"])) if "vIS" in totals else ""
    if "vBCIBSCBS" not in totals:
        return group("total", _icms_tot(totals), retained, selective)
    return group(
        "total", _icms_tot(totals), retained, selective, _ibs_cbs_tot(totals), amount("vNFTot", totals["vNFTot"])
    )


def _withheld(withheld: Sequence[Withheld]) -> str:
    """retTrib: federal taxes withheld, of which none is written as zero; ISS has no place among goods."""
    amounts: dict[str, Decimal] = {}
    for each in withheld:
        if each.tax in WITHHELD and each.amount:
            base, value = WITHHELD[each.tax]
            amounts[value] = amounts.get(value, NOTHING) + each.amount
            if base:
                amounts[base] = amounts.get(base, NOTHING) + each.base
    tags = (tag for pair in WITHHELD.values() for tag in pair if tag in amounts)
    content = "".join(amount(tag, amounts[tag]) for tag in tags)
    return group("retTrib", content) if content else ""


def _icms_tot(totals: Totals) -> str:
    """Money has 2 decimals already; quantities of fuel (qBCMono...) are rounded here, ROUND_HALF_UP."""
    tags = (tag.strip("()") for tag in ICMS_TOT if tag[0] != "(" or tag.strip("()") in totals)
    return group("ICMSTot", *(amount(tag, totals[tag].quantize(CENT, ROUND_HALF_UP)) for tag in tags))


def _ibs_cbs_tot(totals: Totals) -> str:
    """gIBS, gCBS, gMono and gEstornoCred, each only where an item has something of it."""
    ibs = cbs = ""
    if "vIBS" in totals or any(f"{tax}/{tag}" in totals for tax in ("gIBS", "gCBS") for tag in PRESUMED):
        ibs = group(
            "gIBS",
            _part(totals, "gIBSUF", *DEFERRED, "vIBSUF"),
            _part(totals, "gIBSMun", *DEFERRED, "vIBSMun"),
            amount("vIBS", totals["vIBS"]),
            *(amount(tag, totals[f"gIBS/{tag}"]) for tag in PRESUMED),
        )
        cbs = _part(totals, "gCBS", *DEFERRED, "vCBS", *PRESUMED)
    mono = _part(totals, "gMono", *MONO) if "vTotIBSMonoItem" in totals else ""
    reversal = _part(totals, "gEstornoCred", *REVERSAL) if REVERSAL[0] in totals else ""
    return group("IBSCBSTot", amount("vBCIBSCBS", totals["vBCIBSCBS"]), ibs, cbs, mono, reversal)


def _part(totals: Totals, tag: str, *names: str) -> str:
    """A group whose amounts are known by their own tag, or by ``group/tag`` where that is not enough."""
    return group(tag, *(amount(name, totals[name if name in totals else f"{tag}/{name}"]) for name in names))
