"""Two companies, one ordinary user each: neither sees, fetches or issues anything of the other's."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from .http_client import Visitor
from .world import World, cnpj_of

pytestmark = pytest.mark.usefixtures("calm")

MODELS = (
    *("faturamento_br.document", "faturamento_br.document.attempt", "faturamento_br.document.item"),
    *("faturamento_br.document.party", "faturamento_br.document.problem", "faturamento_br.series"),
    *("faturamento_br.certificate", "faturamento_br.operation", "faturamento_br.tax_rule"),
)
HERS, HIS = "faturamento", "outra"


def found_another_company(env: Any, world: World) -> int:
    """A second Brazilian company, in Minas Gerais, with a biller who works for it alone; gives its id."""
    cnpj = cnpj_of(world.root + 2_000_000)
    partner = env.ref("faturamento_br.demo_customer_mg").copy(
        {"name": "Outra Indústria Ltda", "vat": cnpj, "email": "outra@example.com"}
    )
    company = env["res.company"].create(
        {"name": partner.name, "partner_id": partner.id, "currency_id": env.ref("base.BRL").id}
    )
    env["account.chart.template"].try_loading("br", company, install_demo=False)
    company.fbr_nfe_enabled = True
    env["res.users"].create(
        {
            "name": "Otávio Outro",
            "login": HIS,
            "password": HIS,
            "email": "otavio@example.com",
            "company_id": company.id,
            "company_ids": [(6, 0, company.ids)],
            "group_ids": [(6, 0, [env.ref("base.group_user").id, env.ref("account.group_account_invoice").id])],
        }
    )
    env.ref("base.group_allow_export").user_ids = [(4, user.id) for user in env["res.users"].search([])]
    company._fbr_use_simulator()
    return company.id


@pytest.fixture(scope="module")
def sides(world: World) -> SimpleNamespace:
    """What each side has: an invoice whose document is authorized, with its DANFE, and one with problems."""
    company = world.request(lambda env: found_another_company(env, world), "")
    moves = {}
    for login in (HERS, HIS):
        good, bad = world.post(login), world.post(login)
        world.issue(good, login=login)
        assert world.document(good).state == "authorized", world.document(good).said
        with world.env() as env:
            document = env["account.move"].browse(bad).fbr_document_id
            env["faturamento_br.document.problem"].create(
                {"document_id": document.id, "code": "secret", "message": "Segredo"}
            )
            env.cr.commit()
        moves[login] = (good, bad)
    world.run_job("cron_danfe")
    return SimpleNamespace(company=company, moves=moves)


def of_company(env: Any, model: str, company: int) -> Any:
    """The records of a company, as the superuser sees them."""
    return env[model].sudo().search([("company_id", "=", company)])


@pytest.mark.parametrize("model", MODELS)
def test_records_are_the_companys_own(world: World, sides: SimpleNamespace, model: str) -> None:
    from odoo.exceptions import AccessError

    with world.env() as env:
        hers = env.ref("faturamento_br.demo_company").id
    for login, other in ((HERS, sides.company), (HIS, hers)):
        with world.env(login) as env:
            theirs, records = of_company(env, model, other).ids, env[model]
            assert theirs, f"nothing to hide in {model}"
            assert records.search_count([]) > 0
            assert not records.search([("id", "in", theirs)])
            assert not records.search([("company_id", "=", other)])
            assert not records.name_search("", [("id", "in", theirs)])
            assert records.web_search_read([("id", "in", theirs)], {"display_name": {}})["records"] == []
            groups = records.formatted_read_group([], ["company_id"], ["__count"])
            assert other not in [group["company_id"][0] for group in groups if group["company_id"]]
            for reach in (
                lambda: records.browse(theirs).read(["display_name"]),  # noqa: B023 - called at once
                lambda: records.browse(theirs).export_data(["id", "display_name"]),  # noqa: B023
                lambda: records.browse(theirs[0]).company_id,  # noqa: B023
            ):
                env.invalidate_all()
                with pytest.raises(AccessError):
                    reach()


def test_nothing_crosses_over(world: World, sides: SimpleNamespace) -> None:
    """Not the button, not the document's actions, not a query, not the split, not the Send dialog."""
    from odoo.exceptions import AccessError

    (hers, _bad), company = sides.moves[HERS], sides.company
    actions: tuple[Callable[[Any], Any], ...] = (
        lambda env: env["account.move"].browse(hers).action_fbr_issue(),
        lambda env: env["account.move"].browse(hers).action_fbr_open_danfe(),
        lambda env: env["account.move"].browse(hers).action_fbr_split_services(),
        lambda env: env["faturamento_br.document"].browse(world.document(hers).id).action_issue(),
        lambda env: env["faturamento_br.document"].browse(world.document(hers).id).action_query(),
        lambda env: env["faturamento_br.document"].browse(world.document(hers).id).action_download_xml(),
        lambda env: env["account.move.send.wizard"].create({"move_id": hers}).action_send_and_print(),
        lambda env: env["account.move"].browse(hers).message_ids.mapped("body"),
    )
    for action in actions:
        with pytest.raises(AccessError):
            world.request(action, HIS)
    for model, values in (
        ("faturamento_br.series", {"company_id": company, "environment": "production"}),
        ("faturamento_br.certificate", {"company_id": company, "name": "x"}),
    ):
        with pytest.raises(AccessError):
            world.request(lambda env, model=model, values=values: env[model].create(values), "contabilidade")


def test_a_user_of_both_sees_the_chosen_one(world: World, sides: SimpleNamespace) -> None:
    def join(env: Any) -> None:
        env["res.users"].search([("login", "=", "contabilidade")]).company_ids = [(4, sides.company)]

    world.request(join, "")
    with world.env("contabilidade", allowed_company_ids=[sides.company]) as env:
        assert env["faturamento_br.document"].search([]).company_id.ids == [sides.company]
        assert env["faturamento_br.series"].search([]).company_id.ids == [sides.company]
    with world.env() as env:
        hers = env.ref("faturamento_br.demo_company").ids
    with world.env("contabilidade", allowed_company_ids=hers) as env:
        assert sides.company not in env["faturamento_br.document"].search([]).company_id.ids


def test_each_has_its_own_numbers_and_certificate(world: World, sides: SimpleNamespace) -> None:
    hers, his = (world.document(sides.moves[login][0]) for login in (HERS, HIS))
    assert hers.number == his.number == 1
    assert hers.access_key[6:20] == world.cnpj
    assert his.access_key[6:20] == cnpj_of(world.root + 2_000_000)
    assert his.access_key[:2] == "31"  # Minas Gerais
    with world.env(HIS) as env:
        own = env.company.fbr_certificate_id
        assert own.company_id.id == sides.company
        assert not env["faturamento_br.certificate"].search([]) - own


def test_secrets_are_read_by_nobody(world: World, sides: SimpleNamespace) -> None:
    """Certificate, password and seal: not even the administrator's session reads them."""
    from odoo.exceptions import AccessError

    with world.env("admin") as env:
        certificate = env["faturamento_br.certificate"].search([], limit=1)
        assert certificate
        for record, name in (
            (certificate, "pfx_encrypted"),
            (certificate, "password_encrypted"),
            (env.company, "fbr_production_seal"),
        ):
            with pytest.raises(AccessError):
                record.read([name])
            assert name not in record.fields_get()


def test_files_are_downloaded_by_their_own_side_alone(
    world: World, sides: SimpleNamespace, serve: Callable[..., Any]
) -> None:
    """XML and DANFE through /web/content: the owner gets them; the other side and strangers do not."""
    good, _bad = sides.moves[HERS]
    with world.env() as env:
        move = env["account.move"].browse(good)
        document = move.fbr_document_id
        files = document.xml_attachment_id | document.danfe_attachment_id | move.invoice_pdf_report_id
        paths = [f"/web/content/{file.id}" for file in files]
        contents = [file.raw for file in files]
        signed = f"/web/content/faturamento_br.document.attempt/{document.attempt_ids.id}/signed_xml"
    assert len(paths) == 3
    server = serve(world.database)
    owner = Visitor(server.url).log_in(world.database, HERS)
    for path, content in zip(paths, contents, strict=True):
        assert owner.get(path) == (200, content)
    assert owner.get(signed)[0] == 200
    for visitor in (Visitor(server.url).log_in(world.database, HIS), Visitor(server.url)):
        for path in (*paths, signed):
            status, body = visitor.get(path)
            assert status in (403, 404) or b"login" in body, (path, status)
            assert not any(content in body for content in contents)
    with world.env(HIS) as env:
        assert not env["ir.attachment"].search([("id", "in", files.ids)])
