"""What is checked of payments and instalments, and of the amounts that the tax engine made."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from ...digits import is_cnpj
from ...problems import _
from ...spec import TAX_NAMES, ZERO, Bill, Card, Invoice, Payment, TaxedInvoice, TaxedItem
from ...tables import rows
from ...text import clean
from . import fields, taxes
from .check_items import check_decimal, decimals
from .commercial import LATER_PAYMENT, NO_PAYMENT, OTHER_PAYMENT
from .det import PRICE_STEP
from .findings import Findings

MOST_PAYMENTS, MOST_INSTALMENTS = 100, 120
MOST_UNIT_PRICE = Decimal("99999999999")  # TDec_1110v: 11 digits before the point
CENT = Decimal("0.01")
LONGEST_YEARS = 10  # rejection 797
UNPAID = (NO_PAYMENT, LATER_PAYMENT)


@cache
def _codes(table: str) -> frozenset[str]:
    return frozenset(row["code"] for row in rows(table))


def check_payments(invoice: Invoice, found: Findings) -> None:
    """tPag, xPag, amounts, cards and vTroco (rejections 392, 437, 443, 904).

    Their sum is checked when the total is known (:func:`check_payment_total`).
    """
    if not 1 <= len(invoice.payments) <= MOST_PAYMENTS:
        message = _("The document has %(count)s payments: 1 to %(most)s are needed.")
        cure = _("Choose a payment method; “90” where there is no payment.")
        found.note("payments_count", "payments", message, cure, count=len(invoice.payments), most=MOST_PAYMENTS)
    for i, payment in enumerate(invoice.payments):
        _check_payment(invoice, payment, f"payments[{i}]", found)
    found.money(invoice.change, "change", _("change given back (vTroco)"))


def _check_payment(invoice: Invoice, payment: Payment, path: str, found: Findings) -> None:
    known = payment.method in _codes("payment_methods")
    found.right(known, payment.method, f"{path}.method", _("payment method (tPag)"))
    found.right(payment.term in ("0", "1"), payment.term, f"{path}.term", _("payment term (indPag)"))
    right = found.money(payment.amount, f"{path}.amount", _("payment"), positive=payment.method not in UNPAID)
    alone = len(invoice.payments) == 1 and not payment.amount
    if right and payment.method == NO_PAYMENT and not alone:
        message = _("“No payment” (90) stands alone and has no amount.")
        found.note("no_payment_with_amount", f"{path}.amount", message, _("Set it to zero."))
    if right and payment.method == LATER_PAYMENT and payment.amount:
        message = _("What is paid later (91) has no amount here (rejection 904).")
        found.note("later_payment_with_amount", f"{path}.amount", message, _("Set it to zero."))
    if payment.method == OTHER_PAYMENT:
        found.text(fields.PAYMENT_DESCRIPTION, payment.description, f"{path}.description")
    if payment.paid_on and not 2000 <= payment.paid_on.year < 2100:
        found.right(False, payment.paid_on, f"{path}.paid_on", _("date of the payment"))
    if payment.card:
        _check_card(payment.card, f"{path}.card", found)


def _check_card(card: Card, path: str, found: Findings) -> None:
    if card.cnpj:
        what = _("CNPJ of the card company or payment institution")
        found.right(is_cnpj(card.cnpj), card.cnpj, f"{path}.cnpj", what)
    if card.brand:
        found.right(card.brand in _codes("card_brands"), card.brand, f"{path}.brand", _("card brand (tBand)"))
    found.text(fields.CARD_AUTHORIZATION, card.authorization, f"{path}.authorization", required=False)
    if card.integrated and not (card.cnpj and clean(card.authorization)):
        message = _("A payment taken by this system tells who took it and its authorization (rejection 392).")
        cure = _("Fill in the card company's CNPJ and the authorization number, or tell it was taken apart.")
        found.note("card_incomplete", path, message, cure)


def check_bill(invoice: Invoice, bill: Bill, now: datetime, found: Findings) -> None:
    """fat and dup: arithmetic, numbering and due dates (rejections 797, 850 to 857, 900 to 906)."""
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
    _check_due_dates(invoice, bill, now.astimezone(invoice.issued_at.tzinfo).date(), found)
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


def _check_due_dates(invoice: Invoice, bill: Bill, today: date, found: Findings) -> None:
    """No due date beyond ten years (rejection 797); a single one on the day of issue is no instalment (853)."""
    for i, instalment in enumerate(bill.instalments):
        due = instalment.due
        if (due.year - LONGEST_YEARS, due.month, due.day) > (today.year, today.month, today.day):
            message = _("Instalment %(number)s falls due on %(due)s, more than 10 years from now (rejection 797).")
            params = {"number": instalment.number, "due": due}
            found.note("instalment_far", f"bill.instalments[{i}].due", message, _("Correct the due dates."), **params)
    if len(bill.instalments) == 1 and bill.instalments[0].due == invoice.issued_at.date():
        message = _("The only instalment falls due on the day of issue: that is a payment at sight (rejection 853).")
        cure = _("Leave the instalments out, or correct the due date.")
        found.note("instalment_at_sight", "bill.instalments[0].due", message, cure)


def check_payment_total(taxed: TaxedInvoice, found: Findings) -> None:
    """The payments, less the change, add up to what the buyer pays (rejections 865, 866, 869): vNF, and from 2027 on
    vNFTot, as IBS, CBS and IS are on top then (LC 214/2025 art. 12); no NT has said so of vPag yet (uncertain).

    "No payment" has nothing to add; beside "paid later" the others may be less.
    """
    invoice, due = taxed.invoice, taxed.totals.payable
    amounts = [payment.amount for payment in invoice.payments]
    if not all(amount.is_finite() for amount in (*amounts, invoice.change)):
        return  # told by check_payments
    methods = {payment.method for payment in invoice.payments}
    total = sum(amounts, ZERO)
    if methods.intersection(UNPAID) and total <= due:
        if invoice.change:
            message = _("There is change of %(change)s, but nothing is paid beyond the total (rejection 869).")
            found.note("change_unexpected", "change", message, _("Clear the change."), change=invoice.change)
    elif total - invoice.change != due:
        message = _("The payments add up to %(total)s, but the document's total is %(invoice)s.")
        cure = _("Correct the payments.")
        if invoice.change:
            message = _("Payments of %(total)s less the change of %(change)s do not give the total of %(invoice)s.")
            cure = _("Correct the payments or the change.")
        params = {"total": total, "invoice": due, "change": invoice.change}
        found.note("payments_total", "payments", message, cure, **params)


def check_totals(taxed: TaxedInvoice, found: Findings) -> None:
    """Every total can be written."""
    for tag, value in taxed.totals.amounts.items():
        # A quantity of fuel has 4 decimals; its total is written with 2.
        decimals = 4 if tag[0] == "q" else 2
        found.number(value, f"totals.{tag}", _("total"), decimals=decimals, integers=13)
    for i, each in enumerate(taxed.withheld):
        found.money(each.amount, f"withholdings[{i}]", _("amount withheld"))
    for tax in {each.tax for each in taxed.withheld}:
        bases = sum((each.base for each in taxed.withheld if each.tax == tax), ZERO)
        found.money(bases, "withholdings", _("base of what is withheld"))


def check_line(line: TaxedItem, path: str, found: Findings) -> None:
    """Every tax of an item is one that this builder writes, and every amount can be written."""
    situations = (
        (line.icms.rule.cst or line.icms.rule.csosn, taxes.icms.GROUPS, "icms", "ICMS"),
        (line.pis.cst, taxes.contributions.SITUATIONS, "pis", "PIS"),
        (line.cofins.cst, taxes.contributions.SITUATIONS, "cofins", "COFINS"),
        (line.ipi.cst if line.ipi else "50", taxes.ipi.SITUATIONS, "ipi", "IPI"),
    )
    for situation, known, name, tax in situations:
        if situation not in known:
            message = _("%(tax)s with situation “%(situation)s” cannot be issued yet.")
            found.note("situation_unsupported", f"{path}.rules.{name}", message, tax=tax, situation=situation)
    if line.ibs_cbs:
        found.form("[0-9]{3}", line.ibs_cbs.cst, f"{path}.rules.ibs_cbs.cst", _("IBS/CBS situation (CST)"))
        found.money(line.ibs_cbs.ibs_amount, f"{path}.rules.ibs_cbs.presumed", _("IBS less its presumed credit"))
        found.form("[0-9]{6}", line.ibs_cbs.cClassTrib, f"{path}.rules.ibs_cbs.cClassTrib", _("cClassTrib"))
    if line.pis_st and line.pis_st.quantity is None:
        # PISST/vBC is a TDec_1302Opc: it cannot be zero.
        found.money(line.pis_st.base, f"{path}.pis_st.base", _("base of PIS by substitution"), positive=True)
    _check_amounts(line, path, found)
    _check_retained(line, path, found)
    quantity = line.item.taxable_quantity
    right = found.money(line.gross, f"{path}.gross", _("amount of the item"), positive=True)
    if right and quantity is not None and _is_quantity(quantity):
        what = _("price per taxable unit (vUnTrib)")
        price = line.gross / quantity
        if found.right(price <= MOST_UNIT_PRICE, quantity, f"{path}.taxable_quantity", what):
            _check_taxable(line, price, path, found)


def _is_quantity(value: Decimal) -> bool:
    """Whether qTrib can hold ``value``; what is wrong with it is check_items' to tell."""
    return Findings().number(value, "", "", decimals=4, integers=11, positive=True)


def _check_taxable(line: TaxedItem, price: Decimal, path: str, found: Findings) -> None:
    """qTrib × vUnTrib is vProd, a cent apart at most (rule I14-10, rejection 630): ten decimals may not be enough."""
    quantity = line.item.taxable_quantity
    again = (quantity * price.quantize(PRICE_STEP, ROUND_HALF_UP)).quantize(CENT, ROUND_HALF_UP)
    if abs(again - line.gross) > CENT:
        message = _("%(quantity)s taxable units cannot be priced so that they give %(gross)s (rejection 630).")
        cure = _("Use a larger taxable unit.")
        found.note("taxable_price", f"{path}.taxable_quantity", message, cure, quantity=quantity, gross=line.gross)


def _check_amounts(line: TaxedItem, path: str, found: Findings) -> None:
    found.money(line.total, f"{path}.total", _("amount of the item"))
    for name in TAX_NAMES:
        for place, key, value in decimals(getattr(line, name), f"{path}.{name}"):
            check_decimal(key, value, place, _("tax amount or rate"), found)


def _check_retained(line: TaxedItem, path: str, found: Findings) -> None:
    """CST 60 and CSOSN 500: base, rate and amount come together, and the rate is not zero (TDec_0302a04Opc).

    The group ICMSST may do without the rate.
    """
    rule = line.icms.rule
    together = (rule.retained_base, rule.retained_rate, rule.retained_amount)
    given = [value is not None for value in together]
    passed_on = rule.destination_st_base is not None and rule.retained_rate is None
    if any(given) and not passed_on and not (all(given) and rule.retained_rate):
        message = _("Base, rate and amount of the ICMS retained before are given together or not at all.")
        found.note("retained_incomplete", f"{path}.rules.icms", message, _("Fill in the three, or clear them."))
