from odoo import api, fields, models
from odoo.exceptions import UserError


class SeriesNumber(models.Model):
    """A number that a series has handed out: once, whatever became of its document."""

    _name = "faturamento_br.series.number"
    _description = "Fiscal number taken"
    _rec_name = "number"
    _order = "series_id, number desc"

    series_id = fields.Many2one("faturamento_br.series", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="series_id.company_id")
    number = fields.Integer(required=True, readonly=True, aggregator=None)

    # The highest number is found, and a number is held, by this index alone.
    _once = models.Constraint("UNIQUE(series_id, number)", "This number is taken.")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A number that was taken is kept: it is never handed out again."))
