"""Running Odoo: its configuration file, its environment, its commands on one database."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from . import console, odoo_source, postgres, venv
from .paths import ADDON, ROOT, VAR, cache, date_by_contents, digest, log_file

LAUNCH = Path(__file__).with_name("odoo_bin.py")


@dataclass(frozen=True)
class Odoo:
    """A ready Odoo: its source, a server to keep databases on, and a data folder.

    :param purpose: names the data folder, which holds attachments, sessions, the add-on's keys and its simulator.
        The demo and each run of the tests have one of their own; "" is everybody else's.
    :param home: the folder with the add-on: this checkout, unless a former version of it is wanted.
    :param beside: a folder of packages with others' add-ons (dev/queue_addon.py); none for most purposes.
    """

    source: odoo_source.OdooSource
    pg_variables: dict[str, str]
    purpose: str = ""
    home: Path = ROOT
    beside: Path | None = None

    @classmethod
    def ensure(cls, purpose: str = "") -> "Odoo":
        """Fetch and start whatever is missing."""
        date_by_contents(ADDON / "static")
        return cls(odoo_source.ensure(), postgres.ensure(), purpose)

    @property
    def data_dir(self) -> Path:
        return cache() / "-".join(filter(None, ("odoo-data", self.purpose)))

    @property
    def filestore(self) -> Path:
        """The folder with one folder of attachments for each database."""
        return self.data_dir / "filestore"

    @cached_property
    def config(self) -> Path:
        """The configuration file, written anew: paths and safe defaults; the database server comes by PG* variables."""
        VAR.mkdir(exist_ok=True)
        file = VAR / f"{self.data_dir.name}.conf"
        others = [self.beside / "odoo" / "addons"] if self.beside else []
        addons = ",".join(map(str, (*self.source.addons, *others, self.home)))
        if self.beside:
            file = file.with_stem(f"{file.stem}-{self.beside.name}")
        if self.home != ROOT:
            file = file.with_stem(f"{file.stem}-{digest(str(self.home))}")
        partial = file.with_suffix(f".{os.getpid()}")
        partial.write_text(
            "[options]\n"
            f"addons_path = {addons}\n"
            f"data_dir = {self.data_dir}\n"
            "http_interface = 127.0.0.1\n"
            "list_db = False\n"
            "max_cron_threads = 1\n"
            "unaccent = True\n"
            f"screenshots = {VAR / 'pictures'}\n"
        )
        partial.replace(file)
        return file

    @cached_property
    def environment(self) -> dict[str, str]:
        """For any program that imports Odoo or speaks to the database server."""
        inherited = {name: value for name, value in os.environ.items() if name not in ("PGDATABASE", "ODOO_RC")}
        return {
            **venv.environment(inherited),
            **{name: value for name, value in self.pg_variables.items() if name != "PGDATABASE"},
            "PYTHONPATH": os.pathsep.join(map(str, filter(None, (self.source.path, self.beside)))),
            "ODOO_RC": str(self.config),
        }

    def command(self, *arguments: str | Path) -> list[str | Path]:
        """An Odoo command line: ``command("shell", "-d", name)``."""
        return [sys.executable, LAUNCH, *arguments]

    def run(self, title: str, log: str, *arguments: str | Path, cwd: Path | None = None) -> None:
        """Run an Odoo command that ends by itself, showing ``title`` meanwhile.

        :param log: name of the log in ``var/log``.
        :raises console.Failure: it failed, or logged an error while installing.
        """
        file = log_file(log)
        with console.step(title):
            console.run(
                self.command(*arguments),
                file,
                title,
                "read the log; when the add-on itself is at fault, mend it and run the command again",
                self.environment,
                cwd or ROOT,
            )

    def script(
        self, title: str, database: str, file: Path, *arguments: str, detail: Callable[[], str] = lambda: ""
    ) -> None:
        """Run one of our scripts with an Odoo environment on a database: ``main(env, arguments)`` of ``file``."""
        with console.step(title, detail):
            console.run(
                [sys.executable, "-P", Path(__file__).with_name("in_odoo.py"), database, file, *arguments],
                log := log_file(file.stem),
                title,
                f"read {log}; mend what it names and run the command again",
                self.environment,
                ROOT,
            )

    def install(self, title: str, database: str, modules: Sequence[str], demo: bool = False) -> None:
        """Install modules into a database, which is created if need be; in English and Brazilian Portuguese."""
        options = ("--load-language=pt_BR", "--with-demo" if demo else "--without-demo")
        self.change(title, database, "-i", modules, *options)

    def update(self, title: str, database: str, modules: Sequence[str]) -> None:
        """Update modules that are installed in a database."""
        self.change(title, database, "-u", modules)

    def change(self, title: str, database: str, verb: str, modules: Sequence[str], *options: str) -> None:
        quiet = ("--stop-after-init", "--no-http", "--max-cron-threads=0", "--log-level=warn")
        names = ",".join(modules)
        self.run(title, f"modules-{database}", "server", "-d", database, verb, names, *options, *quiet)

    def serve(self, database: str, port: int, *options: str) -> subprocess.Popen:
        """Start an Odoo server for one database in the background; its output goes where ours does."""
        only = (f"--db-filter=^{database}$", f"--http-port={port}", "--workers=0")
        return subprocess.Popen(self.command("-d", database, *only, *options), env=self.environment, cwd=ROOT)
