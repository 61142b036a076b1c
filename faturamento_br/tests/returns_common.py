from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from lxml import etree

from ..fiscal import access_key, schema
from ..fiscal.documents import nfe
from ..fiscal.taxes import engine
from .taxes_common import AmountsCase

ISSUED_AT = datetime(2026, 11, 25, 10, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))


class ReturnsCase(AmountsCase):
    """Invoices as the authorizer leaves them, and their credit notes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.give_addresses()
        cls.carioca.sudo().write({"vat": "11.444.777/0001-61", "zip": "20040-002"})
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})

    def authorized(self, move):
        """``move`` confirmed, its NF-e built, checked by the XSD, and authorized as SEFAZ does."""
        if move.state == "draft":
            move.action_post()
        document = move.fbr_document_id.sudo()
        invoice = move.sudo()._fbr_spec(
            environment=document.environment,
            series=document.series,
            number=document.number,
            numeric_code=document.numeric_code,
            issued_at=move._fbr_issued_at(datetime.now()),
        )
        self.assertEqual(list(map(str, move._fbr_tax_problems())), [])
        self.assertEqual(list(map(str, nfe.problems(invoice, now=invoice.issued_at))), [])
        taxed = engine.tax_invoice(invoice)
        self.assertEqual(list(map(str, nfe.amount_problems(taxed))), [])
        document._check_against_journal(taxed)
        built = nfe.build(taxed)
        self.assertEqual(list(map(str, schema.validate_unsigned(built.element))), [])
        document._keep(taxed, built, etree.tostring(built.element))
        for event in ("send", "authorize"):
            document._apply(event)
        self.assertEqual(Decimal(f"{move.amount_total:.2f}"), taxed.totals.invoice)
        return taxed

    def refund(self, move, quantities=None):
        """Odoo's own credit note of ``move``; of a part, with these quantities of its lines, 0 for none."""
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=move.ids)
        made = wizard.create({"journal_id": move.journal_id.id, "date": "2026-11-25"}).refund_moves()
        back = self.env["account.move"].browse(made["res_id"])
        if quantities is not None:
            self.keep(back, quantities)
        return back

    def keep(self, back, quantities):
        lines = back.invoice_line_ids
        changes = []
        for line, quantity in zip(lines, quantities, strict=True):
            changes.append((1, line.id, {"quantity": quantity}) if quantity else (2, line.id))
        back.write({"invoice_line_ids": changes})

    def key_of(self, tax_id="12ABC34501DE35", number=77, model="55"):
        return access_key.build(
            cUF="35",
            issued_at=ISSUED_AT,
            tax_id=tax_id,
            model=model,
            series=1,
            number=number,
            emission_type="1",
            numeric_code="83746152",
        )
