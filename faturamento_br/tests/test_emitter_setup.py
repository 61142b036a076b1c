from dataclasses import is_dataclass
from datetime import datetime
from typing import get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import pytest
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..fiscal import spec
from ..fiscal.documents import nfe
from ..models.fiscal_source_places import COMPANY_FIELDS, OWN_FIELDS, PARTNER_FIELDS, PRODUCT_FIELDS
from .certificates import InstallationCase
from .taxes_common import TaxesCase

ISSUED_AT = datetime(2026, 11, 25, 10, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))
TECHNICIAN = {
    "fbr_technician_cnpj": "11.444.777/0001-61",
    "fbr_technician_contact": "Suporte",
    "fbr_technician_email": "suporte@software.example",
    "fbr_technician_phone": "+55 (41) 3000-1000",
}
#: What is not one field of one record: its user begins at the document.
OF_THE_DOCUMENT = (
    r"^(environment|model|kind|purpose|intermediary|emission_type|number|numeric_code|software|city_code|moved_at"
    r"|contingency_at|contingency_reason|tax_date|tax_office_info|references(\[0\])?|change"
    r"|(pickup|delivery|intermediary|export|purchase|observations|advances|government|withholdings)\b.*"
    r"|transport(\.(carrier|volumes|vehicle|trailers)\b.*)?"
    r"|items\[0\](\.(quantity|unit_price|taxable_quantity|discount|freight|insurance|other|order_ref|order_line|info|ref"
    r"|taxable_gtin|nve(\[0\])?|relevant_scale|maker_cnpj|tipi_exception|producer_cnpj|used"
    r"|seal_code|seal_quantity|(exports|fuel|importation|hand|returned)\b.*))?"
    r"|(recipient|emitter)(\.(address|trade_name|cnae|crt|iest|regular_ibs_cbs))?)$"
)


def spec_of(move):
    return move._fbr_spec(environment="simulator", series=1, number=7, numeric_code="83746152", issued_at=ISSUED_AT)


def problems_of(move):
    return move._fbr_locate(nfe.problems(spec_of(move), ISSUED_AT))


@tagged("post_install", "-at_install")
class TestEmitterSetup(TaxesCase):
    """Who answers for the software, who may read the XML, and where each problem is mended."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice((self.chair,))
        self.settings = self.company.sudo()

    def codes(self):
        return {(found.problem.code, found.record, found.field) for found in problems_of(self.move)}

    def test_nothing_filled_in_is_no_group(self):
        self.assertIsNone(spec_of(self.move).technician)
        self.assertEqual(spec_of(self.move).authorized_readers, ())

    def test_technician_reaches_the_xml_s_values(self):
        self.settings.write(TECHNICIAN)
        expected = spec.Technician("11444777000161", "Suporte", "suporte@software.example", "4130001000")
        self.assertEqual(spec_of(self.move).technician, expected)

    def test_a_technician_half_filled_in_is_told_field_by_field(self):
        self.settings.fbr_technician_cnpj = "11.444.777/0001-62"
        fields = {field for _code, record, field in self.codes() if record == self.company}
        expected = {f"fbr_technician_{name}" for name in ("cnpj", "contact", "email", "phone")}
        self.assertEqual(fields, expected)

    def test_a_state_that_demands_it(self):
        self.settings.partner_id.state_id = self.env.ref("base.state_br_sc")
        self.assertIn(("technician_missing", self.company, "fbr_technician_cnpj"), self.codes())
        self.settings.write(TECHNICIAN)
        self.assertNotIn("technician_missing", {code for code, _record, _field in self.codes()})

    def test_readers_in_the_company_s_order_without_the_customer(self):
        self.shop.sudo().vat = "12.ABC.345/01DE-35"
        self.settings.fbr_authorized_readers = "529.982.247-25, 12abc34501de35; 11.222.333/0001-81,"
        self.assertEqual(spec_of(self.move).authorized_readers, ("52998224725", "11222333000181"))

    def test_wrong_readers_lead_to_the_company(self):
        self.settings.fbr_authorized_readers = "529.982.247-24"
        self.assertIn(("invalid", self.company, "fbr_authorized_readers"), self.codes())
        self.settings.fbr_authorized_readers = "52998224725, 52998224725"
        self.assertIn(("reader_repeated", self.company, "fbr_authorized_readers"), self.codes())

    @pytest.mark.prove
    def test_bahia_asks_for_the_accountant(self):
        self.settings.partner_id.state_id = self.env.ref("base.state_br_ba")
        self.assertIn(("readers_missing", self.company, "fbr_authorized_readers"), self.codes())

    def test_an_ordinary_user_does_not_write_them(self):
        with self.assertRaises(AccessError):
            self.company.with_env(self.env).write(TECHNICIAN)

    @pytest.mark.prove
    def test_cash_is_cash(self):
        self.env["account.journal"].sudo().create(
            {"name": "Caixa", "type": "cash", "code": "CX", "company_id": self.company.id}
        )
        Line = self.env["account.payment.method.line"].sudo()
        lines = Line.search([("company_id", "=", self.company.id), ("payment_type", "=", "inbound")])
        cash = lines.filtered(lambda line: line.journal_id.type == "cash" and line.code == "manual")
        self.assertEqual(set(cash.mapped("fbr_payment_code")), {"01"})
        self.assertEqual(set((lines - cash).mapped("fbr_payment_code")), {False})
        cash.fbr_payment_code = "20"
        cash.name = "Pix no balcão"
        self.assertEqual(set(cash.mapped("fbr_payment_code")), {"20"})

    # --- Where each problem leads ---------------------------------------------------------------------------------

    def test_every_path_of_the_core_leads_somewhere(self):
        """The core names its problems by paths into spec.Invoice: each leads to a field, or deliberately not."""
        paths = [*_paths_into(spec.Invoice), "emitter.certificate"]
        self.assertGreater(len(paths), 130)
        for path in paths:
            record, field = self.move._fbr_place(path)
            with self.subTest(path):
                if field:
                    self.assertIn(field, record._fields)
                else:
                    self.assertIn(record, (self.move, self.shop, self.company.partner_id))
                    self.assertRegex(path, OF_THE_DOCUMENT)

    def test_paths_lead_where_they_belong(self):
        product, operation = self.chair, self.operation()
        for path, place in {
            "items[0].unit": (product, "uom_id"),
            "items[0].unit_price": (self.move, ""),
            "items[0].rules.ipi.cEnq": (product, "fbr_ipi_frame"),
            "items[0].rules.icms.rate": (operation, "rule_ids"),
            "emitter.ie": (self.company.partner_id, "l10n_br_ie_code"),
            "emitter.tax_id": (self.company.partner_id, "vat"),
            "emitter.address.zip": (self.company.partner_id, "zip"),
            "emitter.crt": (self.company, "fbr_crt"),
            "emitter.certificate": (self.company, "fbr_certificate_id"),
            "emitter.email": (self.company.partner_id, "email"),
            "recipient.suframa": (self.shop, "l10n_br_isuf_code"),
            "recipient.address.number": (self.shop, "street_number"),
            "technician.email": (self.company, "fbr_technician_email"),
            "authorized_readers[3]": (self.company, "fbr_authorized_readers"),
            "series": (self.move.journal_id, "l10n_br_invoice_serial"),
            "payments[0].method": (self.move, "preferred_payment_method_line_id"),
            "bill.instalments[0].due": (self.move, "invoice_payment_term_id"),
            "final_consumer": (self.move, "fbr_final_consumer"),
            "issued_at": (self.move, "invoice_date"),
            "": (self.move, ""),
            "infNFe/det[1]/prod/NCM": (self.chair, "fbr_ncm"),
            "infNFe/ide/cUF": (self.move, ""),
        }.items():
            with self.subTest(path):
                self.assertEqual(self.move._fbr_place(path), place)

    def test_every_field_of_the_table_exists(self):
        for model, names in (
            ("product.product", PRODUCT_FIELDS),
            ("res.partner", PARTNER_FIELDS),
            ("res.company", COMPANY_FIELDS),
            ("account.move", OWN_FIELDS),
        ):
            self.assertEqual(set(names.values()) - set(self.env[model]._fields), set())


@tagged("post_install", "-at_install")
class TestCsrt(InstallationCase):
    """The CSRT is a secret: it goes in, and comes out as a hash only."""

    def test_kept_encrypted_and_never_given_back(self):
        company = self.acme.with_user(self.administrator)
        company.write({"fbr_technician_csrt_id": "01", "fbr_technician_csrt": "G8063VRTNDMO886"})
        company.invalidate_recordset()
        self.assertFalse(company.fbr_technician_csrt)
        self.assertTrue(company.fbr_technician_csrt_kept)
        self.assertNotIn(b"G8063", self.acme.sudo().fbr_technician_csrt_encrypted)
        self.assertEqual(self.acme._fbr_csrt(), "G8063VRTNDMO886")
        company.write({"fbr_technician_csrt": False})
        self.assertEqual(self.acme._fbr_csrt(), "G8063VRTNDMO886", "an empty form keeps it")

    def test_nobody_reads_it(self):
        for user in (self.biller, self.administrator):
            with self.assertRaises(AccessError):
                self.acme.with_user(user).read(["fbr_technician_csrt_encrypted"])


def _paths_into(kind, stem="", within=()):
    """The path of each value that a dataclass of the core holds, tuples by their first element.

    What a kind holds of itself (the item that a return takes back) is told as the item that takes it back.
    """
    for name, annotation in get_type_hints(kind).items():
        inner = {annotation, *get_args(annotation)} - {type(None), type(...)}
        path = stem + name + ("[0]" if get_origin(annotation) is tuple else "")
        yield path
        for each in inner:
            if is_dataclass(each) and each not in within:
                yield from _paths_into(each, f"{path}.", (*within, kind))
