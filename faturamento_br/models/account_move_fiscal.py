from contextlib import contextmanager

from odoo import api, fields, models

from .line_amounts import INSIDE

#: What a journal item of ours says in money, and who said it last.
JOURNAL_AMOUNTS = frozenset({"amount_currency", "balance", "tax_base_amount"})
WRITTEN = ("write_uid", "write_date")


class AccountMove(models.Model):
    """The customer invoice as source of an NF-e: its amounts, on their way into the journal.

    While the invoice is a draft, its amounts are the core's, computed anew at every change (:meth:`_sync_tax_lines`
    also rebuilds the tax lines then). When it is posted, ``account.move.line.fbr_amounts`` keeps what was booked:
    that, and not today's rules, is what totals and reports of a posted invoice show. A refund of a whole invoice
    takes back the amounts of the invoice, whatever the rules say by then.
    """

    _name = "account.move"
    _inherit = ["account.move", "faturamento_br.fiscal.issuer"]

    fbr_operation_id = fields.Many2one(
        domain="[('company_id', 'parent_of', company_id), ('place', '=', 'sale_return' if move_type == 'out_refund' "
        "else 'purchase_return' if move_type == 'in_refund' else 'purchase' if move_type == 'in_invoice' else 'sale')]"
    )

    # --- The source ---------------------------------------------------------------------------------------------

    def _fbr_lines(self):
        lines = self.line_ids if self.id else self.invoice_line_ids
        return lines.filtered(lambda line: line.display_type == "product")

    def _fbr_kind_issues(self):
        return self.move_type in ("out_invoice", "out_refund")

    def _fbr_recipient(self):
        return self.commercial_partner_id

    def _fbr_issue_date(self):
        """The invoice date, or today; for a refund the day of the sale, whose rates it takes back."""
        origin = self.reversed_entry_id if self.move_type == "out_refund" else self.browse()
        return origin.invoice_date or self.invoice_date or fields.Date.context_today(self)

    def _fbr_is_open(self):
        return self.state == "draft"

    def _fbr_open_domain(self):
        return [("state", "=", "draft"), ("move_type", "in", ("out_invoice", "out_refund"))]

    @api.depends("company_id", "move_type", "partner_id.country_id")
    def _compute_fbr_operation_id(self):
        super()._compute_fbr_operation_id()
        self._fbr_adopt_abroad()

    @api.depends("commercial_partner_id.fbr_ie_indicator")
    def _compute_fbr_final_consumer(self):
        super()._compute_fbr_final_consumer()

    @api.depends("invoice_line_ids.product_id", "partner_id", "company_id")
    def _compute_fbr_freight_mode(self):
        super()._compute_fbr_freight_mode()

    @api.depends("partner_id", "company_id", "move_type")
    def _compute_fbr_carrier_id(self):
        super()._compute_fbr_carrier_id()

    @api.depends(
        "fbr_net_weight_typed",
        "fbr_gross_weight_typed",
        "invoice_line_ids.product_id",
        "invoice_line_ids.quantity",
        "invoice_line_ids.product_uom_id",
    )
    def _compute_fbr_weights(self):
        super()._compute_fbr_weights()

    @api.depends("move_type", "invoice_line_ids.product_id")
    def _compute_fbr_is_fiscal(self):
        super()._compute_fbr_is_fiscal()

    # --- Amounts ------------------------------------------------------------------------------------------------

    def _fbr_amounts(self, lines=()):
        self.ensure_one()
        if self.state != "draft":
            return self._fbr_booked_amounts()
        return self._fbr_refunded_amounts() or super()._fbr_amounts(lines)

    def _fbr_booked_amounts(self):
        kept = {line: line._fbr_stored_amounts() for line in self._fbr_lines() if line.fbr_amounts}
        return kept if self.company_id and self.company_id._fbr_issues() else {}

    def _fbr_refunded_amounts(self):
        """The amounts of the invoice that this draft refunds, when it refunds all of it unchanged."""
        origin = self.reversed_entry_id
        if self.move_type != "out_refund" or not origin or not self._fbr_is_fiscal():
            return {}
        lines = self._fbr_lines()
        told = [line for line in lines if line.fbr_amounts and line.fbr_amounts["inputs"] == line._fbr_inputs()]
        if len(told) != len(lines) or len(told) != len(origin._fbr_booked_amounts()):
            return {}
        return {line: line._fbr_stored_amounts() for line in told}

    def _fbr_keeps_amounts(self):
        """Whether the tax lines of this move are the core's to make."""
        return self.state == "draft" and self.currency_id == self.company_currency_id and self._fbr_is_fiscal()

    @contextmanager
    def _sync_tax_lines(self, container):
        """Odoo rebuilds tax lines only when a line changed in a field it watches. Here an operation, a customer, a
        date, a rule or another line's freight changes them too, so they are compared with the core's every time."""
        others = {"records": container["records"].filtered(lambda move: not move._fbr_keeps_amounts())}
        with super()._sync_tax_lines(others):
            yield
            ours = container["records"].filtered(lambda move: move._fbr_keeps_amounts())
            others["records"] = container["records"] - ours
        for move in ours:
            amounts = move._fbr_sync_lines()
            if not move._fbr_journal_says(amounts):
                move._fbr_sync_tax_lines()

    def _fbr_sync_lines(self):
        """Keep with each line its amounts, and give it the taxes they go by; returns the amounts.

        Written as a computation would: a ``write`` for each line would compute the whole document each time.
        """
        amounts, lines = self._fbr_amounts(), self._fbr_lines()
        retold = retaxed = lines.browse()
        with self.env.protecting([lines._fields[name] for name in ("fbr_amounts", "tax_ids")], lines):
            for line, kept, carriers in self._fbr_stale_lines(amounts):
                if (line.fbr_amounts or False) != kept:
                    line.fbr_amounts = kept
                    retold |= line
                if carriers is not None and line.tax_ids.ids != carriers:
                    line.tax_ids = self.env["account.tax"].browse(carriers)
                    retaxed |= line
        retold.modified(["fbr_amounts"])
        retaxed.modified(["tax_ids"])
        return amounts

    def _fbr_stale_lines(self, amounts):
        """The lines that do not say ``amounts``: each with what to keep, and its taxes unless they are Odoo's."""
        taxes = self.company_id._fbr_taxes()
        for line in self._fbr_lines():
            found = amounts.get(line)
            kept = {**found.dump(), "inputs": line._fbr_inputs()} if found else False
            carriers = found.carriers(taxes) if found else None
            if (line.fbr_amounts or False) != kept or (found and line.tax_ids.ids != carriers):
                yield line, kept, carriers

    def _fbr_journal_says(self, amounts):
        """Whether lines and tax lines say ``amounts`` already, so that Odoo need not make them anew.

        Only answered with yes when all lines are the core's; a mixed invoice is left to Odoo.
        """
        lines, currency = self._fbr_lines(), self.currency_id
        if len(amounts) != len(lines) or any(
            currency.compare_amounts(line.balance, self.direction_sign * float(amounts[line].excluded))
            for line in lines
        ):
            return False
        taxes = {tax: kind for kind, tax in self.company_id._fbr_taxes().items()}
        said = {}
        for line in self.line_ids:
            if line.display_type == "tax":
                booked = said.setdefault(taxes.get(line.tax_line_id), [0.0, 0.0, 0.0])
                side = 0 if line.balance * self.direction_sign > 0 else 1
                booked[side] += abs(line.balance)
                booked[2] = max(booked[2], abs(line.tax_base_amount))
        due = {}
        for found in amounts.values():
            for kind, (base, _rate, amount) in found.taxes.items():
                total = due.setdefault(kind, [0.0, 0.0, 0.0])
                total[0] += max(float(amount), 0.0)
                total[1] += float(amount) if kind in INSIDE else max(-float(amount), 0.0)
                total[2] += float(base)
        return said.keys() == due.keys() and not any(
            currency.compare_amounts(one, other)
            for kind in due
            for one, other in zip(said[kind], due[kind], strict=True)
        )

    def _fbr_sync_tax_lines(self):
        """Make the journal's tax lines, and the balance of the lines they tax, say the core's amounts."""
        AccountTax = self.env["account.tax"]
        base_lines, tax_lines = self._get_rounded_base_and_tax_lines(round_from_tax_lines=False)
        AccountTax._add_accounting_data_in_base_lines_tax_details(
            base_lines, self.company_id, include_caba_tags=self.always_tax_exigible
        )
        results = AccountTax._prepare_tax_lines(base_lines, self.company_id, tax_lines=tax_lines)
        changes = [(base_line["record"], values) for base_line, values in results["base_lines_to_update"]]
        changes += [(tax_line["record"], values) for tax_line, _key, values in results["tax_lines_to_update"]]
        self._fbr_write_journal(changes)
        doomed = self.env["account.move.line"].browse(
            [tax_line["record"].id for tax_line in results["tax_lines_to_delete"]]
        )
        doomed.with_context(dynamic_unlink=True).unlink()
        self.env["account.move.line"].create(
            [{**values, "display_type": "tax", "move_id": self.id} for values in results["tax_lines_to_add"]]
        )

    def _fbr_write_journal(self, changes):
        """Write pairs of journal item and values, where they differ.

        Amounts are written as a computation would, and what depends on them is told once: Odoo's ``write`` takes as
        long for one line as the core for the whole document. It is left its work where it does more: it logs in the
        chatter what changes on an invoice that was posted before, and taxes' tags and names are not amounts.
        """
        lines = self.env["account.move.line"]
        told, now, fields_ = lines, self.env.cr.now(), [lines._fields[name] for name in (*JOURNAL_AMOUNTS, *WRITTEN)]
        for line, values in changes:
            values = {
                name: value
                for name, value in values.items()
                if line._fields[name].convert_to_write(line[name], line) != value
            }
            if self.posted_before or not values.keys() <= JOURNAL_AMOUNTS:
                line.write(values)
            elif values:
                with self.env.protecting(fields_, line):
                    for name, value in {**values, "write_uid": self.env.uid, "write_date": now}.items():
                        line[name] = value
                told |= line
        with self.env.protecting(fields_, told):
            told.modified(JOURNAL_AMOUNTS)
        told._validate_fields(JOURNAL_AMOUNTS)

    def _fbr_is_current(self):
        """Whether lines and journal say what the core computes now."""
        amounts = self._fbr_amounts()
        return not any(self._fbr_stale_lines(amounts)) and self._fbr_journal_says(amounts)

    @api.depends("fbr_operation_id", "fbr_final_consumer", "invoice_date", "invoice_line_ids.fbr_amounts")
    def _compute_tax_totals(self):
        super()._compute_tax_totals()

    def _post(self, soft=True):
        """Compute drafts once more: a rule may have changed since they were saved."""
        drafts = self.filtered(lambda move: move._fbr_keeps_amounts() and not move._fbr_is_current())
        container = {"records": drafts}
        with drafts._check_balanced(container), drafts._sync_dynamic_lines(container):
            pass  # leaving the second makes them say what the core says now
        return super()._post(soft)
