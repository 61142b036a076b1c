"""Tax rules: the modal rate inside the state was used without being asked for; now a rule says it.

Companies that have sold so go on as they did: the rule is written for them, where it can be seen and changed.
"""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    # Simples above the sublimit and the normal regime: the others state no ICMS of their own.
    for company in env["res.company"].search([("fbr_nfe_enabled", "=", True), ("fbr_crt", "in", ("2", "3"))]):
        env["faturamento_br.tax_rule"]._fbr_keep_modal_rate(company)
