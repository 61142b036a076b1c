"""Template databases: each is built once and named after what it was built from; a run copies one in a second.

Two levels: Odoo with the modules the add-on depends on (minutes to build, seldom changes), and that with the add-on
(seconds to build, changes with the add-on). Each exists without and with Odoo's demo data.
"""

import os
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from psycopg2 import sql

from . import postgres
from .odoo_runner import Odoo
from .paths import ADDON, cache, digest, lock, tree_digest
from .venv import RUNTIME, requirements_key

MODULES = ("account", "crm", "sale_management", "sale_crm", "l10n_br", "l10n_br_sales")
PREFIX = "fbr_template"
RECIPE = "2"  # raise it when the way of building changes
ASSETS = Path(__file__).with_name("assets.py")
KEPT = 3  # unused templates of one kind that stay, and so many go at a time
KEPT_HOURS = 2


class Templates:
    """The templates of one Odoo, and copies of them for its purpose."""

    def __init__(self, odoo: Odoo):
        self.odoo = odoo
        self.builder = replace(odoo, purpose="")  # templates serve all purposes
        self.marks = cache() / "templates"  # one empty file each: touched when used
        self.marks.mkdir(exist_ok=True)

    def dependencies(self, demo: bool = False) -> str:
        """Name of the template with the modules the add-on depends on."""
        # Two servers' templates share the cache's folder of attachments: never under one name.
        server = filter(None, [postgres.place()])
        key = digest(RECIPE, self.odoo.source.version, requirements_key(RUNTIME), *MODULES, *server)
        kind = "deps_demo" if demo else "deps"

        def build(name: str) -> None:
            self.builder.install("Installing Odoo's own modules (once)", name, MODULES, demo)
            self.make_assets(name)

        return self.ensure(kind, key, build)

    def addon(self, demo: bool = False) -> str:
        """Name of the template with the add-on installed."""
        parent = self.dependencies(demo)
        key = digest(RECIPE, parent, tree_digest(ADDON, leave_out=["tests"]), ASSETS.read_text())
        kind = "addon_demo" if demo else "addon"

        def build(name: str) -> None:
            self.copy(parent, name, self.builder)
            self.builder.install("Installing faturamento_br", name, [ADDON.name], demo)
            self.make_assets(name)

        return self.ensure(kind, key, build)

    def demo_company(self) -> str:
        """Name of the template with the add-on and its demo company, in Portuguese."""
        return self.scripted("company", "Loading the demo company", Path(__file__).with_name("demo_company.py"))

    def test_companies(self) -> str:
        """Name of the template with the add-on and the companies that its own tests begin with."""
        return self.scripted("tests", "Founding the tests' companies", ADDON / "tests" / "spare_companies.py")

    def scripted(self, kind: str, title: str, file: Path) -> str:
        """A template with the add-on, in which one of our scripts was run."""
        parent = self.addon()

        def build(name: str) -> None:
            self.copy(parent, name, self.builder)
            self.builder.script(title, name, file)

        return self.ensure(kind, digest(RECIPE, parent, file.read_text()), build)

    def make_assets(self, name: str) -> None:
        self.builder.script("Preparing the web client's assets", name, ASSETS)

    def ensure(self, kind: str, key: str, build: Callable[[str], None]) -> str:
        """Build a template under another name and rename it when it is whole, so that a name means a whole one."""
        name = f"{PREFIX}_{kind}_{key}"
        if not self.exists(name):
            with lock(name):
                if not self.exists(name):
                    partial = f"{name}_partial"
                    self.drop(partial)
                    build(partial)
                    self.rename(partial, name)
        (self.marks / name).touch()
        self.forget_old(kind)
        return name

    def exists(self, name: str) -> bool:
        with postgres.connection() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            found = cursor.fetchone() is not None
        # Another cache may share the database server: a database without its files is of no use here.
        if found and not (self.marks / name).exists():
            self.drop(name)
            return False
        return found

    def rename(self, partial: str, name: str) -> None:
        shutil.rmtree(self.builder.filestore / name, ignore_errors=True)
        if (self.builder.filestore / partial).exists():
            (self.builder.filestore / partial).rename(self.builder.filestore / name)
        (self.marks / name).touch()
        with postgres.connection() as cursor:
            old, new = sql.Identifier(partial), sql.Identifier(name)
            # Nobody may connect: a copy fails while somebody does.
            cursor.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true").format(old))
            cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(old, new))

    def copy(self, template: str, name: str, owner: Odoo | None = None) -> None:
        """``createdb -T``, with the attachments. A database called ``name`` is replaced.

        :param owner: the Odoo that will use it, when it is not this one.
        """
        self.drop(name)
        (self.marks / template).touch()
        with postgres.connection() as cursor:
            cursor.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        with postgres.connection(name) as cursor:
            cursor.execute("UPDATE ir_config_parameter SET value = %s WHERE key = 'database.uuid'", [str(uuid.uuid4())])
        source, target = self.builder.filestore / template, (owner or self.odoo).filestore / name
        shutil.rmtree(target, ignore_errors=True)
        if source.exists():
            # Attachments are named after their content and never written again, so links do.
            shutil.copytree(source, target, copy_function=os.link)

    def drop(self, name: str) -> None:
        """Remove a database and its attachments, whoever is connected."""
        with postgres.connection() as cursor:
            # One that somebody was killed while dropping is invalid (-2): it takes no ALTER, only another DROP.
            cursor.execute("SELECT datistemplate, datconnlimit = -2 FROM pg_database WHERE datname = %s", [name])
            if row := cursor.fetchone():
                is_template, is_invalid = row
                if is_template and not is_invalid:
                    cursor.execute(sql.SQL("ALTER DATABASE {} WITH IS_TEMPLATE false").format(sql.Identifier(name)))
                # Not WITH (FORCE): that fails when it meets an autovacuum, which plain DROP sends away by itself.
                if not is_invalid:
                    cursor.execute(
                        sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(sql.Identifier(name))
                    )
                cursor.execute(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                    " WHERE datname = %s AND usename = current_user",
                    [name],
                )
                cursor.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
        for owner in (self.builder, self.odoo):
            shutil.rmtree(owner.filestore / name, ignore_errors=True)
        (self.marks / name).unlink(missing_ok=True)

    def forget_old(self, kind: str) -> None:
        """Drop the oldest templates of a kind that nobody used for hours, a few at a time, but for the newest.

        One process at a time: while one drops a database, it is invalid to another.
        """
        with lock("forgetting templates"):
            self.drop_old(kind)

    def drop_old(self, kind: str) -> None:
        length = len(digest(""))
        same_kind = self.marks.glob(f"{PREFIX}_{kind}_{'?' * length}")
        newest_first = sorted(same_kind, key=lambda mark: mark.stat().st_mtime, reverse=True)
        for mark in newest_first[KEPT:][-KEPT:]:
            if time.time() - mark.stat().st_mtime > KEPT_HOURS * 3600:
                self.drop(mark.name)
