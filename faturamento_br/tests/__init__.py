from . import test_certificate, test_environment, test_instance, test_simulator_service
from . import test_emitter_setup, test_invoice_rights, test_journal, test_taxes, test_taxes_companies, test_taxes_spec
from . import test_use_limits
from . import test_translations
