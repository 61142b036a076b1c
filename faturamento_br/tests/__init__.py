from . import test_certificate, test_environment, test_instance, test_simulator_service
from . import test_journal, test_taxes
