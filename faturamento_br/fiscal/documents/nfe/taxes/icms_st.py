"""The part of the group ICMS that tells of the tax withheld by substitution."""

from ....spec import IcmsStResult
from ....xml import amount, leaf, percentage

MARGIN = "4"  # modBCST


def withheld(st: IcmsStResult | None) -> str:
    """modBCST to vFCPST; pMVAST beside modBCST 4 and no other (rejections 932 and 933)."""
    if st is None:
        return ""
    return (
        leaf("modBCST", st.rule.mode)
        + (percentage("pMVAST", st.margin_rate) if st.rule.mode == MARGIN else "")
        + (percentage("pRedBCST", st.rule.base_reduction) if st.rule.base_reduction else "")
        + amount("vBCST", st.base)
        + percentage("pICMSST", st.rate)
        + amount("vICMSST", st.amount)
        + _fund(st)
    )


def relief(st: IcmsStResult | None) -> str:
    """vICMSSTDeson and motDesICMSST, where something was forgone."""
    if st is None or not st.relief_amount:
        return ""
    return amount("vICMSSTDeson", st.relief_amount) + leaf("motDesICMSST", st.rule.relief_reason)


def _fund(st: IcmsStResult) -> str:
    if not st.fcp_rate:
        return ""
    return amount("vBCFCPST", st.fcp_base) + percentage("pFCPST", st.fcp_rate) + amount("vFCPST", st.fcp_amount)
