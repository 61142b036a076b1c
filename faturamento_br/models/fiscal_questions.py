import re

from odoo import models

from ..fiscal.problems import _
from ..fiscal.taxes import asked
from .located_problem import LocatedProblem

#: What a problem asks for, by its code: a kind of ``faturamento_br.tax.answer``, or the table of the reform's rates.
QUESTIONS = {
    "icms_rate_unconfirmed": "internal",
    "icms_rate_unknown": "internal",
    "rule_missing_difal": "difal",
    "difal_rate_missing": "difal",
    "difal_fcp_missing": "difal",
    "difal_base_missing": "difal",
    "difal_origin_benefit": "difal",
    "rule_missing_st": "st",
    "icms_st_margin_missing": "st",
    "icms_st_rate_unknown": "st",
    "ipi_unsaid": "ipi",
    "contribution_listed": "contributions",
    "ibs_cbs_rate_unknown": "reform",
}
IPI_UNSAID = (
    _("Nobody has said which IPI %(product)s (NCM %(ncm)s) has: the company makes or imports it."),
    _("Look the NCM up in the TIPI, and say its situation and rate once: it is kept as a tax rule."),
)
LISTED = {
    "single_phase": _("NCM %(ncm)s of %(product)s is on a list of single-phase PIS and COFINS: %(source)s."),
    "zero": _("NCM %(ncm)s of %(product)s is on a list of PIS and COFINS at a zero rate: %(source)s."),
    "substitution": _("NCM %(ncm)s of %(product)s is on a list of PIS and COFINS by substitution: %(source)s."),
}
LISTED_CURE = _("The company's general rule does not decide it: say once which situation and rates these goods have.")
#: Who may answer: whoever keeps the tax rules.
ANSWERS = "account.group_account_manager"


class FiscalSource(models.AbstractModel):
    """Rates that nobody can know but the company: asked once, in place, and kept as dated rules with their source."""

    _inherit = "faturamento_br.fiscal.source"

    def _fbr_item_problems(self, line, item, context):
        yield from super()._fbr_item_problems(line, item, context)
        if item and context.emitter_crt == asked.NORMAL:
            yield from self._fbr_unsaid_problems_of(line, item, context)

    def _fbr_unsaid_problems_of(self, line, item, context):
        """IPI of what the company makes or imports; PIS and COFINS of goods on a special list."""
        product = line.product_id
        told = {"product": product.display_name or line.name or "-", "ncm": item.ncm or "-"}
        pays_ipi = self.company_id.fbr_pays_ipi and item.rules.ipi is None and asked.owes_ipi(item.cfop, item.origin)
        if pays_ipi and not product.product_tmpl_id._fbr_holder("fbr_ipi_cst"):
            yield self._fbr_problem("ipi_unsaid", IPI_UNSAID, product, "", **told)
        if item.rules.pis.cst == asked.BASIC:
            listed = asked.contribution_list(item.ncm, context.issue_date)
            if listed and not _is_about_goods(self._fbr_choice_of(line, context).used["pis"].when):
                texts = (LISTED[listed.kind], LISTED_CURE)
                yield self._fbr_problem("contribution_listed", texts, product, "", **told, source=listed.source)

    def _fbr_locate(self, problems):
        """What is asked belongs to the goods, by their NCM: the answer is a rule that is not there yet."""
        return [self._fbr_as_question(found) for found in super()._fbr_locate(problems)]

    def _fbr_is_simulated(self):
        """Whether this document is only supposed, by the accountants' simulator: it asks nothing, and keeps nothing."""
        return False

    def _fbr_as_question(self, found):
        match = re.match(r"items\[(\d+)\]", found.problem.path)
        if match and found.problem.code in QUESTIONS and not self._fbr_is_simulated():
            return LocatedProblem(found.problem, self._fbr_line_at(match).product_id, "fbr_effective_ncm")
        return found

    # --- As alerts ----------------------------------------------------------------------------------------------

    def _fbr_alert_of_one(self, found, level):
        alert = super()._fbr_alert_of_one(found, level)
        return self._fbr_with_answer(alert, found)

    def _fbr_alert_of_many(self, same, level):
        """Many that are asked for: the first of them; an answer for all goods answers the others too."""
        return self._fbr_with_answer(super()._fbr_alert_of_many(same, level), same[0])

    def _fbr_with_answer(self, alert, found):
        kind = QUESTIONS.get(found.problem.code)
        if not kind or found.record._name != "product.product" or self._fbr_is_simulated():
            return alert
        if not self.env.user.has_group(ANSWERS):
            alert["message"] += "\n" + self.env._("Ask whoever keeps the tax rules to answer here.")
            return {name: value for name, value in alert.items() if name not in ("action", "action_text")}
        return {**alert, "action_text": self.env._("Answer it"), "action": self._fbr_question_action(kind, found)}

    def _fbr_question_action(self, kind, found):
        """The dialog in which ``found`` is answered."""
        if kind == "reform":
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Rate of IBS and CBS"),
                "res_model": "faturamento_br.reform.rate",
                "view_mode": "form",
                "target": "new",
                "context": {"default_valid_from": f"{self._fbr_issue_date().year}-01-01"},
            }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Answer once"),
            "res_model": "faturamento_br.tax.answer",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_kind": kind,
                "default_source_model": self._name,
                "default_source_id": self.id,
                "default_product_id": found.record.id,
            },
        }

    def _fbr_after_answer(self):
        """Amounts by the rules as they are now."""
        self.modified(["fbr_operation_id"])
        self.env.flush_all()


def _is_about_goods(when):
    """Whether criteria ask for the goods themselves, not only for the kind of sale."""
    return bool(when.product or when.ncm or when.cest or when.category)
