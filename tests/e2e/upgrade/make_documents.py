"""Run inside Odoo by in_odoo.py, with a former version of the add-on: documents in every state it knows.

``main(env, [file])`` writes what they are into the file: ``{state: {"move": id, "number": …, "signed_xml": …}}``.
Only what the former version already had may be used here.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from freezegun import freeze_time

ADDON = "faturamento_br"


def main(env: Any, arguments: list[str]) -> None:
    from odoo.addons.faturamento_br.fiscal.simulator import control
    from odoo.addons.faturamento_br.models import simulator_service

    company = env.ref(f"{ADDON}.demo_company")
    company._fbr_use_simulator()
    env.cr.commit()
    folder = simulator_service.state_dir(env)
    made = {"draft": post(env)}
    made["authorized"] = issue(env)
    today = datetime.now(ZoneInfo("America/Sao_Paulo")).date()  # said, as in an hour it may be tomorrow
    with freeze_time(datetime.now(UTC) + timedelta(hours=1), tick=True):  # 703: issued ahead of SEFAZ's clock
        made["rejected"] = issue(env, invoice_date=today)
    control.set_fault(folder, "html", "NFeAutorizacao4", 1)
    made["signed"] = issue(env)
    control.set_fault(folder, "lose_answer", "NFeAutorizacao4", 1)
    control.set_fault(folder, "html", "NFeConsultaProtocolo4", 1)
    made["sending"] = issue(env)
    for state in ("cancelled", "epec", "voided"):  # the version knew them and had no way there yet
        made[state] = issue(env)
        made[state].fbr_document_id.state = state
        env.cr.commit()
    control.clear_faults(folder)
    facts = {}
    for state, move in made.items():
        document = move.fbr_document_id
        assert document.state == state, (state, document.state, document.problem_ids.mapped("message"))
        attempts = document.attempt_ids.sorted("sequence")
        facts[state] = {
            "move": move.id,
            "name": move.name,
            "number": document.number,
            "amount_total": move.amount_total,
            "access_key": document.access_key,
            "protocolo": document.protocolo,
            "signed_xml": [attempt.signed_xml.decode() for attempt in attempts],
        }
    never_decides(env)
    Path(arguments[0]).write_text(json.dumps(facts))
    control.stop(folder)


def never_decides(env: Any) -> None:
    """A tax rule below one that asks for no more: the first that fitted decided then."""
    company = env.ref(f"{ADDON}.demo_company")
    operation = env["faturamento_br.operation"].sudo().search([("company_id", "=", company.id)], limit=1)
    values = {"sequence": 99, "scope": "inside", "ncm_prefix": "94", "cfop": "5102", "icms_cst": "40"}
    operation.rule_ids = [(0, 0, {**values, "pis_cst": "06", "cofins_cst": "06"})]
    env.cr.commit()


def post(env: Any, **values: Any) -> Any:
    """A posted invoice: its number is taken, nothing is signed."""
    env = env(user=env.ref(f"{ADDON}.demo_user_billing"))
    line = {"product_id": env.ref(f"{ADDON}.demo_product_chair").id, "quantity": 2}
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": env.ref(f"{ADDON}.demo_customer_sp").id,
            "invoice_line_ids": [(0, 0, line)],
            **values,
        }
    )
    move.action_post()
    env.cr.commit()
    return move.sudo()


def issue(env: Any, **values: Any) -> Any:
    """The same, and the button pressed: after the commit it is signed and sent."""
    move = post(env, **values)
    move.with_user(env.ref(f"{ADDON}.demo_user_billing")).action_fbr_issue()
    env.cr.commit()
    env.invalidate_all()
    return move
