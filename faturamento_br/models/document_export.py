from odoo import fields, models

#: What an export holds: documents that an authorizer knows, or whose number it knows as given up.
EXPORTED_STATES = ("authorized", "epec", "cancelled", "voided")


class Document(models.Model):
    """Which monthly export a document went out with, and as what."""

    _inherit = "faturamento_br.document"

    export_id = fields.Many2one(
        "faturamento_br.export", "Exported with", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    exported_state = fields.Char(readonly=True, copy=False, help="Its situation in the last export.")
    export_state = fields.Selection(
        [("none", "Nothing to export"), ("pending", "To export"), ("changed", "Changed since"), ("done", "Exported")],
        "Export",
        compute="_compute_export_state",
        search="_search_export_state",
    )

    _export_pending = models.Index(
        "(company_id, environment, issue_date) WHERE state IN ('authorized', 'epec', 'cancelled', 'voided')"
        " AND exported_state IS DISTINCT FROM state"
    )

    def _compute_export_state(self):
        for document in self:
            if document.state not in EXPORTED_STATES:
                document.export_state = "none"
            elif not document.exported_state:
                document.export_state = "pending"
            else:
                document.export_state = "done" if document.exported_state == document.state else "changed"

    def _search_export_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        changed = [
            "&",
            "|",
            *("&", ("state", "=", "authorized"), ("exported_state", "in", ("epec", "cancelled", "voided"))),
            *("&", ("state", "!=", "authorized"), ("exported_state", "=", "authorized")),
            ("state", "in", EXPORTED_STATES),
        ]
        domains = {
            "none": [("state", "not in", EXPORTED_STATES)],
            "pending": [("state", "in", EXPORTED_STATES), ("exported_state", "=", False)],
            "changed": changed,
            "done": [("exported_state", "!=", False), "!", *changed],
        }
        return fields.Domain.OR([domains[each] for each in value if each in domains])
