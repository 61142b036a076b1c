"""The table of IBPT ("De Olho no Imposto") that a company uploads: its CSV, with every error by line.

Its first line names the columns, ``codigo;ex;tipo;descricao;nacionalfederal;importadosfederal;estadual;municipal;
vigenciainicio;vigenciafim;chave;versao;fonte``; dates are DD/MM/AAAA, rates have a point or a comma, the encoding is
Windows-1252 or UTF-8. ``tipo``: 0 NCM, 1 NBS, 2 item of LC 116. The UF is in the file's name only, so it is the
caller's to know.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from ..problems import FiscalError, Problem, _
from ..spec import ApproximateRule, Item
from . import units
from .approximate import MOST_RATE

COLUMNS = (
    *("codigo", "ex", "tipo", "descricao", "nacionalfederal", "importadosfederal", "estadual", "municipal"),
    *("vigenciainicio", "vigenciafim", "chave", "versao", "fonte"),
)
KINDS = {"0": "[0-9]{8}", "1": "[0-9]{9}", "2": "[0-9]{3,6}"}  # what a code of each tipo is made of
GOODS = "0"
RATES = ("nacionalfederal", "importadosfederal", "estadual", "municipal")
#: Origins of goods made abroad; 3, 5 and 8 are made in Brazil with imported content (Ajuste SINIEF 20/2012).
MADE_ABROAD = frozenset("1267")


@dataclass(frozen=True)
class Row:
    """One line: its rates (%), and the days on which they hold, both included."""

    national_rate: Decimal
    imported_rate: Decimal
    state_rate: Decimal
    city_rate: Decimal
    valid_from: date
    valid_to: date
    source: str
    version: str = ""


@dataclass(frozen=True)
class Table:
    """The lines by tipo, code and ex (without leading zeros, "" for none)."""

    rows: Mapping[tuple[str, str, str], tuple[Row, ...]]

    def rule(self, item: Item, day: date) -> ApproximateRule:
        """The rates of ``item`` on ``day``, as :meth:`rates`."""
        return self.rates(item.ncm, item.tipi_exception, item.origin, day)

    def rates(self, ncm: str, exception: str, origin: str, day: date) -> ApproximateRule:
        """The rates of goods on ``day``: of their ex (EXTIPI), or of their NCM where the table has no such ex.

        :param origin: ``ICMS/orig``; goods made abroad have the federal rate of imports.
        :raises FiscalError: the table lacks the NCM, or its rows are of another period.
        """
        found = self.rows.get((GOODS, ncm, _ex(exception))) or self.rows.get((GOODS, ncm, ""))
        if not found:
            message = _("The table of IBPT does not have the NCM %(ncm)s.")
            cure = _("Correct the product's NCM, or upload the newest table of your state.")
            raise FiscalError([Problem("approximate_ncm", "ncm", message, cure, {"ncm": ncm or "-"})])
        for row in found:
            if row.valid_from <= day <= row.valid_to:
                federal = row.imported_rate if origin in MADE_ABROAD else row.national_rate
                return ApproximateRule(federal, row.state_rate, row.city_rate, row.source)
        message = _("The table of IBPT is valid until %(until)s only, and the document is of %(day)s.")
        cure = _("Upload the newest table of your state; IBPT gives it on its site “De Olho no Imposto”.")
        params = {"until": max(row.valid_to for row in found), "day": day}
        raise FiscalError([Problem("approximate_expired", "", message, cure, params)])


def parse(content: bytes) -> Table:
    """The table in ``content``.

    :raises FiscalError: every mistake, with paths like ``lines[17].estadual`` (the first line is 1).
    """
    lines = _lines(content)
    found: dict[tuple[str, str, str], tuple[Row, ...]] = {}
    problems: list[Problem] = []
    head = [name.strip().lower() for name in next(lines, (1, []))[1]]
    if tuple(filter(None, head)) != COLUMNS:
        message = _("This is not a table of IBPT: its first line must be %(columns)s.")
        cure = _("Upload the CSV file of your state as IBPT gives it.")
        raise FiscalError([Problem("approximate_header", "lines[1]", message, cure, {"columns": ";".join(COLUMNS)})])
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        path = f"lines[{line}]"
        wrong = list(_mistakes(cells, path))
        problems += wrong
        if wrong:
            continue
        values = dict(zip(COLUMNS, map(str.strip, cells), strict=False))
        key = (values["tipo"], _code(values), _ex(values["ex"]))
        row = _row(values)
        before = found.get(key, ())
        if any(other.valid_from <= row.valid_to and row.valid_from <= other.valid_to for other in before):
            message = _("Line %(line)s has the code %(code)s again for the same days.")
            cure = _("Remove one of the two lines.")
            params = {"line": line, "code": values["codigo"]}
            problems.append(Problem("approximate_repeated", f"{path}.codigo", message, cure, params))
        found[key] = (*before, row)
    if not found and not problems:
        message = _("The table of IBPT has no line.")
        problems.append(Problem("approximate_empty", "", message, _("Upload the whole file.")))
    if problems:
        raise FiscalError(problems)
    return Table(found)


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line, with its number.

    :raises FiscalError: a quote that is never closed makes the rest one endless cell.
    """
    reader = csv.reader(_decoded(content).splitlines(), delimiter=";")
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error:
        message = _("Line %(line)s cannot be read: a quotation mark is not closed.")
        cure = _("Upload the file as IBPT gives it.")
        path = f"lines[{reader.line_num}]"
        raise FiscalError([Problem("approximate_line", path, message, cure, {"line": reader.line_num})]) from None


def _decoded(content: bytes) -> str:
    """UTF-8 where it is that; Windows-1252 else, which takes any byte (the few it lacks do not matter)."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _mistakes(cells: list[str], path: str) -> Iterator[Problem]:
    if not len(COLUMNS) <= len(cells) <= len(COLUMNS) + 1:
        message = _("The line has %(count)s columns instead of %(expected)s.")
        params = {"count": len(cells), "expected": len(COLUMNS)}
        yield Problem("approximate_columns", path, message, _("Upload the file as IBPT gives it."), params)
        return
    values = dict(zip(COLUMNS, map(str.strip, cells), strict=False))
    wrong = []
    if values["tipo"] not in KINDS:
        wrong.append("tipo")
    elif not re.fullmatch(KINDS[values["tipo"]], _code(values), re.ASCII):
        wrong.append("codigo")
    if not re.fullmatch("[0-9]{0,3}", values["ex"], re.ASCII):
        wrong.append("ex")
    wrong += [name for name in RATES if _rate(values[name]) is None]
    days = {name: _day(values[name]) for name in ("vigenciainicio", "vigenciafim")}
    wrong += [name for name, day in days.items() if day is None]
    if not wrong and days["vigenciainicio"] > days["vigenciafim"]:
        wrong.append("vigenciafim")
    for name in wrong:
        message = _("“%(value)s” is not a right value of the column %(column)s.")
        cure = _("Correct it, or upload the file as IBPT gives it.")
        yield Problem("approximate_value", f"{path}.{name}", message, cure, {"value": values[name], "column": name})


def _row(values: Mapping[str, str]) -> Row:
    rates = (_rate(values[name]) for name in RATES)
    days = (_day(values[name]) for name in ("vigenciainicio", "vigenciafim"))
    source = " ".join(filter(None, (values["fonte"], values["versao"], values["chave"])))
    return Row(*rates, *days, source, values["versao"])


def _code(values: Mapping[str, str]) -> str:
    """A NCM that a spreadsheet robbed of its first zero has it again."""
    code = values["codigo"]
    return code.zfill(8) if values["tipo"] == GOODS and len(code) == 7 else code


def _ex(text: str) -> str:
    return text.strip().lstrip("0")


def _rate(text: str) -> Decimal | None:
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
    return value if units.fits(value, MOST_RATE) else None


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()
    except ValueError:
        return None
