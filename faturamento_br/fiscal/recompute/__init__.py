"""The taxes of NF-e files, anybody's, calculated again: ``python -m fiscal.recompute a.xml b.xml``.

Of each item only what the law's arithmetic starts from is read (codes, quantities, prices, rates, what was shared among
the items); everything else is calculated by the engine and written by the document builder, and compared with the
file, element by element. What the engine cannot judge is told, with the reason, and counted apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from ..documents.nfe.taxes import imposto
from ..documents.nfe.totals import total
from ..problems import Problem
from ..spec import ZERO, Item, TaxContext, TaxedItem
from ..taxes.engine import compute_item, missing_rules
from ..taxes.totals import sum_items
from ..verify.reading import amount, child, children, local_name, read, text
from . import compare, items
from .choices import bases, choices

__all__ = ["Report", "recompute_bytes"]


@dataclass
class Report:
    """What came out of some files.

    :param judged: items that were calculated again.
    :param differences: what the engine has otherwise than the file.
    :param unjudged: what could not be judged, and why.
    :param wrong: why a file is none at all.
    """

    judged: int = 0
    differences: list[Problem] = field(default_factory=list)
    unjudged: list[Problem] = field(default_factory=list)
    wrong: list[Problem] = field(default_factory=list)


def recompute_bytes(data: bytes) -> Report:
    """The report on one file: an NFe, an nfeProc or an enviNFe. Nothing a file holds raises."""
    report = Report()
    root, report.wrong = read(data)
    if root is None:
        return report
    found = list(_documents(root))
    if not found:
        report.wrong = [compare.not_nfe(root)]
    for infNFe in found:
        _recompute(infNFe, report)
    return report


def _documents(root: etree._Element) -> Iterator[etree._Element]:
    """Every infNFe of layout 4.00, whatever it is wrapped in."""
    for nfe in [root] if local_name(root) == "NFe" else children(root, "NFe"):
        infNFe = child(nfe, "infNFe")
        if infNFe is not None and infNFe.get("versao") == "4.00":
            yield infNFe


def _recompute(infNFe: etree._Element, report: Report) -> None:
    context = items.context_of(infNFe)
    if isinstance(context, Problem):
        report.unjudged.append(context)
        return
    lines = []
    for det in children(infNFe, "det"):
        line = _recompute_item(context, det, report)
        if line:
            lines.append(line)
    _recompute_totals(infNFe, lines, report)


def _recompute_totals(infNFe: etree._Element, lines: list[TaxedItem], report: Report) -> None:
    theirs, dets = child(infNFe, "total"), children(infNFe, "det")
    counted = all(text(det, "prod/indTot") != "0" for det in dets)
    if theirs is None or not counted or len(lines) < len(dets):
        report.unjudged.append(compare.totals_unjudged(infNFe))
        return
    without = (*compare.NOT_OURS_IN_TOTAL, compare.ESTIMATES)
    report.differences += compare.differences(total(sum_items(lines)), theirs, without)
    estimates = sum((amount(det, "imposto/vTotTrib") or ZERO for det in dets), ZERO)
    report.differences += compare.amount_difference(theirs, compare.ESTIMATES, estimates)
    names = (name for name in compare.NOT_OURS_IN_TOTAL if child(theirs, name) is not None)
    report.unjudged += (compare.group_unjudged(theirs, name) for name in names)


def _recompute_item(context: TaxContext, det: etree._Element, report: Report) -> TaxedItem | None:
    """The item as the engine has it, or ``None`` when it could not be judged whole."""
    item, unjudged = items.item_of(det)
    if item is None:
        report.unjudged += unjudged
        return None
    ways = list(choices(context, item))
    sound = [way for way in ways if not missing_rules(context, [way])]
    if not sound:
        report.unjudged += (compare.unjudged(det, problem) for problem in missing_rules(context, ways[:1]))
        return None
    judged = [_judge(det, line) for way in sound for line in bases(context, compute_item(context, way))]
    line, differences = min(judged, key=lambda judgement: len(judgement[1]))
    report.judged += 1
    report.differences += differences
    report.unjudged += unjudged
    return line if all(problem.code == "as_told" for problem in unjudged) else None


def _judge(det: etree._Element, line: TaxedItem) -> tuple[TaxedItem, list[Problem]]:
    """The item in one way, and what the file has otherwise."""
    return line, list(_item_differences(line, det, child(det, "imposto"), line.item))


def _item_differences(line: TaxedItem, det: etree._Element, theirs: etree._Element, item: Item) -> Iterator[Problem]:
    yield from compare.amount_difference(det, "prod/vProd", line.gross)
    yield from compare.differences(imposto(line), theirs, items.unknown_groups(theirs))
    if item.rules.ibs_cbs and child(det, "vItem") is not None:
        yield from compare.amount_difference(det, "vItem", line.amounts["vNFTot"])
