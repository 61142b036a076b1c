"""The summary of a month as a spreadsheet: written row by row, so that its size costs no memory."""

from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal

import xlsxwriter

from ..fiscal.archive.facts import COLUMNS
from .export_journal import COUNTED

ZERO = Decimal("0.00")
#: The same content is the same file: the moment of its making is not in it.
MADE = datetime(2000, 1, 1)
WIDE, NARROW = 30, 13


class SummarySheet:
    """``resumo.xlsx``: documents, sums by situation, by CFOP, by tax, comparison with the journal, voided numbers."""

    def __init__(self, env, path, company, month, environment):
        self.env, self.path = env, path
        self.title = (company.name, f"{month:%m/%Y}", environment)
        self.book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
        self.book.set_properties({"created": MADE, "title": f"{company.name} {month:%m/%Y}"})
        self.head = self.book.add_format({"bold": True, "bg_color": "#e9ecef", "text_wrap": True, "valign": "top"})
        self.bold = self.book.add_format({"bold": True})
        self.money = self.book.add_format({"num_format": "#,##0.00"})
        self.total = self.book.add_format({"num_format": "#,##0.00", "bold": True, "top": 1})
        self.wrong = self.book.add_format({"num_format": "#,##0.00", "bold": True, "bg_color": "#f8d7da"})
        self.situations = dict(env["faturamento_br.document"]._fields["state"]._description_selection(env))
        self.by_situation = defaultdict(lambda: ZERO)
        self.counts = Counter()
        self.by_cfop = {}
        self.unbooked = ZERO
        self.proofs = []
        self._lines = {}
        self.documents = self._documents_sheet()

    # --- Documents ----------------------------------------------------------------------------------------------

    def _documents_sheet(self):
        _ = self.env._
        heads = (
            *(_("Model"), _("Series"), _("Number"), _("Situation"), _("Issue date"), _("Entry/exit"), _("Customer")),
            *(_("CNPJ or CPF"), _("Access key"), _("Protocol"), _("Invoice"), "vNF", *COLUMNS, _("Journal")),
        )
        sheet = self._sheet(_("Documents"), heads)
        sheet.set_column(6, 6, WIDE)
        sheet.set_column(8, 8, 46)
        return sheet

    def document(self, document, facts, booked):
        """A row. ``facts`` is None for a number without an XML; ``booked`` where the journal has nothing of it."""
        self._count(document)
        if facts:
            self.by_situation[document.state] += facts.total
        if facts and document.state in COUNTED:
            for cfop, amounts in facts.by_cfop.items():
                sums = self.by_cfop.setdefault((facts.direction, cfop), defaultdict(lambda: ZERO))
                for column, amount in amounts.items():
                    sums[column] += amount
            if booked is None:
                self.unbooked += facts.total
        directions = {"0": self.env._("Entry"), "1": self.env._("Exit")}
        texts = (
            *(document.model, document.series, document.number, self.situations[document.state]),
            facts.issued if facts else str(document.issue_date or ""),
            directions.get(facts.direction, "") if facts else "",
            *((facts.recipient, facts.recipient_id) if facts else ("", "")),
            document.access_key or "",
            (facts.protocolo if facts else "") or document.protocolo or "",
            document.move_id.name or document.shipment_id.name or "",
        )
        numbers = (facts.total, *facts.amounts.values()) if facts else ()
        row = self._next(self.documents)
        for place, value in enumerate(texts):
            self._write(self.documents, row, place, value)
        for place, value in enumerate(numbers, start=len(texts)):
            self.documents.write_number(row, place, float(value), self.money)
        if booked is not None:
            style = self.money if booked in (facts.total, -facts.total) else self.wrong
            self.documents.write_number(row, len(texts) + 1 + len(COLUMNS), float(booked), style)

    def voided(self, facts):
        """Numbers voided in this month, before any document: each counts as voided, once."""
        self.counts["voided"] += facts.numbers
        self.proofs.append(facts)

    def _count(self, document):
        """A document in its situation; the number of one that a proof of this month covers is counted already."""
        place = (document.model, document.series)
        covered = document.state == "voided" and any(
            place == (each.model, each.series) and each.first <= document.number <= each.last for each in self.proofs
        )
        self.counts[document.state] += not covered

    # --- Sums ---------------------------------------------------------------------------------------------------

    def close(self, journal):
        """Write the sums and the comparison, and finish the file."""
        _ = self.env._
        sheet = self._sheet(_("By situation"), (_("Situation"), _("Documents"), "vNF"))
        for state in self.situations:
            if self.counts[state]:
                self._row(sheet, self.situations[state], self.counts[state], self.by_situation[state])
        sheet = self._sheet(_("By CFOP"), ("CFOP", _("Entry/exit"), *COLUMNS))
        directions = {"0": _("Entry"), "1": _("Exit")}
        for (direction, cfop), sums in sorted(self.by_cfop.items()):
            self._row(sheet, cfop, directions.get(direction, ""), *(sums[column] for column in COLUMNS))
        sums = (sum((each[column] for each in self.by_cfop.values()), ZERO) for column in COLUMNS)
        self._row(sheet, _("Total"), "", *sums, style=self.total)
        sheet = self._sheet(_("By tax"), (_("Tax"), _("NF-e"), _("Journal"), _("Difference")))
        for column, documented, booked in journal.taxes():
            difference = booked - documented
            self._row(sheet, column, documented, booked, difference, style=self.wrong if difference else None)
        self._comparison(journal)
        self._voided_sheet()
        self.book.close()

    def _comparison(self, journal):
        _ = self.env._
        sheet = self._sheet(_("Journal"), (_("What"), _("Amount")))
        sheet.set_column(0, 0, 60)
        company, month, environment = self.title
        self._row(sheet, f"{company}, {month}, {environment}")
        self._row(sheet, _("Authorized NF-e of invoices, less returns"), journal.documents)
        self._row(sheet, _("The same invoices in the journal"), journal.total)
        style = self.wrong if journal.difference else self.total
        self._row(sheet, _("Difference"), journal.difference, style=style)
        self._row(sheet, _("Authorized NF-e without a journal entry (remittances)"), self.unbooked)
        if differences := journal.unmatched():
            self._next(sheet)
            self._heads(sheet, (_("Invoice"), _("Journal"), _("NF-e"), _("Difference")))
            for each in differences:
                self._row(sheet, each.name, each.booked, each.documented, each.booked - each.documented)

    def _voided_sheet(self):
        """The ranges voided in this month, where there are any."""
        if not self.proofs:
            return
        _ = self.env._
        heads = (_("Model"), _("Series"), _("From number"), _("To number"), _("Numbers"), _("Year"), _("Date"))
        sheet = self._sheet(_("Voided numbers"), (*heads, _("Protocol"), _("Reason")))
        sheet.set_column(7, 8, WIDE)
        for each in self.proofs:
            numbers = (each.series, each.first, each.last, each.numbers, each.year)
            self._row(sheet, each.model, *numbers, str(each.received or ""), each.protocolo, each.reason)

    # --- Cells --------------------------------------------------------------------------------------------------

    def _sheet(self, name, heads):
        sheet = self.book.add_worksheet(name[:31])
        sheet.set_column(0, len(heads), NARROW)
        sheet.freeze_panes(1, 0)
        self._heads(sheet, heads)
        return sheet

    def _heads(self, sheet, heads):
        row = self._next(sheet)
        for place, text in enumerate(heads):
            sheet.write_string(row, place, text, self.head)

    def _row(self, sheet, *values, style=None):
        row = self._next(sheet)
        for place, value in enumerate(values):
            self._write(sheet, row, place, value, style)

    def _write(self, sheet, row, place, value, style=None):
        if isinstance(value, Decimal):
            sheet.write_number(row, place, float(value), style or self.money)
        elif isinstance(value, int):
            sheet.write_number(row, place, value)
        else:
            sheet.write_string(row, place, value, self.bold if style else None)

    def _next(self, sheet):
        line = self._lines.get(sheet.name, 0)
        self._lines[sheet.name] = line + 1
        return line
