"""What an explanation is made of: steps, lines and formulas, as values that a renderer puts into a language.

A formula is read from left to right and has the numbers of a result, never numbers of its own: :func:`worth` works it
out again, and the tests do so for every formula of every tax. Texts are marked as those of :mod:`..problems`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from ..problems import Text

HUNDRED = Decimal(100)


class Kind(StrEnum):
    """How a number of a formula is written, and what it counts in it."""

    MONEY = "money"  # BRL, 2 decimals: 1.000,00
    NUMBER = "number"  # a quantity, or BRL by unit: as many decimals as it has
    PERCENT = "percent"  # 18 %
    LESS = "less"  # (100 % − 18 %)
    MORE = "more"  # (100 % + 40 %)


@dataclass(frozen=True)
class Figure:
    """A number with what it is.

    :param sign: how it joins what stands before it: ``+``, ``-``, ``*`` or ``/``; of the first one ``+`` or ``-``.
    """

    value: Decimal
    kind: Kind = Kind.MONEY
    label: Text | str = ""
    sign: str = "+"


@dataclass(frozen=True)
class Line:
    """One sentence: words alone, words and an amount, or words and a formula with its result.

    :param text: marked, with ``%(name)s`` placeholders for ``params``; a marked param is translated too.
    :param figures: the formula; empty where the result stands as it is.
    :param tag: the layout field that ``result`` is (``vICMS``), ``""`` for a step on the way.
    """

    text: Text
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    figures: tuple[Figure, ...] = ()
    result: Figure | None = None
    tag: str = ""


@dataclass(frozen=True)
class Condition:
    """What a rule asks for: a criterion by name, what it is called, and the value that is asked.

    :param value: marked where it is a word; of ``product``, ``customer``, ``category`` and ``operation`` the name that
        their owner gave them, which whoever shows it replaces by what people call them.
    """

    name: str
    label: Text
    value: Any


@dataclass(frozen=True)
class ToldRule:
    """A rule in words.

    :param ref: the caller's own name for the rule; ``name`` is what people call it, which the caller fills in.
    :param unmet: of one that lost, the conditions that do not hold; none when it holds too and is less specific.
    """

    ref: str
    conditions: tuple[Condition, ...]
    source: str = ""
    unmet: tuple[Condition, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Step:
    """One tax of one item.

    :param tax: its name in :data:`~..spec.TAX_NAMES`, ``cfop``, or ``total``.
    :param situation: CST, CSOSN or cClassTrib; the code of the CFOP.
    :param amount: BRL; ``None`` where the subject has none.
    :param origin: where its rule comes from when no tax rule gave it (the product, a hand): words.
    :param rule: the tax rule that won, and ``losers`` those that did not, the nearest first.
    :param sources: the law, as rules and tables cite it.
    """

    tax: str
    title: Text | str
    situation: str = ""
    amount: Decimal | None = None
    lines: tuple[Line, ...] = ()
    origin: tuple[Line, ...] = ()
    rule: ToldRule | None = None
    losers: tuple[ToldRule, ...] = ()
    sources: tuple[str, ...] = ()


# --- Ways to write --------------------------------------------------------------------------------------------------


def plus(value: Decimal, label: Text | str = "", kind: Kind = Kind.MONEY) -> Figure:
    return Figure(value, kind, label)


def minus(value: Decimal, label: Text | str = "", kind: Kind = Kind.MONEY) -> Figure:
    return Figure(value, kind, label, "-")


def times(value: Decimal, kind: Kind = Kind.PERCENT, label: Text | str = "") -> Figure:
    return Figure(value, kind, label, "*")


def over(value: Decimal, kind: Kind = Kind.LESS, label: Text | str = "") -> Figure:
    return Figure(value, kind, label, "/")


def kept(reduction: Decimal, label: Text | str = "") -> tuple[Figure, ...]:
    """× (100 % − ``reduction``), where there is one."""
    return (times(reduction, Kind.LESS, label),) if reduction else ()


def formula(
    text: Text, figures: tuple[Figure, ...], result: Decimal, tag: str = "", kind: Kind = Kind.MONEY, **params: Any
) -> Line:
    """``text: figures = result``."""
    return Line(text, params, figures, Figure(result, kind), tag)


def amount(text: Text, value: Decimal, tag: str = "", kind: Kind = Kind.MONEY, **params: Any) -> Line:
    """``text: value``, without a formula."""
    return Line(text, params, result=Figure(value, kind), tag=tag)


def say(text: Text, **params: Any) -> Line:
    return Line(text, params)


# --- What a formula is worth ----------------------------------------------------------------------------------------


def counted(figure: Figure) -> Decimal:
    """The factor or amount that a figure stands for."""
    match figure.kind:
        case Kind.PERCENT:
            return figure.value / HUNDRED
        case Kind.LESS:
            return 1 - figure.value / HUNDRED
        case Kind.MORE:
            return 1 + figure.value / HUNDRED
    return figure.value


def raw(line: Line) -> Decimal:
    """The formula of ``line`` from left to right, not rounded; of a percentage in per cent."""
    total = Decimal(0)
    for figure in line.figures:
        value = counted(figure)
        match figure.sign:
            case "+":
                total += value
            case "-":
                total -= value
            case "*":
                total *= value
            case "/":
                total /= value
    return total * HUNDRED if line.result.kind is Kind.PERCENT else total


def worth(line: Line) -> Decimal:
    """What the formula gives: never negative, rounded ROUND_HALF_UP to the decimals of the result it stands beside."""
    step = Decimal("0.01") if line.result.kind is Kind.MONEY else Decimal(1).scaleb(_exponent(line.result.value))
    return max(raw(line), Decimal(0)).quantize(step, ROUND_HALF_UP)


def _exponent(value: Decimal) -> int:
    return min(value.as_tuple().exponent, 0)
