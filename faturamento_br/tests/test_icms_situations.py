"""Every CST and CSOSN as people meet it: typed on the rule's screen, sold on an invoice, explained, written, valid."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from lxml import etree
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from ..fiscal.documents import document_type
from ..fiscal.spec import IcmsRule
from ..fiscal.taxes import engine
from ..models.tax_rule import ICMS_CSOSNS, ICMS_CSTS
from ..models.tax_rule_import import COLUMNS
from .taxes_common import AmountsCase

D = Decimal
ISSUED_AT = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))
FUND = {"fcp_mode": "fixed", "fcp_rate": 2.0}
MARGIN = {"st_mode": "4", "st_margin": 40.0, "st_rate": 18.0, "st_fcp_mode": "fixed"}
ST_FUND = {**MARGIN, "st_fcp_rate": 2.0, "st_reduction": 10.0}
PRICE = {"st_mode": "5", "st_price": 1500.0, "st_rate": 18.0, "st_fcp_mode": "fixed"}
RELIEF = {"icms_relief_reason": "9", "icms_relief_method": "base"}
OFF = {"icms_relief_deducts": True}
#: Situation, what is typed on the rule (in the order of the screen), and what the NF-e says: group and values.
INSIDE = [
    ("00", FUND, "ICMS00", {"vBC": "1000.00", "vICMS": "180.00", "pFCP": "2.0000", "vFCP": "20.00"}),
    ("00", {"icms_base_mode": "0", "icms_base_margin": 10.0}, "ICMS00", {"modBC": "0", "vBC": "1100.00"}),
    ("00", {"icms_base_mode": "1", "icms_base_price": 1200.0}, "ICMS00", {"modBC": "1", "vBC": "1200.00"}),
    ("10", MARGIN, "ICMS10", {"pMVAST": "40.0000", "vBCST": "1400.00", "vICMSST": "72.00"}),
    (
        "10",
        {**ST_FUND, "st_relief_reason": "3"},
        "ICMS10",
        {"pRedBCST": "10.0000", "vBCST": "1260.00", "vICMSST": "46.80", "vFCPST": "25.20", "vICMSSTDeson": "25.20"},
    ),
    (
        "10",
        {"icms_share_rate": 60.0, "icms_share_state_id": "MG", **MARGIN},
        "ICMSPart",
        {"vBC": "600.00", "pBCOp": "60.0000", "UFST": "MG", "vICMSST": "144.00"},
    ),
    (
        "20",
        {"icms_reduction": 50.0, **RELIEF},
        "ICMS20",
        {"pRedBC": "50.0000", "vICMS": "90.00", "vICMSDeson": "90.00", "motDesICMS": "9", "indDeduzDeson": "0"},
    ),
    (
        "30",
        {**RELIEF, **MARGIN, "st_deducts_relief": True},
        "ICMS30",
        {"vBCST": "1400.00", "vICMSST": "72.00", "vICMSDeson": "180.00"},
    ),
    (
        "40",
        {"icms_relief_reason": "1", "icms_relief_method": "inside", "icms_rate": 12.0},
        "ICMS40",
        {"CST": "40", "vICMSDeson": "136.36", "motDesICMS": "1", "indDeduzDeson": "0"},
    ),
    ("40", {**RELIEF, **OFF}, "ICMS40", {"CST": "40", "vICMSDeson": "180.00", "indDeduzDeson": "1"}),
    ("41", RELIEF, "ICMS40", {"CST": "41", "vICMSDeson": "180.00"}),
    ("50", {**RELIEF, **OFF, "icms_rate": 7.0}, "ICMS40", {"CST": "50", "vICMSDeson": "70.00"}),
    (
        "51",
        {"icms_deferral": 33.33, "icms_fcp_deferral_mode": "due", **FUND},
        "ICMS51",
        {"vICMSOp": "180.00", "pDif": "33.3300", "vICMSDif": "59.99", "vICMS": "120.01", "vFCP": "20.00"},
    ),
    (
        "51",
        {
            "icms_reduction": 20.0,
            "icms_deferral": 100.0,
            "icms_fcp_deferral_mode": "part",
            "icms_fcp_deferral": 50.0,
            "icms_reduction_benefit": "PR810001",
            **FUND,
        },
        "ICMS51",
        {"cBenefRBC": "PR810001", "vBC": "800.00", "vICMS": "0.00", "vFCPDif": "8.00", "vFCPEfet": "8.00"},
    ),
    ("51", {"icms_states_none": True}, "ICMS51", {"vBC": None}),
    (
        "60",
        {"icms_effective_rate": 18.0, "icms_effective_reduction": 10.0},
        "ICMS60",
        {
            "vBCSTRet": "1300.00",
            "pST": "20.0000",
            "vICMSSubstituto": "90.00",
            "vICMSSTRet": "144.00",
            "vFCPSTRet": "26.00",
            "vBCEfet": "900.00",
            "vICMSEfet": "162.00",
        },
    ),
    (
        "70",
        {"icms_reduction": 30.0, **RELIEF, **ST_FUND, "st_relief_reason": "12"},
        "ICMS70",
        {"vBC": "700.00", "vICMS": "126.00", "vICMSDeson": "54.00", "vBCST": "1260.00", "vFCPST": "25.20"},
    ),
    ("90", {"icms_states_none": True}, "ICMS90", {"vICMS": None}),
    (
        "90",
        {
            "icms_rate": 18.0,
            "icms_reduction": 5.0,
            "icms_deferral": 10.0,
            "icms_fcp_deferral_mode": "part",
            "icms_fcp_deferral": 10.0,
            "icms_reduction_benefit": "RS00000012",
            **FUND,
            **RELIEF,
            **OFF,
            **ST_FUND,
        },
        "ICMS90",
        {"cBenefRBC": "RS00000012", "vBC": "950.00", "vICMSDif": "17.10", "vICMS": "153.90", "vICMSDeson": "9.00"},
    ),
]
INTERSTATE = [
    ("41", {}, "ICMSST", {"CST": "41", "vBCSTDest": "1350.00", "vICMSSTDest": "162.00", "vBCSTRet": "1300.00"}),
    ("60", {"icms_effective_rate": 18.0}, "ICMSST", {"CST": "60", "vICMSSTDest": "162.00", "vICMSEfet": "180.00"}),
    (
        "10",
        {"st_mode": "6", "st_difference": "single", "st_rate": 20.0, "st_fcp_mode": "fixed"},
        "ICMS10",
        {"modBCST": "6", "vBCST": "1000.00", "vICMSST": "80.00"},
    ),
]
SIMPLES = [
    ("101", {"icms_credit_rate": 1.36}, "ICMSSN101", {"vCredICMSSN": "13.60"}),
    ("102", {}, "ICMSSN102", {}),
    ("103", {}, "ICMSSN102", {"CSOSN": "103"}),
    ("201", {"icms_credit_rate": 1.36, **ST_FUND}, "ICMSSN201", {"vICMSST": "46.80", "vCredICMSSN": "13.60"}),
    ("202", MARGIN, "ICMSSN202", {"vBCST": "1400.00", "vICMSST": "72.00"}),
    ("203", {"icms_reduction": 50.0, **PRICE}, "ICMSSN202", {"vBCST": "1500.00", "vICMSST": "180.00"}),
    ("300", {}, "ICMSSN102", {"CSOSN": "300"}),
    ("400", {}, "ICMSSN102", {"CSOSN": "400"}),
    ("500", {"icms_effective_rate": 18.0}, "ICMSSN500", {"vICMSSTRet": "144.00", "vICMSEfet": "180.00"}),
    ("900", {"icms_states_none": True}, "ICMSSN900", {"vICMS": None}),
    (
        "900",
        {"icms_rate": 12.0, "icms_reduction": 10.0, "icms_credit_rate": 2.0, **MARGIN},
        "ICMSSN900",
        {"vBC": "900.00", "vICMS": "108.00", "vCredICMSSN": "20.00", "vICMSST": "144.00"},
    ),
]
#: Figures of ten units for each line of one: the unit of stock is smaller than the one sold.
RETAINED = {
    "base": 130.0,
    "rate": 20.0,
    "substitute": 9.0,
    "amount": 14.4,
    "origin": "NF-e 77",
    "fcp_base": 130.0,
    "fcp_rate": 2.0,
    "fcp_amount": 2.6,
}


@tagged("post_install", "-at_install")
class TestIcmsSituations(AmountsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        root = cls.env(su=True, user=cls.env.ref("base.user_root"))
        cls.simples = cls.make_company("Loja do Simples Ltda", "11444777000161", "SP", fbr_crt="1")
        every = cls.company | cls.simples
        city = root["res.city"].search([("fbr_ibge_code", "=", "3550308")])
        place = {"city_id": city.id, "street_name": "Rua Augusta", "street_number": "1", "street2": "Consolação"}
        every.partner_id.with_env(root).write({**place, "zip": "01305-000"})
        cls.shop.sudo().vat, cls.carioca.sudo().vat = "12.ABC.345/01DE-35", "33.000.167/0001-01"
        cls.user.sudo().company_ids = [Command.set(every.ids)]
        cls.accountant = new_test_user(
            root,
            "accountant_icms",
            groups="account.group_account_manager,base.group_allow_export",
            company_id=cls.company.id,
            company_ids=[Command.set(every.ids)],
        )
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": every.ids})
        cls.dozen = root["uom.uom"].create(
            {"name": "Caixa com 10", "relative_factor": 10, "relative_uom_id": root.ref("uom.product_uom_unit").id}
        )

    def accounting(self, company):
        return self.env["faturamento_br.tax_rule"].with_user(self.accountant).with_company(company)

    def goods(self, code, company, place):
        """A product for one row of a table, with what was withheld on it before."""
        product = self.make_product(f"Item {code}.{place}", "94016100", fbr_cest="2806400", fbr_ipi_cst="none")
        withheld = product.product_tmpl_id.with_user(self.accountant).fbr_retained_ids
        before = {**RETAINED, "product_tmpl_id": product.product_tmpl_id.id, "company_id": company.id}
        withheld.create({**before, "day": "2026-10-01"})
        withheld.create({**before, "day": "2026-11-21", "base": 999.0})  # bought after the sale
        passed_on = {"state_id": self.carioca.state_id.id, "destination_base": 135.0, "destination_amount": 16.2}
        withheld.create({**before, "day": "2026-09-01", **passed_on})
        return product

    def typed(self, company, product, code, values, scope):
        """A rule as an accountant types it: a field that the screen does not show cannot be."""
        field = "icms_cst" if len(code) == 2 else "icms_csosn"
        st = "st_mode" in values or code in ("60", "500")
        cfop = {"inside": ("5405" if code in ("60", "500") else "5403") if st else "5102"}.get(
            scope, ("6404" if code == "60" else "6403") if st else "6102"
        )
        with Form(self.accounting(company)) as form:
            form.product_tmpl_id = product.product_tmpl_id
            form.scope = scope
            form.cfop_id = self.env["faturamento_br.cfop"].search([("code", "=", cfop)])
            form[field] = code
            for name, value in values.items():
                if name == "icms_share_state_id":
                    value = self.env.ref(f"base.state_br_{value.lower()}")
                setattr(form, name, value)
        return form.record

    def sold(self, company, rows, scope, partner, **values):
        """The draft invoice with a line for each row, whose rules were typed; and those rules."""
        rules, lines = self.accounting(company).browse(), []
        for place, (code, typed, _group, _said) in enumerate(rows):
            product = self.goods(code, company, place)
            rules += self.typed(company, product, code, typed, scope)
            lines.append(
                {"product_id": product.id, "quantity": 1.0, "price_unit": 1000.0, "product_uom_id": self.dozen.id}
            )
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "company_id": company.id,
                "invoice_date": "2026-11-20",
                "invoice_line_ids": [Command.create(line) for line in lines],
                **values,
            }
        )
        return move, rules

    def written(self, move):
        """The group ICMS of each item, after the XSD found nothing wrong with any of it."""
        problems, _notes = move._fbr_preflight()
        self.assertEqual([f"{each.problem}" for each in problems], [])
        spec = move.sudo()._fbr_spec(
            environment="simulator", series=1, number=7, numeric_code="83746152", issued_at=ISSUED_AT
        )
        built = document_type("55").build(engine.tax_invoice(spec))
        root = etree.fromstring(etree.tostring(built.element))
        return [group[0] for group in root.iter("{*}ICMS")]

    def assert_said(self, move, rows):
        groups = self.written(move)
        self.assertEqual(len(groups), len(rows))
        for group, line, (code, typed, tag, said) in zip(groups, move.invoice_line_ids, rows, strict=True):
            with self.subTest(code=code, typed=typed):
                self.assertEqual(etree.QName(group).localname, tag)
                found = {name: group.findtext(f"{{*}}{name}") for name in said}
                self.assertEqual(found, said)
                self.assert_explained(move, line, group)
        self.assert_same(move)

    def assert_explained(self, move, line, group):
        """“Why?” names the rule and tells each amount of ICMS that the XML has."""
        steps = move._fbr_explained(line)
        icms = [step for step in steps if step.tax in ("icms", "icms_st")]
        self.assertIn(line.product_id.product_tmpl_id.display_name, icms[0].rule.name)
        told = {each.tag for step in icms for each in step.lines}
        for tag in ("vICMS", "vICMSDif", "vICMSDeson", "vICMSST", "vFCPST", "vICMSSTRet", "vICMSEfet", "vICMSSTDeson"):
            if group.findtext(f"{{*}}{tag}"):
                self.assertIn(tag, told)

    def test_no_situation_is_left_out(self):
        walked = {row[0] for row in INSIDE + INTERSTATE}
        self.assertEqual(walked, {code for code, _name in ICMS_CSTS if code not in ("02", "15", "53", "61")})
        self.assertEqual({row[0] for row in SIMPLES}, {code for code, _name in ICMS_CSOSNS})

    @pytest.mark.prove
    def test_normal_regime_inside_the_state(self):
        move, rules = self.sold(self.company, INSIDE, "inside", self.shop)
        self.assert_said(move, INSIDE)
        self.assert_comes_back(rules)

    def test_normal_regime_to_another_state(self):
        move, rules = self.sold(self.company, INTERSTATE, "interstate", self.carioca, fbr_final_consumer=True)
        self.assert_said(move, INTERSTATE)
        self.assert_comes_back(rules)

    @pytest.mark.prove
    def test_simples(self):
        move, rules = self.sold(self.simples, SIMPLES, "inside", self.shop)
        self.assert_said(move, SIMPLES)
        self.assert_comes_back(rules)

    def assert_comes_back(self, rules):
        """The rules by Odoo's export, and in again by its import: the same."""
        exported = rules.export_data(list(COLUMNS))["datas"]
        said = [list(rule._fbr_said()) for rule in rules]
        rules.unlink()
        result = rules.load(list(COLUMNS), [[str(cell) if cell else "" for cell in row] for row in exported])
        self.assertEqual(result["messages"], [])
        self.assertEqual([list(rule._fbr_said()) for rule in rules.browse(result["ids"])], said)

    # --- What is told when a rule is saved -----------------------------------------------------------------------

    def test_all_that_is_wrong_is_told_when_saving(self):
        rules = self.accounting(self.company)
        with self.assertRaises(ValidationError) as told:
            rules.create(
                {
                    "ncm_prefix": "9401",
                    "icms_cst": "20",
                    "icms_relief_reason": "7",
                    "icms_effective_rate": 18.0,
                    "icms_states_none": True,
                    "icms_credit_rate": 1.0,
                    "icms_fcp_deferral_mode": "part",
                    "icms_base_mode": "1",
                }
            )
        text = str(told.exception)
        for label in (
            *("Base reduction %", "Reason of the exempted ICMS", "Exempted ICMS found as", "Effective ICMS %"),
            *("no own ICMS", "deferred FCP", "ICMS: price by unit"),
        ):
            self.assertIn(label, text)
        with self.assertRaisesRegex(ValidationError, "choose the ICMS situation"):
            rules.create({"ncm_prefix": "9401", "pis_cst": "06", "icms_relief_reason": "9"})
        with self.assertRaisesRegex(ValidationError, "cannot have it taken off again"):
            rules.create({"icms_cst": "40", **RELIEF, **OFF, "icms_relief_method": "inside"})
        with self.assertRaisesRegex(ValidationError, "ICMS: margin %"):
            rules.create({"icms_cst": "40", "icms_base_margin": 30.0})

    def test_another_situation_forgets_what_it_does_not_use(self):
        with Form(self.accounting(self.company)) as form:
            form.ncm_prefix = "9401"
            form.icms_cst = "90"
            form.icms_reduction, form.icms_deferral, form.icms_relief_reason = 20.0, 30.0, "9"
            form.icms_relief_method, form.icms_relief_deducts, form.icms_base_mode = "base", True, "0"
            form.icms_base_margin, form.fcp_mode, form.fcp_rate = 10.0, "fixed", 2.0
            form.icms_cst = "60"
            form.icms_effective_rate = 18.0
        [(_subject, said)] = form.record._fbr_said()
        self.assertEqual(said, IcmsRule(cst="60", effective_rate=Decimal(18)))

    # --- What is taken off the total -----------------------------------------------------------------------------

    def test_the_forgone_tax_comes_off_the_total_and_revenue_stays_gross(self):
        self.accounting(self.company).create(
            {"ncm_prefix": "94016100", "scope": "inside", "icms_cst": "40", **RELIEF, **OFF}
        )
        move = self.invoice((self.chair, 1, 1000.0), (self.table, 1, 500.0), (self.freight, 1, 150.0))
        self.assertEqual(move.amount_total, 1479.50)  # 1650.00 + 5 % IPI of 550.00 − 18 % of 1100.00
        self.assert_same(move)
        journal = self.journal(move)
        self.assertEqual(journal["3.01.01.01.02.02", "tax"], 198.00)
        revenue = sum(balance for (_code, kind), balance in journal.items() if kind == "product")
        self.assertEqual(revenue, -1650.00)
        named = [group for subtotal in move.tax_totals["subtotals"] for group in subtotal["tax_groups"]]
        self.assertIn(("ICMS desonerado", -198.0), [(each["group_name"], each["tax_amount"]) for each in named])
        move.action_post()
        self.assertEqual(self.journal(move), journal)
        wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=move.ids)
        refund = self.env["account.move"].browse(
            wizard.create({"journal_id": move.journal_id.id, "date": "2026-11-25"}).refund_moves()["res_id"]
        )
        self.assertEqual(self.journal(refund), {key: -balance for key, balance in journal.items()})

    # --- What was withheld before --------------------------------------------------------------------------------

    def test_who_writes_what_was_withheld_and_what_is_refused(self):
        rows = self.env["faturamento_br.st_retained"]
        values = {**RETAINED, "product_tmpl_id": self.chair.product_tmpl_id.id, "company_id": self.company.id}
        with self.assertRaises(AccessError):
            rows.create(values)
        rows = rows.with_user(self.accountant)
        row = rows.create({**values, "day": "2026-11-01"})
        self.assertEqual(row.with_user(self.user).base, 130.0)
        with self.assertRaises(AccessError):
            row.with_user(self.user).base = 1.0
        with self.assertRaises(ValidationError) as told:
            rows.create({**values, "day": "2026-11-02", "base": 0.0, "fcp_rate": 0.0, "destination_base": -1.0})
        self.assertEqual(len(str(told.exception).splitlines()), 4)
        seller = new_test_user(
            self.env(su=True, user=self.env.ref("base.user_root")),
            "seller_icms",
            groups="sales_team.group_sale_salesman",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.accounting(self.company).create({"ncm_prefix": "9401", "scope": "inside", "icms_cst": "60"})
        order = self.env["sale.order"].with_user(seller).with_context(allowed_company_ids=self.company.ids)
        order = order.create(
            {
                "partner_id": self.shop.id,
                "company_id": self.company.id,
                "user_id": seller.id,
                "order_line": [Command.create({"product_id": self.chair.id, "product_uom_qty": 3, "price_unit": 10})],
            }
        )
        [item] = order._fbr_items()
        self.assertEqual((item.rules.icms.retained_base, item.rules.icms.retained_amount), (D("390"), D("43.20")))

    def test_figures_of_many_products_are_read_together(self):
        self.accounting(self.company).create({"ncm_prefix": "94", "scope": "inside", "icms_cst": "60"})
        asked = {}
        for count in (2, 12):
            lines = [(self.goods("60", self.company, f"{count}-{place}"), 1, 10.0) for place in range(count)]
            move = self.invoice(*lines)
            self.env.flush_all()
            self.env.invalidate_all()
            self.env.cr.cache.clear()
            before = self.env.cr.sql_log_count
            items = move._fbr_items()
            asked[count] = self.env.cr.sql_log_count - before
            self.assertEqual({item.rules.icms.retained_base for item in items}, {D("130")})
        self.assertEqual(asked[2], asked[12])
