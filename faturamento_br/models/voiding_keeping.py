from odoo import fields, models

from ..fiscal.archive.facts import read_voided


class Voiding(models.Model):
    """The proof of voided numbers is kept as a document's XML is, and goes out with the month in which it was given."""

    _inherit = "faturamento_br.voiding"

    voided_on = fields.Date(
        "Voided on", readonly=True, help="By the answer's date: the monthly export of which it is part."
    )
    export_id = fields.Many2one(
        "faturamento_br.export", "Exported with", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )

    def _voided(self, outcome):
        super()._voided(outcome)
        self._keep_proof()

    def _keep_proof(self):
        """Keep the proof (procInutNFe) of each of these, with its hash; the daily check names one that has none."""
        for voiding in self.filtered("xml_attachment_id"):
            attachment = voiding.xml_attachment_id
            facts = read_voided(attachment.raw or b"")
            # An answer 563 may be without a date: another request had voided the numbers before.
            voiding.voided_on = (facts and facts.received) or voiding.series_id._fbr_today()
            self.env["faturamento_br.kept_file"]._keep("voiding", attachment)

    def _to_export(self, company, month, environment, pending_only=False):
        """What a month's export has of voidings, in its order; ``month`` is its first day."""
        domain = [
            *(("company_id", "=", company.id), ("environment", "=", environment), ("state", "=", "voided")),
            *(("voided_on", ">=", month), ("voided_on", "<=", fields.Date.end_of(month, "month"))),
        ]
        if pending_only:
            domain.append(("export_id", "=", False))
        return self.search(domain, order="series_id, first, id")
