"""A problem as JSON: it is kept as found, and put into the reader's language when it is read."""

from datetime import date
from decimal import Decimal
from typing import Any

from ..problems import Problem, Text


def dump(problem: Problem) -> dict[str, Any]:
    """``problem`` as texts and dicts; dates, numbers and marked texts among its params keep what they are."""
    params = {name: _dump(value) for name, value in problem.params.items()}
    return {"message": problem.message, "cure": problem.cure, "path": problem.path, "params": params}


def load(kept: dict[str, Any]) -> Problem:
    """The inverse of :func:`dump`."""
    params = {name: _load(value) for name, value in kept["params"].items()}
    return Problem("", kept["path"], kept["message"], kept["cure"], params)


def _dump(value: Any) -> Any:
    match value:
        case Problem():
            return {"problem": dump(value)}
        case Text():
            return {"text": str(value)}
        case Decimal():
            return {"number": str(value)}
        case date():
            return {"day": value.isoformat()}
    return str(value)


def _load(kept: Any) -> Any:
    if not isinstance(kept, dict):
        return kept
    [(kind, value)] = kept.items()
    kinds = {"problem": load, "text": Text, "number": Decimal, "day": date.fromisoformat}
    return kinds[kind](value)
