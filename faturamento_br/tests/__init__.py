from . import test_certificate, test_environment, test_instance
