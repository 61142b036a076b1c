"""The reform's taxes on consumption: IBS, CBS and IS (NT 2025.002-RTC and after)."""

from ..problems import _
from .cures import COMPUTE, DEFECT, NOT_YET, REFORM_RULE
from .rejection import Kind, Rejection

ROWS = (
    Rejection("1001", Kind.MEND, "", _("A debit or credit note has a tax other than IBS and CBS."), NOT_YET),
    Rejection("1002", Kind.MEND, "", _("The document has neither ICMS nor ISSQN."), NOT_YET),
    Rejection("1003", Kind.MEND, "", _("A credit note refers to a document that is not an NF-e."), NOT_YET),
    Rejection(
        "1004",
        Kind.DEFECT,
        "",
        _("The document has totals of IBS and CBS, but not its total with them (vNFTot)."),
        DEFECT,
    ),
    Rejection("1009", Kind.MEND, "", _("A debit note does not say of what type it is."), NOT_YET),
    Rejection("1019", Kind.MEND, "items[].rules", _("The selective tax (IS) is not base times rate."), COMPUTE),
    Rejection("1020", Kind.MEND, "items[].rules", _("The CST of IBS/CBS does not exist."), REFORM_RULE),
    Rejection(
        "1021",
        Kind.MEND,
        "items[].rules",
        _("This CST of IBS/CBS has no amounts, but the item states them."),
        REFORM_RULE,
    ),
    Rejection(
        "1022",
        Kind.MEND,
        "items[].rules",
        _("This CST of IBS/CBS needs amounts, and the item states none."),
        REFORM_RULE,
    ),
    Rejection("1023", Kind.MEND, "items[].rules", _("The cClassTrib of IBS/CBS does not exist."), REFORM_RULE),
    Rejection(
        "1024", Kind.MEND, "items[].rules", _("The cClassTrib does not belong to this CST of IBS/CBS."), REFORM_RULE
    ),
    Rejection("1025", Kind.MEND, "items[].rules", _("This cClassTrib cannot be used in an NF-e."), REFORM_RULE),
    Rejection("1026", Kind.DEFECT, "items[].rules", _("The state's IBS rate is not the year's."), DEFECT),
    Rejection(
        "1029", Kind.MEND, "items[].rules", _("This cClassTrib has no deferral, but the item states one."), REFORM_RULE
    ),
    Rejection(
        "1030",
        Kind.MEND,
        "items[].rules",
        _("This cClassTrib needs the deferral, and the item states none."),
        REFORM_RULE,
    ),
    Rejection(
        "1032",
        Kind.MEND,
        "items[].rules",
        _("This cClassTrib has no reduced rate, but the item states one."),
        REFORM_RULE,
    ),
    Rejection(
        "1033",
        Kind.MEND,
        "items[].rules",
        _("This cClassTrib reduces the state's IBS, and the item does not state it."),
        REFORM_RULE,
    ),
    Rejection(
        "1034",
        Kind.MEND,
        "items[].rules",
        _("The reduction of the state's IBS is not the one of this cClassTrib."),
        REFORM_RULE,
    ),
    Rejection("1036", Kind.DEFECT, "items[].rules", _("The city's IBS rate is not the year's."), DEFECT),
    Rejection("1037", Kind.DEFECT, "items[].rules", _("The CBS rate is not the year's."), DEFECT),
    Rejection("1041", Kind.MEND, "items[].rules", _("The state's IBS of the item is not base times rate."), COMPUTE),
    Rejection(
        "1046",
        Kind.MEND,
        "items[].rules",
        _("The reduction of the city's IBS is not the one of this cClassTrib."),
        REFORM_RULE,
    ),
    Rejection("1052", Kind.MEND, "items[].rules", _("The city's IBS of the item is not base times rate."), COMPUTE),
    Rejection(
        "1063",
        Kind.MEND,
        "items[].rules",
        _("The reduction of the CBS is not the one of this cClassTrib."),
        REFORM_RULE,
    ),
    Rejection("1069", Kind.MEND, "items[].rules", _("The CBS of the item is not base times rate."), COMPUTE),
    Rejection(
        "1074",
        Kind.MEND,
        "items[].rules",
        _("This cClassTrib reduces the city's IBS, and the item does not state it."),
        REFORM_RULE,
    ),
    Rejection("1076", Kind.MEND, "", _("The total of the bases of IBS/CBS is not the sum of the items."), COMPUTE),
    Rejection(
        "1079",
        Kind.MEND,
        "items[].rules",
        _("This cClassTrib reduces the CBS, and the item does not state it."),
        REFORM_RULE,
    ),
    Rejection("1080", Kind.MEND, "", _("The total of the state's IBS is not the sum of the items."), COMPUTE),
    Rejection("1084", Kind.MEND, "", _("The total of the city's IBS is not the sum of the items."), COMPUTE),
    Rejection("1085", Kind.MEND, "", _("The total of the IBS is not the sum of the items."), COMPUTE),
    Rejection("1091", Kind.MEND, "", _("The total of the CBS is not the sum of the items."), COMPUTE),
    Rejection("1094", Kind.MEND, "", _("The total of the document (vNFTot) is not the sum of its items."), COMPUTE),
    Rejection(
        "1104", Kind.MEND, "items[].rules", _("The base of IBS/CBS of the item is not as the law computes it."), COMPUTE
    ),
    Rejection(
        "1105", Kind.MEND, "items[].rules", _("The total of the item (vItem) is not the sum of its parts."), COMPUTE
    ),
    Rejection(
        "1115",
        Kind.MEND,
        "items[].rules",
        _("The item lacks IBS and CBS, which companies of the normal regime must state."),
        _(
            "Fill in the CST and the cClassTrib of IBS/CBS in the tax rule (000 and 000001 where the "
            "sale is fully taxed); then reset the invoice to draft and confirm it again."
        ),
    ),
    Rejection("1118", Kind.MEND, "", _("The document has totals of IBS and CBS, but no item has them."), COMPUTE),
    Rejection("1119", Kind.MEND, "", _("The items have IBS and CBS, but the document lacks their totals."), COMPUTE),
    Rejection("1139", Kind.MEND, "", _("A type of debit note was given to a document that is no debit note."), NOT_YET),
    Rejection("1142", Kind.MEND, "items[].rules", _("The taxes of a government purchase do not add up."), NOT_YET),
    Rejection("1145", Kind.MEND, "", _("This type of credit note exists only from 2029 on."), NOT_YET),
    Rejection(
        "1150", Kind.MEND, "items[].rules", _("The IBS of the item is not the state's plus the city's."), COMPUTE
    ),
    Rejection("1152", Kind.MEND, "", _("This type of credit note must be an entry."), NOT_YET),
    Rejection("1161", Kind.MEND, "", _("A credit note must be an entry."), NOT_YET),
    Rejection("1162", Kind.MEND, "", _("A debit note must be a sale."), NOT_YET),
    Rejection(
        "1163", Kind.MEND, "", _("A type of credit note was given to a document that is no credit note."), NOT_YET
    ),
    Rejection("1164", Kind.MEND, "", _("A credit note does not say of what type it is."), NOT_YET),
    Rejection("1200", Kind.MEND, "items[].rules", _("The cClassTrib does not fit the type of debit note."), NOT_YET),
    Rejection("1201", Kind.MEND, "items[].rules", _("The cClassTrib does not fit the type of credit note."), NOT_YET),
    Rejection("1202", Kind.MEND, "items[].rules", _("This cClassTrib is not for this type of document."), REFORM_RULE),
    Rejection("1278", Kind.DEFECT, "items[].rules", _("The item lacks its net value (vProdLiq)."), DEFECT),
    Rejection(
        "1279",
        Kind.MEND,
        "items[].rules",
        _("The net value of the item (vProdLiq) is not its value less discounts and taxes."),
        COMPUTE,
    ),
    Rejection(
        "1280",
        Kind.DEFECT,
        "items[].rules",
        _("The expected ICMS (ICMSPrevisto) was stated where it does not belong."),
        DEFECT,
    ),
    Rejection("1281", Kind.DEFECT, "items[].rules", _("The item lacks the expected ICMS (ICMSPrevisto)."), DEFECT),
    Rejection("1282", Kind.DEFECT, "", _("The document lacks the total of the net values (vProdLiqTot)."), DEFECT),
    Rejection(
        "1283", Kind.MEND, "", _("The total of the net values (vProdLiqTot) is not the sum of the items."), COMPUTE
    ),
)
