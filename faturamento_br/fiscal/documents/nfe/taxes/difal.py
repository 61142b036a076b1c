"""Group ICMSUFDest."""

from ....spec import TaxedItem
from ....xml import amount, group, leaf, percentage


def xml(line: TaxedItem) -> str:
    """The group ICMSUFDest of an item, or nothing; the FCP only where there is one."""
    difal = line.difal
    if difal is None:
        return ""
    fund = bool(difal.fcp_rate)
    return group(
        "ICMSUFDest",
        amount("vBCUFDest", difal.base),
        amount("vBCFCPUFDest", difal.base) + percentage("pFCPUFDest", difal.fcp_rate) if fund else "",
        percentage("pICMSUFDest", difal.internal_rate),
        leaf("pICMSInter", f"{difal.interstate_rate:.2f}"),
        percentage("pICMSInterPart", difal.share_rate),
        amount("vFCPUFDest", difal.fcp_amount) if fund else "",
        amount("vICMSUFDest", difal.amount),
        amount("vICMSUFRemet", difal.origin_amount),
    )
