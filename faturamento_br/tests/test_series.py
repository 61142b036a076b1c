from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .taxes_common import TaxesCase


@tagged("post_install", "-at_install")
class TestSeries(TaxesCase):
    """Numbers: continued from a former system, shared by companies of one CNPJ, and never handed out again."""

    def series(self, company=None):
        series = self.env["faturamento_br.series"].sudo()._of(company or self.company, "55", "simulator", 1)
        return series.with_user(self.manager)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env(su=True), "series_manager", groups="account.group_account_manager", company_id=cls.company.id
        )

    def post(self):
        move = self.invoice((self.chair,))
        move.action_post()
        return move.fbr_document_id.number

    def test_continues_a_former_system(self):
        first = self.post()
        with Form(self.series(), view="faturamento_br.series_view_list") as form:
            self.assertEqual(form.next_number, first + 1)
            form.next_number = 500
        self.assertEqual([self.post(), self.post()], [500, 501])
        self.assertEqual(self.series().next_number, 502)
        self.assertEqual(self.series().number_ids.mapped("number"), [501, 500, first])

    def test_never_goes_back(self):
        number = self.post()
        with self.assertRaisesRegex(ValidationError, f"number {number} is taken already.*{number + 1} or more"):
            self.series().next_number = number
        self.series().next_number = number + 1
        self.assertEqual(self.post(), number + 1)

    def test_a_series_ends(self):
        self.series().next_number = 999_999_999
        self.assertEqual(self.post(), 999_999_999)
        with self.assertRaisesRegex(UserError, "used up: choose another series"):
            self.post()

    @mute_logger("odoo.sql_db")
    def test_no_number_beyond_the_layout(self):
        with self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            self.series().next_number = 1_000_000_000
            self.env.flush_all()
        self.assertEqual(type(caught.exception).__name__, "CheckViolation")

    def test_taken_numbers_stay(self):
        self.post()
        taken = self.series().number_ids
        with self.assertRaises(AccessError):
            taken.unlink()
        with self.assertRaisesRegex(UserError, "never handed out again"):
            taken.sudo().unlink()
        with self.assertRaises(AccessError):
            self.series().with_user(self.user).next_number = 70

    def test_branches_with_one_cnpj_count_together(self):
        """SEFAZ counts by CNPJ: a branch that is an establishment of its own has its own count."""
        branches = self.env(su=True)["res.company"].create(
            [
                {"name": "Showroom", "parent_id": self.company.id, "vat": "11.222.333/0001-81"},
                {"name": "Filial", "parent_id": self.company.id, "vat": "11222333000262"},
                {"name": "Ainda sem CNPJ", "parent_id": self.company.id, "vat": False},
            ]
        )
        self.assertEqual([self.series(branch).sudo().company_id for branch in branches], [self.company, *branches[1:]])
