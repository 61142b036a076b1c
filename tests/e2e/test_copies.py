"""A copied database cannot send to production; a copy that issues at the simulator does no harm unseen."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from psycopg2 import sql

from dev import postgres
from dev.template import Templates

from .world import World

pytestmark = pytest.mark.usefixtures("calm")


def rename(old: str, new: str) -> None:
    with postgres.connection() as cursor:
        cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


def createdb(template: str, name: str) -> None:
    with postgres.connection() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))


def dump_and_restore(original: str, name: str, folder: Path) -> None:
    programs, dump = postgres.PROGRAMS / "bin", folder / "dump"
    subprocess.run([programs / "pg_dump", "-Fc", "-f", dump, original], check=True)
    with postgres.connection() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    subprocess.run([programs / "pg_restore", "--no-owner", "-d", name, dump], check=True)


@pytest.fixture
def copy_of(world: World, templates: Templates) -> Iterator[Callable[[str], World]]:
    """``copy_of(name)``: the world as seen from a database of that name, which the test has made."""
    made: list[World] = []

    def look(name: str) -> World:
        made.append(world.elsewhere(name))
        return made[-1]

    yield look
    for other in made:
        other.let_go()
        templates.drop(other.database)


@pytest.fixture
def production(world: World) -> Iterator[int]:
    """The company issues in production; gives an invoice whose document is signed and not sent.

    Nothing here may ever call ``_transmit`` in the original: it would speak to SEFAZ.
    """
    from odoo.addons.faturamento_br.tests.certificates import PASSWORD, make_pfx

    def switch_on(env) -> None:
        company = env.ref("faturamento_br.demo_company")
        upload = {"pfx_upload": make_pfx(world.cnpj), "password_upload": PASSWORD, "company_id": company.id}
        env["faturamento_br.certificate"].create(upload)
        wizard = env["faturamento_br.production.wizard"].create(
            {"company_id": company.id, "typed_tax_id": world.cnpj, "understood": True}
        )
        wizard.action_confirm()

    world.request(switch_on, "admin")
    move = world.post()
    world.sign(move)
    document = world.document(move)
    assert (document.environment, document.state) == ("production", "signed"), document.said
    yield move
    world.request(lambda env: env.ref("faturamento_br.demo_company")._fbr_use_simulator(), "admin")


def may_send(world: World) -> bool:
    """Whether production is proved to be this database's own."""
    from odoo.exceptions import UserError

    with world.env() as env:
        company = env.ref("faturamento_br.demo_company")
        assert company.fbr_environment == "production"
        try:
            company._fbr_checked_environment()
        except UserError:
            return False
        return True


def refuses_production(copy: World, move: int) -> None:
    """Nobody and nothing sends from there: not the button, not the job, not who writes the field."""
    from odoo.exceptions import UserError

    assert not may_send(copy)
    copy.hasten(move)
    copy.run_transmit()
    waiting = copy.document(move)
    assert (waiting.state, waiting.attempts[0].sendings) == ("signed", 0)
    assert [code for code, *_ in waiting.problems] == ["unreachable"]
    another = copy.post()
    with pytest.raises(UserError, match="copy"):
        copy.issue(another, lang="en_US")
    assert not copy.document(another).attempts
    with pytest.raises(UserError):
        copy.request(
            lambda env: env.ref("faturamento_br.demo_company").write({"fbr_environment": "production"}), "admin"
        )


def test_copied_by_createdb(world: World, copy_of, production: int) -> None:
    assert may_send(world)
    world.let_go()
    createdb(world.database, f"{world.database}_copy")
    copy = copy_of(f"{world.database}_copy")
    refuses_production(copy, production)
    neutralized(copy)
    assert may_send(world)


def neutralized(copy: World) -> None:
    """``--neutralize`` takes it back to the simulator."""
    from odoo.modules.neutralize import neutralize_database

    with copy.env() as env:
        neutralize_database(env.cr)
        env.cr.commit()
        env.invalidate_all()
        company = env.ref("faturamento_br.demo_company")
        assert company.fbr_environment == "simulator"
        env.cr.execute("SELECT count(*) FROM res_company WHERE fbr_production_seal IS NOT NULL")
        assert env.cr.fetchone() == (0,)


@pytest.mark.prove
def test_restored_from_a_dump(world: World, copy_of, production: int, tmp_path: Path) -> None:
    dump_and_restore(world.database, f"{world.database}_restored", tmp_path)
    refuses_production(copy_of(f"{world.database}_restored"), production)


@pytest.mark.prove
def test_renamed(world: World, copy_of, production: int) -> None:
    """A new name needs production switched on again; under its own name it goes on."""
    world.let_go()
    rename(world.database, f"{world.database}_new")
    try:
        renamed = copy_of(f"{world.database}_new")
        assert not may_send(renamed)
        renamed.let_go()
    finally:
        rename(f"{world.database}_new", world.database)
    assert may_send(world)


def test_on_another_installation(world: World, production: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same name and uuid on another server, even one that has the key of the certificates."""
    monkeypatch.setenv("FATURAMENTO_BR_INSTANCE", "another installation, with a name long enough")
    assert not may_send(world)
    monkeypatch.undo()
    assert may_send(world)


@pytest.mark.prove
def test_a_copy_issued_the_number_first(world: World, copy_of) -> None:
    """A copy at the simulator issues an invoice under its key with other contents: the original learns it, in words."""
    move = world.post()
    world.let_go()
    createdb(world.database, f"{world.database}_twin")
    copy = copy_of(f"{world.database}_twin")
    copy.request(lambda env: setattr(env["account.move"].browse(move), "narration", "Issued by the copy"))
    copy.issue(move)
    assert copy.document(move).state == "authorized"
    world.issue(move)
    document = world.document(move)
    assert document.access_key == copy.document(move).access_key
    assert (document.state, [code for code, *_ in document.problems]) == ("rejected", ["other_bytes"])
    assert len(world.authorised(document.number)) == 1
    world.issue(move)
    again = world.document(move)
    assert (again.state, again.number) == ("authorized", document.number + 1)
