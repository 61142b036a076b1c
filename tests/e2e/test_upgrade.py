"""From every released version to this one: no document loses its state, its number, or a byte.

``upgrade/VERSION.tar.xz`` is the add-on as it was released (``git archive``, without its tests).
"""

import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dev import simulator
from dev.odoo_runner import Odoo
from dev.paths import ADDON, ROOT, digest
from dev.template import RECIPE, Templates

from .world import World

RELEASES = sorted((Path(__file__).parent / "upgrade").glob("*.tar.xz"))
COMPANY, DOCUMENTS = ROOT / "dev" / "demo_company.py", Path(__file__).parent / "upgrade" / "make_documents.py"
BOUND = ("authorized", "cancelled", "epec", "voided")


@pytest.fixture(scope="module", params=RELEASES, ids=lambda file: file.name.removesuffix(".tar.xz"))
def upgraded(
    request: pytest.FixtureRequest, odoo: Odoo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, dict[str, Any]]]:
    """A database of a former version with documents in every state, brought to this one; and what they were."""
    home = tmp_path_factory.mktemp("release")
    with tarfile.open(request.param) as archive:
        archive.extractall(home, filter="data")
    new = replace(odoo, purpose=f"upgrade-{os.getpid()}")
    old = replace(new, home=home)
    database, facts = f"fbr_e2e_upgrade_{os.getpid()}", home / "facts.json"
    templates = Templates(old)
    try:
        templates.copy(former_template(templates, request.param), database)
        old.script("Making documents with the former version", database, DOCUMENTS, str(facts))
        new.update("Upgrading", database, [ADDON.name])
        world = World.__new__(World)
        world.odoo, world.database = new, database
        world.load()
        yield world, json.loads(facts.read_text())
        world.let_go()
    finally:
        simulator.stop(new.data_dir / ADDON.name / "simulator")
        templates.drop(database)
        shutil.rmtree(new.data_dir, ignore_errors=True)
        for configured in (old, new):
            configured.config.unlink(missing_ok=True)


def former_template(templates: Templates, archive: Path) -> str:
    """Name of the template with that release and its demo company."""
    parent = templates.dependencies()

    def build(name: str) -> None:
        templates.copy(parent, name, templates.builder)
        templates.builder.install("Installing the former version", name, [ADDON.name])
        templates.builder.script("Loading its demo company", name, COMPANY)

    return templates.ensure("release", digest(RECIPE, parent, archive.name, COMPANY.read_text()), build)


def test_documents_are_as_they_were(upgraded: tuple[World, dict[str, Any]]) -> None:
    world, facts = upgraded
    assert len(facts) == 8
    for state, was in facts.items():
        document, move = world.document(was["move"]), world.move(was["move"], "name", "amount_total")
        assert (document.state, document.number, move.name) == (state, was["number"], was["name"])
        assert (document.access_key, document.protocolo) == (was["access_key"], was["protocolo"])
        assert move.amount_total == was["amount_total"]
        assert [attempt.signed_xml.decode() for attempt in document.attempts] == was["signed_xml"]


def test_goods_say_what_they_said(upgraded: tuple[World, dict[str, Any]]) -> None:
    """A product keeps its codes; what it only had by default is its category's to say now."""
    world, _facts = upgraded
    with world.env() as env:
        products = env["product.template"].search([("fbr_ncm", "!=", False)])
        assert {product.fbr_ncm for product in products} == {"94016900", "94036000"}
        assert not [product.name for product in products if product.fbr_effective_ncm != product.fbr_ncm]
        assert not [product.name for product in products if product.fbr_missing]
        assert {product._fbr_origin_in_use() for product in products} == {"0"}
        assert {product._fbr_ipi_holder().fbr_ipi_rate for product in products} == {3.25}
        products.categ_id = env["product.category"].create({"name": "Importados", "fbr_origin": "1"})
        assert {product._fbr_origin_in_use() for product in products} == {"1"}
        env.cr.rollback()


def test_the_rule_that_decided_still_decides(upgraded: tuple[World, dict[str, Any]]) -> None:
    """The most specific row decides now: one that never did, because one above it asked for less, is archived."""
    world, _facts = upgraded
    with world.env() as env:
        company = env.ref("faturamento_br.demo_company")
        rules = env["faturamento_br.tax_rule"].with_context(active_test=False).search([("company_id", "=", company.id)])
        assert rules.filtered(lambda rule: not rule.active).mapped("ncm_prefix") == ["94"]
        [operation] = rules.filtered(lambda rule: not rule.active).operation_id
        assert any("94" in (message.body or "") for message in operation.message_ids)
        kinds = dict(env["account.tax"]._fields["fbr_kind"].selection)
        assert company._fbr_taxes().keys() == kinds.keys()


def test_they_go_on_from_where_they_were(upgraded: tuple[World, dict[str, Any]]) -> None:
    """What waited is settled without being built again, what was rejected is issued again, the count goes on."""
    from odoo.addons.faturamento_br.models import simulator_service

    world, facts = upgraded
    with world.env() as env:
        simulator_service.start(env)
    waiting = [facts[state]["move"] for state in ("signed", "sending")]
    world.settle(*waiting)
    for state in ("signed", "sending"):
        document = world.document(facts[state]["move"])
        assert [attempt.signed_xml.decode() for attempt in document.attempts] == facts[state]["signed_xml"]
    again = [facts[state]["move"] for state in ("draft", "rejected")]
    world.issue(*again)
    world.settle(*again)
    for was in (facts[state] for state in ("draft", "rejected", "signed", "sending")):
        document = world.document(was["move"])
        assert (document.state, document.number) == ("authorized", was["number"]), document.said
    move = world.post()
    world.issue(move)
    assert world.document(move).number == max(was["number"] for was in facts.values()) + 1
    assert world.document(move).state == "authorized"
    with world.env() as env:
        company = env.ref("faturamento_br.demo_company")
        [series] = env["faturamento_br.series"].search([("company_id", "=", company.id)])
        assert sorted(series.number_ids.mapped("number")) == sorted(
            env["faturamento_br.document"].search([("company_id", "=", company.id)]).mapped("number")
        )
    for state in BOUND:
        assert world.document(facts[state]["move"]).state == state
