from odoo import api, fields, models


class DocumentAttempt(models.Model):
    """One signed XML and what came of sending it: exact bytes, kept for ever.

    A mended rejection is a new attempt; sending the same bytes again after a doubt is the same attempt. The bytes
    live in the database, not in the file store, so that they are committed with the state that speaks of them.
    """

    _name = "faturamento_br.document.attempt"
    _description = "Fiscal document attempt"
    _order = "document_id, sequence desc"

    document_id = fields.Many2one("faturamento_br.document", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="document_id.company_id", store=True, index=True)
    sequence = fields.Integer("Attempt", required=True)
    access_key = fields.Char("Access key", required=True, index=True)
    signed_xml = fields.Binary("Signed XML", attachment=False, required=True)
    request = fields.Binary(attachment=False, help="The last request that asked to authorise, as sent.")
    response = fields.Binary(attachment=False, help="The last answer, as received.")
    signed_xml_name = fields.Char(compute="_compute_names")
    request_name = fields.Char(compute="_compute_names")
    response_name = fields.Char(compute="_compute_names")
    sent_at = fields.Datetime("Sent")
    answered_at = fields.Datetime("Answered")
    seconds = fields.Float("Seconds to answer", aggregator="avg", help="How long the last sending took.")
    sendings = fields.Integer(help="How many times these bytes were handed to the network.")
    queries = fields.Integer(help="How many times the key was queried since the last sending.")
    result = fields.Selection(
        [
            ("signed", "Signed"),
            ("sending", "Sent, no answer yet"),
            ("not_sent", "Not delivered"),
            ("authorized", "Authorized"),
            ("rejected", "Rejected"),
        ],
        required=True,
        default="signed",
    )
    cStat = fields.Char("cStat")
    xMotivo = fields.Char("Answer")
    protocolo = fields.Char("Protocol")

    _answered = models.Index("(answered_at)")  # the last 24 hours, on the page Operations
    _improper_use = models.Index("(answered_at) WHERE \"cStat\" = '656'")
    _one_sequence = models.Constraint(
        "UNIQUE(document_id, sequence)", "An attempt's sequence is unique in its document."
    )

    @api.depends("access_key", "sequence")
    def _compute_names(self):
        """Names of the files, should somebody download them."""
        for attempt in self:
            name = f"NFe{attempt.access_key}-{attempt.sequence}"
            attempt.signed_xml_name = f"{name}.xml"
            attempt.request_name = f"{name}-request.xml"
            attempt.response_name = f"{name}-response.xml"
