"""Run inside Odoo by in_odoo.py: make the web client's bundles now, so that the first page opens at once."""

from typing import Any

# What the log-in page, the back end and the portal load; others are made when a page first asks for them.
BUNDLES = (
    "web.assets_web",
    "web.assets_backend_lazy",
    "web.assets_frontend",
    "web.assets_frontend_minimal",
    "web.assets_frontend_lazy",
)


def main(env: Any, arguments: list[str]) -> None:
    for name in BUNDLES:
        bundle = env["ir.qweb"]._get_asset_bundle(name)
        bundle.js()
        bundle.css()
