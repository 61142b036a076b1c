from odoo import models

from ..fiscal import cstat, rejections
from ..fiscal.problems import Problem, _
from ..fiscal.rejections import Kind


class Document(models.Model):
    """What the authorizer answered, in plain words (``fiscal/rejections``), beside its own."""

    _inherit = "faturamento_br.document"

    def _problem_of(self, outcome):
        """A refusal; where it names an item, ``[nItem: 2]``, the problem is that item's."""
        return rejections.problem_of(outcome.cStat, outcome.xMotivo, len(self.item_ids))

    def _problem_of_waiting(self, outcome):
        """An answer that decides nothing: whatever it says, there is nothing to do."""
        row = rejections.rejection(outcome.cStat)
        if row and row.kind is Kind.WAIT:
            return self._problem_of(outcome)
        return Problem(
            f"cstat_{outcome.cStat}",
            "",
            _("The authorizer answered %(cStat)s: %(xMotivo)s"),
            _("There is nothing to do: it is asked again by itself."),
            {
                "cStat": outcome.cStat,
                "xMotivo": rejections.shown(outcome.xMotivo) or cstat.meaning(outcome.cStat).text,
            },
        )

    def _problem_of_taken_number(self, outcome):
        return Problem(
            "number_taken",
            "",
            _("Another system has issued number %(number)s of series %(series)s: %(xMotivo)s"),
            _(
                "Issue again: the invoice takes the next number. Give each system a series of its own, or set the "
                "series' next number behind the other system's last."
            ),
            {"number": self.number, "series": self.series, "xMotivo": rejections.shown(outcome.xMotivo)},
        )

    def _problem_of_other_bytes(self, outcome):
        return Problem(
            "other_bytes",
            "",
            _("The authorizer holds another document under this key (protocol %(protocolo)s)."),
            _(
                "Issue again: the invoice takes the next number. Give each system a series of its own, or set the "
                "series' next number behind the other system's last."
            ),
            {"protocolo": outcome.protocolo},
        )

    def _number_is_lost(self):
        """Whether the last answer says that this number can never be this document's: voided, or another's."""
        row = rejections.rejection(self.cStat or "")
        return bool(row) and row.kind is Kind.NUMBER

    def _action_problems(self):
        """The list of what keeps these documents from being authorized, each with the way to the record to mend."""
        only_unsent = all(document.state == "draft" for document in self if document.problem_ids)
        title = self.env._("What is missing before the NF-e can go out")
        return {
            "type": "ir.actions.act_window",
            "name": title if only_unsent else self.env._("What keeps the NF-e from being authorized"),
            "res_model": "faturamento_br.document.problem",
            "view_mode": "list",
            "views": [(self.env.ref("faturamento_br.document_problem_view_list_mend").id, "list")],
            "domain": [("document_id", "in", self.ids)],
            "context": {"create": False, "edit": False, "delete": False, "fbr_several": len(self) > 1},
            "target": "new",
        }
