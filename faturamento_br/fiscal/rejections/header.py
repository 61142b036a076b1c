"""What kind of sale: CFOP, references, intermediary, transport, payment."""

from ..problems import _
from .cures import CARRIER, CFOP_RULE, COMPUTE, NOT_YET, PAYMENT, TERMS
from .rejection import Kind, Rejection

ROWS = (
    Rejection(
        "254", Kind.MEND, "references", _("A complementary document does not name the one that it completes."), NOT_YET
    ),
    Rejection("255", Kind.MEND, "references", _("A complementary document names more than one document."), NOT_YET),
    Rejection(
        "267",
        Kind.MEND,
        "references",
        _("A document that this one refers to does not exist at SEFAZ."),
        _("Correct the access key of the document referred to."),
    ),
    Rejection("321", Kind.MEND, "references", _("A return of goods must refer to the original document."), NOT_YET),
    Rejection("327", Kind.MEND, "items[].cfop", _("A return of goods needs a CFOP of return."), CFOP_RULE),
    Rejection(
        "328", Kind.MEND, "items[].cfop", _("The CFOP is one of return, but the document is not a return."), CFOP_RULE
    ),
    Rejection(
        "355",
        Kind.MEND,
        "",
        _("A sale abroad must say where the goods leave the country."),
        _("Fill in state and place of leaving the country."),
    ),
    Rejection(
        "356",
        Kind.MEND,
        "",
        _("Only a sale abroad says where the goods leave the country."),
        _("Clear state and place of leaving the country."),
    ),
    Rejection(
        "359",
        Kind.MEND,
        "",
        _("A sale to a public body must state the commitment note (nota de empenho)."),
        _("Fill in the nota de empenho of the customer's order."),
    ),
    Rejection("362", Kind.MEND, "transport.carrier", _("A sale of fuel must name the carrier."), CARRIER),
    Rejection("374", Kind.MEND, "items[].cfop", _("The CFOP does not fit the group of taxes of the item."), CFOP_RULE),
    Rejection("375", Kind.MEND, "items[].cfop", _("A document with this CFOP cannot refer to an NFC-e."), NOT_YET),
    Rejection("391", Kind.MEND, "payments", _("A payment by card lacks the data of the card."), PAYMENT),
    Rejection(
        "392",
        Kind.MEND,
        "payments",
        _("A payment by card integrated with the till lacks the data of its operation."),
        PAYMENT,
    ),
    Rejection(
        "434",
        Kind.MEND,
        "presence",
        _("The document does not say whether an intermediary (marketplace) takes part in the sale."),
        _("Correct the presence indicator of the invoice."),
    ),
    Rejection(
        "435",
        Kind.MEND,
        "presence",
        _("A sale of this kind cannot name an intermediary."),
        _("Correct the presence indicator of the invoice."),
    ),
    Rejection("437", Kind.MEND, "payments", _("The CNPJ of the payment institution is not valid."), PAYMENT),
    Rejection(
        "438",
        Kind.MEND,
        "intermediary",
        _("A sale by a marketplace must name it."),
        _("Fill in the intermediary (CNPJ and registration) of the invoice, or correct its presence indicator."),
    ),
    Rejection(
        "439",
        Kind.MEND,
        "intermediary",
        _("The document names an intermediary, but says that none takes part."),
        _("Clear the intermediary of the invoice, or say that it takes part."),
    ),
    Rejection(
        "440",
        Kind.MEND,
        "intermediary.cnpj",
        _("The CNPJ of the intermediary (marketplace) is not valid."),
        _("Correct the CNPJ of the intermediary."),
    ),
    Rejection("443", Kind.MEND, "payments", _("The code of the card's brand does not exist."), PAYMENT),
    Rejection("518", Kind.MEND, "items[].cfop", _("The document is a sale, but a CFOP is one of entry."), CFOP_RULE),
    Rejection("519", Kind.MEND, "items[].cfop", _("The document is an entry, but a CFOP is one of sale."), CFOP_RULE),
    Rejection(
        "523",
        Kind.MEND,
        "items[].cfop",
        _("The CFOP is for another state, but the customer is in the company's own."),
        _(
            "Correct the customer's state or the CFOP of the tax rule; then reset the invoice to "
            "draft and confirm it again."
        ),
    ),
    Rejection("542", Kind.MEND, "transport.carrier.tax_id", _("The carrier's CNPJ is not valid."), CARRIER),
    Rejection("543", Kind.MEND, "transport.carrier.tax_id", _("The carrier's CPF is not valid."), CARRIER),
    Rejection(
        "544", Kind.MEND, "transport.carrier.ie", _("The carrier's state registration (IE) is not valid."), CARRIER
    ),
    Rejection(
        "547",
        Kind.MEND,
        "references",
        _("The access key of a document referred to has a wrong digit."),
        _("Correct the access key of the document referred to."),
    ),
    Rejection("559", Kind.MEND, "transport.carrier.address.uf", _("The carrier's state is missing."), CARRIER),
    Rejection("679", Kind.MEND, "items[].cfop", _("A sale cannot refer to an NFC-e or CF-e."), NOT_YET),
    Rejection(
        "680",
        Kind.MEND,
        "references",
        _("The same document is referred to twice."),
        _("Leave each access key once among the documents referred to."),
    ),
    Rejection("701", Kind.MEND, "items[].cfop", _("This CFOP needs the document that it refers to."), NOT_YET),
    Rejection(
        "731",
        Kind.MEND,
        "items[].cfop",
        _("The CFOP is for a sale abroad, but this sale is inside Brazil."),
        _(
            "Correct the customer's country or the CFOP of the tax rule; then reset the invoice to "
            "draft and confirm it again."
        ),
    ),
    Rejection(
        "732",
        Kind.MEND,
        "items[].cfop",
        _("The CFOP is for a sale to another state, but this sale is not."),
        _(
            "Correct the customer's state or the CFOP of the tax rule; then reset the invoice to "
            "draft and confirm it again."
        ),
    ),
    Rejection(
        "733",
        Kind.MEND,
        "items[].cfop",
        _("The CFOP is for a sale inside the state, but this sale is not."),
        _(
            "Correct the customer's state or the CFOP of the tax rule; then reset the invoice to "
            "draft and confirm it again."
        ),
    ),
    Rejection("769", Kind.MEND, "payments", _("The document must state how it is paid."), PAYMENT),
    Rejection("770", Kind.MEND, "items[].cfop", _("The CFOP does not exist."), CFOP_RULE),
    Rejection(
        "794",
        Kind.MEND,
        "presence",
        _("Home delivery (presence 4) is for NFC-e only."),
        _("Correct the presence indicator of the invoice."),
    ),
    Rejection("797", Kind.MEND, "bill.instalments", _("An instalment falls due more than ten years from now."), TERMS),
    Rejection(
        "850", Kind.MEND, "bill.instalments", _("An instalment falls due before the one that precedes it."), TERMS
    ),
    Rejection(
        "851", Kind.MEND, "bill.instalments", _("The instalments do not add up to the net amount of the bill."), COMPUTE
    ),
    Rejection(
        "852", Kind.MEND, "bill.instalments", _("The instalments are not numbered in order (001, 002, 003)."), TERMS
    ),
    Rejection("853", Kind.MEND, "bill", _("A sale paid at sight does not state instalments."), TERMS),
    Rejection(
        "864",
        Kind.MEND,
        "presence",
        _("A sale in person outside the premises must refer to the document of the load."),
        _("Correct the presence indicator of the invoice."),
    ),
    Rejection("865", Kind.MEND, "payments", _("The payments add up to less than the document."), COMPUTE),
    Rejection(
        "866",
        Kind.MEND,
        "payments",
        _("The payments add up to more than the document, and no change was given."),
        COMPUTE,
    ),
    Rejection("867", Kind.MEND, "bill", _("There are instalments, but the payment is not by duplicata."), PAYMENT),
    Rejection(
        "868",
        Kind.MEND,
        "transport.vehicle",
        _("In a sale to another state the document does not state vehicle and trailer."),
        _("Clear the plates of vehicle and trailer on the invoice."),
    ),
    Rejection("869", Kind.MEND, "payments", _("The change given is not payments less total."), COMPUTE),
    Rejection("871", Kind.MEND, "payments", _("A document of adjustment or return has no payment (90)."), PAYMENT),
    Rejection("872", Kind.MEND, "payments", _("A payment by duplicata needs its instalments."), TERMS),
    Rejection(
        "898", Kind.MEND, "bill.instalments", _("An instalment falls due before the document is authorized."), TERMS
    ),
    Rejection(
        "900", Kind.MEND, "bill.instalments", _("An instalment falls due before the date of the document."), TERMS
    ),
    Rejection("901", Kind.MEND, "bill", _("The discount of the bill is larger than the bill."), COMPUTE),
    Rejection("902", Kind.MEND, "bill", _("The net amount of the bill is not its amount less the discount."), COMPUTE),
    Rejection("904", Kind.MEND, "payments", _("“No payment” (90) cannot have an amount."), PAYMENT),
    Rejection("905", Kind.MEND, "bill", _("The bill lacks its number or amounts."), COMPUTE),
)
