from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import new_test_user, tagged

from ..fiscal.outcome import Outcome, Verdict
from ..models import authorizer_clock
from .keeping_common import KeepingCase

AHEAD = timedelta(minutes=10)


@tagged("post_install", "-at_install")
class TestAuthorizerClock(KeepingCase):
    """The server's clock is wrong: told where it is seen, mended by whoever can, and no document pays for it."""

    def setUp(self):
        super().setUp()
        self.server = self.startPatcher(patch.object(authorizer_clock.socket, "gethostname", return_value="erp-1"))
        own = {"company_id": self.company.id, "company_ids": [(6, 0, self.company.ids)]}
        self.root = self.superuser()
        self.administrator = new_test_user(self.root, "clock_admin", groups="base.group_system", **own)
        self.health = self.root["faturamento_br.authorizer.health"]

    def heard(self, found):
        """An answer of the company's authorizer told how far the clock is ahead."""
        self.health._note_for(self.company, "simulator", "", clock_error=found)
        return self.health._of(self.company, "simulator")

    def figures(self):
        [found] = self.company._fbr_figures()
        return found["clock"], found["clock_error"]

    def test_told_while_it_is_wrong_and_asked_of_an_administrator_once(self):
        self.assertFalse(self.heard(timedelta(seconds=30)), "a right clock leaves no row")
        row = self.heard(AHEAD)
        told, seconds = self.figures()
        self.assertEqual(seconds, 600)
        self.assertIn("erp-1 is 10 minutes ahead of SEFAZ's. The administrator sets it right", told)
        activity = row.activity_ids
        self.assertEqual(activity.user_id, self.administrator)
        self.assertIn("NTP", activity.note)
        self.assertTrue(row.with_user(self.administrator).clock_told)
        with self.assertQueryCount(2):  # the row, and its freshness: said again, nothing is written
            self.heard(AHEAD + timedelta(seconds=5))
        self.heard(2 * AHEAD)
        self.assertEqual(row.activity_ids, activity)
        self.server.return_value = "erp-2"
        self.heard(timedelta(0))
        self.assertEqual(row.clock_host, "erp-1", "another server's clock proves nothing of this one")
        self.server.return_value = "erp-1"
        self.heard(None)
        self.assertTrue(row.clock_error)
        self.heard(timedelta(seconds=2))
        self.assertEqual((*self.figures(), row.activity_ids.ids), (False, 0, []))

    def test_a_good_document_is_not_refused_twice(self):
        """Ahead, the first one is refused by its date; the next is dated by SEFAZ's clock, and so is an event."""
        move = self.invoice((self.chair,), invoice_date="2026-11-25")
        move.action_post()
        document = move.fbr_document_id.sudo()
        self.assertTrue(document._sign())
        own = document.issued_at
        attempt = document.attempt_ids[:1]
        now = datetime.now(UTC)
        attempt.sent_at = now.replace(tzinfo=None)
        document._apply("send")
        document._answered(attempt, Outcome(Verdict.REJECTED, "703", "Rejeicao", b"", received_at=now - AHEAD))
        self.assertIn("10 minutes ahead", document.problem_ids.message)
        self.assertIn("issue again", document.problem_ids.cure)
        document._note_health("", SimpleNamespace(clock_error=AHEAD))
        self.assertTrue(document._sign())
        self.assertEqual(own - document.issued_at, AHEAD)
        self.server.return_value = "erp-2"
        self.assertEqual(document._now_at_authorizer(), now.replace(tzinfo=None), "its own clock is right")

    def test_behind_nothing_is_dated_in_the_future(self):
        document = self.issued()
        self.heard(-AHEAD)
        self.assertIn("10 minutes behind", self.figures()[0])
        self.assertEqual(document._now_at_authorizer(), datetime.now(UTC).replace(tzinfo=None))
