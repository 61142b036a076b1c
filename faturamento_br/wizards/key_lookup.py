from base64 import b64decode

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal import access_key
from ..fiscal.agreement import disagreements
from ..fiscal.digits import normalize_tax_id
from ..models.problem_text import text_of

DECIDED = ("authorized", "cancelled")


class KeyLookup(models.TransientModel):
    """What SEFAZ holds under an access key of the company, and whether it is what is kept here."""

    _name = "faturamento_br.key_lookup"
    _description = "Question by access key"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    access_key = fields.Char("Access key", help="44 characters; of an NF-e of your own company.")
    question_id = fields.Many2one("faturamento_br.question", readonly=True)
    document_id = fields.Many2one("faturamento_br.document", "NF-e", readonly=True)
    asked_at = fields.Datetime(related="question_id.asked_at")
    answer = fields.Char(compute="_compute_answer")
    agrees = fields.Boolean(readonly=True)
    differences = fields.Text(readonly=True)

    @api.depends("question_id")
    def _compute_answer(self):
        for lookup in self:
            question = lookup.question_id.sudo()
            lookup.answer = " ".join(filter(None, (question.cStat, question.xMotivo)))

    def action_ask(self):
        """Ask the company's authorizer, and compare with the document of this key, if there is one here."""
        self.ensure_one()
        key, company = normalize_tax_id(self.access_key or ""), self.company_id
        self._check(key)
        Question, Document = self.env["faturamento_br.question"], self.env["faturamento_br.document"]
        document = Document.search([("access_key", "=", key), ("company_id", "=", company.id)], limit=1)
        question, outcome = Question._ask_key(company, key, document.sudo())
        found = self._differences(document.sudo(), outcome) if outcome and question.verdict != "wait" else []
        self.write(
            {
                "access_key": key,
                "question_id": question.id,
                "document_id": document.id,
                "agrees": bool(outcome and document.state in DECIDED and question.verdict != "wait" and not found),
                "differences": "\n".join(text_of(self.env, problem) for problem in found),
            }
        )
        if document and found:
            document.sudo()._message_log(body=self.differences)
        return self._get_records_action(name=self.env._("Query at SEFAZ"), target="new")

    def _check(self, key):
        if not access_key.is_valid(key):
            raise UserError(self.env._("“%s” is no access key: it has 44 characters, the last a check digit.", key))
        holder = access_key.split(key).tax_id
        if holder != self.company_id._fbr_tax_id():
            raise UserError(
                self.env._(
                    "The key is of %(holder)s, not of %(company)s: ask for it in the company that issued it.",
                    holder=holder,
                    company=self.company_id.name,
                )
            )

    def _differences(self, document, outcome):
        if document.state not in DECIDED:
            return []
        events = document.event_ids.filtered(lambda event: event.state == "registered")
        known = {(event.code, event.sequence) for event in events}
        signed = b64decode(document.attempt_ids[:1].signed_xml)
        return disagreements(outcome, document.state, signed, document.protocolo or "", known)


class Document(models.Model):
    _inherit = "faturamento_br.document"

    def action_ask_sefaz(self):
        """Ask again about a document that was decided, and tell whether SEFAZ still says the same."""
        self.ensure_one()
        self.check_access("read")
        self.env["faturamento_br.question"]._check_may_ask()
        values = {"company_id": self.company_id.id, "access_key": self.access_key}
        return self.env["faturamento_br.key_lookup"].create(values).action_ask()
