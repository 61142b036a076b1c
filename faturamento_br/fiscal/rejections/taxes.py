"""ICMS, IPI, PIS and COFINS of the items, and the totals."""

from ..problems import _
from .cures import BENEFIT, CFOP_RULE, COMPUTE, DEFECT, ICMS_RULE, NOT_YET, RULE
from .rejection import Kind, Rejection

ROWS = (
    Rejection(
        "387",
        Kind.MEND,
        "items[].rules.ipi.cEnq",
        _("The legal framing code of the IPI (cEnq) does not exist."),
        _("Correct the IPI framing code in the product; 999 is the common one for taxed goods."),
    ),
    Rejection(
        "388",
        Kind.MEND,
        "items[].rules.ipi.cEnq",
        _("The IPI CST does not fit its legal framing code (cEnq)."),
        _("Correct IPI CST and framing code in the product so that they agree."),
    ),
    Rejection(
        "390", Kind.MEND, "items[].rules.ipi", _("Returned IPI is stated in a document that is not a return."), NOT_YET
    ),
    Rejection(
        "417",
        Kind.ASK,
        "",
        _("The ICMS of the document is above the limit that SEFAZ set."),
        _("Check the amounts of the invoice. If they are right, ask SEFAZ with the accountant's help."),
    ),
    Rejection(
        "508",
        Kind.MEND,
        "items[].rules",
        _("This ICMS CST cannot be used in a sale to who is not a contributor."),
        _(
            "Correct the customer's ICMS contributor field, or the CST of the tax rule; then reset "
            "the invoice to draft and confirm it again."
        ),
    ),
    Rejection("527", Kind.MEND, "items[].rules", _("A sale abroad has ICMS CST 41 or CSOSN 300."), ICMS_RULE),
    Rejection("528", Kind.MEND, "items[].rules", _("The ICMS of the item is not base times rate."), COMPUTE),
    Rejection(
        "529",
        Kind.MEND,
        "items[].rules",
        _("This ICMS CST cannot be used in a sale to a contributor exempt from registration."),
        _(
            "Correct the customer's ICMS contributor field, or the CST of the tax rule; then reset "
            "the invoice to draft and confirm it again."
        ),
    ),
    Rejection("531", Kind.MEND, "", _("The total of the ICMS bases is not the sum of the items."), COMPUTE),
    Rejection("532", Kind.MEND, "", _("The total of the ICMS is not the sum of the items."), COMPUTE),
    Rejection(
        "533", Kind.MEND, "", _("The total of the bases of ICMS substitution is not the sum of the items."), COMPUTE
    ),
    Rejection("534", Kind.MEND, "", _("The total of the ICMS substitution is not the sum of the items."), COMPUTE),
    Rejection("535", Kind.MEND, "", _("The total of the freight is not the sum of the items."), COMPUTE),
    Rejection("536", Kind.MEND, "", _("The total of the insurance is not the sum of the items."), COMPUTE),
    Rejection("537", Kind.MEND, "", _("The total of the discounts is not the sum of the items."), COMPUTE),
    Rejection("538", Kind.MEND, "", _("The total of the IPI is not the sum of the items."), COMPUTE),
    Rejection("564", Kind.MEND, "", _("The total of the products is not the sum of the items."), COMPUTE),
    Rejection(
        "600",
        Kind.MEND,
        "items[].rules",
        _("This CSOSN cannot be used in a sale to who is not a contributor."),
        _(
            "Correct the customer's ICMS contributor field, or give the tax rule CSOSN 102, 103, 300,"
            " 400 or 500; then reset the invoice to draft and confirm it again."
        ),
    ),
    Rejection("601", Kind.MEND, "", _("The total of the import tax (II) is not the sum of the items."), COMPUTE),
    Rejection("602", Kind.MEND, "", _("The total of the PIS is not the sum of the items."), COMPUTE),
    Rejection("603", Kind.MEND, "", _("The total of the COFINS is not the sum of the items."), COMPUTE),
    Rejection("604", Kind.MEND, "", _("The total of the other charges is not the sum of the items."), COMPUTE),
    Rejection("610", Kind.MEND, "", _("The total of the document is not the sum of its parts."), COMPUTE),
    Rejection(
        "625",
        Kind.MEND,
        "recipient.suframa",
        _("An exempt sale to the free zone (ZFM) needs the customer's SUFRAMA registration."),
        _("Fill in the customer's SUFRAMA registration."),
    ),
    Rejection(
        "626", Kind.MEND, "items[].cfop", _("An exempt sale to the free zone (ZFM) needs its own CFOP."), CFOP_RULE
    ),
    Rejection(
        "627",
        Kind.MEND,
        "items[].rules",
        _("The ICMS that the benefit saves (ICMS desonerado) has a reason, but no amount."),
        ICMS_RULE,
    ),
    Rejection(
        "628",
        Kind.ASK,
        "",
        _("The total of the document is above the limit that SEFAZ set."),
        _("Check the amounts of the invoice. If they are right, ask SEFAZ with the accountant's help."),
    ),
    Rejection(
        "663",
        Kind.MEND,
        "items[].rules",
        _("An imported product pays at most 4 % of ICMS in a sale to another state."),
        _(
            "Correct the ICMS rate of the tax rule to 4 %, or the origin of the product; then reset "
            "the invoice to draft and confirm it again."
        ),
    ),
    Rejection("685", Kind.MEND, "", _("The total of the approximate taxes is not the sum of the items."), COMPUTE),
    Rejection(
        "693",
        Kind.MEND,
        "items[].rules",
        _("The ICMS rate is higher than the one for a sale between these states."),
        ICMS_RULE,
    ),
    Rejection(
        "694",
        Kind.MEND,
        "items[].rules",
        _(
            "A sale to a final consumer of another state who is not a contributor needs the ICMS of "
            "the state of destination (DIFAL)."
        ),
        _(
            "Correct the customer's ICMS contributor field if it is one. If not, give the goods' internal rate in "
            "that state in a tax rule (DIFAL), and issue it again."
        ),
    ),
    Rejection(
        "695",
        Kind.MEND,
        "items[].rules",
        _("The ICMS of the state of destination (DIFAL) was stated in a sale that does not have it."),
        _(
            "Correct the customer's ICMS contributor field and state, or the final consumer mark of "
            "the invoice; then reset the invoice to draft and confirm it again."
        ),
    ),
    Rejection(
        "697",
        Kind.MEND,
        "items[].rules",
        _("The rate between states does not fit the origin of the product."),
        _(
            "Correct the origin of the product or the ICMS of the tax rule; then reset the invoice to"
            " draft and confirm it again."
        ),
    ),
    Rejection(
        "698", Kind.MEND, "items[].rules", _("The rate between states is not the one of these two states."), ICMS_RULE
    ),
    Rejection(
        "699",
        Kind.DEFECT,
        "items[].rules",
        _("The share of the ICMS of the state of destination is not this year's."),
        DEFECT,
    ),
    Rejection("745", Kind.MEND, "items[].rules", _("An item lacks its PIS."), RULE),
    Rejection("748", Kind.MEND, "items[].rules", _("An item lacks its COFINS."), RULE),
    Rejection(
        "793",
        Kind.MEND,
        "items[].rules",
        _("The poverty fund (FCP) of the state of destination is not base times rate."),
        COMPUTE,
    ),
    Rejection(
        "795", Kind.MEND, "", _("The total of the ICMS that benefits save is not the sum of the items."), COMPUTE
    ),
    Rejection(
        "798",
        Kind.MEND,
        "",
        _("The total of the destination's poverty fund (FCP) is not the sum of the items."),
        COMPUTE,
    ),
    Rejection("799", Kind.MEND, "", _("The total of the destination's ICMS is not the sum of the items."), COMPUTE),
    Rejection("800", Kind.MEND, "", _("The total of the origin's ICMS is not the sum of the items."), COMPUTE),
    Rejection(
        "815",
        Kind.MEND,
        "items[].rules",
        _("The rate difference of the state of destination is not what its base and the rates give."),
        COMPUTE,
    ),
    Rejection(
        "816",
        Kind.MEND,
        "items[].rules",
        _("The origin's part of the rate difference is not what the destination leaves."),
        COMPUTE,
    ),
    Rejection("858", Kind.MEND, "items[].rules", _("This ICMS group cannot be used for this fuel."), NOT_YET),
    Rejection("860", Kind.MEND, "items[].rules", _("The poverty fund (FCP) is not base times rate."), COMPUTE),
    Rejection("861", Kind.MEND, "", _("The total of the poverty fund (FCP) is not the sum of the items."), COMPUTE),
    Rejection(
        "862",
        Kind.MEND,
        "",
        _("The total of the substitution's poverty fund (FCP) is not the sum of the items."),
        COMPUTE,
    ),
    Rejection(
        "874",
        Kind.MEND,
        "items[].rules",
        _("The rate of the poverty fund (FCP) is not one of the state's."),
        _(
            "Correct the FCP rate of the tax rule with the accountant; then reset the invoice to "
            "draft and confirm it again."
        ),
    ),
    Rejection(
        "875",
        Kind.MEND,
        "items[].rules",
        _("The rate of the poverty fund (FCP) of the substitution is not one of the state's."),
        _(
            "Correct the FCP rate of the tax rule with the accountant; then reset the invoice to "
            "draft and confirm it again."
        ),
    ),
    Rejection(
        "876",
        Kind.MEND,
        "items[].rules",
        _("In a sale to a final consumer of another state the poverty fund (FCP) is the destination's."),
        ICMS_RULE,
    ),
    Rejection(
        "880",
        Kind.MEND,
        "items[].rules",
        _("The rate of the poverty fund (FCP) is zero; where there is none it is left out."),
        _("Leave the FCP rate of the tax rule empty; then reset the invoice to draft and confirm it again."),
    ),
    Rejection(
        "906",
        Kind.MEND,
        "items[].rules",
        _(
            "This state wants the effective ICMS (ICMS efetivo) in a sale to the final consumer of "
            "goods whose ICMS was paid before."
        ),
        ICMS_RULE,
    ),
    Rejection(
        "928",
        Kind.MEND,
        "items[].rules",
        _("The tax rule has a benefit code (cBenef), but this CST has no benefit in the state."),
        BENEFIT,
    ),
    Rejection("929", Kind.MEND, "items[].rules", _("A deferred ICMS (CST 51) lacks its amounts."), ICMS_RULE),
    Rejection(
        "930",
        Kind.MEND,
        "items[].rules",
        _("This CST has a benefit in the state, and its code (cBenef) is missing."),
        BENEFIT,
    ),
    Rejection(
        "931", Kind.MEND, "items[].rules", _("The benefit code (cBenef) is not one for this CST in the state."), BENEFIT
    ),
    Rejection(
        "932", Kind.MEND, "items[].rules", _("The ICMS ST is by margin (MVA), but the margin is missing."), ICMS_RULE
    ),
    Rejection("933", Kind.MEND, "items[].rules", _("The ICMS ST has a margin (MVA), but is not by margin."), ICMS_RULE),
    Rejection(
        "934",
        Kind.MEND,
        "items[].rules",
        _("This state wants the ICMS that the benefit saves (ICMS desonerado) and its reason."),
        ICMS_RULE,
    ),
    Rejection(
        "938",
        Kind.MEND,
        "items[].rules",
        _("The sale of goods whose ICMS was retained before needs base, rate and amount retained."),
        _(
            "Fill in the retained ICMS (ST) of the line, from the supplier's invoice; then reset the "
            "invoice to draft and confirm it again."
        ),
    ),
    Rejection(
        "946",
        Kind.MEND,
        "items[].rules",
        _("The benefit code (cBenef) does not exist in the state, or is no longer valid."),
        BENEFIT,
    ),
)
