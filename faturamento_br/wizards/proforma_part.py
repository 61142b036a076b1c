from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class ProformaPart(models.TransientModel):
    """Invoice a part of a pro-forma now; the rest stays offered as its next version."""

    _name = "faturamento_br.proforma.part"
    _description = "Invoice a part of a pro-forma"

    move_id = fields.Many2one("account.move", "Pro-forma", required=True, readonly=True)
    line_ids = fields.One2many("faturamento_br.proforma.part.line", "part_id", "Lines")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        move = self.env["account.move"].browse(self.env.context.get("active_id"))
        lines = move.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        values["move_id"] = move.id
        values["line_ids"] = [
            Command.create({"move_line_id": line.id, "offered": line.quantity, "quantity": line.quantity})
            for line in lines
        ]
        return values

    def action_apply(self):
        """Confirm the chosen quantities as an invoice, and freeze what is left as the pro-forma's next version."""
        self.ensure_one()
        if found := self._problems():
            raise UserError("\n".join(found))
        move = self.move_id
        move.check_access("write")
        now = {line.move_line_id: line.quantity for line in self.line_ids}
        if all(line.quantity == quantity for line, quantity in now.items()):
            move.action_post()
            return move._get_records_action()
        part = move.with_context(include_business_fields=True).copy(
            {"invoice_date": move.invoice_date, "invoice_origin": move.invoice_origin}
        )
        part.fbr_proforma_origin_id = move
        copies = dict(
            zip(move.invoice_line_ids.sorted("sequence"), part.invoice_line_ids.sorted("sequence"), strict=True)
        )
        with move._check_balanced({"records": move}), part._check_balanced({"records": part}):
            for line, quantity in now.items():
                copies[line].quantity = quantity
                line.quantity -= quantity
        part.invoice_line_ids.filtered(lambda line: line.display_type == "product" and not line.quantity).unlink()
        move.invoice_line_ids.filtered(lambda line: line.display_type == "product" and not line.quantity).unlink()
        move.action_fbr_proforma_issue()
        part.action_post()
        for each, other in ((move, part), (part, move)):
            each._message_log(body=_("A part of the pro-forma was invoiced: see %s.", other._get_html_link()))
        return part._get_records_action()

    def _problems(self):
        found = [
            _("%(line)s: type from 0 to %(offered)s.", line=line.name, offered=line.offered)
            for line in self.line_ids
            if not 0 <= line.quantity <= line.offered
        ]
        if not found and not any(line.quantity for line in self.line_ids):
            found.append(_("Nothing would be invoiced: type a quantity on one line at least."))
        return found


class ProformaPartLine(models.TransientModel):
    """How much of one line is invoiced now, in the line's unit."""

    _name = "faturamento_br.proforma.part.line"
    _description = "Line of a part of a pro-forma"

    part_id = fields.Many2one("faturamento_br.proforma.part", required=True, ondelete="cascade")
    move_line_id = fields.Many2one("account.move.line", required=True, readonly=True)
    name = fields.Char(related="move_line_id.name")
    offered = fields.Float(digits="Product Unit", readonly=True)
    quantity = fields.Float("Invoice now", digits="Product Unit")
