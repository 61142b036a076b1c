from base64 import b64decode, b64encode

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal import access_key, purchase_returns
from ..fiscal.digits import normalize_tax_id
from .problem_text import text_of


class Purchase(models.Model):
    """The NF-e of a supplier whose goods go back: its file, from which each of its returns is calculated.

    It is the row that limits what goes back: who posts a return writes it, so that of two users who give back the same
    goods the one who read it before loses the race.
    """

    _name = "faturamento_br.purchase"
    _description = "NF-e of a supplier"
    _order = "issue_date desc, id desc"
    _rec_name = "label"

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    partner_id = fields.Many2one("res.partner", "Supplier", required=True, readonly=True, index=True)
    access_key = fields.Char("Access key", required=True, readonly=True)
    label = fields.Char("NF-e", required=True, readonly=True)
    issue_date = fields.Date("Issued on", required=True, readonly=True)
    xml = fields.Binary("XML", required=True, readonly=True, attachment=False)
    move_ids = fields.One2many("account.move", "fbr_purchase_id", "Returns", readonly=True)
    posted_returns = fields.Integer("Returns posted", readonly=True)

    _key_unique = models.UniqueIndex("(company_id, access_key)", "This NF-e of the supplier is here already.")

    @api.model
    def _from_file(self, company, data):
        """The NF-e in ``data`` (bytes of an XML), kept once for ``company``.

        :raises UserError: everything that keeps it from being a purchase of the company.
        """
        told = self._read(company, data)
        kept = self.sudo().search([("company_id", "=", company.id), ("access_key", "=", told.key)])
        if kept:
            return kept
        parts = access_key.split(told.key)
        return self.sudo().create(
            {
                "company_id": company.id,
                "partner_id": self._supplier(company, told).id,
                "access_key": told.key,
                "label": f"NF-e {int(parts.series)}/{int(parts.number)}",
                "issue_date": told.issue_date,
                "xml": b64encode(data),
            }
        )

    @api.model
    def _read(self, company, data):
        """The :class:`~..fiscal.purchase_returns.Purchase` in ``data``; :raises UserError: what is wrong with it."""
        told, problems = purchase_returns.purchase_of(data)
        if problems:
            raise UserError("\n".join(text_of(self.env, problem) for problem in problems))
        own = company._fbr_tax_id()
        if told.recipient != own:
            raise UserError(
                self.env._(
                    "The NF-e was issued to %(recipient)s, not to %(company)s (%(own)s): only who bought the goods "
                    "gives them back.",
                    recipient=told.recipient or "-",
                    company=company.name,
                    own=own or "-",
                )
            )
        return told

    @api.model
    def _supplier(self, company, told):
        """The partner who issued the NF-e."""
        Partner = self.env["res.partner"]
        domain = [*Partner._check_company_domain(company), ("vat", "!=", False), ("parent_id", "=", False)]
        found = Partner.search(domain).filtered(lambda each: normalize_tax_id(each.vat) == told.issuer)
        if not found:
            raise UserError(
                self.env._("There is no supplier with the CNPJ or CPF %s: register them first.", told.issuer)
            )
        return found[:1]

    def _told(self):
        """What the NF-e says, read once in a transaction."""
        kept = self.env.cr.cache.setdefault(__name__, {})
        if self.id not in kept:
            whole = self.sudo().with_context(bin_size=False)
            kept[self.id], _problems = purchase_returns.purchase_of(b64decode(whole.xml))
        return kept[self.id]

    def _quantities_returned(self):
        """What posted credit notes gave back of each item, by its number."""
        sums = {}
        posted = self.sudo().move_ids.filtered(lambda move: move.state == "posted" and move.fbr_sends_back)
        for line in posted.invoice_line_ids:
            if line.fbr_purchase_item:
                sums[line.fbr_purchase_item] = sums.get(line.fbr_purchase_item, 0.0) + line.quantity
        return sums
