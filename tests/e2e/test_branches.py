"""Branches of a head office: each with its own CNPJ, IE, address and numbers, under the head office's certificate."""

import base64
from types import SimpleNamespace
from typing import Any

import pytest
from lxml import etree

from .world import World, cnpj_of

pytestmark = [pytest.mark.prove, pytest.mark.usefixtures("calm")]

NFE = "{http://www.portalfiscal.inf.br/nfe}"
BRANCH, TWIN = "filial", "deposito"  # users of one branch only


def open_branch(env: Any, login: str, vat: str, like: Any) -> int:
    """A branch in Odoo's sense, as its administrator makes it, and a biller who works for it alone; gives its id."""
    head = env.ref("faturamento_br.demo_company")
    branch = env["res.company"].create({"name": f"Marcenaria {login}", "parent_id": head.id})
    setup = env["faturamento_br.company.setup"].with_company(branch)
    setup.create(
        {
            "company_id": branch.id,
            "name": branch.name,
            "vat": vat,
            "l10n_br_ie_code": like.l10n_br_ie_code,
            "fbr_crt": head.fbr_crt,
            "zip": like.zip,
            "street_name": like.street_name,
            "street_number": like.street_number,
            "street2": like.street2,
            "city_id": like.city_id.id,
        }
    ).action_apply()
    env["faturamento_br.tax_rule"]._fbr_keep_modal_rate(branch)  # as its accountant has answered
    groups = ("base.group_user", "account.group_account_invoice")
    env["res.users"].create(
        {
            "name": f"Fabiana {login}",
            "login": login,
            "email": f"{login}@example.com",
            "company_id": branch.id,
            "company_ids": [(6, 0, branch.ids)],
            "group_ids": [(6, 0, [env.ref(group).id for group in groups])],
        }
    )
    return branch.id


@pytest.fixture(scope="module")
def branches(world: World) -> SimpleNamespace:
    """A branch in Minas Gerais with a CNPJ of its own, and a depot that Odoo keeps apart but SEFAZ does not."""

    def found(env: Any) -> SimpleNamespace:
        minas, head = env.ref("faturamento_br.demo_customer_mg"), env.ref("faturamento_br.demo_company").partner_id
        return SimpleNamespace(
            branch=open_branch(env, BRANCH, cnpj_of(world.root, 2), minas),
            twin=open_branch(env, TWIN, world.cnpj, head),
        )

    return world.request(found, "")


def issued(world: World, login: str) -> Any:
    """An invoice of this user, issued: its document, with what the XML says of the emitter."""
    move = world.post(login)
    world.issue(move, login=login)
    document = world.document(move)
    assert document.state == "authorized", document.said
    document.move = move
    document.nfe = etree.fromstring(base64.b64decode(document.attempts[0].signed_xml))
    return document


def test_a_branch_issues_as_itself_with_its_head_office_s_certificate(world: World, branches: SimpleNamespace) -> None:
    head, branch = issued(world, "faturamento"), issued(world, BRANCH)
    emit = branch.nfe.find(f".//{NFE}emit")
    assert emit.findtext(f"{NFE}CNPJ") == branch.access_key[6:20] == cnpj_of(world.root, 2)
    assert (emit.findtext(f"{NFE}IE"), emit.findtext(f".//{NFE}UF")) == ("0623079040081", "MG")
    assert branch.nfe.findtext(f".//{NFE}ide/{NFE}cUF") == "31"
    assert head.nfe.findtext(f".//{NFE}emit/{NFE}CNPJ") == world.cnpj
    with world.env() as env:
        company = env["res.company"].browse(branches.branch)
        assert not company.fbr_certificate_id
        assert company._fbr_get_certificate() == env.ref("faturamento_br.demo_company").fbr_certificate_id
    # SEFAZ counts by CNPJ: both have their number 1, in journals of their own.
    assert branch.number == 1
    journals = {world.move(document.move, "journal_id").journal_id.id for document in (head, branch)}
    assert len(journals) == 2
    assert world.move(branch.move, "name").name == branch.label


def test_companies_of_one_cnpj_count_together(world: World, branches: SimpleNamespace) -> None:
    numbers = [issued(world, login).number for login in ("faturamento", TWIN, "faturamento", TWIN)]
    assert numbers == list(range(numbers[0], numbers[0] + 4))


def test_who_works_for_a_branch_sees_it_alone(world: World, branches: SimpleNamespace) -> None:
    head, branch = issued(world, "faturamento"), issued(world, BRANCH)
    with world.env(BRANCH) as env:
        Document = env["faturamento_br.document"]
        assert branch.id in Document.search([]).ids
        assert head.id not in Document.search([]).ids
        assert set(Document.search([]).company_id.ids) == {branches.branch}
        assert set(env["account.move"].search([("move_type", "=", "out_invoice")]).company_id.ids) == {branches.branch}
    with world.env("faturamento") as env:
        assert branch.id not in env["faturamento_br.document"].search([]).ids


def test_a_branch_of_somebody_else_needs_its_own_certificate(world: World, branches: SimpleNamespace) -> None:
    from odoo.exceptions import UserError

    def found(env: Any) -> int:
        minas = env.ref("faturamento_br.demo_customer_mg")
        return open_branch(env, "coligada", cnpj_of(world.root + 3_000_000), minas)

    other = world.request(found, "")
    with world.env() as env:
        company = env["res.company"].browse(other)
        assert company._fbr_get_certificate().company_id == company  # the simulator gave it one of its own
        company.fbr_certificate_id = False
        with pytest.raises(UserError, match=r"certificado digital|digital certificate"):
            company._fbr_load_certificate()
