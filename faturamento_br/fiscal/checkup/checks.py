"""The table of all checks: what each is called, why it matters, how much, and who judges."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..problems import Problem, _
from . import customers, goods, rules
from .facts import World, documents_of

#: How much a check matters: the NF-e is refused or a tax is wrong, it probably is, it may be.
HIGH, MEDIUM, LOW = "1", "2", "3"


@dataclass(frozen=True)
class Check:
    """:param subject: whose record is to be mended: ``goods``, ``customer``, ``rule`` or ``operation``.

    :param judge: of goods and customers a function of one of them; of rules and operations one of all.
    """

    code: str
    subject: str
    severity: str
    name: str
    why: str
    judge: Callable


@dataclass(frozen=True)
class Finding:
    """:param ref: the record, as the caller named it.

    :param key: tells two findings of one check and one record apart.
    :param documents: those of the last twelve months that it touched.
    """

    check: Check
    ref: str
    key: str
    problem: Problem
    documents: frozenset[int]


REFUSED = _("SEFAZ refuses the NF-e.")
CHECKS = (
    Check("ncm_missing", "goods", HIGH, _("NCM missing"), REFUSED, goods.ncm_missing),
    Check("ncm_form", "goods", HIGH, _("NCM without 8 digits"), REFUSED, goods.ncm_form),
    Check("ncm_not_in_force", "goods", HIGH, _("NCM not in force"), REFUSED, goods.ncm_not_in_force),
    Check(
        "ncm_ending",
        "goods",
        MEDIUM,
        _("NCM about to end"),
        _("From the day after, SEFAZ refuses the NF-e."),
        goods.ncm_ending,
    ),
    Check(
        "cest_demanded",
        "goods",
        HIGH,
        _("CEST demanded by substitution"),
        _("Goods under ST without CEST are refused by SEFAZ."),
        goods.cest_demanded,
    ),
    Check(
        "cest_possible",
        "goods",
        LOW,
        _("May be under substitution"),
        _("If the goods are under ST, ICMS is charged twice or not at all."),
        goods.cest_possible,
    ),
    Check(
        "cest_wrong",
        "goods",
        MEDIUM,
        _("CEST of another NCM"),
        _("SEFAZ refuses a CEST that is not in the table, and the tax office asks about one of other goods."),
        goods.cest_wrong,
    ),
    Check(
        "fci",
        "goods",
        MEDIUM,
        _("Import content without FCI"),
        _("The 4 % between states stand and fall with the FCI."),
        goods.fci,
    ),
    Check("taxable_unit", "goods", HIGH, _("Taxable unit of foreign trade"), REFUSED, goods.taxable_unit),
    Check(
        "factor",
        "goods",
        HIGH,
        _("Taxable units in one unit"),
        _("The NF-e cannot tell the taxable quantity."),
        goods.factor,
    ),
    Check(
        "gtin",
        "goods",
        MEDIUM,
        _("Barcode mistyped"),
        _("Customers receive goods by the GTIN of the NF-e."),
        goods.gtin,
    ),
    Check(
        "fallback",
        "goods",
        MEDIUM,
        _("Taxed by the general rule"),
        _("Goods of one NCM are usually taxed alike."),
        goods.fallback,
    ),
    Check("not_ready", "customer", HIGH, _("Customer not ready"), REFUSED, customers.not_ready),
    Check(
        "contributor_without_ie",
        "customer",
        HIGH,
        _("Contributor without IE"),
        REFUSED,
        customers.contributor_without_ie,
    ),
    Check("ie_wrong", "customer", HIGH, _("IE wrong"), REFUSED, customers.ie_wrong),
    Check(
        "suframa",
        "customer",
        HIGH,
        _("SUFRAMA wrong"),
        _("Without a right registration the relief of the free zone is lost, and SEFAZ refuses the NF-e."),
        customers.suframa,
    ),
    Check(
        "suframa_ended",
        "customer",
        HIGH,
        _("SUFRAMA ended"),
        _("Sold without ICMS or IPI to who has no right to it, the seller owes the taxes."),
        customers.suframa_ended,
    ),
    Check(
        "place",
        "customer",
        MEDIUM,
        _("CEP, city and state disagree"),
        _("Rates between states and DIFAL follow the state."),
        customers.place,
    ),
    Check(
        "reseller_without_registration",
        "customer",
        HIGH,
        _("Resells, and is no contributor"),
        REFUSED,
        customers.reseller_without_registration,
    ),
    Check(
        "consumer_and_reseller",
        "customer",
        LOW,
        _("Consumes and resells"),
        _("ST and DIFAL depend on what the goods are for."),
        customers.consumer_and_reseller,
    ),
    Check(
        "asked", "operation", HIGH, _("A rate is asked for"), _("Today these sales could not be invoiced."), rules.asked
    ),
    Check(
        "without_rule",
        "operation",
        HIGH,
        _("Sold without a rule"),
        _("Today these sales could not be invoiced."),
        rules.without_rule,
    ),
    Check("tax_class", "rule", HIGH, _("cClassTrib of the rule"), REFUSED, rules.tax_class),
    Check(
        "ends_soon",
        "rule",
        MEDIUM,
        _("Substitution about to end"),
        _("From the day after, goods are taxed by a more general rule, or by none."),
        rules.ends_soon,
    ),
    Check(
        "ncm_ended",
        "rule",
        MEDIUM,
        _("Rule of an NCM that ended"),
        _("The goods have another NCM now, which this rule does not tax."),
        rules.ncm_ended,
    ),
    Check(
        "no_goods",
        "rule",
        LOW,
        _("Rule without goods"),
        _("Somebody wrote it for goods that are taxed otherwise now."),
        rules.no_goods,
    ),
    Check(
        "never_wins",
        "rule",
        MEDIUM,
        _("Rule that never decides"),
        _("Whoever wrote it believes that it does."),
        rules.never_wins,
    ),
)
#: Checks that compare products with one another: nothing can be said of a few of them.
OF_ALL = frozenset({"fallback"})


def judge(world: World, of_customers: tuple = (), partly: bool = False) -> Iterator[Finding]:
    """Everything there is to say of the goods and rules of ``world`` and of these customers.

    :param partly: ``world`` has only some products and sales: what needs them all is left out.
    """
    for check in CHECKS:
        if check.subject in ("goods", "customer"):
            if partly and check.code in OF_ALL:
                continue
            records, sales = (
                (world.goods, world.sales_of_goods) if check.subject == "goods" else (of_customers, world.sales_to)
            )
            for record in records:
                for index, problem in enumerate(check.judge(record, world)):
                    documents = documents_of(sales.get(record.ref, ()))
                    yield Finding(check, record.ref, str(index or ""), problem, documents)
        elif not partly:
            for ref, key, problem, documents in check.judge(world):
                yield Finding(check, ref, key, problem, documents)
