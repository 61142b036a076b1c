"""What must hold for any contract, any changes and any day: random ones try."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from contract_samples import change_lists, contracts, days, lines, terms
from hypothesis import given
from hypothesis import strategies as st

from faturamento_br.billing import bills, mrr
from faturamento_br.billing.bills import CatchUp, Policy, booked, coming, preview, run
from faturamento_br.billing.changes import timeline, with_changes
from faturamento_br.billing.contract import ZERO, Contract
from faturamento_br.billing.proration import segments, to_the_unit, total
from faturamento_br.billing.schedule import Schedule, due, owed, upcoming

TODAY = date(2026, 6, 10)
DAY = timedelta(1)
numbers = st.integers(0, 60)


@given(lines(), numbers)
def test_periods_tile_and_depend_on_the_anchor_alone(line, number):
    one, following = Schedule(line).period(number), Schedule(line).period(number + 1)
    assert one.full_start <= one.start < one.end == following.start
    assert Schedule(line).containing(one.start) == Schedule(line).containing(one.last_day) == one
    if number:
        assert one.start == one.full_start


@given(contracts)
def test_every_owed_day_is_billed_once_and_no_other(contract):
    for line in contract.lines:
        times = timeline(line, contract.changes)
        billed = [
            part.start + index * DAY
            for period in due(Contract("one", (line,), contract.changes), (), TODAY)
            for part in segments(period, times)
            for index in range(part.days)
        ]
        assert len(billed) == len(set(billed))
        until = max(billed, default=TODAY)
        known = (line.first_day + index * DAY for index in range((until - line.first_day).days + 1))
        owed_days = {day for day in known if times.at(day)}
        assert set(billed) <= owed_days
        if line.in_advance:
            assert {day for day in owed_days if day <= TODAY} <= set(billed)
        else:
            started = next((period.start for period in owed(line, times) if period.end > TODAY), TODAY + DAY)
            assert {day for day in owed_days if day < started} <= set(billed)


@given(contracts, days, st.sampled_from(CatchUp))
def test_running_again_changes_nothing(contract, today, catch_up):
    policy = Policy(catch_up)
    ledger = booked({}, run(contract, {}, today, policy).bills)
    assert run(contract, ledger, today, policy) == ([], [])


@given(contracts, st.lists(days, max_size=6), st.lists(st.booleans(), min_size=6, max_size=6))
def test_any_order_of_runs_bills_the_same(contract, todays, together):
    ledger: dict = {}
    for today, one in zip(todays, together, strict=False):
        ledger = booked(ledger, run(contract, ledger, today, Policy(CatchUp.TOGETHER if one else CatchUp.EACH)).bills)
    ledger = booked(ledger, run(contract, ledger, TODAY).bills)
    assert ledger == booked({}, run(contract, {}, TODAY).bills)


@given(contracts, change_lists(), days)
def test_changes_after_billing_end_where_billing_after_them_would(contract, later, billed_on):
    """The ledger, corrected, is what a run with all changes known would have made; what vanished is given back."""
    ledger = booked({}, run(contract, {}, billed_on).bills)
    later = tuple(change.__class__(**{**vars(change), "key": f"later {change.key}"}) for change in later)
    changed = with_changes(contract, *later)
    ledger = booked(ledger, run(changed, ledger, TODAY).bills)
    known = booked({}, run(changed, {}, TODAY).bills)
    keys = {key for key in ledger if key not in known}
    assert {key: amount for key, amount in ledger.items() if key not in keys} == known
    for key in keys:  # either nothing any more, or billed in advance of TODAY by the earlier rules
        assert ledger[key] >= 0


@given(lines("a"), lines("b"), days)
def test_a_line_never_moves_another(one, other, today):
    both = due(Contract("both", (one, other)), (), today)
    alone = due(Contract("alone", (other,)), (), today)
    assert [period for period in both if period.key.line == "b"] == alone
    billed = {period.key for period in both if period.key.line == "a"}
    assert due(Contract("both", (one, other)), billed, today) == alone


@given(contracts, numbers)
def test_parts_of_a_period_add_up(contract, number):
    line = contract.lines[0]
    times = timeline(line, contract.changes)
    period = Schedule(line).period(number)
    parts = segments(period, times)
    exact = sum((Fraction(part.terms.amount()) * part.days / part.of_days for part in parts), Fraction(0))
    assert abs(Fraction(total(parts)) - exact) <= Fraction(1, 200)
    assert all(part.amount >= 0 for part in parts)


@given(terms, st.integers(1, 366), st.lists(st.integers(1, 366), max_size=8))
def test_a_whole_cut_anywhere_is_the_whole_to_the_cent(price, of_days, cuts):
    edges = [0, *sorted({cut for cut in cuts if cut < of_days}), of_days]
    amount = price.amount()
    parts = [Fraction(amount) * (b - a) / of_days for a, b in itertools.pairwise(edges)]
    assert sum(to_the_unit(parts)) == amount


@given(contracts, days)
def test_the_preview_is_what_will_be_billed(contract, today):
    """Billing on each day of the preview makes exactly those bills."""
    ledger: dict = {}
    policy = Policy(CatchUp.TOGETHER)
    for bill in preview(contract, (), today, 5, policy=policy):
        assert run(contract, ledger, bill.day, policy).bills == [bill]
        ledger = booked(ledger, [bill])


@given(contracts, days)
def test_the_preview_is_in_order_and_never_in_the_past(contract, today):
    made = preview(contract, (), today, 6)
    assert [bill.day for bill in made] == sorted(bill.day for bill in made)
    assert len({item.period.key for bill in made for item in bill.items}) == sum(len(bill.items) for bill in made)
    assert all(bill.day >= today for bill in made)


@given(st.lists(contracts, max_size=4), days, days)
def test_movements_of_mrr_sum_to_its_change(made, one, other):
    log = [
        event
        for number, contract in enumerate(made)
        for event in mrr.events(Contract(number, contract.lines, contract.changes, number % 2))
    ]
    start, end = sorted((one, other))
    found = mrr.summary(log, start, end)
    assert found.end == found.start + sum(found.movements.values())
    latest: dict = {}
    for event in sorted((event for event in log if event.day < end), key=lambda event: event.day):
        latest[event.line] = event.monthly
    assert found.end == sum(latest.values(), ZERO)
    for movement, amount in found.movements.items():
        shrinks = movement in (mrr.Movement.CONTRACTION, mrr.Movement.CHURN)
        assert amount <= 0 if shrinks else amount >= 0


@given(contracts, days)
def test_the_forecast_is_the_preview_by_month(contract, today):
    months = mrr.forecast([(contract, bills.NOTHING)], today, 12)
    end = max(months).replace(day=28) + 4 * DAY
    made = []
    for bill in coming(contract, today):
        if bill.day >= end.replace(day=1):
            break
        made.append(bill.total)
    assert sum(months.values()) == sum(made, Decimal(0))
    assert len(months) == 12


@given(contracts)
def test_what_is_upcoming_is_in_the_order_of_billing(contract):
    found = [period.billing_day for _count, period in zip(range(20), upcoming(contract, ()), strict=False)]
    assert found == sorted(found)
