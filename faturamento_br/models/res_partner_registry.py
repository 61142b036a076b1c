from odoo import api, fields, models

from ..fiscal.problems import Problem, _

SITUATIONS = [
    ("active", "Active (habilitado)"),
    ("inactive", "Inactive (não habilitado)"),
    ("nobody", "Not registered"),
]
TEXTS = {
    "inactive": (
        _("%(partner)s is not active (não habilitado) in the register of %(uf)s, as of %(day)s."),
        _("SEFAZ may reject an NF-e to it: ask the customer, and ask the register again."),
    ),
    "nobody": (
        _("%(partner)s is marked as an ICMS contributor, but the register of %(uf)s did not know it on %(day)s."),
        _("Ask the customer, and mark it as not a contributor if that is so."),
    ),
}


class ResPartner(models.Model):
    """What the register of contributors of the customer's UF said of them (ConsultaCadastro)."""

    _inherit = "res.partner"

    fbr_may_ask_registry = fields.Boolean(compute="_compute_fbr_registry")
    fbr_registry_situation = fields.Selection(SITUATIONS, "Register of the UF", compute="_compute_fbr_registry")
    fbr_registry_asked_at = fields.Datetime("Register asked on", compute="_compute_fbr_registry")

    @api.depends_context("company")
    @api.depends("vat", "l10n_br_ie_code", "state_id.code", "country_id", "company_id", "parent_id", "is_company")
    def _compute_fbr_registry(self):
        """What was last answered about the CNPJ, CPF or IE that it has now: what changes is asked about anew."""
        asking = self.filtered(
            lambda partner: (
                partner._fbr_is_customer()
                and partner._fbr_is_checked()
                and partner._fbr_is_brazilian()
                and (partner.vat or partner.l10n_br_ie_code)
            )
        )
        known = self.env["faturamento_br.question"]._known(self.env.company, asking)
        for partner in self:
            question, situation = known.get(partner, (None, False))
            partner.fbr_may_ask_registry = partner in asking
            partner.fbr_registry_situation = situation
            partner.fbr_registry_asked_at = question.asked_at if question else False

    def _fbr_registry_problems(self, company):
        """Why an NF-e of ``company`` to this customer may be rejected, by what the register said; never a refusal.

        :return: Problems with the path of the customer's IE.
        """
        known = self.env["faturamento_br.question"]._known(company, self)
        for partner, (question, situation) in known.items():
            if situation == "inactive" or (situation == "nobody" and partner.fbr_ie_indicator == "1"):
                day = fields.Datetime.context_timestamp(self, question.asked_at).date()
                params = {"partner": partner.display_name, "uf": question.uf, "day": day}
                yield Problem(f"registry_{situation}", "recipient.ie", *TEXTS[situation], params)

    def action_fbr_ask_registry(self):
        """Ask the register, and show what differs before anything is written."""
        self.ensure_one()
        return self.env["faturamento_br.registry_lookup"]._open(self)


class ResCompany(models.Model):
    _inherit = "res.company"

    def action_fbr_ask_registry(self):
        """Fill an establishment from the register, by its own CNPJ or IE."""
        self.ensure_one()
        return self.env["faturamento_br.registry_lookup"]._open(self.partner_id)
