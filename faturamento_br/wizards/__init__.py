from . import fill_goods, production_wizard, sale_make_invoice_advance
