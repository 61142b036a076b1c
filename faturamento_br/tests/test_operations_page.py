"""How issuing goes: the figures of each company, and the address where monitors read them."""

from datetime import timedelta
from hashlib import sha256

import pytest
from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

from ..controllers.metrics import TOKEN
from .keeping_common import KeepingCase

ADDRESS = "/faturamento_br/metrics"


@tagged("post_install", "-at_install")
class TestFigures(KeepingCase):
    def answered(self, *seconds, **values):
        """Attempts of one document, answered an hour ago after so many seconds."""
        [document] = self.issued()
        first = len(document.attempt_ids)
        common = {
            "document_id": document.id,
            "access_key": document.access_key,
            "signed_xml": b"eA==",
            "answered_at": fields.Datetime.now() - timedelta(hours=1),
            "result": "authorized",
        }
        attempts = [
            {**common, "sequence": first + index, "seconds": each, **values} for index, each in enumerate(seconds, 1)
        ]
        self.env["faturamento_br.document.attempt"].sudo().create(attempts)
        return document

    def figures(self, company=None):
        [found] = (company or self.company)._fbr_figures()
        return found

    def test_what_was_answered(self):
        before = self.figures()
        self.answered(*(number / 10 for number in range(1, 102)))
        after = self.figures()
        self.assertEqual(after["authorized"] - before["authorized"], 101 + 1)
        self.assertAlmostEqual(after["p50"], 5.1, places=1)
        self.assertGreater(after["p95"], 9.0)

    def test_rejections_by_code(self):
        self.answered(1.0, 1.0, result="rejected", cStat="539")
        self.answered(1.0, result="rejected", cStat="778")
        self.assertEqual(self.figures()["codes"], [{"cStat": "539", "count": 2}, {"cStat": "778", "count": 1}])

    def test_what_waits_and_what_rests(self):
        document = self.answered(1.0).sudo()
        document.write({"state": "sending", "next_try_at": fields.Datetime.now()})
        retry = fields.Datetime.now() + timedelta(minutes=3)
        self.env["faturamento_br.authorizer.health"].sudo().create(
            {"environment": "simulator", "authorizer": "SP", "failures": 3, "retry_at": retry}
        )
        self.env.flush_all()
        figures = self.figures()
        self.assertEqual((figures["waiting"], figures["failures"]), (1, 3))
        self.assertEqual(figures["retry_at"], fields.Datetime.to_string(retry))
        reason = document.waiting_reason
        self.assertIn("SP", reason)

    @pytest.mark.prove
    def test_queries_do_not_grow_with_documents(self):
        counts = []
        for _round in range(2):
            self.answered(*(1.0 for _each in range(20)))
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.company._fbr_figures()
            counts.append(self.env.cr.sql_log_count - start)
        self.assertLessEqual(counts[1], counts[0])

    def test_who_may_not_read_documents_sees_nothing(self):
        stranger = new_test_user(self.env(su=True), "metrics_stranger", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.env["res.company"].with_user(stranger).fbr_get_operations()


@tagged("post_install", "-at_install")
class TestMetricsAddress(HttpCase):
    def ask(self, token=None):
        return self.url_open(ADDRESS, headers={"Authorization": f"Bearer {token}"} if token else {})

    def test_behind_its_token(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param(TOKEN, False)
        self.assertEqual(self.ask("secret").status_code, 404)
        parameters.set_param(TOKEN, sha256(b"secret").hexdigest())
        self.assertEqual([self.ask().status_code, self.ask("other").status_code], [401, 401])
        answer = self.ask("secret")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("# TYPE faturamento_br_waiting gauge", answer.text)

    def test_a_new_token_is_kept_as_a_hash(self):
        settings = self.env["res.config.settings"].create({})
        told = settings.action_fbr_new_metrics_token()["params"]["message"]
        token = told.rsplit(" ", 1)[1]
        kept = self.env["ir.config_parameter"].sudo().get_param(TOKEN)
        self.assertEqual(kept, sha256(token.encode()).hexdigest())
        self.assertEqual(self.ask(token).status_code, 200)
