"""Which periods there are: the calendar's corners, and how rivals fail (measured on OCA contract and subscription)."""

from datetime import date
from decimal import Decimal

import pytest
from contract_samples import MONTH, YEAR, contract, day, line

from faturamento_br.billing.bills import Bill, CatchUp, Policy, Settle, booked, preview, run
from faturamento_br.billing.business_days import NATIONAL, Calendar, national
from faturamento_br.billing.changes import Change, End, NewTerms, Pause, Resume, Undo, timeline, with_changes
from faturamento_br.billing.contract import Anchor, On
from faturamento_br.billing.due_dates import By, DueRule, due_date
from faturamento_br.billing.intervals import Interval, Unit
from faturamento_br.billing.schedule import Schedule, due, owed
from faturamento_br.billing.term import Term, fine


def starts(one, until: str) -> list[str]:
    return [f"{period.start:%d/%m/%y}" for period in due(contract(one), (), day(until))]


def test_the_31st_comes_back():
    assert starts(line(day("2026-01-31")), "2026-05-31") == ["31/01/26", "28/02/26", "31/03/26", "30/04/26", "31/05/26"]


def test_29_february_comes_back():
    yearly = line(day("2024-02-29"), interval=YEAR)
    assert starts(yearly, "2028-12-31") == ["29/02/24", "28/02/25", "28/02/26", "28/02/27", "29/02/28"]


def test_a_trial_of_a_month_does_not_forget_the_31st():
    assert starts(line(day("2026-01-31"), trial=MONTH), "2026-04-30") == ["28/02/26", "31/03/26", "30/04/26"]


@pytest.mark.parametrize(
    ("anchor", "found"),
    [
        (Anchor(On.DAY, 10), ["20/01/26", "10/02/26", "10/03/26"]),
        (Anchor(On.DAY, 31), ["20/01/26", "31/01/26", "28/02/26"]),
        (Anchor(On.LAST_DAY), ["20/01/26", "31/01/26", "28/02/26"]),
        (Anchor(On.WORKING_DAY, 5), ["20/01/26", "06/02/26", "06/03/26"]),  # 1 February 2026 is a Sunday
    ],
)
def test_anchors(anchor, found):
    assert starts(line(day("2026-01-20"), anchor=anchor), "2026-03-10")[:3] == found


def test_quarters_of_the_calendar():
    quarterly = line(day("2026-02-15"), interval=Interval(1, Unit.QUARTER), anchor=Anchor(On.DAY, 1, month=1))
    period = Schedule(quarterly).period(0)
    assert (period.start, period.full_start, period.end) == (day("2026-02-15"), day("2026-01-01"), day("2026-04-01"))


def test_a_first_day_alone_costs_a_day():
    """OCA's `monthlylastday` bills 31 January alone at the price of a month."""
    calendar_month = line(day("2026-01-31"), anchor=Anchor(On.DAY, 1))
    assert [bill.total for bill in preview(contract(calendar_month), (), day("2026-01-31"), 2)] == [10, 310]


def test_three_periods_behind_are_billed_in_one_run_each_once():
    late = contract(line(day("2026-01-01")))
    today = day("2026-03-10")
    each, together = (run(late, {}, today, Policy(catch_up)) for catch_up in CatchUp)
    assert [bill.total for bill in each.bills] == [310, 310, 310]
    assert [bill.total for bill in together.bills] == [930]
    assert {bill.day for bill in (*each.bills, *together.bills)} == {today}


def test_what_is_older_than_the_look_back_waits_for_somebody():
    late = contract(line(day("2025-01-01")))
    found = run(late, {}, day("2026-03-10"), Policy(look_back=60))
    assert [bill.items[0].period.start for bill in found.bills] == [day("2026-02-01"), day("2026-03-01")]
    assert len(found.held) == 13
    given_up = booked({}, [Bill(day("2026-03-10"), tuple(found.held)), *found.bills])
    assert run(late, given_up, day("2026-03-10")) == ([], [])


def test_an_imported_contract_does_not_explode():
    old = contract(line(day("2019-01-01")), billed_elsewhere=day("2026-03-01"))
    assert [period.key.number for period in due(old, (), day("2026-03-10"))] == [86]


@pytest.mark.parametrize("in_advance", [True, False])
def test_a_line_that_ends_in_mid_month_pays_its_days(in_advance):
    ends = contract(line(day("2026-03-01"), end=day("2026-03-16"), in_advance=in_advance))
    (bill,) = run(ends, {}, day("2026-04-10")).bills
    assert bill.total == 150
    assert bill.items[0].period.last_day == day("2026-03-15")


def test_ending_after_billing_gives_back_the_days():
    """OCA refuses it; nothing can end early but by hand."""
    signed = contract(line(day("2026-03-01")))
    ledger = booked({}, run(signed, {}, day("2026-03-01")).bills)
    ended = with_changes(signed, Change(1, day("2026-03-16"), End()))
    (bill,) = run(ended, ledger, day("2026-03-10")).bills
    assert bill.total == -160
    # Nothing is to come with which the credit could wait.
    assert run(ended, ledger, day("2026-03-10"), Policy(settle=Settle.WITH_NEXT)).bills == [bill]


def test_a_credit_can_wait_for_the_next_bill():
    signed = contract(line(day("2026-03-01")))
    ledger = booked({}, run(signed, {}, day("2026-03-01")).bills)
    cheaper = with_changes(signed, Change(1, day("2026-03-16"), NewTerms(price=Decimal(155))))
    wait = Policy(settle=Settle.WITH_NEXT)
    assert run(cheaper, ledger, day("2026-03-31"), wait).bills == []
    (bill,) = run(cheaper, ledger, day("2026-04-01"), wait).bills
    assert [item.amount for item in bill.items] == [-80, 155]
    assert preview(cheaper, (), day("2026-03-31"), 1, ledger, wait) == [bill]


def test_a_price_of_mid_month():
    """In advance OCA charges nothing for the rest; in arrears it charges the elapsed days at the new price."""
    raised = Change(1, day("2026-03-16"), NewTerms(price=Decimal(620)))
    for in_advance, todays in ((True, ("2026-03-01", "2026-03-16")), (False, ("2026-04-01",))):
        signed = contract(line(day("2026-03-01"), in_advance=in_advance))
        ledger: dict = {}
        for place, today in enumerate(todays):
            known = with_changes(signed, raised) if place or not in_advance else signed
            bills = run(known, ledger, day(today)).bills
            ledger = booked(ledger, bills)
        assert sum(ledger.values()) == 150 + 320


def test_a_deleted_draft_gives_its_period_back():
    signed = contract(line(day("2026-01-01")))
    ledger = booked({}, run(signed, {}, day("2026-03-10")).bills)
    ledger.pop(min(ledger))
    assert [bill.items[0].period.start for bill in run(signed, ledger, day("2026-03-11")).bills] == [day("2026-01-01")]


def test_made_in_one_go_a_yearly_line_stays_yearly_and_in_arrears():
    yearly = contract(line(day("2026-01-01"), "1200", interval=YEAR, in_advance=False))
    assert run(yearly, {}, day("2026-12-31")).bills == []
    assert [bill.total for bill in run(yearly, {}, day("2027-01-01")).bills] == [1200]


def test_the_day_is_the_callers():
    """22:00 of 31 January in Brasília is 1 February in UTC, and 20:00 in Acre: who asks says which day it is."""
    signed = contract(line(day("2026-02-01")))
    assert run(signed, {}, day("2026-01-31")).bills == []
    assert len(run(signed, {}, day("2026-02-01")).bills) == 1


def test_a_pause_keeps_the_anchor_and_costs_nothing():
    rest = (Change(1, day("2026-02-16"), Pause()), Change(2, day("2026-04-11"), Resume()))
    paused = contract(line(day("2026-01-01"), "300"), changes=rest)
    found = run(paused, {}, day("2026-05-01")).bills
    amounts = [(bill.items[0].period.start.month, str(bill.total)) for bill in found]
    assert amounts == [(1, "300.00"), (2, "160.71"), (4, "200.00"), (5, "300.00")]


def test_an_extending_pause_moves_the_end():
    rest = (Change(1, day("2026-02-01"), Pause(extends=True)), Change(2, day("2026-02-11"), Resume()))
    one = line(day("2026-01-01"), end=day("2027-01-01"))
    assert timeline(one, rest).end == day("2027-01-11")
    assert timeline(one, rest[:1]).end is None
    assert list(owed(one, timeline(one, rest[:1])))[-1].key.number == 0


def test_a_change_can_be_undone_and_the_list_only_grows():
    signed = contract(line(day("2026-01-01")))
    raised = with_changes(signed, Change(1, day("2026-02-01"), NewTerms(price=Decimal(400)), who="Ana", why="plano"))
    undone = with_changes(raised, Change(2, day("2026-02-01"), Undo(1), who="Bia", why="engano"))
    prices = [timeline(one.lines[0], one.changes).at(day("2026-03-01")).price for one in (signed, raised, undone)]
    assert prices == [310, 400, 310]
    assert [change.who for change in undone.changes] == ["Ana", "Bia"]


def test_an_upgrade_at_the_next_period():
    assert Schedule(line(day("2026-01-31"))).next_start(day("2026-02-28")) == day("2026-03-31")
    assert Schedule(line(day("2026-01-31"))).next_start(day("2026-01-02")) == day("2026-01-31")


# --- Days on which banks work, due dates -----------------------------------------------------------------------------


def test_moveable_holidays_of_2026():
    found = {name: day for day, name in national(2026).items()}
    assert found["Segunda-feira de Carnaval"] == date(2026, 2, 16)
    assert found["Sexta-feira da Paixão"] == date(2026, 4, 3)
    assert found["Corpus Christi"] == date(2026, 6, 4)
    assert date(2023, 11, 20) not in national(2023)
    assert date(2024, 11, 20) in national(2024)
    assert NATIONAL.works(date(2026, 2, 18))  # Ash Wednesday


@pytest.mark.parametrize(
    ("rule", "billed", "due_on"),
    [
        (DueRule(By.DAYS, 10), "2026-02-04", "2026-02-18"),  # Carnival Saturday to Tuesday
        (DueRule(By.DAY, 31), "2026-02-03", "2026-03-02"),  # 28 February is a Saturday
        (DueRule(By.DAY, 10, notice=10), "2026-03-01", "2026-04-10"),
        (DueRule(By.WORKING_DAY, 5), "2026-03-06", "2026-03-06"),
        (DueRule(By.WORKING_DAY, 5), "2026-03-07", "2026-04-08"),  # Good Friday is the 3rd
        (DueRule(By.DAYS, 0), "2026-12-31", "2027-01-04"),
    ],
)
def test_due_dates(rule, billed, due_on):
    assert due_date(rule, day(billed)) == day(due_on)


def test_a_municipal_holiday_counts():
    assert due_date(DueRule(), day("2026-07-09"), Calendar(frozenset({day("2026-07-09")}))) == day("2026-07-10")


# --- Term, notice, fine ----------------------------------------------------------------------------------------------


def test_a_term_renews_unless_there_is_notice_in_time():
    term = Term(day("2024-02-29"), YEAR, renews=True, notice=30)
    assert term.end_after(day("2026-12-01")) == day("2027-02-28")
    assert term.notice_by(day("2026-12-01")) == day("2027-01-29")
    assert term.free_end(day("2027-01-29")) == day("2027-02-28")
    assert term.free_end(day("2027-01-30")) == day("2028-02-29")


def test_without_a_term_the_minimum_and_the_notice_bind():
    term = Term(day("2026-01-01"), notice=30, minimum=Interval(6, Unit.MONTH))
    assert term.free_end(day("2026-02-01")) == day("2026-07-01")
    assert term.free_end(day("2026-06-20")) == day("2026-07-20")
    assert term.end_after(day("2030-01-01")) is None


def test_the_fine_is_by_the_days_left():
    start, until = day("2026-01-01"), day("2027-01-01")
    assert fine(Decimal(3650), start, until, day("2026-04-11")) == Decimal("2650.00")
    assert fine(Decimal(3650), start, until, until) == 0
