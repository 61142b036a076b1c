"""Series: the stored next number becomes the number the series starts at; what is taken is a row each."""

from odoo.tools.sql import column_exists, rename_column


def migrate(cr, version):
    if column_exists(cr, "faturamento_br_series", "next_number"):
        rename_column(cr, "faturamento_br_series", "next_number", "first_number")
