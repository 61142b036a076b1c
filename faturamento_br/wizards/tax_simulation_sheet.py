import base64
import io

import xlsxwriter
from odoo import models

from ..models.problem_text import text_of

#: Widths in characters: names, then situation, base, rate and amount of each situation.
NAME_WIDTH = 34
WIDTHS = (18, 14, 10, 14)


class TaxSimulation(models.TransientModel):
    """The comparison as a spreadsheet: the rows of the screen, four columns for each situation."""

    _inherit = "faturamento_br.tax_simulation"

    def _fbr_sheet(self, found):
        """The XLSX, base64 as a Binary field has it; ``False`` when there is nothing to tell."""
        if not found:
            return False
        output = io.BytesIO()
        with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
            _Sheet(self, book, found).fill()
        return base64.b64encode(output.getvalue())


class _Sheet:
    def __init__(self, simulation, book, found):
        self.simulation, self.found, self.line = simulation, found, 0
        self.sheet = book.add_worksheet(simulation.env._("Tax simulation")[:31])
        self.bold = book.add_format({"bold": True})
        self.head = book.add_format({"bold": True, "bg_color": "#e9ecef", "text_wrap": True, "valign": "top"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        numbers = {"num_format": "#,##0.00"}
        self.money = {
            (differs, strong): book.add_format(
                {**numbers, "bold": strong, **({"bg_color": "#fff3cd"} if differs else {})}
            )
            for differs in (False, True)
            for strong in (False, True)
        }
        self.plain = {
            False: book.add_format({"num_format": "0.####"}),
            True: book.add_format({"num_format": "0.####", "bg_color": "#fff3cd"}),
        }

    def fill(self):
        _ = self.simulation.env._
        self.sheet.set_column(0, 0, NAME_WIDTH)
        for place in range(len(self.found)):
            for offset, width in enumerate(WIDTHS):
                self.sheet.set_column(1 + place * 4 + offset, 1 + place * 4 + offset, width)
        heads = (_("Situation"), _("Base"), _("Rate %"), _("Amount"))
        for place, each in enumerate(self.found):
            self.sheet.merge_range(0, 1 + place * 4, 0, 4 + place * 4, each.situation.label, self.head)
            self.sheet.write_row(1, 1 + place * 4, heads, self.head)
        self.sheet.freeze_panes(2, 1)
        self.line = 2
        for title, rows in self.simulation._fbr_groups(self.found):
            self.sheet.write_string(self.line, 0, title, self.head)
            self.line += 1
            for row in rows:
                self._row(row)
        self.line += 1
        self._texts(_("Texts on the NF-e"), lambda each: each.texts)
        words = self._words
        self._texts(_("Assumptions and notices"), lambda each: map(words, [*each.assumed, *each.notices]))
        self._texts(
            _("What would refuse it"), lambda each: (words(found.problem) for found in [*each.problems, *each.beyond])
        )

    def _words(self, problem):
        return text_of(self.simulation.env, problem)

    def _row(self, row):
        self.sheet.write_string(self.line, 0, row.name, self.bold if row.strong else None)
        for place, cell in enumerate(row.cells):
            first, plain, money = 1 + place * 4, self.plain[cell.differs], self.money[cell.differs, row.strong]
            self.sheet.write_string(self.line, first, cell.situation, plain)
            for offset, value, style in (
                (1, cell.base, money),
                (2, cell.unit_value if cell.unit_value is not None else cell.rate, plain),
                (3, cell.amount, money),
            ):
                if value is None:
                    self.sheet.write_blank(self.line, first + offset, None, style)
                else:
                    self.sheet.write_number(self.line, first + offset, float(value), style)
        self.line += 1

    def _texts(self, title, told):
        if not any(list(told(each)) for each in self.found):
            return
        self.sheet.write_string(self.line, 0, title, self.bold)
        for place, each in enumerate(self.found):
            text = "\n".join(told(each))
            self.sheet.merge_range(self.line, 1 + place * 4, self.line, 4 + place * 4, text, self.wrapped)
        self.sheet.set_row(self.line, 60)
        self.line += 1
