"""Run inside Odoo by in_odoo.py: load the add-on's demo company into a database without demo data.

Odoo's own demo data (a dozen foreign companies) would only be in the way.
"""

from typing import Any

from odoo.modules.module import Manifest
from odoo.tools.convert import convert_file

ADDON = "faturamento_br"


def main(env: Any, arguments: list[str]) -> None:
    for file in Manifest.for_addon(ADDON)["demo"]:
        convert_file(env, ADDON, file, {}, mode="init", noupdate=True)
    company = env.ref(f"{ADDON}.demo_company")
    users = env["res.users"].search([])
    users.write({"lang": "pt_BR", "tz": "America/Sao_Paulo"})
    env.ref("base.user_admin").write({"company_id": company.id})
    # Odoo's empty first company stays, out of sight: it cannot be removed.
    env.ref("base.user_admin").write({"company_ids": [(6, 0, company.ids)]})
