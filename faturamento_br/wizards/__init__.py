from . import (, fill_goods, preflight, production_wizard, sale_make_invoice_advance
