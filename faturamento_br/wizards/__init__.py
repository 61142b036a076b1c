from . import production_wizard, sale_make_invoice_advance
