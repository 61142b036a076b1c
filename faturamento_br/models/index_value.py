import requests
from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from ..billing import central_bank
from ..billing.adjustment import Index, Value
from ..fiscal.problems import FiscalError
from .line_amounts import exact_value
from .problem_text import user_error

#: Indices with a table; a fixed percentage needs none.
INDICES = [("IPCA", "IPCA"), ("IGP-M", "IGP-M"), ("INPC", "INPC"), ("IPC-Fipe", "IPC-Fipe")]
#: Decimals of a published percentage, and more.
DECIMALS = 6
SECONDS = 20
#: How far back the central bank is asked when the table is empty.
MONTHS = 36


class IndexValue(models.Model):
    """What an index of prices did in one month, with its source; none is shipped, each was read by somebody."""

    _name = "faturamento_br.index_value"
    _description = "Index value"
    _order = "month desc, index"
    _rec_name = "index"

    index = fields.Selection(INDICES, required=True)
    month = fields.Date(required=True, help="Any day of it; the first is kept.")
    percent = fields.Float(digits=(12, DECIMALS), required=True, help="Over the month before.")
    source = fields.Char(required=True, help="Where it was read: IBGE, FGV, Fipe, BCB.")
    read_on = fields.Date("Read on", required=True, default=fields.Date.context_today)

    _once = models.UniqueIndex("(index, month)", "The table has a value of this index for this month already.")

    @api.depends("index", "month")
    def _compute_display_name(self):
        for value in self:
            month = format_date(self.env, value.month, date_format="MM/yyyy") if value.month else ""
            value.display_name = f"{value.index or ''} {month}"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._on_the_first(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._on_the_first(vals))

    @api.model
    def _on_the_first(self, vals):
        if not vals.get("month"):
            return vals
        return {**vals, "month": fields.Date.to_date(vals["month"]).replace(day=1)}

    @api.constrains("percent", "month", "read_on")
    def _check_value(self):
        for value in self:
            if value.percent <= -100:
                raise ValidationError(self.env._("%s: no index falls by 100 percent.", value.display_name))
            if value.month > value.read_on:
                raise ValidationError(
                    self.env._("%s: it was read before its month began. Correct the month.", value.display_name)
                )

    def _value(self):
        """As a value of ``billing/``."""
        percent = exact_value(self.percent, DECIMALS).normalize()
        return Value(Index(self.index), self.month, percent, self.source, self.read_on)

    @api.model
    def _known(self, indices):
        """All values of ``indices``."""
        return [value._value() for value in self.sudo().search([("index", "in", list(indices))])]

    # --- The central bank ---------------------------------------------------------------------------------------

    @api.model
    def action_read_central_bank(self):
        """Add the months that the table lacks, from the central bank's public series; what is there stays.

        :raises UserError: the central bank cannot be reached, or answers something else.
        """
        self.check_access("create")
        today = self.env.company._fbr_day()
        known = {(value.index, value.month) for value in self.search([])}
        found = []
        for index in central_bank.series():
            months = [month for name, month in known if name == index]
            start = max(months, default=today - relativedelta(months=MONTHS)).replace(day=1)
            found += self._read_series(index, start, today)
        new = [value for value in found if (value.index.value, value.month) not in known]
        self.create(
            [
                {
                    "index": value.index.value,
                    "month": value.month,
                    "percent": float(value.percent),
                    "source": value.source,
                    "read_on": value.read,
                }
                for value in new
            ]
        )
        message = self.env._("%s values were added.", len(new)) if new else self.env._("The table is up to date.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }

    @api.model
    def _read_series(self, index, start, today):
        address, asked = central_bank.request(index, start, today)
        try:
            answer = requests.get(address, params=asked, timeout=SECONDS)
            answer.raise_for_status()
            return central_bank.values(index, answer.content, today)
        except requests.RequestException as error:
            raise UserError(
                self.env._(
                    "The central bank's series of %(index)s cannot be read from here: %(error)s. Try again later, or "
                    "import the values from a spreadsheet.",
                    index=index.value,
                    error=error,
                )
            ) from error
        except FiscalError as error:
            raise user_error(self.env, error.problems) from error
