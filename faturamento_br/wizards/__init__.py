from . import production_wizard
