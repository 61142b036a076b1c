"""What is checked of payments and instalments, and of the amounts that the tax engine made."""

from decimal import Decimal

from ...problems import _
from ...spec import ZERO, Bill, Invoice, TaxedInvoice, TaxedItem
from ...tables import rows
from . import fields, taxes
from .commercial import NO_PAYMENT, OTHER_PAYMENT
from .findings import Findings

MOST_PAYMENTS, MOST_INSTALMENTS = 100, 120
MOST_UNIT_PRICE = Decimal("99999999999")  # TDec_1110v: 11 digits before the point


def check_payments(invoice: Invoice, found: Findings) -> None:
    """tPag, xPag and amounts; their sum is checked when the total is known (:func:`check_payment_total`)."""
    methods = {row["code"] for row in rows("payment_methods")}
    if not 1 <= len(invoice.payments) <= MOST_PAYMENTS:
        message = _("The document has %(count)s payments: 1 to %(most)s are needed.")
        cure = _("Choose a payment method; “90” where there is no payment.")
        found.note("payments_count", "payments", message, cure, count=len(invoice.payments), most=MOST_PAYMENTS)
    for i, payment in enumerate(invoice.payments):
        path = f"payments[{i}]"
        found.right(payment.method in methods, payment.method, f"{path}.method", _("payment method (tPag)"))
        found.right(payment.term in ("0", "1"), payment.term, f"{path}.term", _("payment term (indPag)"))
        unpaid = payment.method == NO_PAYMENT
        if found.money(payment.amount, f"{path}.amount", _("payment"), positive=not unpaid):
            alone = len(invoice.payments) == 1 and not payment.amount
            if unpaid and not alone:
                message = _("“No payment” (90) stands alone and has no amount.")
                found.note("no_payment_with_amount", f"{path}.amount", message, _("Set it to zero."))
        if payment.method == OTHER_PAYMENT:
            found.text(fields.PAYMENT_DESCRIPTION, payment.description, f"{path}.description")


def check_bill(invoice: Invoice, bill: Bill, found: Findings) -> None:
    """fat and dup: arithmetic, numbering and due dates (rejections 850 to 857, 902 to 906)."""
    found.text(fields.BILL_NUMBER, bill.number, "bill.number")
    right = [
        found.money(bill.original, "bill.original", _("bill")),
        found.money(bill.discount, "bill.discount", _("discount of the bill")),
        found.money(bill.net, "bill.net", _("net bill")),
    ]
    if all(right) and bill.original - bill.discount != bill.net:
        message = _("The net bill %(net)s is not %(original)s less the discount %(discount)s (rejection 902).")
        params = {"net": bill.net, "original": bill.original, "discount": bill.discount}
        found.note("bill_net", "bill.net", message, _("Correct the bill."), **params)
    if len(bill.instalments) > MOST_INSTALMENTS:
        message = _("At most %(most)s instalments are allowed.")
        found.note("instalments_count", "bill.instalments", message, most=MOST_INSTALMENTS)
    right += [_check_instalment(invoice, bill, i, found) for i in range(len(bill.instalments))]
    if all(right):
        total = sum((instalment.amount for instalment in bill.instalments), ZERO)
        if bill.instalments and total != bill.net:
            message = _("The instalments add up to %(total)s, not to the net bill %(net)s (rejection 851).")
            cure = _("Correct the payment terms.")
            found.note("instalments_total", "bill.instalments", message, cure, total=total, net=bill.net)


def _check_instalment(invoice: Invoice, bill: Bill, i: int, found: Findings) -> bool:
    """The amount is right; its number and its date are checked on the way."""
    instalment = bill.instalments[i]
    path = f"bill.instalments[{i}]"
    if instalment.number != f"{i + 1:03d}":
        message = _("Instalment “%(number)s” must be numbered %(expected)s: three digits, one after the other.")
        found.note("instalment_number", f"{path}.number", message, number=instalment.number, expected=f"{i + 1:03d}")
    previous = bill.instalments[i - 1].due if i else invoice.issued_at.date()
    if instalment.due < previous or instalment.due.year >= 2100:
        message = _("Instalment %(number)s falls due on %(due)s, before the issue or the previous instalment.")
        cure = _("Correct the due dates.")
        found.note("instalment_due", f"{path}.due", message, cure, number=instalment.number, due=instalment.due)
    return found.money(instalment.amount, f"{path}.amount", _("instalment"), positive=True)


def check_payment_total(taxed: TaxedInvoice, found: Findings) -> None:
    """The payments add up to vNF; "no payment" has nothing to add."""
    payments = taxed.invoice.payments
    if any(payment.method == NO_PAYMENT for payment in payments):
        return
    total = sum((payment.amount for payment in payments), ZERO)
    if total != taxed.totals.invoice:
        message = _("The payments add up to %(total)s, but the document's total is %(invoice)s.")
        params = {"total": total, "invoice": taxed.totals.invoice}
        found.note("payments_total", "payments", message, _("Correct the payments."), **params)


def check_totals(taxed: TaxedInvoice, found: Findings) -> None:
    """Every total can be written."""
    for name, value in vars(taxed.totals).items():
        if isinstance(value, Decimal):
            found.money(value, f"totals.{name}", _("total"))


def check_line(line: TaxedItem, path: str, found: Findings) -> None:
    """Every tax of an item is one that this builder writes, and every amount can be written."""
    situations = (
        (line.icms.rule.cst or line.icms.rule.csosn, taxes.ICMS_GROUPS, "icms", "ICMS"),
        (line.pis.cst, taxes.CONTRIBUTIONS, "pis", "PIS"),
        (line.cofins.cst, taxes.CONTRIBUTIONS, "cofins", "COFINS"),
        (line.ipi.cst if line.ipi else "50", taxes.IPI_TAXED | taxes.IPI_UNTAXED, "ipi", "IPI"),
    )
    for situation, known, name, tax in situations:
        if situation not in known:
            message = _("%(tax)s with situation “%(situation)s” cannot be issued yet.")
            found.note("situation_unsupported", f"{path}.rules.{name}", message, tax=tax, situation=situation)
    if line.ibs_cbs:
        found.form("[0-9]{3}", line.ibs_cbs.cst, f"{path}.rules.ibs_cbs.cst", _("IBS/CBS situation (CST)"))
        found.form("[0-9]{6}", line.ibs_cbs.cClassTrib, f"{path}.rules.ibs_cbs.cClassTrib", _("cClassTrib"))
    _check_amounts(line, path, found)
    _check_retained(line, path, found)
    quantity = line.item.taxable_quantity
    if found.money(line.gross, f"{path}.gross", _("amount of the item"), positive=True) and quantity:
        what = _("price per taxable unit (vUnTrib)")
        found.right(line.gross / quantity <= MOST_UNIT_PRICE, quantity, f"{path}.taxable_quantity", what)


def _check_amounts(line: TaxedItem, path: str, found: Findings) -> None:
    found.money(line.total, f"{path}.total", _("amount of the item"))
    for name in ("icms", "pis", "cofins", "ipi", "ibs_cbs"):
        result = getattr(line, name)
        for key, value in vars(result).items() if result else ():
            if isinstance(value, Decimal):
                check = found.rate if key.endswith(("rate", "effective", "_ibs", "_cbs")) else found.money
                check(value, f"{path}.{name}.{key}", _("tax amount or rate"))


def _check_retained(line: TaxedItem, path: str, found: Findings) -> None:
    """CST 60 and CSOSN 500: base, rate and amount come together, and the rate is not zero (TDec_0302a04Opc)."""
    rule = line.icms.rule
    together = (rule.retained_base, rule.retained_rate, rule.retained_amount)
    given = [value is not None for value in together]
    if any(given) and not (all(given) and rule.retained_rate):
        message = _("Base, rate and amount of the ICMS retained before are given together or not at all.")
        found.note("retained_incomplete", f"{path}.rules.icms", message, _("Fill in the three, or clear them."))
