"""The totals of a document: sums of amounts already rounded, never a tax computed again."""

from collections.abc import Iterable

from ..spec import ZERO, TaxedItem, Totals


def sum_items(items: Iterable[TaxedItem]) -> Totals:
    """total/ICMSTot and total/IBSCBSTot of ``items``, in BRL.

    vNF = vProd − vDesc + vFrete + vSeg + vOutro + vIPI (MOC, rule W16-10, with the terms of this stage). In 2026
    neither IBS nor CBS enters it. Since every part has 2 decimals nothing is rounded here.
    """
    items = tuple(items)
    gross = sum((i.gross for i in items), ZERO)
    discount = sum((i.item.discount for i in items), ZERO)
    freight = sum((i.item.freight for i in items), ZERO)
    insurance = sum((i.item.insurance for i in items), ZERO)
    other = sum((i.item.other for i in items), ZERO)
    ipi = sum((i.ipi_amount for i in items), ZERO)
    ibs_cbs = [i.ibs_cbs for i in items if i.ibs_cbs]
    return Totals(
        base_icms=sum((i.icms.base for i in items), ZERO),
        icms=sum((i.icms.amount for i in items), ZERO),
        fcp=sum((i.icms.fcp_amount for i in items), ZERO),
        gross=gross,
        freight=freight,
        insurance=insurance,
        discount=discount,
        other=other,
        ipi=ipi,
        pis=sum((i.pis.amount for i in items), ZERO),
        cofins=sum((i.cofins.amount for i in items), ZERO),
        invoice=gross - discount + freight + insurance + other + ipi,
        base_ibs_cbs=sum((g.base for g in ibs_cbs), ZERO),
        ibs_uf=sum((g.ibs_uf_amount for g in ibs_cbs), ZERO),
        ibs_city=sum((g.ibs_city_amount for g in ibs_cbs), ZERO),
        cbs=sum((g.cbs_amount for g in ibs_cbs), ZERO),
        has_ibs_cbs=bool(ibs_cbs),
    )
