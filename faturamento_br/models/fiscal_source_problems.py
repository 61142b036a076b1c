from odoo import models

from ..fiscal.problems import Problem, _
from ..fiscal.rules.choice import NAMES
from .line_numbers import line_net
from .located_problem import LocatedProblem
from .party_values import uf_of

OPERATION_MISSING = (
    _("The document has no nature of the operation."),
    _("Choose one in the tab NF-e, or mark one as the company's default."),
)
RULE_MISSING = (
    _('No tax rule of "%(operation)s" says %(taxes)s of %(product)s, %(scope)s, %(contributor)s.'),
    _("Add a row to the operation's tax rules, or fill in what the row lacks."),
)
NCM_MISSING = (_("%(product)s has no NCM."), _("Fill in its 8 digits on the product."))
#: Texts for what ``product.template._fbr_lacks`` tells.
GOODS_LACK = {
    "ncm_missing": NCM_MISSING,
    "ncm_unknown": (
        _("The NCM %(ncm)s of %(product)s is not in the official table: SEFAZ would reject it (778)."),
        _("Choose another on the product; if it is newer than the table, the accountant adds it to the table of NCM."),
    ),
    "ncm_ended": (
        _("The NCM %(ncm)s of %(product)s is no longer in force: SEFAZ would reject it (778)."),
        _("Choose the code that took its place on the product."),
    ),
    "ncm_future": (
        _("The NCM %(ncm)s of %(product)s is not in force yet: SEFAZ would reject it (778)."),
        _("Choose the code in force today on the product."),
    ),
    "factor_missing": (
        _("The law taxes %(product)s by %(unit)s, and nobody said how many of them one unit has."),
        _("Fill in the taxable units in one unit on the product."),
    ),
}
PRODUCT_MISSING = (_('The line "%(line)s" has no product.'), _("An NF-e only has products: choose one."))
COMBO = (_("%(product)s is a combo."), _("Sell its components as lines of their own."))
NEGATIVE = (_("The line %(product)s is negative."), _("Use the discount of the lines instead."))
MIXED = (
    _("%(product)s is a service, and an NF-e is for goods."),
    _("Invoice services on an invoice of their own, or mark the service as freight, insurance or another charge."),
)
DOWN_PAYMENT = (
    _("The line %(product)s is a down payment, whose NF-e has no rule yet."),
    _("Register the advance as a payment, and invoice the goods in full."),
)
CURRENCY = (_("The document is in %(currency)s."), _("An NF-e is in BRL: choose a pricelist or currency in BRL."))
CASH_ROUNDING = (
    _("The invoice has a cash rounding, which would make its total differ from the NF-e's."),
    _("Remove the cash rounding."),
)
TAXES_MISSING = (
    _("The company lacks the NF-e taxes %(taxes)s."),
    _("Unarchive them, or switch NF-e off and on again in the settings to make them anew."),
)
UF_MISSING = (_("%(partner)s has no state."), _("Complete the address."))
DELIVERY_UF = (
    _("The goods are delivered in %(delivery)s, but the customer is in %(recipient)s: this has no rule yet."),
    _("Invoice the establishment that receives the goods."),
)
CHANGED = (
    _("%(product)s was booked with other amounts than today's rules give."),
    _("Reset the invoice to draft and confirm it again, so that books and NF-e say the same."),
)


class FiscalSource(models.AbstractModel):
    """Everything that keeps a document from being taxed right, each with the record to mend."""

    _inherit = "faturamento_br.fiscal.source"

    def _fbr_tax_problems(self):
        """All problems of this document's taxes at once, as :class:`~.located_problem.LocatedProblem`.

        Empty means that :meth:`_fbr_items` is complete and the core computes it.
        """
        self.ensure_one()
        source = self.sudo()
        if not source._fbr_is_fiscal():
            return []
        context = source._fbr_tax_context()
        found = [*source._fbr_document_problems(context)]
        lines = source._fbr_lines()
        computed = source._fbr_computed(lines)
        for line, item in zip(lines, computed.items, strict=True):
            found += source._fbr_line_problems(line, item, context)
        if context.recipient_uf and context.emitter_uf:
            found += source._fbr_locate(computed.problems)
            if not found:
                found += source._fbr_changed_problems()
        return source._fbr_for_user(self.env, found)

    def _fbr_for_user(self, env, found):
        """Located problems back in the user's own rights: opening a record is up to them."""
        return [LocatedProblem(each.problem, each.record.with_env(env), each.field) for each in found]

    def _fbr_document_problems(self, context):
        """What is wrong with the document as a whole."""
        recipient, company = self._fbr_recipient(), self.company_id
        if not self.fbr_operation_id:
            yield self._fbr_problem("operation_missing", OPERATION_MISSING, self, "fbr_operation_id")
        if self.currency_id != company.currency_id or company.currency_id.name != "BRL":
            yield self._fbr_problem("currency_not_brl", CURRENCY, self, "currency_id", currency=self.currency_id.name)
        if not context.emitter_uf:
            yield self._fbr_problem("uf_missing", UF_MISSING, company.partner_id, "state_id", partner=company.name)
        if not context.recipient_uf:
            yield self._fbr_problem(
                "uf_missing", UF_MISSING, recipient or self, "state_id", partner=recipient.display_name or "-"
            )
        delivery = uf_of(self.partner_shipping_id) if self.partner_shipping_id else ""
        if delivery and context.recipient_uf and delivery != context.recipient_uf:
            params = {"delivery": delivery, "recipient": context.recipient_uf}
            yield self._fbr_problem("delivery_uf", DELIVERY_UF, self, "partner_shipping_id", **params)
        labels = dict(self.env["account.tax"]._fields["fbr_kind"].selection)
        if missing := labels.keys() - company._fbr_taxes().keys():
            names = ", ".join(labels[kind] for kind in sorted(missing))
            yield self._fbr_problem("taxes_missing", TAXES_MISSING, company, "fbr_nfe_enabled", taxes=names)

    def _fbr_line_problems(self, line, item, context):
        """What is wrong with a line, beside what the core says of its ``item``; goods without a rule have none."""
        product, role = line.product_id, line._fbr_role()
        if line.is_downpayment:
            yield self._fbr_problem("down_payment", DOWN_PAYMENT, self, "", product=name_of(line))
        elif role == "unknown":
            yield self._fbr_problem("product_missing", PRODUCT_MISSING, self, "", line=name_of(line))
        elif role == "combo":
            yield self._fbr_problem("combo_product", COMBO, product, "type", product=name_of(line))
        elif line_net(line) < 0:
            yield self._fbr_problem("negative_line", NEGATIVE, self, "", product=name_of(line))
        elif role == "service":
            yield self._fbr_problem("mixed_services", MIXED, self, "", product=name_of(line))
        if role == "item":
            yield from self._fbr_item_problems(line, item, context)

    def _fbr_item_problems(self, line, item, context):
        goods, day = line.product_id.product_tmpl_id, context.issue_date
        for code, field in goods._fbr_lacks(day):
            told = {"product": name_of(line), "ncm": goods.fbr_effective_ncm, "unit": goods._fbr_taxable_uom().name}
            yield self._fbr_problem(code, GOODS_LACK[code], line.product_id, field, **told)
        operation = self.fbr_operation_id
        if operation and context.recipient_uf and not item:
            lacking = self._fbr_choice_of(line, context).lacking
            interstate = context.emitter_uf != context.recipient_uf
            yield self._fbr_problem(
                "rule_missing",
                RULE_MISSING,
                operation,
                "rule_ids",
                operation=operation.name,
                taxes=", ".join(NAMES[subject] for subject in lacking),
                product=name_of(line),
                scope=f"{context.emitter_uf} > {context.recipient_uf}" if interstate else context.emitter_uf,
                contributor="indIEDest 1" if context.contributor else "indIEDest 2, 9",
            )

    def _fbr_changed_problems(self):
        """Lines of a closed document whose amounts are no longer what the rules give; an open one has none."""
        return []

    def _fbr_problem(self, code, texts, record, field, **params):
        message, cure = texts
        return LocatedProblem(Problem(code, "", message, cure, params), record, field)


def name_of(line):
    """What a user calls a line; only asked for when there is something to say of it."""
    return line.product_id.display_name or line.name or "-"
