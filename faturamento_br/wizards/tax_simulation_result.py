from odoo import models
from odoo.tools import format_amount
from odoo.tools.misc import get_lang

from ..fiscal.tables import rows
from ..fiscal.whatif import lines
from ..models.explanation_text import html
from ..models.problem_text import text_of

#: Totals by layout tag, in the order of a DANFE; those that are zero everywhere are left out.
ON_TOP_TAGS = ("vII", "vIPI", "vIPIDevol", "vST", "vFCPST", "vICMSMonoReten", "vPISSTSoma", "vCOFINSSTSoma")
REFORM_TAGS = ("vIS", "vIBS", "vCBS")
CHARGE_TAGS = ("vFrete", "vSeg", "vOutro")


class Cell:
    """One value of a row in one situation."""

    def __init__(
        self, amount=None, rate=None, base=None, situation="", unit_value=None, why="", is_rate=False, refused=False
    ):
        self.amount, self.rate, self.base, self.situation = amount, rate, base, situation
        self.unit_value, self.why, self.is_rate, self.refused = unit_value, why, is_rate, refused
        self.differs = False

    @property
    def values(self):
        return (self.amount, self.rate, self.base, self.situation, self.unit_value)


class Row:
    """A name and a cell for each situation; cells that are not as the first one are marked."""

    def __init__(self, name, cells, strong=False):
        self.name, self.cells, self.strong = name, cells, strong
        for cell in cells[1:]:
            cell.differs = not cell.refused and cell.values != cells[0].values


class TaxSimulation(models.TransientModel):
    """What was found as rows: for the screen, and for the spreadsheet."""

    _inherit = "faturamento_br.tax_simulation"

    def _fbr_groups(self, found):
        """Pairs of title and rows: each item, then the totals."""
        for index, line in enumerate(self._fbr_typed_lines()):
            title = (line.product_id or line.ncm_id).display_name
            yield title, list(self._fbr_item_rows(found, index))
        yield self.env._("Totals"), list(self._fbr_total_rows(found))

    def _fbr_item_rows(self, found, index):
        names = dict.fromkeys(name for each in found for name in each.rows[index])
        order = [row["name"] for row in rows("tax_lines")]
        reasons = [self._fbr_reasons(each, index) for each in found]
        cfops = [each.items[index].item.cfop if each.items[index] else "" for each in found]
        yield Row(
            "CFOP",
            [
                Cell(situation=cfop, why=why.get("cfop", ""), refused=not cfop)
                for cfop, why in zip(cfops, reasons, strict=True)
            ],
        )
        for name in sorted(names, key=order.index):
            cells = []
            for each, why in zip(found, reasons, strict=True):
                line = each.rows[index].get(name)
                cells.append(
                    Cell(line.amount, line.rate, line.base, line.situation, line.unit_value, why.pop(line.tax, ""))
                    if line
                    else Cell(refused=not each.items[index])
                )
            yield Row(name, cells)

    def _fbr_total_rows(self, found):
        _ = self.env._

        def row(name, value, strong=False, is_rate=False):
            cells = [
                Cell(value(each) if each.totals else None, is_rate=is_rate, refused=not each.totals) for each in found
            ]
            return Row(name, cells, strong) if strong or any(cell.amount for cell in cells) else None

        def tag(name):
            return lambda each: each.totals[name]

        def reform(name):
            return lambda each: each.totals[name] if is_charged(each) else None

        charged = any(each.totals and is_charged(each) for each in found)
        yield from filter(
            None,
            (
                row(_("Goods"), lambda each: each.totals["vProd"] - each.totals["vDesc"], strong=True),
                *(row(name, tag(name)) for name in CHARGE_TAGS),
                *(row(name, tag(name)) for name in ON_TOP_TAGS),
                row(_("Total of the NF-e (vNF)"), tag("vNF"), strong=True),
                *(row(name, reform(name)) for name in REFORM_TAGS),
                row(_("Total with IBS, CBS and IS (vNFTot)"), lines_paid, strong=True) if charged else None,
                row(_("Taxes owed"), lambda each: each.owed, strong=True),
                row(
                    _("Taxes in what the customer pays"),
                    lambda each: lines.burden_rate(each.owed, each.totals),
                    strong=True,
                    is_rate=True,
                ),
            ),
        )

    def _fbr_reasons(self, simulated, index):
        """Why each tax of an item is what it is, as HTML by tax."""
        if not self.explains or not simulated.items[index]:
            return {}
        steps = simulated.order._fbr_explained(simulated.order_lines[index])
        return {step.tax: html(self.env, (step,)) for step in steps}

    # --- The screen ---------------------------------------------------------------------------------------------

    def _fbr_page(self, found):
        """The result as HTML."""
        if not found:
            return False
        return self.env["ir.qweb"]._render(
            "faturamento_br.tax_simulation_result",
            {
                "found": found,
                "groups": list(self._fbr_groups(found)),
                "amount": self._fbr_amount_text,
                "rate": self._fbr_rate_text,
                "told": lambda problem: text_of(self.env, problem),
                "multiple": len(found) > 1,
            },
        )

    def _fbr_amount_text(self, value):
        return format_amount(self.env, float(value), self.company_id.currency_id)

    def _fbr_rate_text(self, value):
        text = f"{value:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.replace(".", get_lang(self.env).decimal_point)

    def _fbr_alerts(self, found):
        """The problems for Odoo's alerts above the form, each with the way to the record to mend."""
        if not self.company_id.sudo()._fbr_issues():
            text = self.env._("NF-e is off in %s: there is nothing to simulate.", self.company_id.name)
            return {"fbr_simulation": {"level": "warning", "message": text}}
        alerts = {}
        for each in found:
            label = each.situation.label if len(found) > 1 else ""
            for level, problems in (("danger", each.problems), ("warning", each.beyond)):
                for located in problems:
                    alerts[f"fbr_simulation_{len(alerts)}"] = self._fbr_alert(located, level, label)
        return alerts

    def _fbr_alert(self, located, level, label):
        message = "\n".join(filter(None, [located.message(self.env), located.cure(self.env)]))
        alert = {"level": level, "message": f"{label}: {message}" if label else message}
        if isinstance(located.record.id, int):
            alert["action_text"] = self.env._("Mend: %s", located.record.sudo().display_name)
            alert["action"] = located.action()
        return alert


def is_charged(simulated):
    """Whether IBS, CBS and IS are part of what the buyer pays, as from 2027 on."""
    return lines.paid_by_buyer(simulated.totals) != simulated.totals.invoice


def lines_paid(simulated):
    """What the buyer pays, of a complete situation."""
    return lines.paid_by_buyer(simulated.totals)
