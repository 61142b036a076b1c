"""From the elements of the XML to the values of an :class:`~..spec.Invoice`, by tables/element_paths.csv.

A refusal of the schema, ours or the authorizer's, names an element (``det[2]/prod/NCM``) and not a value of ours.
"""

import re
from functools import cache

from ..tables import rows

_ITEM = re.compile(r"\bnItem\W{1,3}(\d{1,3})\b|\bdet\[(?:@nItem=['\"])?(\d{1,3})")
_PATH = re.compile(r"(?:[A-Za-z]\w*(?:\[[^\]]*\])?/)+[A-Za-z]\w*")
_TAG = re.compile(r"\b(?:tag|element|elemento|campo)\W{1,4}(?:\{[^}]*\})?(?:\w+:)?(\w+)", re.IGNORECASE)
_INDEX = re.compile(r"\[[^\]]*\]")


def item_of(text: str) -> int | None:
    """The number, from 1, of the item that ``text`` names: ``[nItem: 3]``, ``det[3]/prod``; None when it names none."""
    found = _ITEM.search(text)
    return int(found[1] or found[2]) if found else None


def path_of(text: str) -> str:
    """The value that ``text`` names by its element: ``infNFe/det[2]/prod/NCM`` is ``items[].ncm``; "" for none.

    The element is named by its path, or alone after the word tag, element, elemento or campo.
    """
    for path in _PATH.findall(text):
        tags = _INDEX.sub("", path).split("/")
        if found := _known(tags):
            return found
    return next(filter(None, (_alone().get(tag) for tag in _TAG.findall(text))), "")


def value_at(path: str) -> str:
    """The value of the element at ``path`` of a document: ``infNFe/det[2]/prod/NCM`` is ``items[1].ncm``; "" for none.

    An item that stands alone has no number in such a path.
    """
    return path_of(path).replace("[]", f"[{(item_of(path) or 1) - 1}]", 1)


def _known(tags: list[str]) -> str:
    """The row that fits the end of ``tags``; inside ``imposto`` that of the innermost group which has one."""
    while len(tags) > 1:
        if found := _table().get("/".join(tags[-2:])):
            return found
        tags = tags[:-1]
    return ""


@cache
def _table() -> dict[str, str]:
    return {row["element"]: row["path"] for row in rows("element_paths")}


@cache
def _alone() -> dict[str, str]:
    """Tags that mean one value only, whatever they stand in."""
    found: dict[str, set[str]] = {}
    for element, path in _table().items():
        found.setdefault(element.rpartition("/")[2], set()).add(path)
    return {tag: paths.pop() for tag, paths in found.items() if len(paths) == 1}
