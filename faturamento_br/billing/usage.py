"""What was used and what it costs: records, metrics, prices.

A record belongs to the period of its day, for ever. One that arrives after its period was billed makes that period
worth something else, and the difference is on the next bill (:func:`.bills.run`): never lost, never billed twice, and
at the price it would have had in time.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from ..fiscal.problems import Problem, _
from .changes import Timeline
from .contract import CENT, ZERO, Key, Line
from .proration import round_exact
from .schedule import PeriodKey, Schedule


class Metric(StrEnum):
    """What is counted in a period."""

    SUM = "sum"
    MAX = "max"
    LAST = "last"  # of the last day; of one day, what was recorded last
    UNIQUE = "unique"  # different subjects


class Model(StrEnum):
    """How a quantity is priced."""

    FLAT = "flat"  # every unit at one price
    TIERED = "tiered"  # every unit at the price of the tier into which it falls (graduated)
    VOLUME = "volume"  # all units at the price of the tier into which their number falls
    PACKAGE = "package"  # by packages; one begun is paid whole


class Tier(NamedTuple):
    """Units up to and with ``up_to`` (None: all above), at ``price`` each, and ``fee`` once if there are any."""

    up_to: Decimal | None
    price: Decimal
    fee: Decimal = ZERO


@dataclass(frozen=True)
class Pricing:
    """The price of a metered line for one whole period.

    :param price: of a unit (flat) or of a package.
    :param tiers: for tiered and volume, upwards; the last one without a limit.
    :param package: units in a package.
    :param included: units that cost nothing, every period.
    :param minimum: the period costs at least this, by the days owed of it.
    """

    metric: Metric
    model: Model = Model.FLAT
    price: Decimal = ZERO
    tiers: tuple[Tier, ...] = ()
    package: Decimal = Decimal(1)
    included: Decimal = ZERO
    minimum: Decimal = ZERO


@dataclass(frozen=True)
class Record:
    """Something was used.

    :param key: the sender's own and unique: what is sent again with it is the same record.
    :param day: when, in the company's time zone.
    :param subject: what is counted by :attr:`Metric.UNIQUE`.
    """

    key: str
    line: Key
    day: date
    value: Decimal = Decimal(1)
    subject: str = ""


class Accepted(NamedTuple):
    """What became of records that were sent; ``repeated`` were here before and change nothing."""

    new: list[Record]
    repeated: list[Record]
    problems: list[Problem]


def accept(sent: Sequence[Record], known: Mapping[str, Record], times: Mapping[Key, Timeline], today: date) -> Accepted:
    """Sort ``sent`` into new, repeated and wrong; paths are ``records[0].day``. All or nothing is the caller's choice.

    :param known: what was accepted before, by key.
    :param times: the timelines of the metered lines.
    """
    found = Accepted([], [], [])
    seen = dict(known)
    for place, record in enumerate(sent):
        before = seen.setdefault(record.key, record)
        wrong = list(_wrong(record, before, times, today, f"records[{place}]"))
        if wrong:
            found.problems.extend(wrong)
            if before is record:
                del seen[record.key]
        elif before is record:
            found.new.append(record)
        else:
            found.repeated.append(record)
    return found


def measure(metric: Metric, records: Collection[Record]) -> Decimal:
    """The quantity of ``records``, given in the order in which they were accepted; 0 if there are none."""
    match metric:
        case Metric.SUM:
            return sum((record.value for record in records), ZERO)
        case Metric.MAX:
            return max((record.value for record in records), default=ZERO)
        case Metric.LAST:
            by_day = sorted(records, key=lambda record: record.day)
            return by_day[-1].value if by_day else ZERO
        case Metric.UNIQUE:
            return Decimal(len({record.subject for record in records}))


def price(pricing: Pricing, quantity: Decimal, owed: Fraction = Fraction(1), unit: Decimal = CENT) -> Decimal:
    """What ``quantity`` costs, half up to ``unit``; at least the minimum by the part of the period that is ``owed``."""
    chargeable = max(quantity - pricing.included, ZERO)
    amount = max(Fraction(_MODELS[pricing.model](pricing, chargeable)), Fraction(pricing.minimum) * owed)
    return round_exact(amount, unit)


def charges(
    line: Line,
    pricing: Pricing,
    records: Iterable[Record],
    keys: Iterable[PeriodKey],
    times: Timeline,
    unit: Decimal = CENT,
) -> dict[PeriodKey, Decimal]:
    """What each period of ``keys`` (those of the ledger and those due) is worth by all the ``records`` of ``line``."""
    schedule = Schedule(line)
    by_period: dict[PeriodKey, list[Record]] = {}
    for record in records:
        by_period.setdefault(schedule.containing(record.day).key, []).append(record)
    found = {}
    for key in keys:
        period = schedule.period(key.number)
        days = sum((span.end - span.start).days for span in times.between(period.start, period.end))
        quantity = measure(pricing.metric, by_period.get(key, ()))
        found[key] = price(pricing, quantity, Fraction(days, period.of_days), unit)
    return found


def _flat(pricing: Pricing, quantity: Decimal) -> Decimal:
    return pricing.price * quantity


def _package(pricing: Pricing, quantity: Decimal) -> Decimal:
    return pricing.price * -(-Fraction(quantity) // Fraction(pricing.package))


def _tiered(pricing: Pricing, quantity: Decimal) -> Decimal:
    amount = below = ZERO
    for tier in pricing.tiers:
        if quantity <= below:
            break
        top = quantity if tier.up_to is None else min(quantity, tier.up_to)
        amount += (top - below) * tier.price + tier.fee
        below = top
    return amount


def _volume(pricing: Pricing, quantity: Decimal) -> Decimal:
    if not quantity:
        return ZERO
    tier = next(tier for tier in pricing.tiers if tier.up_to is None or quantity <= tier.up_to)
    return quantity * tier.price + tier.fee


_MODELS = {Model.FLAT: _flat, Model.TIERED: _tiered, Model.VOLUME: _volume, Model.PACKAGE: _package}


def _wrong(record: Record, before: Record, times: Mapping[Key, Timeline], today: date, path: str):
    name = {"key": record.key, "day": record.day.strftime("%d/%m/%Y")}
    if before != record:
        yield Problem(
            "usage_key_repeated",
            f"{path}.key",
            _("The usage record %(key)s was received before with another content."),
            _("Send a correction as a record with a key of its own."),
            name,
        )
    if record.day > today:
        yield Problem(
            "usage_in_the_future",
            f"{path}.day",
            _("The usage record %(key)s is of %(day)s, a day that has not come yet."),
            _("Correct its date, and the time zone of the system that sends it."),
            name,
        )
    if record.value < 0:
        yield Problem(
            "usage_negative",
            f"{path}.value",
            _("The usage record %(key)s has a quantity below zero."),
            _("Send the quantity that was used, zero or more."),
            name,
        )
    line = times.get(record.line)
    if line is None:
        yield Problem(
            "usage_without_line",
            f"{path}.line",
            _("The usage record %(key)s names a contract line that does not exist or is not billed by usage."),
            _("Correct the contract line in the record."),
            name,
        )
    elif before is record and line.at(record.day) is None:
        yield Problem(
            "usage_outside",
            f"{path}.day",
            _("The usage record %(key)s is of %(day)s, a day on which its contract line is not in force."),
            _("Correct its date, or the start, the end or the pause of the contract line."),
            name,
        )
