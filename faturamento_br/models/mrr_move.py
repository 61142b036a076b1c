# pylint: disable=invalid-commit
from odoo import api, fields, models

from ..billing import mrr
from ..billing.intervals import first_of, month_of

#: Contracts that are counted again before a page opens; more are left to the job.
AT_ONCE = 200
#: Contracts counted in one transaction of the job.
CHUNK = 500
#: What a movement does to the number of customers.
CUSTOMERS = {mrr.Movement.NEW: 1, mrr.Movement.REACTIVATION: 1, mrr.Movement.CHURN: -1}


class MrrMove(models.Model):
    """Why monthly recurring revenue changed: a row a customer and day, by the rules of ``billing/mrr.py``.

    The revenue on a day is the sum of the rows up to it, so that end = start + movements. Rows follow from contracts
    and their changes alone: those of a customer are made anew when one of its contracts changed.
    """

    _name = "faturamento_br.mrr_move"
    _description = "Movement of recurring revenue"
    _order = "day desc, id desc"
    _rec_name = "partner_id"

    company_id = fields.Many2one("res.company", required=True, index=True)
    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True, ondelete="cascade")
    contract_id = fields.Many2one(
        "faturamento_br.contract", required=True, index=True, ondelete="cascade", help="The contract that moved it."
    )
    user_id = fields.Many2one(related="contract_id.user_id", store=True, string="Salesperson")
    currency_id = fields.Many2one("res.currency", required=True)
    day = fields.Date(required=True)
    movement = fields.Selection(
        [
            ("new", "New"),
            ("expansion", "Expansion"),
            ("contraction", "Contraction"),
            ("churn", "Churn"),
            ("reactivation", "Reactivation"),
        ],
        required=True,
    )
    amount = fields.Monetary(
        "Per month", required=True, help="Net of discount, without taxes, usage and what is paid once."
    )
    customers = fields.Integer(help="1: a customer more, -1: one less.")
    cohort = fields.Date("Customer since", help="The first day of the month in which the customer was new.")

    _by_day = models.Index("(company_id, day)")

    @api.model
    def _make(self, contracts):
        """Make the rows of the customers of ``contracts`` anew."""
        customers = contracts.commercial_partner_id + contracts.mrr_partner_id
        domain = [("company_id", "in", contracts.company_id.ids)]
        self.search([*domain, ("partner_id", "in", customers.ids)]).unlink()
        counted = (
            contracts.with_context(active_test=True)
            .search([*domain, ("commercial_partner_id", "in", customers.ids), ("state", "!=", "draft")])
            .filtered("date_start")
        )
        events = {}
        for one in counted:
            events.setdefault((one.company_id, one.currency_id), []).extend(mrr.events(one._value()))
        rows = [row for whose, log in events.items() for row in self._rows(*whose, log)]
        self.create(rows)
        for partner, its in contracts.grouped("commercial_partner_id").items():
            its.write({"mrr_stale": False, "mrr_partner_id": partner.id})

    @api.model
    def _rows(self, company, currency, log):
        """The values of the movements of ``log``."""
        movers, cohorts = {}, {}
        for event in log:
            movers.setdefault((event.customer, event.day), event.line[0])
        for move in mrr.moves(log):
            cohort = cohorts.setdefault(move.customer, first_of(month_of(move.day)))
            yield {
                "company_id": company.id,
                "partner_id": move.customer,
                "contract_id": movers[move.customer, move.day],
                "currency_id": currency.id,
                "day": move.day,
                "movement": move.movement.value,
                "amount": float(move.amount),
                "customers": CUSTOMERS.get(move.movement, 0),
                "cohort": cohort,
            }

    @api.model
    def _stale(self, limit=None):
        """Contracts that changed, archived ones too."""
        contracts = self.env["faturamento_br.contract"].sudo().with_context(active_test=False)
        return contracts.search([("mrr_stale", "=", True)], limit=limit)

    @api.model
    def _refresh(self, limit=AT_ONCE):
        """Count contracts that changed; more than ``limit`` are left to the job."""
        stale = self._stale(limit=limit + 1)
        if len(stale) > limit:
            self.env.ref("faturamento_br.cron_mrr").sudo()._trigger()
        if free := stale[:limit].try_lock_for_update():
            self.sudo()._make(free)

    @api.model
    def _cron_refresh(self):
        """All contracts that changed, a chunk a transaction."""
        stale = self._stale()
        cron, left = self.env["ir.cron"], len(stale)
        cron._commit_progress(remaining=left)
        for start in range(0, len(stale), CHUNK):
            chunk = stale[start : start + CHUNK].try_lock_for_update()
            if chunk:
                self.sudo()._make(chunk)
            left -= CHUNK
            if cron._commit_progress(CHUNK, remaining=max(left, 0)) <= 0:
                return
            self.env.invalidate_all()

    # --- Screens ------------------------------------------------------------------------------------------------

    @api.model
    def action_open(self):
        """The movements up to today, with contracts that changed just now."""
        self.check_access("read")
        self._refresh()
        return self.env["ir.actions.act_window"]._for_xml_id("faturamento_br.mrr_move_action")

    @api.model
    def _figures(self, company, months=12):
        """Revenue by month, and who stayed, of one company in its currency; two queries.

        :return: ``months`` (first day, start, each movement, end, customers at the end) and ``cohorts`` (first day,
            customers at the end of each month from then on).
        """
        today = company._fbr_day()
        own = [
            ("company_id", "=", company.id),
            ("currency_id", "=", company.currency_id.id),
            ("day", "<=", today),
        ]
        last = month_of(today)
        first = last - months + 1
        table = {index: dict.fromkeys(mrr.Movement, 0.0) | {"customers": 0} for index in range(first, last + 1)}
        start, customers = 0.0, 0
        groups = self._read_group(own, ["day:month", "movement"], ["amount:sum", "customers:sum"])
        for day, movement, amount, count in groups:
            if month_of(day) < first:
                start += amount
                customers += count
            else:
                table[month_of(day)][movement] += amount
                table[month_of(day)]["customers"] += count
        found = []
        for index, row in table.items():
            end = start + sum(row[movement] for movement in mrr.Movement)
            customers += row["customers"]
            money = {name: company.currency_id.round(row[name]) for name in mrr.Movement}
            limits = {"start": company.currency_id.round(start), "end": company.currency_id.round(end)}
            found.append({"month": first_of(index), **money, **limits, "customers": customers})
            start = end
        return {"months": found, "cohorts": self._cohorts(own, first, last)}

    @api.model
    def _cohorts(self, own, first, last):
        deltas = {}
        groups = self._read_group(
            [*own, ("customers", "!=", 0), ("cohort", ">=", first_of(first))],
            ["cohort:month", "day:month"],
            ["customers:sum"],
        )
        for cohort, day, count in groups:
            deltas.setdefault(month_of(cohort), {})[month_of(day)] = count
        found = []
        for cohort, moved in sorted(deltas.items()):
            stayed, row = 0, []
            for index in range(cohort, last + 1):
                stayed += moved.get(index, 0)
                row.append(stayed)
            found.append({"month": first_of(cohort), "customers": row})
        return found


class Contract(models.Model):
    """Which contracts changed since their revenue was counted."""

    _inherit = "faturamento_br.contract"

    mrr_stale = fields.Boolean(default=True, copy=False, index="btree_not_null")
    mrr_partner_id = fields.Many2one("res.partner", readonly=True, copy=False, help="Under whom it was counted.")

    def write(self, vals):
        if vals.keys() & {"state", "active", "partner_id", "currency_id", "date_start", "date_end", "line_ids"}:
            vals = {**vals, "mrr_stale": True}
        return super().write(vals)


class ContractLine(models.Model):
    _inherit = "faturamento_br.contract.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.contract_id.sudo().write({"mrr_stale": True})
        return lines

    def write(self, vals):
        self.contract_id.sudo().write({"mrr_stale": True})
        return super().write(vals)

    def unlink(self):
        self.contract_id.sudo().write({"mrr_stale": True})
        return super().unlink()


class ContractChange(models.Model):
    _inherit = "faturamento_br.contract.change"

    @api.model_create_multi
    def create(self, vals_list):
        changes = super().create(vals_list)
        changes.contract_id.sudo().write({"mrr_stale": True})
        return changes
