from contextlib import suppress

from odoo import models
from odoo.fields import Domain

#: Contracts whose invoices are really made, and undone, in one go of a dry run.
AT_ONCE = 50


class _Undone(Exception):
    """Takes back what was made to see whether it can be."""


class Contract(models.Model):
    """The dry run: the run's own code, up to the invoices, which are taken back again."""

    _inherit = "faturamento_br.contract"

    def _rehearse(self, day):
        """What a run on ``day`` would do with these contracts, and why not for each exception.

        Nothing is kept: no invoice, no number, no lock, no message.

        :return: values of ``faturamento_br.contract.forecast``.
        """
        rows, billed = [], self.browse()
        for one in self:
            if one.parked:
                rows.append({"contract_id": one.id, "outcome": "parked", "reason": one.parked_reason})
            elif one.state == "draft":
                rows.append({"contract_id": one.id, "outcome": "draft", "reason": one._why_no_start()})
            else:
                billed += one

        def failed(one, error):
            rows.append({"contract_id": one.id, "outcome": "fails", "reason": str(error).strip()})

        for start in range(0, len(billed), AT_ONCE):
            for found in billed[start : start + AT_ONCE]._piecemeal(lambda some: some._try_to_bill(day), failed):
                rows += found
        told = {row["contract_id"] for row in rows}
        resting = billed.filtered(lambda one: one.id not in told and one.is_paused)
        return rows + [{"contract_id": one.id, "outcome": "paused"} for one in resting]

    def _why_no_start(self):
        """What keeps a draft from starting, or that somebody only has to start it."""
        told = [self._told(problem) for problem in self._problems()]
        return "\n".join(told) or self.env._("Nobody has started it yet.")

    def _try_to_bill(self, day):
        """Rows of what these would bill on ``day``; whatever keeps Odoo from making the invoices is raised."""
        drafts, held = self._plan(day)
        rows = [
            one._forecast_row(item, "held", self.env._("Older than the contract lets a run bill: decide about it."))
            for one, items in held.items()
            for item in items
        ]
        with suppress(_Undone), self.env.cr.savepoint():
            for made, its in self._make_moves(drafts):
                self.env.flush_all()
                for move, draft in zip(made, its, strict=True):
                    outcome = "credit" if draft.sign < 0 else "invoice"
                    rows += [
                        {**one._forecast_row(item, outcome), "invoice_total": move.amount_total}
                        for one, item in draft.charges
                    ]
            raise _Undone
        rows += [one._forecast_row(item, "free") for draft in drafts if draft.free for one, item in draft.charges]
        return rows

    def _forecast_row(self, item, outcome, reason=False):
        period = item.period
        return {
            "contract_id": self.id,
            "line_id": period.key.line,
            "start": period.start,
            "last_day": period.last_day,
            "amount": float(item.amount),
            "correction": item.kind.value == "correction",
            "outcome": outcome,
            "reason": reason,
        }

    def _to_rehearse(self, day):
        """The contracts of which a run on ``day`` would have something to say."""
        due = Domain("state", "!=", "draft") & Domain("next_bill_on", "<=", day)
        waiting = Domain("parked", "=", True) | (Domain("state", "=", "draft") & Domain("date_start", "<=", day))
        old = Domain("state", "!=", "draft") & Domain("look_back", ">", 0)
        resting = Domain("state", "=", "running") & Domain("next_bill_on", "=", False)
        return self.search(Domain("company_id", "in", self.env.companies.ids) & (due | waiting | old | resting))
