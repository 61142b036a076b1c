from odoo import models
from odoo.fields import Command
from odoo.tools import format_date

from ..billing import term
from ..billing.intervals import DAY
from .line_amounts import exact_value


class Contract(models.Model):
    """The fine for leaving before the minimum term is over."""

    _inherit = "faturamento_br.contract"

    def _fine_for(self, ended):
        """What leaving on ``ended``, the first day no longer in it, costs by the days of the minimum term left."""
        agreed = exact_value(self.fine, self.currency_id.decimal_places)
        return float(term.fine(agreed, self.date_start, self._term().minimum_end, ended, self._unit()))

    def _charge_fine(self, amount, ended):
        """A draft invoice of the fine: a person confirms it, or gives it up with the customer.

        It is a service of its own (``product_fine``), so it never mixes with goods or with what recurs.

        :param amount: in the contract's currency, as reduced by the days kept (:func:`~..billing.term.fine`).
        :param ended: the first day that is no longer in the contract.
        """
        self.ensure_one()
        here = self.with_company(self.company_id).with_context(lang=self.partner_id.lang or self.env.lang)
        name = here.env._(
            "Fine for leaving contract %(name)s on %(day)s, before its minimum term is over",
            name=self.name,
            day=format_date(here.env, ended - DAY),
        )
        line = {
            "product_id": self.env.ref("faturamento_br.product_fine").id,
            "name": name,
            "quantity": 1.0,
            "price_unit": amount,
            "tax_ids": [Command.clear()],
        }
        # Who may end a contract may be a salesperson: the draft is made for who invoices.
        self.fine_move_id = (
            here.env["account.move"]
            .sudo()
            .create(
                {
                    "move_type": "out_invoice",
                    "company_id": self.company_id.id,
                    "partner_id": self.partner_id.id,
                    "currency_id": self.currency_id.id,
                    "invoice_user_id": self.user_id.id,
                    "invoice_origin": self.name,
                    "invoice_payment_term_id": self.payment_term_id.id,
                    "invoice_line_ids": [Command.create(line)],
                }
            )
        )
        self._message_log(body=self.env._("The fine is in %s, a draft.", self.fine_move_id._get_html_link()))
