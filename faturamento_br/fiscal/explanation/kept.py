"""Explanations as JSON: an issued document keeps the one of its day, and it is still put into a language when read."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ..problems import Text
from .words import Condition, Figure, Kind, Line, Step, ToldRule

CLASSES = {kind.__name__: kind for kind in (Condition, Figure, Line, Step, ToldRule)}


def dump(steps: Sequence[Step]) -> list[Any]:
    """``steps`` as lists, dicts and texts; what an empty field says is left out."""
    return [_dump(step) for step in steps]


def load(kept: Sequence[Any]) -> tuple[Step, ...]:
    """The inverse of :func:`dump`.

    :raises KeyError: it was written by a version that had other classes.
    """
    return tuple(_load(each) for each in kept)


def _dump(value: Any) -> Any:
    if is_dataclass(value):
        told = {f.name: _dump(getattr(value, f.name)) for f in fields(value) if getattr(value, f.name) not in ("", ())}
        return {"is": type(value).__name__, **told}
    match value:
        case Text():
            return {"text": str(value)}
        case Kind():
            return {"kind": value.value}
        case Decimal():
            return {"number": str(value)}
        case date():
            return {"day": value.isoformat()}
        case tuple():
            return [_dump(each) for each in value]
        case Mapping():
            return {"params": {name: _dump(each) for name, each in value.items()}}
    return value


def _load(kept: Any) -> Any:
    if isinstance(kept, list):
        return tuple(_load(each) for each in kept)
    if not isinstance(kept, dict):
        return kept
    if "is" in kept:
        return CLASSES[kept["is"]](**{name: _load(value) for name, value in kept.items() if name != "is"})
    [(name, value)] = kept.items()
    match name:
        case "text":
            return Text(value)
        case "kind":
            return Kind(value)
        case "number":
            return Decimal(value)
        case "day":
            return date.fromisoformat(value)
    return {key: _load(each) for key, each in value.items()}
