"""Uninstalled while nothing of fiscal value waits for its export, else refused; a foreign company notices nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from dev.template import Templates

from .world import World

pytestmark = pytest.mark.usefixtures("calm")

# What differs from one run to the next, or between two databases, without meaning anything.
NOT_COMPARED = {"id", "create_date", "write_date", "access_token", "secure_sequence_number", "inalterable_hash"}

# Odoo keeps what other records use: here the demo customer and product of a posted invoice, and their company.
DEMO_DATA = {"product.product", "product.template", "res.company", "res.partner"}


def uninstall(env: Any) -> None:
    env["ir.module.module"].search([("name", "=", "faturamento_br")]).button_immediate_uninstall()


@pytest.mark.prove
def test_refused_until_what_was_issued_is_exported(world: World) -> None:
    """Directly, and through a module that it needs; a document of production as far as the database knows."""
    from odoo.exceptions import UserError

    move = world.post()
    world.issue(move)
    with world.env() as env:
        env.cr.execute("UPDATE faturamento_br_document SET environment = 'production'")
        env.cr.commit()
    for name in ("faturamento_br", "l10n_br"):
        with pytest.raises(UserError, match="Faturamento BR"):
            world.request(
                lambda env, name=name: env["ir.module.module"].search([("name", "=", name)]).button_uninstall(), "admin"
            )
    with world.env() as env:
        assert env["ir.module.module"].search([("name", "=", "faturamento_br")]).state == "installed"
        exported = env["faturamento_br.export"]._export(
            env.ref("faturamento_br.demo_company"), env["account.move"].browse(move).date, "production"
        )
        assert exported.documents == 1
        env.cr.commit()
        uninstall(env)
    with world.env() as env:
        assert env["ir.module.module"].search([("name", "=", "faturamento_br")]).state == "uninstalled"
        assert env["account.move"].browse(move).state == "posted"


def test_uninstalled_before_anything_was_issued(
    templates: Templates, copy_database: Callable[[str], str], open_env: Callable[..., Any]
) -> None:
    """With a posted invoice, whose number was taken: it stays in the books, and no table or column is left behind."""
    database = copy_database(templates.demo_company())
    with open_env(database) as env:
        world = World.__new__(World)
        invoice = env["account.move"].browse(world.draft(env(context={"posted": True}), ("demo_product_chair",)))
        before = (invoice.name, invoice.state, invoice.amount_total)
        env.cr.commit()
        uninstall(env)
    with open_env(database) as env:
        assert env["ir.module.module"].search([("name", "=", "faturamento_br")]).state == "uninstalled"
        env.cr.execute("SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'faturamento_br%'")
        assert not env.cr.fetchall()
        env.cr.execute("SELECT table_name, column_name FROM information_schema.columns WHERE column_name LIKE 'fbr_%'")
        assert not env.cr.fetchall()
        names = env["ir.model.data"].search([("module", "=", "faturamento_br")])
        assert set(names.mapped("model")) <= DEMO_DATA
        left = env["account.move"].browse(invoice.id)
        assert (left.name, left.state, left.amount_total) == before
        assert not env["ir.cron"].with_context(active_test=False).search([("cron_name", "ilike", "Faturamento BR")])


def foreign_sale(env: Any) -> dict[str, list[dict[str, Any]]]:
    """An order, invoice and payment of a company in the United States: its rows, as SQL shows them."""
    company = env["res.company"].create({"name": "Acme Inc.", "country_id": env.ref("base.us").id})
    env.cr.commit()  # Odoo loads its country's chart of accounts
    env.user.write({"company_ids": [(4, company.id)]})
    env = env(context={"allowed_company_ids": company.ids, "lang": "en_US"})
    customer = env["res.partner"].create({"name": "Roadrunner LLC", "country_id": env.ref("base.us").id})
    product = env["product.product"].create({"name": "Anvil", "list_price": 99.99, "type": "consu"})
    order = env["sale.order"].create(
        {"partner_id": customer.id, "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 3})]}
    )
    order.action_confirm()
    invoice = order._create_invoices()
    invoice.invoice_date = "2026-03-10"
    invoice.action_post()
    refund = invoice._reverse_moves([{"invoice_date": "2026-03-11"}])
    refund.action_post()
    env.flush_all()
    moves = invoice + refund
    return {
        "account_move": rows(env, "account_move", "id", moves.ids),
        "account_move_line": rows(env, "account_move_line", "move_id", moves.ids),
        "sale_order": rows(env, "sale_order", "id", order.ids),
        "sale_order_line": rows(env, "sale_order_line", "order_id", order.ids),
    }


def rows(env: Any, table: str, column: str, ids: list[int]) -> list[dict[str, Any]]:
    env.cr.execute(f"SELECT * FROM {table} WHERE {column} = ANY(%s) ORDER BY id", [ids])
    return env.cr.dictfetchall()


def odoos_own(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The rows in Odoo's own columns, without what never compares: moments, and the ids that links are."""
    return {
        table: [
            {
                name: bool(value) if name.endswith(("_id", "_uid")) or isinstance(value, datetime) else value
                for name, value in line.items()
                if name not in NOT_COMPARED and not name.startswith("fbr_")
            }
            for line in lines
        ]
        for table, lines in found.items()
    }


@pytest.mark.prove
def test_a_foreign_company_notices_nothing(
    templates: Templates, template_db: str, copy_database: Callable[[str], str], open_env: Callable[..., Any]
) -> None:
    seen = {}
    for with_addon, template in ((False, templates.dependencies()), (True, template_db)):
        with open_env(copy_database(template)) as env:
            assert ("faturamento_br.document" in env) == with_addon
            found = foreign_sale(env)
            assert not any(move.get("fbr_operation_id") for move in found["account_move"])
            assert not any(line.get("fbr_amounts") for line in found["account_move_line"])
            seen[with_addon] = odoos_own(found)
    assert seen[True]["account_move_line"]
    assert seen[True] == seen[False]
