"""Which rules meet the same items as another one."""

from collections.abc import Iterator

from .book import Rulebook
from .criteria import ABROAD, CRITERIA, PATHS, Criteria
from .rule import Rule


def can_meet(one: Criteria, other: Criteria, origin: str) -> bool:
    """Whether an item that leaves the UF ``origin`` can meet both: on the same day, with codes that do not differ."""
    if not one.overlaps(other) or not _same_scope(one, other, origin):
        return False
    for name in CRITERIA:
        first, second = getattr(one, name), getattr(other, name)
        if not first or not second or first == second:
            continue
        if not (name == "ncm" or name in PATHS) or not (first.startswith(second) or second.startswith(first)):
            return False
    return True


def outweighed(book: Rulebook, rule: Rule, origin: str) -> Iterator[Rule]:
    """The rules of ``book`` about the same subject that lose against ``rule`` where both are met."""
    for other in book.rules:
        lighter = other.subject == rule.subject and other.when.weight < rule.when.weight
        if lighter and can_meet(other.when, rule.when, origin):
            yield other


def _same_scope(one: Criteria, other: Criteria, origin: str) -> bool:
    scopes = {scope for when in (one, other) for scope in (when.scope, _scope_of(when.destination, origin)) if scope}
    return len(scopes) < 2


def _scope_of(destination: str, origin: str) -> str:
    if destination in ("", ABROAD):
        return "abroad" if destination else ""
    return "inside" if destination == origin else "interstate"
