"""The tests of recurring billing, without Odoo."""

from dev import core_tests

core_tests.load_profile()
core_tests.without_odoo()
