"""The dictionary of rejections: what a cStat means in plain words, what to do, and where.

Texts are data: a module a subject, each a tuple of rows, marked for translation as all texts of the core. Meanings are
those of the MOC 7.0, Anexo I, and of the technical notes since (NT 2025.001, NT 2025.002-RTC, NT 2026.008): a code
that was given another meaning has the newer one. The authorizer's own words, xMotivo, are always shown beside ours;
where we are silent they stand alone, and where it is silent too, the official text of tables/cstat.csv.
"""

from functools import cache

from .. import cstat
from ..problems import Problem, _
from . import answers, emitter, goods, header, message, recipient, reform, taxes
from .elements import item_of, path_of
from .rejection import Kind, Rejection

SUBJECTS = (answers, message, emitter, recipient, header, goods, taxes, reform)
#: xMotivo has at most 255 characters in the layout (TMotivo); what comes longer is cut.
LONGEST = 400
#: Refusals of the layout, whose xMotivo may name the element.
SCHEMA = frozenset({"215", "225"})


def rejection(code: str) -> Rejection | None:
    """The row of ``code``; None where the dictionary is silent."""
    return dictionary().get(code)


@cache
def dictionary() -> dict[str, Rejection]:
    """All rows by their code, in the order of the codes."""
    rows = sorted((row for subject in SUBJECTS for row in subject.ROWS), key=lambda row: int(row.code))
    return {row.code: row for row in rows}


def problem_of(code: str, words: str, items: int = 0) -> Problem:
    """What an authorizer answered, told so that its user can mend it.

    :param code: the cStat.
    :param words: the xMotivo as it was received.
    :param items: how many items the document has; a single one is meant even where it is not named.
    """
    row = rejection(code)
    params = {"cStat": code, "xMotivo": shown(words) or cstat.meaning(code).text}
    item = item_of(words)
    if not row:
        path = f"items[{item - 1}].description" if item and item <= items else ""
        return Problem(
            f"cstat_{code}",
            path,
            _("The authorizer answered %(cStat)s: %(xMotivo)s"),
            _("Mend what it names and issue again: the number stays the same."),
            params,
        )
    text = _("%(meaning)s SEFAZ says: %(cStat)s %(xMotivo)s")
    if item and "nItem" not in params["xMotivo"]:
        text = _("Item %(item)s: %(meaning)s SEFAZ says: %(cStat)s %(xMotivo)s")
    cure = row.cure
    if row.kind in (Kind.MEND, Kind.ASK, Kind.DEFECT):
        cure = _("%(todo)s Then issue again: the number stays the same.")
    params |= {"meaning": row.meaning, "todo": row.cure, "item": item}
    return Problem(f"cstat_{code}", place(row, words, items), text, cure, params)


def place(row: Rejection, words: str, items: int) -> str:
    """Where ``row`` is mended in a document of so many items, by what the xMotivo ``words`` names."""
    path = (path_of(words) if row.code in SCHEMA else "") or row.path
    item = item_of(words) or (1 if items == 1 else 0)
    if not path.startswith("items[]"):
        return path
    return path.replace("[]", f"[{item - 1}]", 1) if 0 < item <= items else "items"


def shown(words: str) -> str:
    """``words`` fit for a line of text: no line breaks, no control or direction characters, and not endless."""
    line = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"
