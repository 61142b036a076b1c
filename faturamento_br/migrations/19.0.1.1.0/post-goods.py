"""Goods: what every product said by default is said by nobody now, so that its category can say it."""


def migrate(cr, version):
    cr.execute("UPDATE product_template SET fbr_origin = NULL WHERE fbr_origin = '0'")
    cr.execute("UPDATE product_template SET fbr_ipi_frame = NULL WHERE fbr_ipi_frame = '999'")
