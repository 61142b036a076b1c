from . import (
    approximate_upload,
    company_setup,
    connection_test,
    fill_goods,
    preflight,
    production_wizard,
    sale_make_invoice_advance,
    series_continuation,
    why,
)
