"""Strategies over the whole of :class:`fiscal.spec.Invoice`, made from its own types: a new field is tried by itself.

Two ways: :func:`anything` makes a value out of nothing, hostile everywhere; :func:`spoiled` takes a right invoice and
puts hostile values at a few places, which reaches the builder and each check alone.
"""

import string
import types
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Union, get_args, get_origin, get_type_hints

import nfe_samples as samples
from hypothesis import strategies as st

# What people, imports and attackers write where a text or a code is expected.
WRITTEN = Path(__file__).parent / "data" / "hostile.txt"
UNPRINTABLE = ("", "\ud800", "\x00", "\x1b[0m", "a\r\nb", "\t", "x" * 201, "9" * 60, "á" * 61)
HOSTILE = (*WRITTEN.read_text(encoding="utf-8").split("\n"), *UNPRINTABLE)
texts = (
    st.sampled_from(HOSTILE)
    | st.text(st.characters(exclude_categories=()), max_size=150)
    | st.text(string.ascii_letters + " áç&<>\"'-", max_size=150)
    | st.text(string.digits, max_size=15)
)
numbers = (
    st.sampled_from(
        [Decimal(text) for text in ("0", "-0", "0.00", "-1", "NaN", "sNaN", "Infinity", "-Infinity", "1e30", "1e-30")]
        + [Decimal(text) for text in ("0.01", "0.005", "100", "1e13", "99999999999.9999", "1E+2", "1e999", "1e-999")]
    )
    | st.decimals()
    | st.decimals(0, 100_000, places=2)
    | st.decimals(0, 10, places=10)
)
zones = st.timezones() | st.just(samples.BRASILIA) | st.just(timezone(timedelta(hours=5, minutes=30)))
moments = (
    st.datetimes(timezones=st.none() | zones)
    | st.datetimes(datetime(2026, 10, 1), datetime(2027, 1, 31), timezones=st.just(UTC))
    | st.sampled_from(
        [samples.ISSUED, datetime.min, datetime.max, datetime(1900, 1, 1), datetime(2999, 1, 1, tzinfo=UTC)]
    )
)
dates = (
    st.dates()
    | st.dates(date(2026, 11, 20), date(2027, 11, 23))
    | st.sampled_from([date.min, date.max, date(1900, 1, 1), date(2028, 2, 29), date(2999, 12, 31)])
)
integers = st.integers() | st.integers(-1, 1000) | st.sampled_from([0, -1, 999, 1000, 10**9, 10**15, 10**40])
LEAVES = {str: texts, Decimal: numbers, datetime: moments, date: dates, int: integers, bool: st.booleans()}


@cache
def anything(kind) -> st.SearchStrategy:
    """Any value that the type ``kind`` permits: a dataclass, an enumeration, a tuple of either, an optional, a leaf."""
    if kind in LEAVES:
        return LEAVES[kind]
    if get_origin(kind) in (Union, types.UnionType):
        return st.one_of(*(st.none() if part is type(None) else anything(part) for part in get_args(kind)))
    if get_origin(kind) is tuple:
        return st.lists(anything(get_args(kind)[0]), max_size=2).map(tuple)
    if is_dataclass(kind):
        return st.deferred(lambda: _built(kind))  # a type may speak of itself, as a returned item does of the whole
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    raise TypeError(f"no strategy for {kind}")


def _built(kind) -> st.SearchStrategy:
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: anything(hints[field.name]) for field in fields(kind)})


def places(value, kind, path=()) -> list[tuple[tuple, object]]:
    """Every place of ``value``, a right value of type ``kind``, with the type of what stands there."""
    found = [(path, kind)] if path else []
    if is_dataclass(value):
        hints = get_type_hints(type(value))
        for field in fields(value):
            found += places(getattr(value, field.name), hints[field.name], (*path, field.name))
    elif isinstance(value, tuple):
        for index, inner in enumerate(value):
            found += places(inner, get_args(kind)[0], (*path, index))
    return found


def put(value, path, new):
    """``value`` with ``new`` at ``path``."""
    if not path:
        return new
    step, *rest = path
    if isinstance(value, tuple):
        return (*value[:step], put(value[step], rest, new), *value[step + 1 :])
    return replace(value, **{step: put(getattr(value, step), rest, new)})


def reached(value, path) -> bool:
    """Whether ``path`` still leads somewhere: an earlier change may have taken its parent away."""
    for step in path:
        if isinstance(value, tuple):
            if step >= len(value):
                return False
            value = value[step]
        elif is_dataclass(value):
            value = getattr(value, step)
        else:
            return False
    return True


@st.composite
def spoiled(draw, rights, kind):
    """One of ``rights``, right values of type ``kind``, with one to three places changed to anything."""
    value = draw(st.sampled_from(rights))
    everywhere = places(value, kind)
    for _change in range(draw(st.integers(1, 3))):
        path, inner = draw(st.sampled_from(everywhere))
        if reached(value, path):
            value = put(value, path, draw(anything(inner)))
    return value
