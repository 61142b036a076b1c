"""A salesperson sees the documents of their own invoices, and now of their own remittances: not those of others.

The rules are the user's to change, so only one that is as it was shipped is rewritten.
"""

from odoo import SUPERUSER_ID, api

RULES = {
    "document_personal_rule": "",
    "document_attempt_personal_rule": "document_id.",
    "document_item_personal_rule": "document_id.",
    "document_party_personal_rule": "document_id.",
    "document_problem_personal_rule": "document_id.",
}


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, path in RULES.items():
        rule = env.ref(f"faturamento_br.{name}", raise_if_not_found=False)
        shipped = f"[('{path}move_id.invoice_user_id', 'in', (user.id, False))]"
        if rule and rule.domain_force == shipped:
            rule.domain_force = (
                f"['|', '&', ('{path}shipment_id', '=', False), {shipped[1:-1]},"
                f" '&', ('{path}shipment_id', '!=', False), ('{path}shipment_id.user_id', 'in', (user.id, False))]"
            )
