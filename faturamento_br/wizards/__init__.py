# ruff: noqa: I001  (a model comes after the mixin it inherits)
from . import (
    approximate_upload,
    company_setup,
    connection_test,
    fill_goods,
    hand_taxes,
    preflight,
    production_wizard,
    sale_make_invoice_advance,
    series_continuation,
    tax_simulation_situation,
    tax_simulation,
    tax_simulation_order,
    tax_simulation_result,
    tax_simulation_sheet,
    tax_answer,
    why,
)
