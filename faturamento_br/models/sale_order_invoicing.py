from odoo import models

from .party_values import amount

#: What an order says that its invoice repeats.
CARRIED = (
    "fbr_operation_id",
    "fbr_final_consumer",
    "fbr_presence",
    "fbr_freight_mode",
    "fbr_carrier_id",
    "fbr_vehicle_plate",
    "fbr_vehicle_state_id",
    "fbr_vehicle_rntc",
    "fbr_volume_kind",
    "fbr_volume_brand",
    "fbr_payment_code",
    "fbr_info",
    "fbr_tax_office_info",
    "fbr_pickup_id",
    "fbr_intermediary_id",
    "fbr_reader_ids",
    "fbr_exit_state_id",
    "fbr_exit_place",
    "fbr_dispatch_place",
)
#: What is told of the whole load: the first invoice has it, one of what was left behind counts anew.
OF_THE_LOAD = ("fbr_volume_count", "fbr_volume_numbering", "fbr_net_weight_typed", "fbr_gross_weight_typed")
GROUPING_KEY = "fbr_told_apart"


class SaleOrder(models.Model):
    """From the order to its invoice, and the order as a :class:`~..fiscal.spec.Invoice` to be."""

    _inherit = "sale.order"

    # --- To the invoice -----------------------------------------------------------------------------------------

    def _prepare_invoice(self):
        values = super()._prepare_invoice()
        carried = {}
        if self._fbr_is_fiscal():
            first = not self.invoice_ids.filtered(lambda move: move.state != "cancel")
            names = (*CARRIED, *OF_THE_LOAD) if first else CARRIED
            carried = {name: self._fields[name].convert_to_write(self[name], self) for name in names}
        if self.env.context.get(GROUPING_KEY):
            values[GROUPING_KEY] = repr(sorted(carried.items()))
        return {**values, **carried}

    def _create_invoices(self, grouped=False, final=False, date=None):
        """Orders that an NF-e would tell apart are not invoiced together.

        Odoo sorts by what the keys say, so they have to be of one type: one text says all of them.
        """
        orders = self.with_context(**{GROUPING_KEY: True})
        moves = super(SaleOrder, orders)._create_invoices(grouped=grouped, final=final, date=date)
        return moves.with_context(**{GROUPING_KEY: False})

    def _get_invoice_grouping_keys(self):
        return [*super()._get_invoice_grouping_keys(), GROUPING_KEY]

    def _create_account_invoices(self, invoice_vals_list, final):
        for values in invoice_vals_list:
            values.pop(GROUPING_KEY, None)
        return super()._create_account_invoices(invoice_vals_list, final)

    # --- As a value ---------------------------------------------------------------------------------------------

    def _fbr_contact(self):
        return self.partner_invoice_id or self.partner_id

    def _fbr_orders(self):
        return self

    def _fbr_salesperson(self):
        return self.user_id

    def _fbr_terms(self):
        return self.payment_term_id

    def _fbr_own_terms_text(self):
        return self.note

    def _fbr_due(self):
        """What the payment terms would make due if it were invoiced today."""
        terms = self.payment_term_id
        if not terms:
            return []
        computed = terms._compute_terms(
            date_ref=self._fbr_issue_date(),
            currency=self.currency_id,
            company=self.company_id,
            tax_amount=self.amount_tax,
            tax_amount_currency=self.amount_tax,
            sign=1,
            untaxed_amount=self.amount_untaxed,
            untaxed_amount_currency=self.amount_untaxed,
        )
        due = {}
        for line in computed["line_ids"]:
            due[line["date"]] = due.get(line["date"], 0) + amount(line["foreign_amount"])
        return sorted(due.items())
