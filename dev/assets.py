"""Run inside Odoo by in_odoo.py: make the web client's bundles now, so that the first page opens at once."""

from typing import Any

# What the log-in page, the back end, its tours and printed invoices load; others are made when first asked for.
SCRIPTS = (
    "web.assets_web",
    "web.assets_backend_lazy",
    "web.assets_frontend_minimal",
    "web.assets_frontend_lazy",
    "web.assets_emoji",
    "web_tour.interactive",
    "bus.websocket_worker_assets",
)
STYLES = ("web.assets_web", "web.assets_web_print", "web.assets_backend_lazy", "web.assets_frontend")
PRINTED = ("web.report_assets_common", "web.report_assets_pdf")  # wkhtmltopdf needs old names of properties


def main(env: Any, arguments: list[str]) -> None:
    bundle = env["ir.qweb"]._get_asset_bundle
    for name in SCRIPTS:
        bundle(name).js()
    for name in STYLES:
        bundle(name).css()
    for name in PRINTED:
        bundle(name, autoprefix=True).css()
