"""Group total: sums of the items' amounts, as the engine made them."""

from decimal import Decimal

from ...spec import ZERO, Totals
from ...xml import amount, group


def total(totals: Totals) -> str:
    """The group total. In 2026 vNFTot equals vNF: IBS, CBS and IS are not added yet (NT 2025.002-RTC)."""
    if not totals.has_ibs_cbs:
        return group("total", _icms_tot(totals))
    return group("total", _icms_tot(totals), _ibs_cbs_tot(totals), amount("vNFTot", totals.invoice))


def _icms_tot(totals: Totals) -> str:
    amounts = (
        ("vBC", totals.base_icms),
        ("vICMS", totals.icms),
        ("vICMSDeson", ZERO),
        ("vFCP", totals.fcp),
        ("vBCST", ZERO),
        ("vST", ZERO),
        ("vFCPST", ZERO),
        ("vFCPSTRet", ZERO),
        ("vProd", totals.gross),
        ("vFrete", totals.freight),
        ("vSeg", totals.insurance),
        ("vDesc", totals.discount),
        ("vII", ZERO),
        ("vIPI", totals.ipi),
        ("vIPIDevol", ZERO),
        ("vPIS", totals.pis),
        ("vCOFINS", totals.cofins),
        ("vOutro", totals.other),
        ("vNF", totals.invoice),
    )
    return _amounts("ICMSTot", amounts)


def _ibs_cbs_tot(totals: Totals) -> str:
    deferred = (("vDif", ZERO), ("vDevTrib", ZERO))
    presumed = (("vCredPres", ZERO), ("vCredPresCondSus", ZERO))
    ibs = group(
        "gIBS",
        _amounts("gIBSUF", (*deferred, ("vIBSUF", totals.ibs_uf))),
        _amounts("gIBSMun", (*deferred, ("vIBSMun", totals.ibs_city))),
        amount("vIBS", totals.ibs_uf + totals.ibs_city),
        *(amount(tag, value) for tag, value in presumed),
    )
    cbs = _amounts("gCBS", (*deferred, ("vCBS", totals.cbs), *presumed))
    return group("IBSCBSTot", amount("vBCIBSCBS", totals.base_ibs_cbs), ibs, cbs)


def _amounts(tag: str, amounts: tuple[tuple[str, Decimal], ...]) -> str:
    return group(tag, *(amount(name, value) for name, value in amounts))
