from odoo.fields import Command


def online_provider(env, company):
    """A payment provider of the company that anybody may pay by, with all that Odoo asks of one.

    :param env: of the superuser.
    """
    journal = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
    method = env.ref("payment.payment_method_unknown")
    form = env["ir.ui.view"].create({"name": "online form", "type": "qweb", "arch": '<form action="/paid"/>'})
    provider = env["payment.provider"].create(
        {
            "name": "Provedor",
            "code": "none",
            "state": "test",
            "is_published": True,
            "company_id": company.id,
            "journal_id": journal.id,
            "payment_method_ids": [Command.set(method.ids)],
            "redirect_form_view_id": form.id,
            "allow_tokenization": False,
        }
    )
    method.active = True
    manual = env.ref("account.account_payment_method_manual_in")
    line = {"payment_method_id": manual.id, "payment_provider_id": provider.id, "name": "Provedor"}
    journal.inbound_payment_method_line_ids = [Command.create(line)]
    return provider
