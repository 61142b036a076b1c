"""Groups det: the goods and their taxes."""

from decimal import ROUND_HALF_UP, Decimal

from ...spec import ExportDetail, Item, TaxedItem
from ...text import Fitter
from ...xml import amount, group, leaf, optional, optional_amount, quantity, unit_price
from . import fields, import_declaration, taxes
from .fuel import comb

NO_GTIN = "SEM GTIN"
PRICE_STEP = Decimal("1e-10")


def det(number: int, line: TaxedItem, fit: Fitter) -> str:
    """The group det of item ``number`` (from 1). vItem accompanies the IBS/CBS groups (NT 2025.002-RTC)."""
    path = f"items[{number - 1}]"
    content = (
        _prod(line, fit, path)
        + taxes.imposto(line)
        + taxes.ipi.returned(line)
        + optional("infAdProd", fit(fields.ITEM_INFO, line.item.info, f"{path}.info"))
        + (amount("vItem", line.amounts["vNFTot"]) if line.ibs_cbs else "")
    )
    return f'<det nItem="{number}">{content}</det>'


def _prod(line: TaxedItem, fit: Fitter, path: str) -> str:
    item = line.item
    gtin = item.gtin or NO_GTIN
    unit = fit(fields.UNIT, item.unit, f"{path}.unit")
    return group(
        "prod",
        leaf("cProd", fit(fields.PRODUCT_CODE, item.code, f"{path}.code")),
        leaf("cEAN", gtin),
        leaf("xProd", fit(fields.DESCRIPTION, item.description, f"{path}.description")),
        leaf("NCM", item.ncm),
        *(leaf("NVE", code) for code in item.nve),
        _cest(item),
        optional("cBenef", item.rules.icms.benefit_code),
        optional("EXTIPI", item.tipi_exception),
        leaf("CFOP", item.cfop),
        leaf("uCom", unit),
        quantity("qCom", item.quantity),
        unit_price("vUnCom", item.unit_price),
        amount("vProd", line.gross),
        leaf("cEANTrib", item.taxable_gtin or gtin),
        _taxable(line, unit, fit, path),
        optional_amount("vFrete", item.freight),
        optional_amount("vSeg", item.insurance),
        optional_amount("vDesc", item.discount),
        optional_amount("vOutro", line.amounts["vOutro"]),
        leaf("indTot", "1"),
        leaf("indBemMovelUsado", "1") if item.used else "",
        import_declaration.xml(item, fit, path),
        *(_export(detail) for detail in item.exports),
        _order(item, fit, path),
        comb(item.fuel, fit, f"{path}.fuel"),
    )


def _cest(item: Item) -> str:
    """CEST, indEscala and CNPJFab: the last two only beside the first (group I05b)."""
    if not item.cest:
        return ""
    scale = "" if item.relevant_scale is None else leaf("indEscala", "S" if item.relevant_scale else "N")
    return leaf("CEST", item.cest) + scale + optional("CNPJFab", item.maker_cnpj)


def _taxable(line: TaxedItem, unit: str, fit: Fitter, path: str) -> str:
    """uTrib, qTrib and vUnTrib: those sold, unless another taxable unit is given; vUnTrib is then vProd / qTrib."""
    item = line.item
    sold, price = item.quantity, item.unit_price
    if item.taxable_quantity is not None:
        unit = fit(fields.TAXABLE_UNIT, item.taxable_unit, f"{path}.taxable_unit") or unit
        sold = item.taxable_quantity
        price = (line.gross / sold).quantize(PRICE_STEP, ROUND_HALF_UP)
    return leaf("uTrib", unit) + quantity("qTrib", sold) + unit_price("vUnTrib", price)


def _export(detail: ExportDetail) -> str:
    """detExport, with exportInd where the goods were bought to be exported."""
    indirect = ""
    if detail.quantity is not None:
        content = leaf("nRE", detail.registration), leaf("chNFe", detail.key), quantity("qExport", detail.quantity)
        indirect = group("exportInd", *content)
    return group("detExport", optional("nDraw", detail.drawback), indirect)


def _order(item: Item, fit: Fitter, path: str) -> str:
    return optional("xPed", fit(fields.ORDER_REF, item.order_ref, f"{path}.order_ref")) + optional(
        "nItemPed", item.order_line
    )
