"""What Odoo has cached stays from test to test of a class, as it stays from request to request of a server."""

from unittest.mock import patch

from odoo.tests import TransactionCase


class WarmCase(TransactionCase):
    """Of the registry's caches, each test empties those that it made invalid itself, as a server does on rollback.

    Odoo's own class empties all of them, and the next test begins with hundreds of queries: who has which right, how
    a view is written, what an external id stands for.
    """

    def setUp(self):
        before = dict(self.registry.cache_sequences)

        def clear_changed():
            now = self.registry.cache_sequences  # counted up where a request told of a change, and forgot it
            changed = {name for name in now if now[name] != before[name]} | self.registry.cache_invalidated
            if changed:
                self.registry.clear_cache(*changed)
            self.registry.cache_invalidated.clear()

        with patch.object(self.registry, "clear_all_caches", clear_changed):
            super().setUp()
