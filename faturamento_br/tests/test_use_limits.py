from datetime import timedelta
from unittest.mock import patch

import pytest
from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .taxes_common import TaxesCase


@tagged("post_install", "-at_install")
class TestUseLimits(TaxesCase):
    """What SEFAZ would call improper use (656) is not sent: it blocks a company for an hour (NT 2018.002)."""

    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()
        self.document = self.make_document(1)
        # What follows a commit is the sender's own transaction, which a test does not have.
        self.enterContext(patch.object(self.env.cr, "commit", lambda: None))
        self.contact = self.enterContext(patch.object(self.env.registry["res.company"], "_fbr_authorizer"))

    def make_document(self, number, company=None, **values):
        company = company or self.company
        return (
            self.env["faturamento_br.document"]
            .sudo()
            .create(
                {
                    "company_id": company.id,
                    "environment": "simulator",
                    "series": 1,
                    "number": number,
                    "numeric_code": "83746152",
                    "state": "sending",
                    "move_id": self.invoice((self.chair,)).id if company == self.company else False,
                    **values,
                }
            )
        )

    def attempts(self, document, ages, **values):
        """Attempts of a document answered so many minutes ago."""
        first = len(document.attempt_ids)
        return (
            self.env["faturamento_br.document.attempt"]
            .sudo()
            .create(
                [
                    {
                        "document_id": document.id,
                        "sequence": first + index,
                        "access_key": "0" * 44,
                        "signed_xml": b"eA==",
                        "answered_at": self.now - timedelta(minutes=age),
                        "result": "rejected",
                        "cStat": "539",
                        **values,
                    }
                    for index, age in enumerate(ages, start=1)
                ]
            )
        )

    # --- The same rejection ---------------------------------------------------------------------------------------

    def test_thirty_alike_within_the_hour_are_enough(self):
        self.attempts(self.document, range(1, 30))
        self.assertIsNone(self.document._repeated_problem())
        self.attempts(self.document, [50])
        problem = self.document._repeated_problem()
        self.assertEqual(problem.code, "use_repeated")
        self.assertEqual(problem.params["until"], self.now + timedelta(minutes=11), "the oldest, an hour later")

    @pytest.mark.prove
    def test_others_and_older_ones_do_not_count(self):
        self.attempts(self.document, range(1, 30))
        self.attempts(self.document, range(1, 20), cStat="232")
        self.attempts(self.document, [62, 70, 90])
        self.attempts(self.document, [3], result="not_sent")
        self.assertIsNone(self.document._repeated_problem())

    def test_it_is_one_of_the_problems_before_signing(self):
        self.document.state = "rejected"
        self.attempts(self.document, range(30))
        self.assertFalse(self.document._sign())
        told = self.document.problem_ids.filtered(lambda problem: problem.code == "use_repeated")
        self.assertIn("539", told.message)
        self.assertEqual((told.res_model, told.res_id), ("account.move", self.document.move_id.id))

    # --- Queries of a key -----------------------------------------------------------------------------------------

    def queried(self, *ages):
        moments = (self.now - timedelta(minutes=age) for age in sorted(ages, reverse=True))
        self.document.queried_at = [moment.isoformat() for moment in moments]

    def test_the_button_refuses_the_eleventh_query(self):
        self.attempts(self.document, [1], result="sending", cStat=False)
        self.queried(*range(9))
        document = self.document.with_user(self.user)
        self.assertEqual(document.action_query()["tag"], "soft_reload")
        self.queried(*range(10))
        with self.assertRaisesRegex(UserError, "10 times within an hour"):
            document.action_query()

    @pytest.mark.prove
    def test_the_job_waits_for_the_hour_to_pass(self):
        self.attempts(self.document, [1], result="sending", cStat=False)
        self.queried(*range(11, 21))
        self.document._ask()
        self.contact.assert_not_called()
        self.assertEqual(self.document.next_try_at, self.now + timedelta(minutes=41))
        self.assertEqual(self.document.problem_ids.code, "use_queried")
        self.assertEqual(self.document.state, "sending")

    @pytest.mark.prove
    def test_old_queries_are_forgotten(self):
        self.queried(5, 59, 62, 120)
        self.assertEqual(len(self.document._queries_within_limit()), 2)

    # --- After a 656 ----------------------------------------------------------------------------------------------

    def test_after_a_656_nothing_of_the_company_is_sent_for_an_hour(self):
        self.attempts(self.document, [20], cStat="656", result="not_sent")
        other = self.make_document(2, state="signed")
        self.attempts(other, [90], result="signed", cStat=False)
        other._send()
        self.contact.assert_not_called()
        self.assertEqual((other.state, other.next_try_at), ("signed", self.now + timedelta(minutes=41)))
        self.assertEqual(other.problem_ids.code, "use_blocked")
        self.assertIsNone(other._limit_problem("query"), "another service, which is not blocked")
        self.assertEqual(self.document._rest_until("authorize", "query"), self.now + timedelta(minutes=41))

    def test_after_a_656_to_a_query_no_key_is_queried(self):
        self.attempts(self.document, [20], cStat="656", result="sending")
        other = self.make_document(2)
        self.assertEqual(other._limit_problem("query").code, "use_blocked")
        self.assertIsNone(other._limit_problem("authorize"))
        with self.assertRaisesRegex(UserError, "blocked the company"):
            other.with_user(self.user).action_query()

    @pytest.mark.prove
    def test_it_ends_after_an_hour_and_holds_in_its_environment_only(self):
        attempt = self.attempts(self.document, [20], cStat="656", result="not_sent")
        homologation = self.make_document(2, environment="homologation")
        self.assertIsNone(homologation._limit_problem("authorize"))
        attempt.answered_at = self.now - timedelta(minutes=62)
        self.assertIsNone(self.document._limit_problem("authorize"))

    @pytest.mark.prove
    def test_another_company_goes_on_unless_it_shares_the_certificate(self):
        self.attempts(self.document, [20], cStat="656", result="not_sent")
        other = self.make_company("Outra Ltda", "12345678000195", "SP")
        foreign = self.make_document(1, company=other)
        certificates = {self.company: "A", other: "B"}
        model = self.env.registry["res.company"]
        with patch.object(model, "_fbr_get_certificate", lambda company: certificates[company]):
            self.assertIsNone(foreign._limit_problem("authorize"))
            certificates[other] = "A"
            self.assertEqual(foreign._limit_problem("authorize").code, "use_blocked")
