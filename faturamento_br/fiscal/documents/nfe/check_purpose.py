"""What is checked of a document's purpose (finNFe): complements, adjustments and returns, beside what a sale asks for.

MOC 7.0, Anexo I, rules B25-10 to B25-90, BA10-40, I08-100 to I08-110 and YA-20; CFOPs of returns: NT 2015.002, table of
CFOP de devolução (column ``returns`` of ``tables/cfop.csv``).
"""

from functools import cache

from ...problems import _
from ...spec import Invoice
from ...tables import rows
from .commercial import NO_PAYMENT
from .findings import Findings

NORMAL, COMPLEMENT, ADJUSTMENT, RETURN = PURPOSES = ("1", "2", "3", "4")
#: Returns that may lack a reference (rule B25-60, exception).
UNREFERRED = frozenset(("1201", "1202", "1410", "1411", "5921", "6921"))
#: CFOPs that take back a sale to who is no contributor, though they are not of returns (rule I08-100, exception).
OTHER_ENTRIES = frozenset(("1949", "2949"))
NFE_MODELS = frozenset(("55", "65"))
#: CFOPs between establishments of one company; their third and fourth digits (LC 87/1996 art. 12 §4).
TRANSFERS = frozenset(["151", "152", "153", "155", "156", "408", "409", "552", "557", "658", "659"])


def check_purpose(invoice: Invoice, found: Findings) -> None:
    """References and payment, as finNFe asks for (rejections 254, 255, 269, 321, 678, 871)."""
    references = [key for key in invoice.references if key[20:22] in NFE_MODELS]
    if invoice.purpose == COMPLEMENT:
        _check_complement(invoice, references, found)
    if invoice.purpose == RETURN and not invoice.references and not _needs_no_reference(invoice):
        message = _("A return of goods refers to the document that it takes back, and none is given (rejection 321).")
        found.note("return_reference", "references", message, _("Give the access key of the original NF-e."))
    methods = [payment.method for payment in invoice.payments]
    if invoice.purpose in (ADJUSTMENT, RETURN) and methods != [NO_PAYMENT]:
        message = _("Nothing is paid by a return or an adjustment: its payment is “no payment” (rejection 871).")
        found.note("purpose_payment", "payments", message, _("Choose payment method 90, alone."))
    _check_transfer(invoice, found)


def check_cfop(invoice: Invoice, cfop: str, path: str, found: Findings) -> None:
    """A CFOP of return in what is none, and the other way round (rejections 327, 328)."""
    returns = cfop in return_cfops()
    if returns and invoice.purpose in (NORMAL, ADJUSTMENT):
        message = _("CFOP %(cfop)s is a return of goods, which is not a sale (rejection 328).")
        found.note("cfop_return", path, message, _("Choose the CFOP of a sale."), cfop=cfop)
    other = cfop in OTHER_ENTRIES and invoice.recipient.ie_indicator == "9"
    if invoice.purpose == RETURN and not returns and not other:
        message = _("CFOP %(cfop)s is none of a return of goods (rejection 327).")
        cure = _("Choose the CFOP of the return, as 1202 or 5202, or another operation.")
        found.note("cfop_not_return", path, message, cure, cfop=cfop)


def _check_complement(invoice: Invoice, references: list[str], found: Findings) -> None:
    if len(references) != 1 or len(invoice.references) != 1:
        message = _("A complement refers to exactly one NF-e, the one that lacked something (rejections 254, 255).")
        found.note("complement_reference", "references", message, _("Give its access key, and no other."))
        return
    key = references[0]
    if key[6:20] != invoice.emitter.tax_id.zfill(14):
        message = _("A complement refers to an NF-e of the same company, and %(key)s is another's (rejection 269).")
        found.note("complement_of_another", "references[0]", message, _("Give the key of your own NF-e."), key=key)
    elif key[:2] != invoice.emitter.address.city_code[:2]:
        message = _("A complement refers to an NF-e of the same state, and %(key)s is another's (rejection 678).")
        found.note("complement_of_another_uf", "references[0]", message, _("Correct the access key."), key=key)


def _check_transfer(invoice: Invoice, found: Findings) -> None:
    """A transfer is between establishments of one company: the first 8 characters of their CNPJs are the same."""
    emitter, recipient = invoice.emitter.tax_id, invoice.recipient.tax_id
    if len(emitter) == len(recipient) == 14 and emitter[:8] == recipient[:8]:
        return
    for i, item in enumerate(invoice.items):
        if item.cfop[1:] in TRANSFERS:
            message = _("CFOP %(cfop)s is a transfer, and %(name)s is not an establishment of the same company.")
            cure = _("Choose a branch of the company as recipient, or the operation of a sale.")
            found.note(
                "transfer_to_another", f"items[{i}].cfop", message, cure, cfop=item.cfop, name=invoice.recipient.name
            )


def _needs_no_reference(invoice: Invoice) -> bool:
    return all(item.cfop in UNREFERRED for item in invoice.items)


@cache
def return_cfops() -> frozenset[str]:
    """The official CFOPs of returns of goods."""
    return frozenset(row["cfop"] for row in rows("cfop") if row["returns"])
