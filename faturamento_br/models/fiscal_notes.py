from odoo import api, fields, models
from odoo.tools import format_amount, format_date
from odoo.tools.mail import html_to_inner_content

from .fiscal_source_spec import is_complete
from .party_values import place_of
from .placeholders import PLACEHOLDER, PLACEHOLDERS, check_placeholders


class FiscalSource(models.AbstractModel):
    """The words of an NF-e: infCpl and infAdFisco, from texts of company, operation, customer and document."""

    _inherit = "faturamento_br.fiscal.source"

    fbr_info = fields.Text(
        "Additional information",
        help="infCpl: goes to the NF-e after the terms and conditions. It may have placeholders, as {order}.",
    )
    fbr_tax_office_info = fields.Text("Information for the tax office", help="infAdFisco.")

    @api.constrains("fbr_info", "fbr_tax_office_info")
    def _check_fbr_placeholders(self):
        check_placeholders(self.env, self, "fbr_info", "fbr_tax_office_info")

    def _fbr_info(self):
        """infCpl: the document's terms as plain text, the texts of document, operation, customer and company, our
        order unless a text has told it, and where to deliver when entrega cannot say it."""
        company = self.company_id
        texts = (
            self.fbr_info,
            self.fbr_operation_id.info_template,
            self._fbr_recipient().with_company(company).fbr_info_template,
            company.fbr_info_template,
        )
        parts = [html_to_inner_content(self._fbr_own_terms_text() or ""), *map(self._fbr_filled, texts)]
        if (order := self._fbr_text_order()) and not any("{order}" in (text or "") for text in texts):
            parts.append(f"Pedido: {order}")
        parts.append(self._fbr_delivery_text())
        parts += self._fbr_rule_texts()
        parts.append(self._fbr_withheld_words())
        return "; ".join(dict.fromkeys(filter(None, parts)))

    def _fbr_rule_texts(self):
        """What the tax rules that hold for the goods want told, each text once."""
        source = self.sudo()
        context = source._fbr_tax_context()
        goods = source._fbr_lines().filtered(lambda line: line._fbr_role() == "item")
        return [text for line in goods for text in source._fbr_choice_of(line, context).texts]

    def _fbr_withheld_words(self):
        """What the customer withholds of this document, and what is left to pay; empty when nothing is withheld."""
        return ""

    def _fbr_tax_office_info(self):
        """infAdFisco."""
        texts = (self.fbr_tax_office_info, self.fbr_operation_id.tax_office_template)
        return "; ".join(dict.fromkeys(filter(None, map(self._fbr_filled, texts))))

    def _fbr_filled(self, template):
        """``template`` with its placeholders filled; a line all of whose placeholders are empty is left out."""
        lines = []
        for line in (template or "").splitlines():
            words = PLACEHOLDER.findall(line)
            values = {word: getattr(self, PLACEHOLDERS[word])() for word in words if word in PLACEHOLDERS}
            if not words or any(values.values()):
                lines.append(PLACEHOLDER.sub(lambda match, values=values: values.get(match[1], match[0]), line).strip())
        return " ".join(filter(None, lines))

    def _fbr_delivery_text(self):
        """The delivery address in words, when it is too incomplete for the group entrega."""
        partner = self._fbr_delivery_partner()
        if not partner:
            return ""
        place = place_of(partner, self._fbr_recipient())
        if is_complete(place) or not place.address.street:
            return ""
        told = place.address
        where = (told.street, told.number, told.district, "/".join(filter(None, (told.city, told.uf))))
        return "Local de entrega: " + ", ".join(filter(None, (*where, told.zip and f"CEP {told.zip}")))

    # --- Placeholders -------------------------------------------------------------------------------------------

    def _fbr_text_order(self):
        return ", ".join(name for name in self._fbr_orders().mapped("name") if name)

    def _fbr_text_customer_order(self):
        return ", ".join(dict.fromkeys(filter(None, self._fbr_orders().mapped("client_order_ref"))))

    def _fbr_text_due_dates(self):
        """Dates and amounts as Brazilians write them, whatever the user's language."""
        env = self.with_context(lang="pt_BR").env
        return ", ".join(
            f"{format_date(env, due, date_format='dd/MM/yyyy')} {format_amount(env, float(value), self.currency_id)}"
            for due, value in self._fbr_due()
        )

    def _fbr_text_payment_terms(self):
        return self._fbr_terms().with_context(lang="pt_BR").name or ""

    def _fbr_text_salesperson(self):
        return self._fbr_salesperson().name or ""

    def _fbr_text_customer(self):
        return self._fbr_recipient().name or ""

    def _fbr_text_carrier(self):
        return self.fbr_carrier_id.name or ""

    def _fbr_text_operation(self):
        return self.fbr_operation_id.name or ""
