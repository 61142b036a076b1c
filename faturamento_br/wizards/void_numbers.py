from odoo import api, fields, models
from odoo.exceptions import LockError, UserError

from ..fiscal import numbering


class VoidNumbers(models.TransientModel):
    """The dialog that voids holes of a series: which requests, and why."""

    _name = "faturamento_br.void_numbers"
    _description = "Void numbers"

    gap_ids = fields.Many2many("faturamento_br.number_gap", required=True, readonly=True)
    series_id = fields.Many2one(related="gap_ids.series_id")
    requests = fields.Text(compute="_compute_requests")
    reason = fields.Char(
        required=True,
        size=255,
        default=lambda self: self.env._("Numbers that were not used: no document was authorized with them"),
        help="15 to 255 characters: SEFAZ keeps it.",
    )

    @api.depends("gap_ids")
    def _compute_requests(self):
        for wizard in self:
            wizard.requests = "\n".join(
                f"{each.first}" if each.first == each.last else f"{each.first} – {each.last}"
                for each in wizard._ranges()
            )

    def _ranges(self):
        """The fewest requests for these holes."""
        gaps = [
            numbering.Gap(gap.first, gap.last, numbering.Reason(gap.reason), gap.since, gap.due) for gap in self.gap_ids
        ]
        return numbering.requests(gaps)

    def action_apply(self):
        """Sign the requests and send them once this is committed."""
        self.ensure_one()
        Voiding = self.env["faturamento_br.voiding"]
        Voiding._check_may_void()
        self.gap_ids.check_access("read")
        series, wanted = self.gap_ids.series_id.sudo(), self._ranges()
        try:
            series.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._("%s: somebody else is voiding numbers of it right now.", series.display_name)
            ) from error
        # Found anew: a number that another user issued meanwhile must not be voided.
        now = {(gap.first, gap.last) for gap in series._find_gaps()}
        free = {number for first, last in now for number in range(first, last + 1)}
        ranges = [each for each in wanted if free.issuperset(range(each.first, each.last + 1))]
        if len(ranges) < len(wanted):
            raise UserError(self.env._("Some of these numbers are no holes any more: close this and look again."))
        made = Voiding.sudo()._make(series, ranges, self.reason)
        return made.sudo(False)._get_records_action(name=self.env._("Voided numbers"))
