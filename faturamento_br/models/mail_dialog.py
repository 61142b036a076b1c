"""Odoo's own mail dialog, filled in for a record."""


def mail_dialog(record, name, template, files, **context):
    """The action that opens it as one mail about ``record``.

    :param name: title of the dialog.
    :param template: a ``mail.template``; may be empty.
    :param files: attachments. Odoo makes an invoice's own what is sent about it: give copies of what is kept.
    :param context: more defaults of the dialog, or what steers it.
    """
    return {
        "type": "ir.actions.act_window",
        "name": name,
        "res_model": "mail.compose.message",
        "view_mode": "form",
        "views": [(False, "form")],
        "target": "new",
        "context": {
            "default_model": record._name,
            "default_res_ids": record.ids,
            "default_composition_mode": "comment",
            "default_template_id": template.id if template else False,
            "default_attachment_ids": files.ids,
            **context,
        },
    }
