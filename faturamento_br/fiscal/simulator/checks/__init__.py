"""The business rules of the NF-e's authorisation, in the order SEFAZ answers them.

Each rule group is a function that yields :class:`~.document.Rejection` values; SEFAZ answers the first. Order: MOC 7.0
Anexo I, groups A to ZX, then the groups of the reform, as the national validator (SVRS) reports them. Only rules whose
code and condition are certain are here. ``database`` asks the registers, which speak of nobody until they are filled.
"""

from . import (
    charge,
    database,
    identification,
    item_details,
    items,
    parties,
    references,
    reform,
    reform_groups,
    totals,
)
from .document import Context, Document, Rejection

ORDER = (identification, references, parties, items, item_details, totals, charge, reform, reform_groups, database)


def refusals(document, context):
    """Every refusal of the document, lazily, in the official order."""
    for module in ORDER:
        for group in module.GROUPS:
            yield from group(document, context)


def first_refusal(document, context):
    """The refusal SEFAZ would answer, or ``None``."""
    return next(refusals(document, context), None)


__all__ = ["Context", "Document", "Rejection", "first_refusal", "refusals"]
