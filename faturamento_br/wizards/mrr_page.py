from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import format_date

from ..billing.intervals import first_of, month_of
from ..billing.mrr import Movement


class MrrPage(models.TransientModel):
    """Recurring revenue on one page: what it is, twelve months of movements, and which customers stayed."""

    _name = "faturamento_br.mrr_page"
    _description = "Recurring revenue"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    mrr = fields.Monetary("MRR", help="What contracts are worth a month today.")
    arr = fields.Monetary("ARR", help="Twelve times MRR.")
    customers = fields.Integer("Customers who pay")
    month_ids = fields.One2many("faturamento_br.mrr_page_month", "page_id", "Months")
    cohorts = fields.Html("Who stayed", sanitize=False)

    @api.depends("company_id")
    def _compute_display_name(self):
        for page in self:
            page.display_name = self.env._("Recurring revenue")

    @api.model
    def action_open(self):
        """The page of the company that is looked at, with contracts that changed just now."""
        moves = self.env["faturamento_br.mrr_move"]
        moves.check_access("read")
        moves._refresh()
        company = self.env.company
        figures = moves._figures(company)
        last = figures["months"][-1]
        page = self.create(
            {
                "company_id": company.id,
                "mrr": last["end"],
                "arr": 12 * last["end"],
                "customers": last["customers"],
                "month_ids": [Command.create(self._month(month)) for month in reversed(figures["months"])],
                "cohorts": self._cohorts_table(figures["cohorts"]),
            }
        )
        return {**page._get_records_action(name=self.env._("Recurring revenue")), "target": "main"}

    @api.model
    def _month(self, figures):
        """Its values; ``new`` is the name of a method of records."""
        return {"gained" if name == Movement.NEW else str(name): value for name, value in figures.items()}

    @api.model
    def _cohorts_table(self, cohorts):
        """Customers who were new in each month, and how many of them still pay so many months later, in percent."""
        rows = [
            {
                "month": format_date(self.env, cohort["month"], date_format="MM/yyyy"),
                "customers": cohort["customers"][0],
                "stayed": [round(100 * left / max(cohort["customers"][0], 1)) for left in cohort["customers"]],
            }
            for cohort in cohorts
        ]
        width = max((len(row["stayed"]) for row in rows), default=0)
        return rows and self.env["ir.qweb"]._render("faturamento_br.mrr_cohorts", {"rows": rows, "width": width})

    def action_movements(self):
        """All movements, as graph, pivot and list."""
        return self.env["faturamento_br.mrr_move"].action_open()


class MrrPageMonth(models.TransientModel):
    """One month of the page: end = start + movements."""

    _name = "faturamento_br.mrr_page_month"
    _description = "Month of recurring revenue"

    page_id = fields.Many2one("faturamento_br.mrr_page", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="page_id.currency_id")
    month = fields.Date("First day")
    month_name = fields.Char("Month", compute="_compute_month_name")
    start = fields.Monetary()
    gained = fields.Monetary("New")
    expansion = fields.Monetary()
    reactivation = fields.Monetary()
    contraction = fields.Monetary()
    churn = fields.Monetary()
    end = fields.Monetary()
    customers = fields.Integer()

    @api.depends("month")
    def _compute_month_name(self):
        for one in self:
            one.month_name = format_date(self.env, one.month, date_format="MM/yyyy")

    def action_movements(self):
        """The movements that make up the month."""
        self.ensure_one()
        company = self.page_id.company_id
        action = self.env["ir.actions.act_window"]._for_xml_id("faturamento_br.mrr_move_action")
        return {
            **action,
            "name": format_date(self.env, self.month, date_format="MM/yyyy"),
            "views": [(False, "list"), (False, "pivot"), (False, "graph")],
            "domain": [
                ("company_id", "=", company.id),
                ("currency_id", "=", company.currency_id.id),
                ("day", ">=", self.month),
                ("day", "<", first_of(month_of(self.month) + 1)),
            ],
            "context": {"search_default_until_today": 1, "group_by": ["movement"]},
        }
