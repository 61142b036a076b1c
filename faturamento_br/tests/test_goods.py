"""What the law asks of goods: inherited from the category, checked whatever way it comes in, told where it lacks."""

from datetime import date

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, new_test_user

from .warm_caches import WarmCase

HOSTILE = (
    "abc",
    "9401690",
    "940169001",
    "9" * 200,
    "😀" * 8,
    "9401\x006900",
    "9401\x076900",
    "９４０１６９００",
    "-4016900",
)


class GoodsCase(WarmCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(freeze_time("2026-11-25 15:00:00"))
        company = cls.env["res.company"].create({"name": "Marcenaria", "country_id": cls.env.ref("base.br").id})
        cls.user = new_test_user(
            cls.env,
            "goods_keeper",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
            groups="base.group_user,product.group_product_manager,account.group_account_invoice",
        )
        cls.env = cls.env(user=cls.user)
        cls.products, cls.categories = cls.env["product.template"], cls.env["product.category"]

    def product(self, name="Cadeira", **values):
        return self.products.create({"name": name, "type": "consu", **values})


class TestInheritance(GoodsCase):
    def test_own_value_wins_then_the_nearest_category(self):
        furniture = self.categories.create({"name": "Móveis", "fbr_ncm": "9403.60.00", "fbr_origin": "1"})
        tables = self.categories.create({"name": "Mesas", "parent_id": furniture.id})
        table = self.product("Mesa", categ_id=tables.id)
        chair = self.product("Cadeira", categ_id=tables.id, fbr_ncm="94016900", fbr_origin="2")
        self.assertEqual((table.fbr_effective_ncm, table._fbr_origin_in_use()), ("94036000", "1"))
        self.assertEqual((chair.fbr_effective_ncm, chair._fbr_origin_in_use()), ("94016900", "2"))
        self.assertFalse(table.fbr_ncm, "the category's value is not copied")
        self.assertIn("9403.60.00", table.fbr_ncm_hint)
        self.assertIn("Móveis", table.fbr_ncm_hint)

        furniture.fbr_ncm = "94035000"
        self.assertEqual((table.fbr_effective_ncm, chair.fbr_effective_ncm), ("94035000", "94016900"))
        tables.fbr_ncm = "94034000"
        self.assertEqual(table.fbr_effective_ncm, "94034000")
        tables.parent_id = False
        tables.fbr_ncm = False
        self.assertFalse(table.fbr_effective_ncm)
        self.assertEqual(table._fbr_origin_in_use(), "0", "nobody says it: national")

    def test_a_category_reaches_its_products_in_few_statements(self):
        """As many statements for thirty products as for three."""
        counts = []
        for number in (3, 30):
            category = self.categories.create({"name": f"Móveis {number}"})
            self.products.create([{"name": f"Mesa {n}", "categ_id": category.id} for n in range(number)])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            category.fbr_ncm = "94036000"
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)

    def test_ipi_is_taken_whole_or_not_at_all(self):
        """A product's own situation never meets its category's rate."""
        category = self.categories.create({"name": "Móveis", "fbr_ipi_cst": "50", "fbr_ipi_rate": 5.0})
        self.assertEqual(self.product(categ_id=category.id)._fbr_ipi_holder(), category)
        exempt = self.product(categ_id=category.id, fbr_ipi_cst="52")
        self.assertEqual(exempt._fbr_ipi_holder(), exempt)
        self.assertIsNone(self.product(categ_id=category.id, fbr_ipi_cst="none")._fbr_ipi_holder())
        self.assertIsNone(self.product()._fbr_ipi_holder())

    def test_the_form_looks_codes_up_and_offers_the_cest(self):
        ncm = self.env["faturamento_br.ncm"].search([("code", "=", "32081010")])
        with Form(self.products) as form:
            form.name = "Tinta"
            form.fbr_ncm_id = ncm
        paint = form.record
        self.assertEqual((paint.fbr_ncm, paint.fbr_effective_ncm, paint.fbr_ncm_id), ("32081010", "32081010", ncm))
        self.assertIn("24.001.00", paint.fbr_to_check)
        with Form(paint) as form:
            form.fbr_ncm_id = ncm.browse()
        self.assertFalse(paint.fbr_ncm)
        self.assertEqual(self.products.search([("fbr_ncm_id", "ilike", "tinta")]) & paint, paint.browse())
        paint.fbr_ncm_id = ncm
        self.assertIn(paint, self.products.search([("fbr_ncm_id", "ilike", "tinta")]))
        self.assertIn(paint, self.products.search([("fbr_ncm_id", "=", ncm.id)]))
        self.assertNotIn(paint, self.products.search([("fbr_ncm_id", "=", False)]))

    def test_taxable_unit(self):
        units, kilos, grams = map(self.env.ref, ("uom.product_uom_unit", "uom.product_uom_kgm", "uom.product_uom_gram"))
        screw = self.product("Parafuso", fbr_ncm="73181500", fbr_taxable_uom_id=kilos.id)
        self.assertTrue(screw.fbr_needs_factor)
        self.assertIn(screw, self.products.search([("fbr_is_ready", "=", False)]))
        screw.fbr_taxable_factor = 0.0125
        self.assertFalse(screw.fbr_missing)
        taxable = screw.product_variant_id._fbr_taxable(units, 1001)
        self.assertEqual((taxable[0], str(taxable[1])), (kilos, "12.5125"))
        flour = self.product("Farinha", fbr_ncm="11010010", uom_id=grams.id, fbr_taxable_uom_id=kilos.id)
        self.assertFalse(flour.fbr_needs_factor)
        self.assertEqual(str(flour.product_variant_id._fbr_taxable(grams, 750)[1]), "0.7500")
        self.assertIsNone(self.product().product_variant_id._fbr_taxable(units, 5))

    def test_gtin(self):
        for barcode, gtin in {
            "7891000315507": "7891000315507",
            "7891000315508": "",  # wrong check digit
            "2000000000008": "",  # for use inside the company
            "ABC": "",
        }.items():
            product = self.product(barcode=barcode)
            self.assertEqual(product.product_variant_id._fbr_gtin(), gtin)
            self.assertEqual(bool(product.fbr_to_check), barcode == "7891000315508", barcode)


class TestInput(GoodsCase):
    def test_codes_are_kept_bare(self):
        for written in ("9401.69.00", " 94016900 ", "9401 69 00", "94016900.0"):
            self.assertEqual(self.product(fbr_ncm=written).fbr_ncm, "94016900", written)
        self.assertEqual(self.product(fbr_cest="24.001.00").fbr_cest, "2400100")

    def test_hostile_codes_are_told_by_name_and_leave_nothing(self):
        before = self.products.search_count([])
        for field, label in (("fbr_ncm", "NCM"), ("fbr_cest", "CEST"), ("fbr_ipi_frame", "IPI frame")):
            for value in HOSTILE:
                with self.assertRaises(ValidationError) as caught, self.env.cr.savepoint():
                    self.product("Mesa 😀", **{field: value})
                self.assertIn("Mesa 😀", str(caught.exception))
                self.assertIn(label, str(caught.exception))
                self.assertLess(len(str(caught.exception)), 300)
                self.assertNotRegex(str(caught.exception), r"[\x00-\x08]")
        self.assertEqual(self.products.search_count([]), before)
        product = self.product(fbr_ncm="94016900")
        with self.assertRaises(ValidationError):
            product.fbr_ncm = "94"
        self.assertEqual(product.fbr_ncm, "94016900")

    def test_all_wrong_codes_at_once(self):
        with self.assertRaises(ValidationError) as caught:
            self.products.create(
                [{"name": "Um", "fbr_ncm": "1", "fbr_cest": "2"}, {"name": "Dois", "fbr_ncm": "94999999"}]
            )
        self.assertEqual(len(str(caught.exception).splitlines()), 3)

    def test_numbers(self):
        for field, values in {"fbr_ipi_rate": (-1, 1000, 1e12), "fbr_taxable_factor": (-1, 1e9)}.items():
            for value in values:
                with self.assertRaises(ValidationError, msg=f"{field} {value}"), self.env.cr.savepoint():
                    self.product(**{field: value})
        for field in ("fbr_origin", "fbr_ipi_cst"):
            with self.assertRaises(ValueError), self.env.cr.savepoint():
                self.product(**{field: "x"})

    def test_a_code_that_ended_or_never_was(self):
        with self.assertRaisesRegex(ValidationError, "3913.90.50"):
            self.product(fbr_ncm="39139050")
        with freeze_time("2026-09-30 15:00:00"):
            kept = self.product(fbr_ncm="39139050")
            self.assertFalse(kept.fbr_missing)
        kept.invalidate_recordset()
        self.assertTrue(kept.fbr_missing)
        kept.write({"name": "Quitosana", "fbr_ncm": "39139050"})  # what it was is not judged again
        with self.assertRaises(ValidationError):
            self.product(fbr_ncm="94999999")

    def test_import_tells_each_wrong_line_and_writes_nothing(self):
        rows = [
            ["Cadeira importada", "9401.69.00", "2"],
            ["Cavalo importado", "1012100", ""],
            ["Mesa importada", "94036000", "x"],
            ["Banco importado", "9401690O", ""],
        ]
        for model in ("product.template", "product.product"):
            result = self.env[model].load(["name", "fbr_ncm", "fbr_origin"], rows[:2] + rows[3:])
            self.assertFalse(result["ids"])
            self.assertEqual([message["record"] for message in result["messages"]], [1, 2])
            self.assertIn("01012100", result["messages"][0]["message"], "the zero a spreadsheet ate")
            self.assertIn("Banco importado", result["messages"][1]["message"])
        bad_origin = self.products.load(["name", "fbr_ncm", "fbr_origin"], rows[2:3])
        self.assertEqual((bad_origin["ids"], bad_origin["messages"][0]["field"]), (False, "fbr_origin"))
        self.assertFalse(self.products.search([("name", "ilike", "importad")]))
        good = self.products.load(["name", "fbr_ncm", "fbr_ncm_id"], [["Cadeira importada", "", "9401.69.00"]])
        self.assertEqual(self.products.browse(good["ids"]).fbr_ncm, "94016900")

    def test_a_category_is_checked_too(self):
        with self.assertRaisesRegex(ValidationError, "Móveis"):
            self.categories.create({"name": "Móveis", "fbr_ncm": "9403"})


class TestReady(GoodsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.categories.create({"name": "Tintas", "fbr_cest": "2400100"})
        with freeze_time("2026-09-30 15:00:00"):
            cls.ended = cls.products.create({"name": "Quitosana", "type": "consu", "fbr_ncm": "39139050"})
        cls.bare = cls.products.create({"name": "Sem nada", "type": "consu"})
        cls.chair = cls.products.create({"name": "Cadeira", "type": "consu", "fbr_ncm": "94016900"})
        cls.paint = cls.products.create({"name": "Tinta", "type": "consu", "fbr_ncm": "32081010"})
        cls.service = cls.products.create({"name": "Montagem", "type": "service"})
        cls.all = cls.ended | cls.bare | cls.chair | cls.paint | cls.service

    def having(self, *domain):
        return self.products.search([("id", "in", self.all.ids), *domain])

    def test_filters_and_words_agree(self):
        self.assertEqual(self.having(("fbr_is_ready", "=", False)), self.all.filtered("fbr_missing"))
        self.assertEqual(self.having(("fbr_is_ready", "=", False)), self.ended | self.bare)
        self.assertEqual(self.having(("fbr_is_ready", "=", True)), self.chair | self.paint | self.service)
        self.assertEqual(self.having(("fbr_ncm_is_wrong", "=", True)), self.ended)
        self.assertEqual(self.having(("fbr_may_need_cest", "=", True)), self.paint)
        self.assertEqual(self.all.filtered("fbr_may_need_cest"), self.paint)
        self.paint.categ_id = self.category
        self.assertFalse(self.having(("fbr_may_need_cest", "=", True)), "the category has it")

    def test_a_rule_of_substitution_asks_for_the_cest(self):
        """Only of the goods the rule is for, in the companies of the user."""
        company = self.env["res.company"].sudo().create({"name": "Lojas", "country_id": self.env.ref("base.br").id})
        self.user.sudo().company_ids += company
        rule = {"cfop": "5405", "icms_csosn": "500", "ncm_prefix": "3208", "scope": "inside"}
        self.env["faturamento_br.operation"].sudo().create(
            {"name": "Venda ST", "company_id": company.id, "rule_ids": [Command.create(rule)]}
        )
        products = self.all.with_context(allowed_company_ids=company.ids)
        self.assertEqual(
            products.search([("id", "in", self.all.ids), ("fbr_is_ready", "=", False)]),
            (self.ended | self.bare | self.paint),
        )
        self.assertIn("CEST", products.filtered(lambda one: one == self.paint).fbr_missing)
        own = self.paint.with_context(allowed_company_ids=self.user.company_id.ids)
        self.assertFalse(own.fbr_missing, "another company has no such rule")

    def test_fill_many_at_once(self):
        wizard = self.env["faturamento_br.fill_goods"].with_context(
            active_model="product.template", active_ids=(self.bare | self.ended).ids
        )
        with self.assertRaises(UserError):
            wizard.create({}).action_fill()
        ncm = self.env["faturamento_br.ncm"].search([("code", "=", "94036000")])
        wizard.create({"ncm_id": ncm.id}).action_fill()
        self.assertEqual((self.bare | self.ended).mapped("fbr_ncm"), ["94036000", "94036000"])
        clerk = new_test_user(self.env(su=True), "goods_reader", groups="base.group_user")
        with self.assertRaises(AccessError):
            wizard.with_user(clerk).create({"ncm_id": ncm.id}).action_fill()

    def test_the_only_cest_of_an_ncm(self):
        self.all.action_fbr_use_only_cest()
        self.assertEqual(self.paint.fbr_cest, "2400100")
        self.assertFalse(self.chair.fbr_cest or self.bare.fbr_cest)

    def test_expired_on_the_day_of_the_document(self):
        self.assertEqual(self.ended._fbr_lacks(date(2026, 9, 30)), [])
        self.assertEqual(self.ended._fbr_lacks(date(2026, 10, 1)), [("ncm_ended", "fbr_ncm")])
        self.assertEqual(self.chair._fbr_lacks(date(2020, 1, 1)), [("ncm_future", "fbr_ncm")])
        self.assertEqual(self.service._fbr_lacks(date(2026, 10, 1)), [])


class TestScreens(GoodsCase):
    """Product screens are no slower: what the add-on adds is a handful of statements, whatever the rows."""

    def queries(self, act):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        act()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_opening_and_listing(self):
        view = self.env["product.template"].get_view(view_type="form")
        names = self._fields_of(view["arch"])
        ours = {name for name in names if name.startswith("fbr_")}
        self.assertGreater(len(ours), 8)
        products = self.products.create([{"name": f"Mesa {n}", "fbr_ncm": "94036000"} for n in range(20)])
        products.web_read({"fbr_missing": {}, "fbr_ncm_id": {"fields": {"display_name": {}}}})  # tables in memory

        def read(records, fields):
            relational = {name for name in fields if self.products._fields[name].relational}
            return records.web_read({n: {"fields": {"display_name": {}}} if n in relational else {} for n in fields})

        without = self.queries(lambda: read(products[:1], names - ours))
        self.assertLessEqual(self.queries(lambda: read(products[:1], names)), without + 4)
        one, twenty = (self.queries(lambda rows=rows: read(rows, ours)) for rows in (products[:1], products))
        self.assertLessEqual(twenty, one + 1)

    def test_saving(self):
        values = {"name": "Mesa", "type": "consu"}
        self.product(fbr_ncm="94036000")
        plain = self.queries(lambda: self.products.create(values))
        self.assertLessEqual(self.queries(lambda: self.products.create({**values, "fbr_ncm": "94036000"})), plain + 1)
        product = self.product()
        product.write({"name": "Mesa 1"})
        self.assertLessEqual(
            self.queries(lambda: product.write({"name": "Mesa 3", "fbr_ncm": "94036000"})),
            self.queries(lambda: product.write({"name": "Mesa 2"})) + 2,
        )

    def test_filters_do_not_grow(self):
        counts = []
        for number in (5, 50):
            self.products.create([{"name": f"Mesa {n}"} for n in range(number)])
            counts.append(self.queries(lambda: self.products.search([("fbr_is_ready", "=", False)], limit=80)))
        self.assertLessEqual(counts[1], counts[0])

    def _fields_of(self, arch):
        from lxml import etree

        root = etree.fromstring(arch)
        return {
            node.get("name") for node in root.iter("field") if not any(True for _ in node.iterancestors("field"))
        } & set(self.products._fields)
