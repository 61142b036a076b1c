from odoo import _, fields, models
from odoo.exceptions import UserError


class ProformaVersion(models.Model):
    """What a customer was shown of a pro-forma: the content and the PDF, never changed."""

    _name = "faturamento_br.proforma.version"
    _description = "Pro-forma version"
    _order = "move_id, version desc"

    move_id = fields.Many2one(
        "account.move", "Pro-forma", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="move_id.company_id", store=True, index=True)
    version = fields.Integer(required=True, readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount_total = fields.Monetary("Total", readonly=True)
    valid_until = fields.Date(required=True, readonly=True)
    content = fields.Json(required=True, readonly=True)
    attachment_id = fields.Many2one("ir.attachment", "PDF", readonly=True, ondelete="restrict")

    _one_number = models.Constraint("UNIQUE (move_id, version)", "This version exists already.")

    def _freeze(self, move):
        """Keep ``move`` as it stands as its next version, with its PDF in the customer's language."""
        version = self.sudo().create(
            {
                "move_id": move.id,
                "version": (move._fbr_proforma_last().version or 0) + 1,
                "partner_id": move.partner_id.id,
                "currency_id": move.currency_id.id,
                "amount_total": move.amount_total,
                "valid_until": move.fbr_proforma_until,
                "content": move._fbr_proforma_content(),
            }
        )
        move.invalidate_recordset(["fbr_proforma_version_ids", "fbr_proforma_changed"])
        report = self.env["ir.actions.report"].sudo().with_context(lang=move.partner_id.lang)
        pdf, kind = report._render_qweb_pdf("faturamento_br.report_proforma", move.ids)
        name = f"{move.fbr_proforma_number.replace('/', '-')}-v{version.version}.{kind}"
        version.attachment_id = (
            self.env["ir.attachment"]
            .sudo()
            .create({"name": name, "raw": pdf, "res_model": self._name, "res_id": version.id})
        )
        return version

    def write(self, vals):
        """Only the PDF is added, once."""
        if set(vals) - {"attachment_id", "company_id"} or self.attachment_id:
            raise UserError(_("A version of a pro-forma is kept as the customer saw it: issue a new one."))
        return super().write(vals)

    def _copy_to_send(self):
        """Its PDF as a file of a mail that is being written: Odoo makes a mail's files the invoice's own."""
        pdf = self.sudo().attachment_id
        return self.env["ir.attachment"].create({"name": pdf.name, "raw": pdf.raw, "res_model": "mail.compose.message"})

    def action_open_pdf(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "target": "new",
            "url": f"/web/content/faturamento_br.proforma.version/{self.id}/pdf",
        }
