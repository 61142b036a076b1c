"""Speed of the tax engine, as ratios measured in one run: ``python bench/taxes.py`` (no Odoo, no network).

The floor is the bare Decimal arithmetic of the same seven taxes (IPI, ICMS, PIS, COFINS, IBS of UF and city, CBS),
written inline: no rules, no checks, no objects, only numbers. Ours finds the rules of each item among 3,000 dated
ones, checks that it can be taxed right and computes it. Target: 0.5 of the floor's speed or more. Beside it the same
arithmetic that also builds the objects of the result: what Python takes to say it, whoever computes.

CPU time of one thread is measured, repetitions are interleaved and the median counts.
"""

import argparse
import sys
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import thread_time_ns

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "faturamento_br")]

from fiscal.rules.book import Rulebook  # noqa: E402
from fiscal.rules.choice import choose  # noqa: E402
from fiscal.rules.criteria import Criteria, Facts  # noqa: E402
from fiscal.rules.explain import explain  # noqa: E402
from fiscal.rules.rule import CfopRule, Rule  # noqa: E402
from fiscal.spec import (  # noqa: E402
    ContributionRule,
    IbsCbsResult,
    IbsCbsRule,
    IcmsResult,
    IcmsRule,
    IpiRule,
    Item,
    TaxContext,
    TaxedItem,
    TaxResult,
    TaxRules,
)
from fiscal.taxes.base import money, percent  # noqa: E402
from fiscal.taxes.engine import compute_items  # noqa: E402

DAY = date(2026, 11, 23)
CONTEXT = TaxContext("SP", "3", "SP", contributor=True, final_consumer=False, issue_date=DAY)
CENT, HUNDRED = Decimal("0.01"), Decimal(100)
D = Decimal
RULES = 3000
KINDS = 500  # products in the month's invoices
ITEMS = 2000
TARGET = 0.5


def rulebook() -> Rulebook:
    """3,000 dated rules: ICMS and IPI by NCM, two periods each, and the ones that hold for everything."""
    rules = [
        Rule("cfop", Criteria(), CfopRule("5102")),
        Rule("pis", Criteria(), ContributionRule("01", D("1.65"))),
        Rule("cofins", Criteria(), ContributionRule("01", D("7.6"))),
        Rule("ibs_cbs", Criteria(), IbsCbsRule("000", "000001")),
    ]
    periods = ((None, date(2026, 6, 30)), (date(2026, 7, 1), None))
    number = 0
    while len(rules) < RULES:
        for begin, end in periods:
            when = Criteria(begin, end, ncm=ncm(number))
            rules.append(Rule("icms", when, IcmsRule(cst="00", rate=D(18 + number % 3), fcp_rate=D(0))))
            rules.append(Rule("ipi", when, IpiRule("50", D(1 + number % 15))))
        number += 1
    return Rulebook(rules)


def ncm(number: int) -> str:
    return f"{10000000 + number * 97:08d}"


def lines(count: int = ITEMS) -> list[tuple[str, Decimal, Decimal, Decimal, Decimal]]:
    """NCM, quantity, price, discount and freight of each item."""
    kinds = cycle(range(KINDS))
    return [
        (ncm(kind), D(1 + n % 7), D("13.37") + n, D(n % 5), D("0.31") * (n % 11))
        for n, kind in enumerate(islice(kinds, count))
    ]


def ours(book: Rulebook, wanted: list) -> Decimal:
    return sum(line.total for line in taxed(book, wanted))


def taxed(book: Rulebook, wanted: list) -> tuple[TaxedItem, ...]:
    """Rules found, lines checked and computed."""
    items, goods = [], {}
    for code, quantity, price, discount, freight in wanted:
        if code not in goods:
            choice = choose(book, Facts(DAY, ncm=code, origin="SP", destination="SP", contributor="1", regime="3"))
            goods[code] = Item("1", "Bem", code, choice.cfop, "UN", quantity, price, choice.rules)
        items.append(goods[code].but(quantity=quantity, unit_price=price, discount=discount, freight=freight))
    return compute_items(CONTEXT, items)


def floor(wanted: list) -> Decimal:
    total = D(0)
    cent, up, hundred = CENT, ROUND_HALF_UP, HUNDRED
    for _code, quantity, price, discount, freight in wanted:
        gross = (quantity * price).quantize(cent, up)
        base = gross - discount + freight
        ipi = (base * D("5") / hundred).quantize(cent, up)
        icms = (base * D("18") / hundred).quantize(cent, up)
        net = base - icms
        pis = (net * D("1.65") / hundred).quantize(cent, up)
        cofins = (net * D("7.6") / hundred).quantize(cent, up)
        informative = base - icms - pis - cofins
        ibs_uf = (informative * D("0.1") / hundred).quantize(cent, up)
        ibs_city = (informative * D("0") / hundred).quantize(cent, up)
        cbs = (informative * D("0.9") / hundred).quantize(cent, up)
        total += base + ipi + (ibs_uf + ibs_city + cbs) * 0
    return total


def built(wanted: list) -> list[TaxedItem]:
    """The arithmetic of :func:`floor`, and the objects in which the engine gives it back; nothing found or checked."""
    icms_rule, lines = IcmsRule(cst="00", rate=D(18)), []
    contribution, reform = ContributionRule("01", D(5)), IbsCbsRule("000", "000001")
    rules = TaxRules(icms_rule, contribution, contribution, ibs_cbs=reform)
    for code, quantity, price, discount, freight in wanted:
        gross = money(quantity * price)
        base = gross - discount + freight
        ipi, icms = percent(base, D("5")), percent(base, D("18"))
        net = base - icms
        pis, cofins = percent(net, D("1.65")), percent(net, D("7.6"))
        rest = net - pis - cofins
        ibs, cbs = percent(rest, D("0.1")), percent(rest, D("0.9"))
        item = Item("1", "Bem", code, "5102", "UN", quantity, price, rules, discount=discount, freight=freight)
        amounts = {"vProd": gross, "vDesc": discount, "vFrete": freight, "vIPI": ipi, "vBC": base, "vICMS": icms}
        amounts |= {"vPIS": pis, "vCOFINS": cofins, "vBCIBSCBS": rest, "vIBS": ibs, "vCBS": cbs, "vNF": base + ipi}
        lines.append(
            TaxedItem(
                item,
                amounts,
                IcmsResult(icms_rule, base, D(18), icms),
                TaxResult("01", net, D("1.65"), pis),
                TaxResult("01", net, D("7.6"), cofins),
                TaxResult("50", base, D("5"), ipi),
                ibs_cbs=IbsCbsResult("000", "000001", reform, base=rest, ibs_uf_amount=ibs, cbs_amount=cbs),
            )
        )
    return lines


def medians(repetitions: int, *jobs: Callable[[], object]) -> list[float]:
    """The median CPU seconds of each job; the jobs take turns."""
    times: list[list[int]] = [[] for job in jobs]
    for _repetition in range(repetitions):
        for job, spent in zip(jobs, times, strict=True):
            start = thread_time_ns()
            job()
            spent.append(thread_time_ns() - start)
    return [median(spent) / 1e9 for spent in times]


def main() -> int:
    """Print the ratios; 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=15)
    repetitions = parser.parse_args().repetitions
    book, wanted = rulebook(), lines()
    mine, least = medians(repetitions, lambda: ours(Rulebook(book.rules), wanted), lambda: floor(wanted))
    warm, building = medians(repetitions, lambda: ours(book, wanted), lambda: Rulebook(book.rules))
    facts = Facts(DAY, ncm=ncm(7), origin="SP", destination="SP")
    found, why = medians(
        repetitions,
        lambda: [next(book.matches("icms", facts)) for _n in range(1000)],
        lambda: explain(book, "icms", facts),
    )
    (objects,) = medians(repetitions, lambda: built(wanted))
    ratio = least / warm
    print(f"{len(book.rules)} dated rules, {ITEMS} items of {KINDS} products")
    print(f"floor   {ITEMS / least:9.0f} items a second")
    print(f"the same arithmetic into the engine's own objects: {ITEMS / objects:.0f} items a second")
    print(f"engine  {ITEMS / warm:9.0f} items a second   {ratio:.2f} of the floor   target {TARGET}")
    print(f"        {objects / warm:.2f} of the floor with objects; {warm / ITEMS * 1e6:.1f} µs an item")
    print(f"engine, with the index made anew   {ITEMS / mine:9.0f} items a second (making it: {building * 1e3:.1f} ms)")
    print(f"a lookup {found * 1e3:.2f} µs; an explanation {why * 1e3:.2f} ms, made only when asked")
    return 0 if ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
