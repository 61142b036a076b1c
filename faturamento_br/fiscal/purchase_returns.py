"""Purchased goods that go back to who sold them: the items of the supplier's NF-e, as items of our own of exit.

A return undoes the operation that it returns: base, rate and reduction of ICMS are the supplier's (Convênio ICMS
54/2000), and so is what was withheld for the operations to come. What differs is who issues it:

* a company of Simples states the ICMS of a supplier outside it in fields of its own, by CSOSN 900 (Resolução CGSN
  140/2018 art. 59 § 9); of a supplier of Simples there is no ICMS to state;
* who is no contributor of IPI gives it back in impostoDevol (RIPI arts. 229 to 231; NT 2011.004), anybody else as IPI;
* PIS and COFINS are charged on revenue, which this is none of: the operation of return says their situation (49).

The CFOP is that of the operation of return, which knows why the goods were bought; where ICMS was withheld before, its
fellow of ``tables/sent_back_cfops.csv``. How much goes back is ``taxes/returned.py``'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache

from . import access_key, returns
from .problems import Problem, _
from .recompute.items import context_of
from .spec import ZERO, ContributionRule, IcmsRule, IpiReturnRule, Item, TaxRules
from .tables import rows
from .taxes.icms import CSOSN_REGIMES
from .verify.reading import amount, children, read, text

NFE = "55"
NORMAL_REGIME = "3"  # all others pay the IPI of their sales in the DAS (LC 123/2006 art. 13 II)
#: Situations of ICMS that was withheld before or is withheld by this document.
WITHHELD = frozenset(("10", "30", "60", "70", "201", "202", "203", "500"))
BEFORE = frozenset(("60", "500"))
#: Origins of who imported, as who bought of them has them (Convênio S/N, table A).
ORIGINS = {"1": "2", "6": "7"}
#: What CSOSN 900 says of an own operation.
HIGHLIGHTED = ("rate", "base_reduction", "base_mode", "base_margin_rate", "base_unit_price")
OTHER_EXIT = "49"
ALL_OF_IT = Decimal("100.00")
#: Taxes of the sale that its return does not have.
NOT_BACK = ("approximate", "difal", "import_duty", "ipi_return", "pis_st", "cofins_st")


@dataclass(frozen=True)
class Purchase:
    """What a supplier's NF-e says, as far as its return asks for it.

    :param items: by number; without those that cannot be calculated again.
    :param ipi: vIPI of each item, in BRL.
    :param final_consumer: indFinal: the IPI is in the base of ICMS.
    """

    key: str
    issuer: str
    recipient: str
    issue_date: date
    final_consumer: bool
    items: Mapping[int, Item]
    ipi: Mapping[int, Decimal]


def purchase_of(data: bytes) -> tuple[Purchase | None, list[Problem]]:
    """The purchase that the file of an NF-e tells, or why it tells none. Nothing outside the file is read."""
    root, wrong = read(data)
    infNFe = None if root is None else next(root.iter("{*}infNFe"), None)
    key = "" if infNFe is None else infNFe.get("Id", "").removeprefix("NFe")
    if not access_key.is_valid(key) or access_key.split(key).model != NFE:
        cure = _("Ask the supplier for the XML of the NF-e (model 55): not its DANFE, nor an event.")
        found = Problem("not_a_purchase", "", _("The file is not the XML of an NF-e."), cure)
        return None, [*wrong, found]
    context = context_of(infNFe)
    if isinstance(context, Problem):
        return None, [context]
    details = children(infNFe, "det")
    ipi = {int(det.get("nItem")): amount(det, "imposto/IPI/*/vIPI") or ZERO for det in details}
    recipient = text(infNFe, "dest/CNPJ") or text(infNFe, "dest/CPF")
    issuer = text(infNFe, "emit/CNPJ") or text(infNFe, "emit/CPF")
    items = returns.items_of(data)
    return Purchase(key, issuer, recipient, context.issue_date, context.final_consumer, items, ipi), []


def sent_back(item: Item, ipi: Decimal, said: TaxRules | None, cfop: str, *, crt: str, pays_ipi: bool) -> Item:
    """All of ``item`` of a purchase as the item of an exit that gives it back.

    :param ipi: what the supplier charged for it, BRL.
    :param said: the rules of the operation of return, for what the supplier's document does not decide.
    :param cfop: of the operation of return.
    :param crt: the regime of who returns.
    :param pays_ipi: whether who returns is a contributor of IPI.
    """
    rules, kept = item.rules, ("icms", "icms_st")
    back = replace(
        rules,
        **dict.fromkeys(NOT_BACK),
        icms=_icms(rules.icms, said and said.icms, crt),
        pis=said.pis if said else ContributionRule(OTHER_EXIT),
        cofins=said.cofins if said else ContributionRule(OTHER_EXIT),
        ibs_cbs=rules.ibs_cbs or (said and said.ibs_cbs),
    )
    if not pays_ipi or crt != NORMAL_REGIME:
        back = replace(back, ipi=None, ipi_return=IpiReturnRule(ALL_OF_IT, ipi) if ipi else None)
    elif rules.ipi:
        kept = (*kept, "ipi")
    withheld = (rules.icms.cst or rules.icms.csosn) in WITHHELD
    return replace(
        item,
        cfop=_withheld_cfops().get(cfop, cfop) if withheld else cfop,
        rules=back,
        hand=tuple(each for each in item.hand if each.tax in kept),
        origin=ORIGINS.get(item.origin, item.origin),
        order_ref="",
        order_line="",
        info="",
    )


def _icms(rule: IcmsRule, said: IcmsRule | None, crt: str) -> IcmsRule:
    """The situation of who returns, with the base and the rate of the supplier's."""
    situation, simples = rule.cst or rule.csosn, crt in CSOSN_REGIMES
    rule = replace(rule, benefit_code="", reduction_benefit_code="", simples_credit_rate=ZERO)
    if situation in BEFORE:
        return replace(rule, cst="" if simples else "60", csosn="500" if simples else "")
    if rule.cst and not simples:
        return rule
    if rule.cst and rule.rate:
        return IcmsRule(csosn="900", **{name: getattr(rule, name) for name in HIGHLIGHTED})
    if simples:
        return said if said and said.csosn else IcmsRule(csosn="102")
    return IcmsRule(cst="90", rate=ZERO)


@cache
def _withheld_cfops() -> Mapping[str, str]:
    return {row["cfop"]: row["withheld"] for row in rows("sent_back_cfops")}
