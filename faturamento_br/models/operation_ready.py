from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..fiscal import operations

#: PIS and COFINS per cent (Leis 10.637/2002 and 10.833/2003; Lei 9.718/1998).
CONTRIBUTION_RATES = {"non_cumulative": (1.65, 7.6), "cumulative": (0.65, 3.0)}
#: The operation that new companies have by default.
DEFAULT = "resale"


class Operation(models.Model):
    """The operations that come ready (``fiscal/tables/operations.csv``): given once to each company, then its own.

    ``ready_key`` stays with an operation whatever its user changes, so an update adds those that are new and never
    touches one that is there; therefore they are archived, not deleted.
    """

    _inherit = "faturamento_br.operation"

    ready_key = fields.Char("Ready operation", readonly=True, copy=False, help="Which of the ready ones it is.")

    _ready_unique = models.UniqueIndex(
        "(company_id, ready_key) WHERE ready_key IS NOT NULL", "The company already has this ready operation."
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ready(self):
        if ready := self.filtered("ready_key"):
            raise UserError(
                self.env._(
                    "%s came ready with the system: archive it instead, or the next update would bring it back.",
                    ", ".join(ready.mapped("name")),
                )
            )

    @api.model
    def _fbr_update_ready(self):
        """Called at every update: companies that issue NF-e get the ready operations and taxes that they lack."""
        companies = self.env["res.company"].sudo().search([("fbr_nfe_enabled", "=", True)])
        for company in companies:
            self.env["account.chart.template"].sudo()._fbr_create_taxes(company)
        self.sudo()._fbr_create_defaults(companies)

    @api.model
    def _fbr_create_defaults(self, companies):
        """Give these companies the ready operations of their regimes that they do not have yet."""
        every = self.with_context(active_test=False)
        for company in companies:
            there = every.search([("company_id", "=", company.id)])
            there._fbr_adopt_ready()
            keys = set(there.mapped("ready_key"))
            missing = [ready for ready in operations.shipped(company.fbr_crt) if ready.key not in keys]
            lacks_default = not there.filtered(lambda each: each.is_default and each.active)
            made = self.with_context(mail_create_nolog=True, tracking_disable=True).create(
                [
                    {
                        **ready_values(ready, company),
                        "is_default": lacks_default and ready.key == DEFAULT,
                        "in_use": ready.in_use and not (there - there.filtered("ready_key")),
                    }
                    for ready in missing
                ]
            )
            by_key = {each.ready_key: each for each in there | made}
            for ready in missing:
                if counterpart := by_key.get(ready.counterpart):
                    by_key[ready.key].counterpart_id = counterpart

    def _fbr_adopt_ready(self):
        """Operations of before there were keys are known by the keys of their rules, or by their names."""
        for ready in operations.shipped("3"):
            if ready.key in self.mapped("ready_key"):
                continue
            rules = {rule.key for rule in ready.rules("3")}
            found = self.filtered(
                lambda each, ready=ready, rules=rules: (
                    not each.ready_key
                    and (each.name == ready.nature or rules & set(each.rule_ids.mapped("generated_key")))
                )
            )
            found[:1].ready_key = ready.key


def ready_values(ready, company):
    """Values of the operation ``ready`` (:class:`~..fiscal.operations.ReadyOperation`) for ``company``."""
    return {
        "ready_key": ready.key,
        "name": ready.nature,
        "company_id": company.id,
        "family": ready.family,
        "kind": ready.kind,
        "purpose": ready.purpose,
        "receivable": "bill" if ready.receivable else "none",
        "revenue": ready.revenue,
        "sale_rules": ready.sale_rules,
        "needs_reference": ready.reference,
        "goods_return": ready.goods_return,
        "return_days": ready.deadline,
        "to_third_party": ready.to_third_party,
        "ipi_cst": ready.ipi,
        "ipi_frame": ready.ipi_frame,
        "legal_source": ready.source,
        "confirm_note": ready.confirm,
        "info_template": ready.text,
        "rule_ids": [Command.create(ready_rule_values(rule, company)) for rule in ready.rules(company.fbr_crt)],
    }


def ready_rule_values(rule, company):
    """Values of a ready rule (:class:`~..fiscal.operations.OperationRule`) for ``company``."""
    return {
        "generated_key": rule.key,
        "scope": rule.scope,
        "contributor": rule.contributor,
        "cfop": rule.cfop,
        **ready_codes(rule, company),
    }


def ready_codes(rule, company):
    """What a ready rule says of the taxes: it follows the regime of its company."""
    reform = rule.ibs_cbs_class if company._fbr_tells_reform() else ""
    rates = CONTRIBUTION_RATES[company.fbr_pis_cofins_regime] if rule.contribution_taxed else (0, 0)
    return {
        "icms_cst": rule.cst or False,
        "icms_csosn": rule.csosn or False,
        "icms_deferral": float(rule.deferral or 0),
        "pis_cst": rule.contribution or False,
        "pis_rate": rates[0],
        "cofins_cst": rule.contribution or False,
        "cofins_rate": rates[1],
        "ibs_cbs_cst": reform[:3] or False,
        "ibs_cbs_class": reform or False,
    }
