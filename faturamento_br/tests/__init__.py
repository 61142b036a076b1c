# test_random_orders needs hypothesis, which Odoo has not: pytest alone runs it.
from . import (
    test_certificate,
    test_emitter_setup,
    test_environment,
    test_instance,
    test_invoice_rights,
    test_journal,
    test_rejections,
    test_series,
    test_setup,
    test_simulator_service,
    test_taxes,
    test_taxes_companies,
    test_taxes_spec,
    test_translations,
    test_use_limits,
)
