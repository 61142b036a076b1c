"""Speed of recurring billing's core: ``python bench/billing.py`` (no Odoo, no database).

Contracts of three lines, two years old and billed until last month: what is due today, and the next 12 bills. CPU time
of one thread, the best of some rounds.
"""

import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import thread_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dev import core_tests

core_tests.without_odoo()

from faturamento_br.billing.bills import booked, preview, run  # noqa: E402
from faturamento_br.billing.contract import Contract, Line, Terms  # noqa: E402
from faturamento_br.billing.intervals import Interval, Unit  # noqa: E402

CONTRACTS = 200
ROUNDS = 5
TODAY = date(2026, 3, 31)


def contracts() -> list[tuple[Contract, dict]]:
    """Contracts with their ledgers; they start on all days of a month."""
    made = []
    for number in range(CONTRACTS):
        start = date(2024, 3, number % 31 + 1)
        lines = tuple(Line(key, start, Interval(1, Unit.MONTH), Terms(Decimal(100 + number))) for key in "abc")
        contract = Contract(number, lines)
        made.append((contract, booked({}, run(contract, {}, date(2026, 2, 28)).bills)))
    return made


def rate(job: Callable[[Contract, dict], object], made: list[tuple[Contract, dict]]) -> float:
    """Contracts a second."""
    times = []
    for _round in range(ROUNDS):
        start = thread_time()
        for contract, ledger in made:
            job(contract, ledger)
        times.append(thread_time() - start)
    return len(made) / min(times)


def main() -> None:
    made = contracts()
    due = rate(lambda contract, ledger: run(contract, ledger, TODAY), made)
    coming = rate(lambda contract, ledger: preview(contract, (), TODAY, 12, ledger), made)
    print(f"contracts of 3 lines a second: {due:,.0f} what is due, {coming:,.0f} the next 12 bills")


if __name__ == "__main__":
    main()
