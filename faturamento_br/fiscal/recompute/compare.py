"""What we would write beside what a file says, element by element."""

from collections.abc import Collection, Iterator
from decimal import Decimal, InvalidOperation

from lxml import etree

from ..problems import Problem, _
from ..verify.reading import NFE, local_name, text, where
from ..xml import parse

#: Totals that are no sums of what the engine calculates from items: services, and what the payer withholds.
NOT_OURS_IN_TOTAL = ("ISSQNtot", "retTrib")
#: The sum of the items' estimates, which are compared with nothing else.
ESTIMATES = "ICMSTot/vTotTrib"
#: What says nothing beside a base, or a rate, of zero, where we leave out the whole of it.
BESIDE = {
    "modBC": "vBC",
    "pRedBC": "vBC",
    "modBCST": "vBCST",
    "pMVAST": "vBCST",
    "pRedBCST": "vBCST",
    "vBCFCP": "pFCP",
    "vBCFCPST": "pFCPST",
    "vBCFCPSTRet": "pFCPSTRet",
    "vBCFCPUFDest": "pFCPUFDest",
}


def differences(ours: str, theirs: etree._Element, without: Collection[str]) -> Iterator[Problem]:
    """The elements of ``theirs`` that are not as in ``ours``, an XML text with the same root; a zero may be left out.

    :param without: beginnings of paths that are not compared.
    """
    root = parse(ours.replace(">", f' xmlns="{NFE}">', 1))
    expected, found = dict(_leaves(root)), dict(_leaves(theirs))
    for path in [*found, *(path for path in expected if path not in found)]:
        if path == "vTotTrib" or path.startswith(tuple(without)) or _says_nothing(path, expected, found):
            continue
        if not _same(expected.get(path, "0"), found.get(path, "0")):
            yield _difference(f"{where(theirs)}/{path}", expected.get(path), found.get(path))


def _says_nothing(path: str, expected: dict[str, str], found: dict[str, str]) -> bool:
    group, _slash, name = path.rpartition("/")
    beside = BESIDE.get(name)
    return beside is not None and path not in expected and _same(found.get(f"{group}/{beside}", "0"), "0")


def amount_difference(element: etree._Element, path: str, expected: Decimal) -> Iterator[Problem]:
    """One amount that is not ``expected``; a zero may be left out."""
    if not _same(text(element, path) or "0", str(expected)):
        yield _difference(f"{where(element)}/{path}", str(expected), text(element, path))


def unjudged(det: etree._Element, problem: Problem) -> Problem:
    """Why an item was not judged: what the engine says of it, at its place in the file."""
    return Problem(problem.code, where(det), problem.message, "", problem.params)


def group_unjudged(element: etree._Element, name: str) -> Problem:
    message = _("The group %(name)s is not calculated again.")
    return Problem("group_unknown", f"{where(element)}/{name}", message, params={"name": name})


def totals_unjudged(infNFe: etree._Element) -> Problem:
    message = _("The totals were not judged: they are not there, or not every item could be judged and counts.")
    return Problem("totals_unjudged", f"{where(infNFe)}/total", message)


def not_nfe(root: etree._Element) -> Problem:
    message = _("There is no NF-e of layout 4.00 in this file; its root element is %(name)s.")
    return Problem("not_nfe", "", message, params={"name": local_name(root)})


def _difference(path: str, expected: str | None, found: str | None) -> Problem:
    message = _("expected %(expected)s, found %(found)s.")
    return Problem("difference", path, message, params={"expected": expected or "-", "found": found or "-"})


def _leaves(root: etree._Element, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of every element without children, below ``root``."""
    for element in root.iterchildren("*"):
        path = f"{prefix}{local_name(element)}"
        if len(element):
            yield from _leaves(element, f"{path}/")
        else:
            yield path, (element.text or "").strip()


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False
