"""Usage, reajuste, MRR, notes and checks, by hand; and usage that arrives at random."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from contract_samples import MONTH, contract, day, line
from hypothesis import given
from hypothesis import strategies as st

from faturamento_br.billing import central_bank, check, placeholders
from faturamento_br.billing.adjustment import (
    Index,
    Negative,
    Rule,
    Value,
    adjust,
    adjustable,
    base_date,
    limited,
    months_used,
)
from faturamento_br.billing.bills import booked, run
from faturamento_br.billing.changes import Change, End, NewTerms, Pause, Resume, Undo, timeline
from faturamento_br.billing.contract import Anchor, On, Terms
from faturamento_br.billing.due_dates import By, DueRule
from faturamento_br.billing.intervals import Interval, Unit
from faturamento_br.billing.mrr import Movement, cohorts, events, monthly, moves, summary
from faturamento_br.billing.schedule import Schedule, due
from faturamento_br.billing.term import Term
from faturamento_br.billing.usage import Metric, Model, Pricing, Record, Tier, accept, charges, measure, price
from faturamento_br.fiscal.problems import FiscalError

D = Decimal
TIERS = (Tier(D(100), D("0.10")), Tier(D(500), D("0.08"), D(5)), Tier(None, D("0.05")))


def codes(problems) -> list[str]:
    return [problem.code for problem in problems]


# --- Usage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pricing", "quantity", "amount"),
    [
        (Pricing(Metric.SUM, price=D("0.035")), "10", "0.35"),
        (Pricing(Metric.SUM, Model.TIERED, tiers=TIERS), "600", "52.00"),  # 10 + 32 + 5 + 5
        (Pricing(Metric.SUM, Model.TIERED, tiers=TIERS), "100", "10.00"),
        (Pricing(Metric.SUM, Model.VOLUME, tiers=TIERS), "600", "30.00"),
        (Pricing(Metric.SUM, Model.VOLUME, tiers=TIERS), "100", "10.00"),
        (Pricing(Metric.SUM, Model.VOLUME, tiers=TIERS), "0", "0.00"),
        (Pricing(Metric.SUM, Model.PACKAGE, price=D(9), package=D(50)), "51", "18.00"),
        (Pricing(Metric.SUM, price=D(2), included=D(100)), "130", "60.00"),
        (Pricing(Metric.SUM, price=D(2), included=D(100), minimum=D(80)), "130", "80.00"),
    ],
)
def test_prices(pricing, quantity, amount):
    assert str(price(pricing, D(quantity))) == amount


def test_the_minimum_is_by_the_days_owed():
    assert price(Pricing(Metric.SUM, minimum=D(310)), D(0), Fraction(10, 31)) == 100


def test_metrics():
    records = [
        Record("1", "a", day("2026-03-09"), D(5), "ana"),
        Record("2", "a", day("2026-03-05"), D(9), "bia"),
        Record("3", "a", day("2026-03-09"), D(2), "ana"),
    ]
    assert [measure(metric, records) for metric in Metric] == [16, 9, 2, 2]
    assert [measure(metric, []) for metric in Metric] == [0, 0, 0, 0]


def test_usage_in_the_future_repeated_or_of_no_line_is_told_all_at_once():
    times = {"a": timeline(line(day("2026-03-01"), end=day("2026-04-01")))}
    known = {"old": Record("old", "a", day("2026-03-02"))}
    sent = [
        Record("old", "a", day("2026-03-02")),
        Record("old", "a", day("2026-03-02"), D(7)),
        Record("new", "a", day("2026-03-03")),
        Record("new", "a", day("2026-03-03")),
        Record("future", "a", day("2026-03-11"), D(-1)),
        Record("lost", "b", day("2026-03-01")),
        Record("early", "a", day("2026-02-28")),
    ]
    found = accept(sent, known, times, day("2026-03-10"))
    assert [record.key for record in found.new] == ["new"]
    assert [record.key for record in found.repeated] == ["old", "new"]
    assert [(problem.path, problem.code) for problem in found.problems] == [
        ("records[1].key", "usage_key_repeated"),
        ("records[4].day", "usage_in_the_future"),
        ("records[4].value", "usage_negative"),
        ("records[5].line", "usage_without_line"),
        ("records[6].day", "usage_outside"),
    ]


@given(
    st.lists(
        st.tuples(st.dates(date(2026, 1, 1), date(2026, 6, 30)), st.integers(0, 60), st.integers(0, 500)), max_size=20
    ),
    st.sampled_from(Metric),
    st.sampled_from(Model),
)
def test_late_usage_is_never_lost_and_never_billed_twice(arrivals, metric, model):
    """Whenever records arrive, in the end every period was billed what all its records cost."""
    metered = line(day("2026-01-01"), in_advance=False, metered=True)
    signed = contract(metered)
    pricing = Pricing(metric, model, D("0.07"), TIERS, D(50), included=D(10), minimum=D(3))
    records = [
        (used + timedelta(late), Record(str(number), "a", used, D(value), str(value % 7)))
        for number, (used, late, value) in enumerate(arrivals)
    ]
    ledger: dict = {}
    for today in (date(2026, 2, 1) + timedelta(20 * step) for step in range(12)):
        here = [record for arrived, record in records if arrived <= today]
        keys = {*ledger, *(period.key for period in due(signed, ledger, today))}
        worth = charges(metered, pricing, here, keys, timeline(metered))
        ledger = booked(ledger, run(signed, ledger, today, usage=worth).bills)
    everything = [record for _arrived, record in records]
    assert ledger == charges(metered, pricing, everything, ledger, timeline(metered))
    assert {Schedule(metered).containing(record.day).key for record in everything} <= set(ledger)


# --- Reajuste --------------------------------------------------------------------------------------------------------

SIGNED = day("2020-02-10")


def table(*percents: str, index: Index = Index.IPCA) -> list[Value]:
    return [
        Value(index, date(2020 + place // 12, place % 12 + 1, 1), D(percent), "planilha", day("2021-02-09"))
        for place, percent in enumerate(percents)
    ]


def test_before_a_year_it_is_refused_and_missing_months_are_named():
    with pytest.raises(FiscalError) as told:
        adjust(line(SIGNED), (), Rule(Index.IGP_M), SIGNED, day("2021-01-09"), table("1", "1", index=Index.IGP_M))
    assert codes(told.value.problems) == ["adjustment_too_early"] + ["index_missing"] * 9
    assert told.value.problems[1].params == {"index": "IGP-M", "month": "03/2020"}
    assert "10/02/2021" in str(told.value)


def test_an_adjustment_starts_the_year_again_and_can_be_undone():
    rent = line(SIGNED, "1000")
    found = adjust(rent, (), Rule(Index.IPCA), SIGNED, day("2021-02-10"), table(*["0.5"] * 12))
    assert (found.accumulated, found.before, found.after) == (D("6.1678"), 1000, D("1061.68"))
    now = datetime(2021, 2, 9, 10)
    applied = (found.change(now, "Ana", "IPCA"),)
    assert base_date(rent, applied, SIGNED) == day("2021-02-10")
    with pytest.raises(FiscalError):
        adjust(rent, applied, Rule(Index.FIXED, D(5)), SIGNED, day("2022-02-09"), [])
    undone = (*applied, found.undone(now, "Bia", "engano"))
    assert base_date(rent, undone, SIGNED) == SIGNED
    assert timeline(rent, undone) == timeline(rent)


@given(st.dates(date(2020, 1, 1), date(2021, 12, 31)), st.lists(st.integers(365, 900), min_size=2, max_size=4))
def test_months_of_adjustments_lie_side_by_side(base, gaps):
    months = []
    for gap in gaps:
        following = base + timedelta(gap)
        months += months_used(base, following)
        base = following
    assert months == sorted(set(months))
    assert len(months) == (months[-1].year - months[0].year) * 12 + months[-1].month - months[0].month + 1


@pytest.mark.parametrize(
    ("rule", "applied"),
    [
        (Rule(Index.IGP_M), "-6.86"),
        (Rule(Index.IGP_M, negative=Negative.KEEP), "0"),
        (Rule(Index.IGP_M, floor=D(2)), "2"),
        (Rule(Index.IGP_M, cap=D(-7)), "-7"),
    ],
)
def test_an_index_that_fell(rule, applied):
    assert limited(rule, D("-6.86")) == D(applied)


def test_lines_that_ended_keep_their_price_and_paused_ones_do_not():
    """OCA's contract_price_revision revised lines that were over (#467)."""
    rests = (Change(1, day("2021-01-15"), Pause(), "a"), Change(2, day("2021-01-20"), NewTerms(D(200)), "a"))
    effective = day("2021-02-10")
    assert not adjustable(line(SIGNED, end=day("2021-01-01")), (), effective)
    assert not adjustable(line(SIGNED, metered=True), (), effective)
    assert adjustable(line(SIGNED), rests, effective)
    found = adjust(line(SIGNED), rests, Rule(Index.FIXED, D(10)), SIGNED, effective, [])
    assert (found.before, found.after) == (200, 220)


def test_a_revision_of_one_line_leaves_the_year_of_the_other_alone():
    revised = (Change(1, day("2020-12-01"), NewTerms(D(90), revision=True), "a"),)
    with pytest.raises(FiscalError):
        adjust(line(SIGNED), revised, Rule(Index.FIXED, D(10)), SIGNED, day("2021-02-10"), [])
    assert adjust(line(SIGNED, key="b"), revised, Rule(Index.FIXED, D(10)), SIGNED, day("2021-02-10"), []).after == 341


# --- MRR -------------------------------------------------------------------------------------------------------------


def test_by_the_month():
    amounts = [(12, Unit.MONTH), (1, Unit.QUARTER), (1, Unit.YEAR), (2, Unit.YEAR), (1, Unit.WEEK), (1, Unit.DAY)]
    found = [str(monthly(Terms(D(120)), Interval(*one))) for one in amounts]
    assert found == ["10.00", "40.00", "10.00", "5.00", "520.00", "3650.00"]
    assert monthly(Terms(D(100), D(2), D(10)), MONTH) == 180  # net of discount


def test_movements_are_of_customers():
    first = contract(
        line(day("2026-01-01"), "100"),
        changes=(Change(1, day("2026-03-01"), Pause()), Change(2, day("2026-05-01"), Resume())),
        customer="ana",
    )
    second = contract(line(day("2026-02-01"), "50", "b", end=day("2026-04-01")), customer="ana")
    used = contract(line(day("2026-01-01"), "999", metered=True, in_advance=False), customer="bia")
    log = [*events(first), *events(second), *events(used)]
    assert [(move.day.month, move.movement.value, move.amount) for move in moves(log)] == [
        (1, "new", 100),
        (2, "expansion", 50),
        (3, "contraction", -100),
        (4, "churn", -50),
        (5, "reactivation", 100),
    ]
    found = summary(log, day("2026-02-01"), day("2026-04-01"))
    assert (found.start, found.end, found.yearly) == (100, 50, 600)
    assert found.movements[Movement.CONTRACTION] == -100
    (cohort,) = cohorts(log, day("2026-05-31"))
    assert (cohort.month, cohort.customers) == (day("2026-01-01"), (1, 1, 1, 0, 1))
    assert cohort.monthly == (100, 150, 50, 0, 100)


# --- Notes, checks ---------------------------------------------------------------------------------------------------


def test_notes_speak_portuguese():
    period = Schedule(line(day("2026-03-01"))).period(0)
    note = "Mensalidade {number}, {month} ({period}), {index} {percent}"
    assert placeholders.filled(note, period, "IPCA", D("4.5173")) == (
        "Mensalidade 1, março de 2026 (01/03/2026 a 31/03/2026), IPCA 4,52%"
    )
    assert list(placeholders.problems(note)) == []
    assert codes(placeholders.problems("{mes} {0} {start.year} {end!r}")) == ["note_placeholder"] * 4
    assert codes(placeholders.problems("{month")) == ["note_braces"]


def test_everything_wrong_with_a_contract_is_told_at_once():
    bad = contract(
        line(day("2026-03-01"), "0", interval=Interval(0, Unit.MONTH), end=day("2026-02-01")),
        line(day("2026-03-01"), "-1", anchor=Anchor(On.DAY, 32, 13)),
        line(day("2026-03-01"), key="c", metered=True, interval=Interval(1, Unit.WEEK), anchor=Anchor(On.LAST_DAY)),
        line(day("2026-03-01"), key="d", trial=MONTH, end=day("2026-03-20")),
        changes=(
            Change(1, day("2026-01-01"), NewTerms(quantity=D(-1), discount=D(101)), "d"),
            Change(1, day("2026-03-01"), Resume(), "x"),
            Change(3, day("2026-03-01"), Undo(9)),
            Change(4, day("2026-03-05"), Pause()),
            Change(5, day("2026-03-06"), Pause(), "c"),
            Change(6, day("2026-03-07"), Resume(), "c"),
            Change(7, day("2026-03-08"), Resume(), "c"),
            Change(8, day("2026-03-08"), End()),
        ),
    )
    found = {(problem.path, problem.code) for problem in check.problems(bad)}
    assert found == {
        ("lines[0].interval", "period_zero"),
        ("lines[0].end", "end_before_start"),
        ("lines[0].terms.price", "price"),
        ("lines[0].key", "line_twice"),
        ("lines[1].key", "line_twice"),
        ("lines[1].anchor.day", "anchor_day"),
        ("lines[1].anchor.month", "anchor_month"),
        ("lines[1].terms.price", "price"),
        ("lines[2].anchor", "anchor_of_days"),
        ("lines[2].in_advance", "usage_in_advance"),
        ("lines[3].end", "end_in_trial"),
        ("changes[0].key", "change_twice"),
        ("changes[0].effective", "change_before_start"),
        ("changes[0].action.quantity", "quantity"),
        ("changes[0].action.discount", "discount"),
        ("changes[1].key", "change_twice"),
        ("changes[1].line", "change_without_line"),
        ("changes[2].action", "undo_unknown"),
        ("changes[4].action", "pause_twice"),
        ("changes[6].action", "resume_without_pause"),
    }
    assert all(problem.cure and str(problem) for problem in check.problems(bad))
    assert codes(check.problems(contract())) == ["contract_empty"]


def test_day_31_is_right_and_explained():
    short = contract(line(day("2026-03-01"), anchor=Anchor(On.DAY, 31)))
    assert check.problems(short) == []
    assert codes(check.advice(short)) == ["short_months"]


def test_rules_prices_and_terms_are_checked():
    rule = Rule(Index.FIXED, lag=0, floor=D(5), cap=D(1))
    assert codes(check.rule_problems(rule, SIGNED, day("2020-08-10"))) == [
        "adjustment_under_a_year",
        "adjustment_without_percent",
        "adjustment_lag",
        "adjustment_floor",
    ]
    assert check.rule_problems(Rule(Index.IPCA), SIGNED, None) == []
    falling = Pricing(Metric.SUM, Model.TIERED, tiers=(Tier(D(5), D(1)), Tier(D(4), D(1)), Tier(None, D(1))))
    assert codes(check.pricing_problems(falling)) == ["tiers"]
    assert codes(check.pricing_problems(Pricing(Metric.SUM, package=D(0), minimum=D(-1)))) == [
        "price",
        "package",
        "below_zero",
    ]
    assert check.pricing_problems(Pricing(Metric.SUM, Model.VOLUME, tiers=TIERS)) == []
    assert codes(check.due_rule_problems(DueRule(By.DAY, 32, notice=-1))) == ["due_day", "below_zero"]
    assert codes(check.due_rule_problems(DueRule(By.DAYS, -1))) == ["below_zero"]
    assert check.due_rule_problems(DueRule(By.WORKING_DAY, 5)) == []
    zero = Interval(0, Unit.MONTH)
    with pytest.raises(ValueError, match="no length"):
        Schedule(line(SIGNED, interval=zero))
    assert codes(check.term_problems(Term(SIGNED, zero, notice=-1))) == ["period_zero", "below_zero"]


# --- The central bank's series --------------------------------------------------------------------------------------


def test_the_central_banks_answer_is_read_or_refused_whole():
    answer = b'[{"data": "01/01/2021", "valor": "0.25"}, {"data": "01/02/2021", "valor": 0.86}]'
    read = central_bank.values(Index.IPCA, answer, date(2021, 3, 12))
    assert [(value.month, value.percent) for value in read] == [
        (date(2021, 1, 1), Decimal("0.25")),
        (date(2021, 2, 1), Decimal("0.86")),
    ]
    assert {value.source for value in read} == {"BCB, SGS 433"}
    address, asked = central_bank.request(Index.IGP_M, date(2021, 1, 1), date(2021, 3, 12))
    assert ".189/" in address
    assert asked == {"formato": "json", "dataInicial": "01/01/2021", "dataFinal": "12/03/2021"}


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "<html>",
        "{}",
        "null",
        '[{"data": "2021-01-01", "valor": 1}]',
        '[{"data": "01/01/2021", "valor": "NaN"}]',
        "[1]",
    ],
)
def test_an_answer_that_is_something_else_is_told(answer):
    with pytest.raises(FiscalError, match="central bank"):
        central_bank.values(Index.IPCA, answer.encode(), date(2021, 3, 12))
