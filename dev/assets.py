"""Run inside Odoo by in_odoo.py: make the web client's bundles now, so that the first page opens at once."""

from typing import Any


def main(env: Any, arguments: list[str]) -> None:
    env["ir.qweb"]._pregenerate_assets_bundles()
