"""What is wrong with a contract, all at once, before anything is billed by it."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from ..fiscal.problems import Problem, _
from .adjustment import Index, Rule, earliest
from .changes import Change, NewTerms, Pause, Resume, Undo, standing
from .contract import Contract, Line, On, Terms
from .due_dates import By, DueRule
from .term import Term
from .usage import Model, Pricing

_LAST_DAY = {On.DAY: 31, On.WORKING_DAY: 15}
_LAST_DUE = {By.DAY: 31, By.WORKING_DAY: 15}
_SHORTEST_MONTH = 28


def problems(contract: Contract) -> list[Problem]:
    """Everything wrong with ``contract``, with paths like ``lines[0].terms.price`` and ``changes[2].effective``."""
    found = []
    for place, line in enumerate(contract.lines):
        found += _line(line, f"lines[{place}]")
    if not contract.lines:
        found.append(_told("contract_empty", "lines"))
    keys = Counter(line.key for line in contract.lines)
    twice = (place for place, line in enumerate(contract.lines) if keys[line.key] > 1)
    found += [_told("line_twice", f"lines[{place}].key") for place in twice]
    for place, change in enumerate(contract.changes):
        found += _change(contract, change, f"changes[{place}]")
    found += _rests(contract)
    return found


def advice(contract: Contract) -> list[Problem]:
    """What is right and may yet surprise: a day that short months do not have."""
    return [
        _told("short_months", f"lines[{place}].anchor.day", day=day)
        for place, line in enumerate(contract.lines)
        if line.interval.months and (day := _day(line)) > _SHORTEST_MONTH
    ]


def rule_problems(rule: Rule, signed: date, end: date | None, path: str = "adjustment") -> list[Problem]:
    """What is wrong with a rule of adjustment in a contract from ``signed`` to before ``end`` (None: open)."""
    found = []
    if end is not None and end < earliest(signed):
        found.append(_told("adjustment_under_a_year", path))
    if rule.index is Index.FIXED and rule.percent <= 0:
        found.append(_told("adjustment_without_percent", f"{path}.percent"))
    if rule.lag < 1:
        found.append(_told("adjustment_lag", f"{path}.lag"))
    if rule.floor is not None and rule.cap is not None and rule.floor > rule.cap:
        found.append(_told("adjustment_floor", f"{path}.floor", floor=rule.floor, cap=rule.cap))
    return found


def due_rule_problems(rule: DueRule, path: str = "due") -> list[Problem]:
    """What is wrong with a rule for due dates."""
    found = []
    last = _LAST_DUE.get(rule.by)
    if last and not 1 <= rule.number <= last:
        found.append(_told("due_day", f"{path}.number", day=rule.number, last=last))
    numbers = {"notice": rule.notice} if last else {"notice": rule.notice, "number": rule.number}
    return found + [_told("below_zero", f"{path}.{name}") for name, number in numbers.items() if number < 0]


def pricing_problems(pricing: Pricing, path: str = "pricing") -> list[Problem]:
    """What is wrong with the price of usage."""
    found = []
    if pricing.model in (Model.TIERED, Model.VOLUME):
        limits = [tier.up_to for tier in pricing.tiers]
        bounded = [limit for limit in limits[:-1] if limit is not None]
        rising = all(low < high for low, high in zip([Decimal(0), *bounded], bounded, strict=False))
        if not limits or limits[-1] is not None or len(bounded) < len(limits) - 1 or not rising:
            found.append(_told("tiers", f"{path}.tiers"))
    elif pricing.price <= 0:
        found.append(_told("price", f"{path}.price"))
    if pricing.package <= 0:
        found.append(_told("package", f"{path}.package"))
    amounts = {"included": pricing.included, "minimum": pricing.minimum}
    found += [_told("below_zero", f"{path}.{name}") for name, amount in amounts.items() if amount < 0]
    return found


def term_problems(term: Term, path: str = "term") -> list[Problem]:
    """What is wrong with the term of a contract."""
    intervals = {"length": term.length, "minimum": term.minimum}
    found = [
        _told("period_zero", f"{path}.{name}")
        for name, interval in intervals.items()
        if interval is not None and interval.count < 1
    ]
    if term.notice < 0:
        found.append(_told("below_zero", f"{path}.notice"))
    return found


def _line(line: Line, path: str) -> Iterator[Problem]:
    if line.interval.count < 1:
        yield _told("period_zero", f"{path}.interval")
    if line.trial and line.trial.count < 1:
        yield _told("period_zero", f"{path}.trial")
    elif line.end is not None and line.end <= line.first_day:
        code = "end_before_start" if line.end <= line.start else "end_in_trial"
        yield _told(code, f"{path}.end")
    yield from _anchor(line, f"{path}.anchor")
    if line.metered:
        if line.in_advance:
            yield _told("usage_in_advance", f"{path}.in_advance")
    else:
        yield from _terms(line.terms, f"{path}.terms")


def _anchor(line: Line, path: str) -> Iterator[Problem]:
    anchor = line.anchor
    last = _LAST_DAY.get(anchor.on)
    if last and not 1 <= anchor.day <= last:
        yield _told("anchor_day", f"{path}.day", day=anchor.day, last=last)
    if not 0 <= anchor.month <= 12:
        yield _told("anchor_month", f"{path}.month", month=anchor.month)
    if anchor.on is not On.START and not line.interval.months:
        yield _told("anchor_of_days", path)


def _terms(terms: Terms | NewTerms, path: str) -> Iterator[Problem]:
    """``NewTerms`` may leave out what stays as it is."""
    if terms.price is not None and terms.price <= 0:
        yield _told("price", f"{path}.price")
    if terms.quantity is not None and terms.quantity <= 0:
        yield _told("quantity", f"{path}.quantity")
    if terms.discount is not None and not 0 <= terms.discount <= 100:
        yield _told("discount", f"{path}.discount")


def _change(contract: Contract, change: Change, path: str) -> Iterator[Problem]:
    keys = [one.key for one in contract.changes]
    if keys.count(change.key) > 1:
        yield _told("change_twice", f"{path}.key", key=change.key)
    lines = {line.key: line for line in contract.lines}
    line = lines.get(change.line)
    if change.line is not None and line is None:
        yield _told("change_without_line", f"{path}.line")
    if line and not isinstance(change.action, Undo) and change.effective < line.start:
        yield _told("change_before_start", f"{path}.effective", start=line.start.strftime("%d/%m/%Y"))
    match change.action:
        case NewTerms() as new:
            yield from _terms(new, f"{path}.action")
        case Undo(undone) if undone not in keys:
            yield _told("undo_unknown", f"{path}.action", key=undone)


def _rests(contract: Contract) -> Iterator[Problem]:
    """A pause within a pause, and a return from none: the fold would let them pass without an effect."""
    places = {change.key: place for place, change in enumerate(contract.changes)}
    told = set()
    for line in contract.lines:
        paused = False
        for change in sorted(standing(line.key, contract.changes), key=lambda one: one.effective):
            match change.action:
                case Pause() | Resume() as action:
                    pauses = isinstance(action, Pause)
                    if pauses is paused and change.key not in told:
                        told.add(change.key)
                        code = "pause_twice" if pauses else "resume_without_pause"
                        yield _told(code, f"changes[{places[change.key]}].action")
                    paused = pauses


def _day(line: Line) -> int:
    return {On.START: line.first_day.day, On.DAY: line.anchor.day}.get(line.anchor.on, 0)


def _told(code: str, path: str, **params) -> Problem:
    message, cure = _TEXTS[code]
    return Problem(code, path, message, cure, params)


_TEXTS = {
    "contract_empty": (_("The contract has no line."), _("Add what is to be billed.")),
    "line_twice": (_("Two lines of the contract have the same key."), _("Give each line a key of its own.")),
    "period_zero": (_("A period must be at least one day long."), _("Enter 1 or more.")),
    "end_before_start": (_("The line ends before it starts."), _("Correct one of the two dates.")),
    "end_in_trial": (
        _("The line ends while it is still free of charge: nothing would ever be billed."),
        _("Shorten the trial, or choose a later end."),
    ),
    "anchor_day": (
        _("Periods cannot begin on day %(day)s."),
        _("Choose a day from 1 to %(last)s; short months take their last day."),
    ),
    "due_day": (
        _("A bill cannot be due on day %(day)s."),
        _("Choose a day from 1 to %(last)s; short months take their last day."),
    ),
    "anchor_month": (_("There is no month %(month)s."), _("Choose a month from 1 to 12, or none.")),
    "anchor_of_days": (
        _("A period of days or weeks cannot begin on a day of the month."),
        _("Count it from the start, or choose a period of months."),
    ),
    "short_months": (
        _("Not every month has a day %(day)s."),
        _("In short months the period begins on the last day, and afterwards on day %(day)s again."),
    ),
    "usage_in_advance": (
        _("What is billed by usage cannot be billed in advance."),
        _("Bill the line in arrears, when the period is over."),
    ),
    "price": (
        _("The price must be above zero."),
        _("Enter the price; what is free for a time is a trial or a discount."),
    ),
    "quantity": (_("The quantity must be above zero."), _("Enter the quantity; end or pause what is no longer used.")),
    "discount": (_("The discount must be between 0 and 100 percent."), _("Correct the discount.")),
    "below_zero": (_("The value must not be below zero."), _("Enter zero or more.")),
    "package": (_("A package must have more than zero units."), _("Enter how many units a package has.")),
    "tiers": (
        _("The price tiers must rise, and the last one must have no limit."),
        _("Put the tiers in order of their limits and leave the last limit empty."),
    ),
    "change_twice": (_("Two changes have the key %(key)s."), _("Give each change a key of its own.")),
    "change_without_line": (
        _("The change names a line that the contract does not have."),
        _("Choose a line of this contract."),
    ),
    "change_before_start": (
        _("The change is of a day before the line starts, %(start)s."),
        _("Choose that day or a later one."),
    ),
    "undo_unknown": (
        _("There is no change %(key)s that could be undone."),
        _("Choose a change from the history of the contract."),
    ),
    "pause_twice": (
        _("The line is paused while it is paused already."),
        _("Remove this pause, or resume the line before it."),
    ),
    "resume_without_pause": (
        _("The line is resumed although it is not paused."),
        _("Remove this, or correct the date of the pause."),
    ),
    "adjustment_under_a_year": (
        _("A contract of less than a year may not follow an index."),
        _("Remove the adjustment, or agree on a year or more (Lei 10.192/2001, art. 2)."),
    ),
    "adjustment_without_percent": (
        _("The fixed adjustment has no percentage."),
        _("Enter a percentage above zero, or choose an index."),
    ),
    "adjustment_lag": (
        _("The index of the month of the adjustment itself is not known yet on that day."),
        _("Use at least the month before: 1."),
    ),
    "adjustment_floor": (
        _("The least adjustment, %(floor)s percent, is above the greatest, %(cap)s percent."),
        _("Correct one of the two."),
    ),
}
