from unittest.mock import patch

import pytest
from lxml import html
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..fiscal import cstat, rejections
from ..fiscal.outcome import Outcome
from .taxes_common import TaxesCase
from .warm_caches import WarmCase

HOSTILE = "<script>alert(1)</script> <b onmouseover='x'>NCM\x1b[31m\r\n‮" + "A" * 2000 + " [nItem: 2]"
#: Paths that begin at the invoice itself, whatever it says: many fields, or none of ours.
OF_THE_INVOICE = ("", "items", "references", "intermediary", "pickup", "delivery", "transport")


@tagged("post_install", "-at_install")
class TestRejections(TaxesCase):
    """A rejection says what it means, what to do, and opens the record to mend."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stool = cls.make_product("Banco", "94016900")
        cls.env["res.lang"].sudo()._activate_lang("pt_BR")

    def setUp(self):
        super().setUp()
        self.move = self.invoice((self.chair,), (self.stool,), (self.table,))
        self.move.action_post()
        self.document = self.move.fbr_document_id.sudo()
        self.document.state = "sending"
        self.document.item_ids = [
            (0, 0, {"sequence": number, "description": f"Item {number}"}) for number in range(1, 4)
        ]
        self.attempt = self.document.attempt_ids.create(
            {"document_id": self.document.id, "sequence": 1, "access_key": "0" * 44, "signed_xml": b"eA=="}
        )

    def answer(self, code, words, query=False):
        outcome = Outcome(cstat.meaning(code).verdict, code, words, raw=b"")
        answered = self.document._queried if query else self.document._answered
        with patch.object(self.env.cr, "commit", lambda: None):
            answered(self.attempt, outcome)
        return self.document.problem_ids.with_env(self.env)

    def shown(self):
        """What the invoice's alerts say to its user."""
        return [alert for name, alert in self.move._get_alerts().items() if name.startswith("fbr_problem")]

    def test_every_row_leads_to_a_record_and_a_field_of_a_real_invoice(self):
        for row in rejections.dictionary().values():
            with self.subTest(row.code, path=row.path):
                problem = rejections.problem_of(row.code, "Rejeição [nItem: 2]", 3)
                [found] = self.move._fbr_locate([problem])
                self.assertTrue(found.record.exists())
                if found.field:
                    self.assertIn(found.field, found.record._fields)
                if found.record == self.move and not found.field:
                    self.assertIn(problem.path.split(".")[0].split("[")[0], OF_THE_INVOICE)
                if found.record._name == "product.product":
                    self.assertEqual(found.record, self.stool)

    def test_the_item_it_names_leads_to_that_line_s_product(self):
        for item, product in enumerate((self.chair, self.stool, self.table), start=1):
            self.document.state = "sending"
            problem = self.answer("778", f"Rejeição: Informado NCM inexistente [nItem: {item}]")
            self.assertEqual((problem.res_model, problem.res_id), ("product.product", product.id))
            self.assertEqual(problem.res_field, "fbr_ncm")
            self.assertEqual(problem.res_name, f"{product.display_name}: NCM")

    def test_meaning_cure_own_words_and_button(self):
        self.answer("232", "Rejeição: IE do destinatário não informada")
        [alert] = self.shown()
        self.assertIn("has an active state registration (IE)", alert["message"])
        self.assertIn("Fill in the customer's IE", alert["message"])
        self.assertIn("232 Rejeição: IE do destinatário não informada", alert["message"])
        self.assertIn("the number stays the same", alert["message"])
        self.assertEqual((alert["action"]["res_model"], alert["action"]["res_id"]), ("res.partner", self.shop.id))
        self.assertIn(self.shop.display_name, alert["action_text"])
        self.assertIn("IE", alert["action_text"])
        self.assertEqual((self.document.cStat, self.document.state), ("232", "rejected"))

    @pytest.mark.prove
    def test_the_district_is_not_called_by_odoo_s_name_of_its_field(self):
        problem = self.answer("225", "Falha no Schema XML [dest/enderDest/xBairro]")
        self.assertEqual((problem.res_field, problem.res_name), ("street2", self.shop.display_name))

    def test_company_and_certificate_are_in_the_settings_of_who_may_see_them(self):
        problem = self.answer("281", "Rejeição: Certificado Transmissor Data Validade")
        self.assertEqual((problem.res_model, problem.res_field), ("res.company", "fbr_certificate_id"))
        self.assertEqual(problem.action_open()["res_model"], "res.company")
        administrator = self.env.ref("base.user_admin")
        administrator.sudo().write({"company_ids": [(4, self.company.id)]})
        self.assertEqual(problem.with_user(administrator).action_open()["res_model"], "res.config.settings")

    def test_a_code_nobody_knows_is_shown_as_it_came(self):
        problem = self.answer("9876", "Rejeição: Regra de amanhã [nItem: 3]")
        self.assertIn("9876: Rejeição: Regra de amanhã [nItem: 3]", problem.message)
        self.assertEqual((problem.res_model, problem.res_id), ("product.product", self.table.id))

    def test_hostile_words_are_text_and_end(self):
        for code in ("778", "9876"):
            self.document.state = "sending"
            problem = self.answer(code, HOSTILE)
            self.assertLess(len(problem.message), 700)
            self.assertTrue(problem.message.isprintable())
            self.assertLess(len(self.document.xMotivo), 500)
        for message in (*self.move.message_ids, *self.document.message_ids):
            body = html.fromstring(f"<div>{message.body}</div>")
            self.assertFalse(body.xpath("//script | //b | //@onmouseover"), message.body)

    @pytest.mark.prove
    def test_nothing_to_do_says_so(self):
        for code in ("108", "109", "656"):
            self.document.state = "sending"
            problem = self.answer(code, cstat.meaning(code).text)
            self.assertIn("Nothing needs to be done", problem.cure)
            self.assertEqual(self.document.state, "signed")
        for code in ("105", "106", "635", "999", "4321"):
            self.document.state = "sending"
            self.document.next_try_at = "2026-11-25 15:10:00"
            problem = self.answer(code, "Lote em processamento", query=True)
            self.assertRegex(problem.cure, "Nothing needs to be done|nothing to do")
            self.assertEqual(self.document.state, "sending")

    def test_a_voided_number_is_not_used_again(self):
        """206: the invoice would be rejected for ever under the number it has."""
        problem = self.answer("206", "Rejeição: NF-e já está inutilizada na Base de Dados da SEFAZ")
        self.assertIn("takes the next number", problem.cure)
        self.assertFalse([alert for alert in self.shown() if "action" in alert], "nothing to open")
        again = self.document._open_for(self.move.sudo())
        self.assertNotEqual(again, self.document)
        self.assertGreater(again.number, self.document.number)

    def test_a_number_that_another_key_has_is_not_queried_for_ever(self):
        for code in ("562", "613"):
            self.document.state = "sending"
            problem = self.answer(code, "Rejeição: Chave de Acesso difere da existente em BD", query=True)
            self.assertEqual(self.document.state, "rejected")
            self.assertIn("takes the next number", problem.cure)
            self.assertNotEqual(self.document._open_for(self.move.sudo()), self.document)

    def test_a_rejection_that_is_mended_keeps_its_number(self):
        self.answer("778", "Rejeição: Informado NCM inexistente [nItem: 1]")
        self.assertEqual(self.document._open_for(self.move.sudo()), self.document)

    @pytest.mark.prove
    def test_the_answer_is_in_the_language_of_who_issues(self):
        self.document = self.document.with_context(lang="pt_BR")
        problem = self.answer("9876", "Regra de amanhã")
        self.assertEqual(problem.message, "A SEFAZ respondeu 9876: Regra de amanhã")

    def test_what_the_schema_refuses_leads_to_its_product_too(self):
        place = self.move._fbr_place("infNFe/det[2]/prod/NCM")
        self.assertEqual(place, (self.stool, "fbr_ncm"))
        self.assertEqual(self.move._fbr_place("infNFe/dest/enderDest/xBairro"), (self.shop, "street2"))

    # --- Several issued at once ---------------------------------------------------------------------------------

    def result(self, records):
        context = {"active_model": records._name, "active_ids": records.ids}
        return self.env["account.move"].with_context(**context)._fbr_issue_result()

    def test_what_keeps_some_from_being_authorized_is_one_list(self):
        other = self.invoice((self.chair,))
        other.action_post()
        self.answer("778", "Rejeição: Informado NCM inexistente [nItem: 2]")
        for records in (self.move | other, self.document.with_env(self.env) | other.fbr_document_id):
            action = self.result(records)
            self.assertEqual(action["res_model"], "faturamento_br.document.problem")
            found = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual((found.document_id, found.res_name), (self.document, "Banco: NCM"))

    @pytest.mark.prove
    def test_several_that_are_right_refresh_the_screen(self):
        self.assertEqual(self.result(self.move)["tag"], "soft_reload")
        self.assertEqual(self.env["account.move"]._fbr_issue_result()["tag"], "soft_reload")
        self.assertEqual(self.result(self.shop)["tag"], "soft_reload")


@tagged("post_install", "-at_install")
class TestRejectionDictionary(WarmCase):
    """The dictionary on the screen: all answers, found by code or by words, by who issues."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = new_test_user(cls.env, "stranger", groups="base.group_user")
        user = new_test_user(cls.env, "biller_of_words", groups="account.group_account_invoice")
        cls.env = cls.env(user=user)

    def search(self, text, **context):
        return self.env["faturamento_br.rejection"].with_context(**context).search([("search_words", "ilike", text)])

    def test_all_answers_are_there(self):
        answers = self.env["faturamento_br.rejection"].search([])
        self.assertGreaterEqual(len(answers), 650)
        self.assertLessEqual(set(rejections.dictionary()), set(answers.mapped("code")))

    def test_by_code_and_by_words_without_accents_in_any_order(self):
        self.assertEqual(self.search("778").code, "778")
        self.assertIn("233", self.search("destinatario nao CADASTRADA").mapped("code"))
        self.assertIn("778", self.search("inexistente ncm").mapped("code"))
        self.assertFalse(self.search("abracadabra"))
        found = self.env["faturamento_br.rejection"].name_search("ncm inexistente")
        self.assertIn(778, dict(found))

    def test_hostile_searches(self):
        for text in ("%", "_", "'; DROP TABLE res_users; --", "\\", "🙈", "A" * 5000, " "):
            self.search(text).mapped("display_name")

    def test_a_row_says_it_all(self):
        answer = self.env["faturamento_br.rejection"].browse(232)
        self.assertEqual((answer.code, answer.kind, answer.subject), ("232", "ask", "customer"))
        self.assertEqual(answer.display_name, f"232 · {answer.meaning}")
        silent = self.env["faturamento_br.rejection"].browse(501)
        self.assertFalse(silent.meaning)
        self.assertIn("Cancelamento", silent.display_name)

    def test_two_queries_show_a_page(self):
        Answers = self.env["faturamento_br.rejection"]
        Answers.search([], limit=1)
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            Answers.search_fetch([], ["code", "meaning", "cure", "kind", "subject", "official"], limit=80)

    def test_read_only_and_for_who_issues(self):
        answer = self.env["faturamento_br.rejection"].browse(778)
        self.assertTrue(answer.code)
        with self.assertRaises(AccessError):
            answer.write({"meaning": "x"})
        with self.assertRaises(AccessError):
            answer.with_user(self.stranger).read(["code"])
