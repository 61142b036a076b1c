"""The goods: NCM, CEST, GTIN, unit, price."""

from ..problems import _
from .cures import COMPUTE, DEFECT, GTIN, GTIN_CCG, NOT_YET, PRODUCT_NCM
from .rejection import Kind, Rejection

ROWS = (
    Rejection(
        "373", Kind.DEFECT, "items[].description", _("In tests the first item must have SEFAZ's test text."), DEFECT
    ),
    Rejection("471", Kind.MEND, "items[].ncm", _("NCM 00 is for services; a product needs its own."), PRODUCT_NCM),
    Rejection(
        "483",
        Kind.MEND,
        "items[].discount",
        _("The discount of the item is larger than its value."),
        _("Reset the invoice to draft, correct the discount of the line and confirm it again."),
    ),
    Rejection(
        "611",
        Kind.MEND,
        "items[].gtin",
        _("The product's barcode is not a valid GTIN: its last digit does not fit."),
        GTIN,
    ),
    Rejection(
        "612",
        Kind.MEND,
        "items[].gtin",
        _("The barcode of the taxable unit is not a valid GTIN: its last digit does not fit."),
        GTIN,
    ),
    Rejection(
        "629", Kind.MEND, "items[].unit_price", _("The value of the item is not quantity times unit price."), COMPUTE
    ),
    Rejection(
        "630",
        Kind.MEND,
        "items[].unit_price",
        _("The value of the item is not taxable quantity times taxable price."),
        COMPUTE,
    ),
    Rejection(
        "660", Kind.MEND, "items[].cfop", _("The CFOP is one of fuels, but the item has no data of fuel."), NOT_YET
    ),
    Rejection("761", Kind.MEND, "items[].code", _("The ANP code of the fuel does not exist."), NOT_YET),
    Rejection(
        "777",
        Kind.MEND,
        "items[].ncm",
        _("The NCM of the product is not complete: SEFAZ wants all 8 digits."),
        PRODUCT_NCM,
    ),
    Rejection(
        "778", Kind.MEND, "items[].ncm", _("The NCM of the product does not exist in the official table."), PRODUCT_NCM
    ),
    Rejection(
        "806",
        Kind.MEND,
        "items[].cest",
        _("A product under ICMS substitution (ST) needs its CEST."),
        _("Fill in the CEST in the product; the table of Convênio ICMS 142/2018 gives it by NCM."),
    ),
    Rejection(
        "817",
        Kind.MEND,
        "items[].taxable_unit",
        _("The taxable unit is not the one that foreign trade uses for this NCM."),
        _("Correct the unit in the product; the official table of taxable units gives it by NCM."),
    ),
    Rejection(
        "854",
        Kind.MEND,
        "items[].taxable_unit",
        _("The taxable unit does not fit the product."),
        _("Correct the unit in the product."),
    ),
    Rejection("873", Kind.MEND, "items[].code", _("A medicine needs its batch (rastreabilidade)."), NOT_YET),
    Rejection(
        "879",
        Kind.MEND,
        "items[].code",
        _("A product not made at relevant scale needs the CNPJ of its manufacturer."),
        NOT_YET,
    ),
    Rejection(
        "882", Kind.MEND, "items[].gtin", _("The first digits of the product's barcode are not a GS1 prefix."), GTIN
    ),
    Rejection("883", Kind.MEND, "items[].gtin", _("The product's barcode (GTIN) was sent empty."), GTIN),
    Rejection(
        "884",
        Kind.MEND,
        "items[].gtin",
        _("The first digits of the barcode of the taxable unit are not a GS1 prefix."),
        GTIN,
    ),
    Rejection("885", Kind.MEND, "items[].gtin", _("The product has a GTIN, but its taxable unit has none."), GTIN),
    Rejection("886", Kind.MEND, "items[].gtin", _("The taxable unit has a GTIN, but the product has none."), GTIN),
    Rejection("888", Kind.MEND, "items[].gtin", _("The barcode (GTIN) of the taxable unit was sent empty."), GTIN),
    Rejection(
        "889",
        Kind.MEND,
        "items[].gtin",
        _("SEFAZ wants the GTIN of this product."),
        _("Fill in the product's barcode with the GTIN that the manufacturer gave it."),
    ),
    Rejection("890", Kind.ASK, "items[].gtin", _("The product's GTIN is not in the central register (CCG)."), GTIN_CCG),
    Rejection(
        "891",
        Kind.ASK,
        "items[].ncm",
        _("The central register of GTIN (CCG) has another NCM for this product."),
        _("Compare with the NCM that SEFAZ expects and correct it, or the barcode, in the product."),
    ),
    Rejection(
        "892",
        Kind.ASK,
        "items[].cest",
        _("The central register of GTIN (CCG) has another CEST for this product."),
        _("Compare with the CEST that SEFAZ expects and correct it, or the barcode, in the product."),
    ),
    Rejection(
        "893",
        Kind.ASK,
        "items[].gtin",
        _("The GTIN of the taxable unit is not the one contained in this product's GTIN."),
        GTIN_CCG,
    ),
    Rejection(
        "894",
        Kind.ASK,
        "items[].gtin",
        _("The GTIN of the taxable unit is not in the central register (CCG)."),
        GTIN_CCG,
    ),
    Rejection(
        "895",
        Kind.ASK,
        "items[].ncm",
        _("The central register of GTIN (CCG) has another NCM for the taxable unit."),
        _("Compare with the NCM that SEFAZ expects and correct it, or the barcode, in the product."),
    ),
    Rejection(
        "896",
        Kind.ASK,
        "items[].cest",
        _("The central register of GTIN (CCG) has another CEST for the taxable unit."),
        _("Compare with the CEST that SEFAZ expects and correct it, or the barcode, in the product."),
    ),
)
