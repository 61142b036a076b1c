from datetime import datetime, timedelta
from types import SimpleNamespace
from unittest.mock import Mock, patch

from freezegun import freeze_time
from odoo.tests import tagged

from ..fiscal import breaker
from .warm_caches import WarmCase

NOON = datetime(2026, 11, 24, 12)


@tagged("post_install", "-at_install")
class TestAuthorizerHealth(WarmCase):
    """An authorizer that fails is left alone, each time for longer, until it answers a document."""

    def setUp(self):
        super().setUp()
        # What follows a commit is the sender's own transaction, which a test does not have.
        self.enterContext(patch.object(self.env.cr, "commit", lambda: None))
        self.clock = self.enterContext(freeze_time(NOON))
        values = {"environment": "simulator", "authorizer": "SP"}
        self.health = self.env["faturamento_br.authorizer.health"].create(values)

    def fail(self, times=1):
        for _time in range(times):
            self.health._note("no answer")

    def probe(self, up=True):
        status = SimpleNamespace(up=up, cStat="108", xMotivo="Paralisado")
        authorizer = Mock(status=Mock(return_value=(status, None)))
        return self.health._probe(authorizer), authorizer.status.call_count

    def rest(self):
        return self.health.retry_at - datetime.now()

    def test_it_rests_for_longer_each_time(self):
        self.fail(breaker.FAILURES - 1)
        self.assertFalse(self.health._rest_problem())
        self.fail()
        self.assertEqual(self.rest(), breaker.RESTS[0])
        self.clock.tick(breaker.RESTS[0])
        self.assertTrue(self.health._needs_probe())
        self.assertEqual(self.probe(up=False), (False, 1))
        self.assertEqual(self.rest(), breaker.RESTS[1])
        self.clock.tick(breaker.RESTS[1])
        self.assertEqual(self.probe(), (True, 1))
        self.assertFalse(self.health._rest_problem())
        self.assertFalse(self.health._needs_probe())
        self.assertEqual(self.probe(), (True, 0), "another worker that wanted to ask need not")
        self.fail()
        self.assertEqual(
            self.rest(), breaker.RESTS[2], "its status was up, and documents fail: not the first rest again"
        )
        self.clock.tick(breaker.RESTS[2])
        self.assertEqual(self.probe(), (True, 1))
        self.health._note("")
        self.assertFalse(self.health.failures or self.health.retry_at)
        self.fail(breaker.FAILURES)
        self.assertEqual(self.rest(), breaker.RESTS[0])

    def test_calls_that_end_during_the_rest_do_not_lengthen_it(self):
        self.fail(breaker.FAILURES)
        self.clock.tick(timedelta(seconds=5))
        self.fail(4)
        self.assertEqual(self.health.failures, breaker.FAILURES)
        self.assertEqual(self.health.retry_at, NOON + breaker.RESTS[0])
        self.health._note("")
        self.assertFalse(self.health.retry_at, "but one that was answered ends it")
