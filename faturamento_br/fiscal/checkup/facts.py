"""What a check-up looks at, as plain values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from ..problems import Problem
from ..rules.book import Rulebook
from ..rules.criteria import Criteria, Facts
from ..rules.rule import Rule

#: Criteria that look at the goods, the CEST apart: it is what may be lacking.
GOODS = ("product", "ncm", "category", "goods_origin")
#: Criteria that make a rule one of some goods or of a customer, not of all that is sold.
SPECIFIC = (*GOODS, "cest", "customer")
#: ICMS situations of goods under substitution: SEFAZ wants their CEST (rejection 806).
SUBSTITUTED = frozenset({"10", "30", "60", "70", "201", "202", "203", "500"})

Validity = tuple[date | None, date | None]


@dataclass(frozen=True)
class Goods:
    """A product. Codes are text, ``""`` where nothing is known.

    :param ref: the caller's name for it; rules of a product call it so too.
    :param cest_of_ncm: the codes of the official CEST table that name this NCM.
    :param taxable_unit: uTrib that the product says; ``""`` the unit sold.
    :param export_unit: uTrib that the table of NCM has for foreign trade (NCM x uTrib).
    :param lacks_factor: it is taxed by another unit, and nobody said how they convert.
    :param mistyped_barcode: the barcode is as long as a GTIN, and its check digit is wrong.
    """

    ref: str
    ncm: str = ""
    cest: str = ""
    origin: str = "0"
    category: str = ""
    cest_of_ncm: tuple[str, ...] = ()
    unit: str = ""
    taxable_unit: str = ""
    export_unit: str = ""
    lacks_factor: bool = False
    mistyped_barcode: bool = False


@dataclass(frozen=True)
class Customer:
    """A customer in Brazil or abroad.

    :param problems: what any NF-e to them would be refused for; paths begin with ``recipient``.
    :param lacks: the same in words of the caller, the IE and SUFRAMA apart.
    :param zip_city: the city of the CEP, when it is another than the address's; ``""`` they agree.
    :param city_uf: the UF of the city; it should be ``uf``.
    :param suframa_until: the last day of the registration, if somebody noted it.
    """

    ref: str
    uf: str = ""
    ie: str = ""
    ie_indicator: str = "9"
    problems: tuple[Problem, ...] = ()
    lacks: str = ""
    zip_city: str = ""
    city: str = ""
    city_uf: str = ""
    suframa: str = ""
    suframa_until: date | None = None


@dataclass(frozen=True)
class Sale:
    """What was sold alike in the last twelve months.

    :param facts: as rules see it, if it were sold today.
    :param goods, customer: refs of what was sold, and to whom.
    """

    facts: Facts
    goods: str
    customer: str
    documents: frozenset[int]


@dataclass(frozen=True)
class World:
    """Everything a check may look at beside what it judges.

    :param operations: all operations as paths (``sale/12/``), the default one first.
    :param ncms, cests: validity of each code of the official tables.
    """

    day: date
    uf: str
    regime: str
    book: Rulebook
    operations: tuple[str, ...]
    goods: Sequence[Goods] = ()
    sales: Sequence[Sale] = ()
    ncms: Mapping[str, Validity] = field(default_factory=dict)
    cests: Mapping[str, Validity] = field(default_factory=dict)

    def usual_facts(self, goods: Goods) -> Facts:
        """A sale of ``goods`` as the company makes most: inside the state, to who resells."""
        return Facts(
            day=self.day,
            operation=next(iter(self.operations), ""),
            product=goods.ref,
            ncm=goods.ncm,
            cest=goods.cest,
            category=goods.category,
            destination=self.uf,
            origin=self.uf,
            contributor="1",
            final_consumer="0",
            regime=self.regime,
            goods_origin=goods.origin,
        )

    @cached_property
    def sales_of_goods(self) -> Mapping[str, Sequence[Sale]]:
        return _grouped(self.sales, "goods")

    @cached_property
    def sales_to(self) -> Mapping[str, Sequence[Sale]]:
        return _grouped(self.sales, "customer")

    @cached_property
    def substitutions(self) -> tuple[Rule, ...]:
        """The rules in force that put goods under substitution."""
        return tuple(rule for rule in self.book.rules if is_substitution(rule) and rule.when.is_in_force(self.day))

    @cached_property
    def usual_icms(self) -> Mapping[str, Rule | None]:
        """The ICMS rule of each product in a usual sale, by its ref."""
        return {goods.ref: self.book.find("icms", self.usual_facts(goods)) for goods in self.goods}

    @cached_property
    def specific_by_ncm(self) -> Mapping[str, Rule]:
        """An ICMS rule for some goods only, by the NCM of goods that it taxes in a usual sale."""
        found = {}
        for goods in self.goods:
            rule = self.usual_icms[goods.ref]
            if goods.ncm and rule and is_specific(rule.when):
                found.setdefault(goods.ncm, rule)
        return found

    @cached_property
    def wins(self) -> Mapping[tuple[str, str], frozenset[int]]:
        """The documents in which a rule would decide today, by its subject and ref."""
        found: dict[tuple[str, str], frozenset[int]] = {}
        for sale in self.sales:
            for subject in self.book.shapes:
                if rule := self.book.find(subject, sale.facts):
                    key = (subject, rule.ref)
                    found[key] = found.get(key, frozenset()) | sale.documents
        return found


def is_substitution(rule: Rule) -> bool:
    """Whether ``rule`` puts goods under ICMS by substitution."""
    if rule.subject == "icms":
        return bool({rule.what.cst, rule.what.csosn} & SUBSTITUTED)
    return rule.subject == "icms_st"


def is_specific(when: Criteria) -> bool:
    """Whether these criteria ask for some goods or a customer."""
    return any(getattr(when, name) for name in SPECIFIC)


def documents_of(sales: Sequence[Sale]) -> frozenset[int]:
    return frozenset().union(*(sale.documents for sale in sales))


def _grouped(sales: Sequence[Sale], name: str) -> Mapping[str, Sequence[Sale]]:
    found: dict[str, list[Sale]] = {}
    for sale in sales:
        found.setdefault(getattr(sale, name), []).append(sale)
    return found


#: What a check finds: a problem whose path is the field to mend, and the documents it touched.
Found = Iterator[tuple[Problem, frozenset[int]]]
