"""The commands of ``python3 -m dev``: a name, a function of the arguments left, an exit status."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from . import console, demo, i18n, lint, run_tests, simulator
from .odoo_runner import Odoo
from .paths import ADDON, ROOT, VAR, cache
from .postgres import OwnServer, connection
from .template import Templates

TEMPORARY = (r"fbr\_test\_%", r"fbr\_e2e\_%")


def run(arguments: list[str]) -> int:
    """run COMMAND…   any command with Odoo importable and the database server reachable"""
    return subprocess.run(arguments, env=Odoo.ensure().environment).returncode


def createdb(arguments: list[str]) -> int:
    """createdb NAME [deps|deps_demo|addon|addon_demo|company|tests]   a database from a template (addon)"""
    name, kind = (*arguments, "addon")[:2]
    templates = Templates(Odoo.ensure())
    levels: dict[str, Callable[[], str]] = {
        "deps": templates.dependencies,
        "deps_demo": lambda: templates.dependencies(demo=True),
        "addon": templates.addon,
        "addon_demo": lambda: templates.addon(demo=True),
        "company": templates.demo_company,
        "tests": templates.test_companies,
    }
    templates.copy(levels[kind](), name)
    return 0


def dropdb(arguments: list[str]) -> int:
    """dropdb NAME…   remove databases and their attachments"""
    templates = Templates(Odoo.ensure())
    for name in arguments:
        templates.drop(name)
    return 0


def shell(arguments: list[str]) -> int:
    """shell [NAME]   Odoo's shell on a database (default: the demo's)"""
    odoo, database = target(arguments)
    return subprocess.run(odoo.command("shell", "-d", database, "--log-level=warn"), env=odoo.environment).returncode


def update(arguments: list[str]) -> int:
    """update [NAME]   bring the add-on in a database up to date with the checkout (default: the demo's)"""
    odoo, database = target(arguments)
    odoo.update(f"Updating faturamento_br in {database}", database, [ADDON.name])
    return 0


def target(arguments: list[str]) -> tuple[Odoo, str]:
    """The database a command is for, and the Odoo that keeps its attachments.

    :raises console.Failure: there is no such database.
    """
    odoo, database = (Odoo.ensure(), arguments[0]) if arguments else (Odoo.ensure("demo"), demo.DATABASE)
    with connection() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if not cursor.fetchone():
            raise console.Failure(f"database {database} cannot be opened", "there is none", "run: make demo SERVE=0")
    return odoo, database


def bench(arguments: list[str]) -> int:
    """bench [NAME…]   the benchmarks in bench/, or those named"""
    files = [file for file in sorted((ROOT / "bench").glob("*.py")) if not file.name.startswith("_")]
    odoo = Odoo.ensure()
    statuses = []
    for file in files:
        if not arguments or file.stem in arguments:
            print(f"=== {file.stem} ===", flush=True)
            statuses.append(subprocess.run([sys.executable, file], cwd=ROOT, env=odoo.environment).returncode)
    if not statuses:
        raise console.Failure("nothing was measured", f"no such benchmark: {arguments}", "see the files of bench/")
    return max(statuses)


def chaos(arguments: list[str]) -> int:
    """chaos [--documents 1000 --workers 4 --kills 50 --faults 0.2 --seed N]   all that can go wrong, while issuing"""
    environment = Odoo.ensure().environment
    environment |= {"PYTHONPATH": os.pathsep.join((str(ROOT / "tests"), environment["PYTHONPATH"]))}
    return subprocess.run([sys.executable, "-m", "e2e.chaos", *arguments], cwd=ROOT, env=environment).returncode


def verify(arguments: list[str]) -> int:
    """verify FILE…   check NF-e files, anybody's"""
    return with_files("verify", "verified", arguments)


def recompute(arguments: list[str]) -> int:
    """recompute FILE…   calculate the taxes of NF-e files again, anybody's"""
    return with_files("recompute", "calculated", arguments)


def with_files(module: str, done: str, arguments: list[str]) -> int:
    """Run a module of the core on the files named, or on those of FILES.

    :raises console.Failure: no file was named.
    """
    names = arguments or files_of(os.environ.get("FILES", ""))
    if not names:
        raise console.Failure(f"nothing was {done}", "no file was named", f'run: make {module} FILES="a.xml b.xml"')
    environment = {**os.environ, "PYTHONPATH": str(ADDON)}  # for the package `fiscal`
    return subprocess.run([sys.executable, "-m", f"fiscal.{module}", *names], env=environment).returncode


def files_of(text: str) -> list[str]:
    """The files that FILES names: a single one may have spaces; several are split as a shell does."""
    return [text] if Path(text).is_file() else shlex.split(text)


def clean(arguments: list[str]) -> int:
    """clean   remove var/, the demo and what tests left; ALL=1 in the environment: the cache and its server too"""
    templates = Templates(Odoo.ensure("demo"))
    simulator.stop(templates.odoo.data_dir / "faturamento_br" / "simulator")
    simulator.stop(VAR / "simulator")
    with connection() as cursor:
        # A database in use belongs to a test that is running.
        cursor.execute(
            "SELECT datname FROM pg_database WHERE datname = %s OR datname LIKE ANY(%s) AND NOT EXISTS"
            " (SELECT FROM pg_stat_activity WHERE pg_stat_activity.datname = pg_database.datname)",
            [demo.DATABASE, list(TEMPORARY)],
        )
        databases = [row[0] for row in cursor.fetchall()]
    for database in databases:
        templates.drop(database)
    for folder in [templates.odoo.data_dir, *filter(abandoned, cache().glob("odoo-data-*")), VAR]:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"Removed var/ and {len(databases)} databases.")
    if os.environ.get("ALL", "0") != "0":
        forget_everything(templates)
    else:
        print(f"Downloads and templates stay in {cache()}; `make clean ALL=1` removes them too.")
    return 0


def abandoned(folder: Path) -> bool:
    """Is this the data folder of a test run, named after its process, that is no more?"""
    process = folder.name.rsplit("-", 1)[-1]
    return process.isdigit() and not Path("/proc", process).exists()


def forget_everything(templates: Templates) -> None:
    folder = cache()
    for data_dir in folder.glob("odoo-data*"):
        simulator.stop(data_dir / "faturamento_br" / "simulator")
    for mark in templates.marks.iterdir():
        templates.drop(mark.name)
    own = OwnServer()  # not there when the databases are on a server named by PG* variables
    own.stop()
    for place in (own.home, own.socket, folder):
        shutil.rmtree(place, ignore_errors=True)
    print(f"Removed {folder}.")


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "demo": demo.run,
    "test": run_tests.test,
    "test-fast": run_tests.test_fast,
    "prove": run_tests.prove,
    "update": update,
    "shell": shell,
    "lint": lint.run,
    "i18n": i18n.run,
    "bench": bench,
    "chaos": chaos,
    "simulator": simulator.run,
    "verify": verify,
    "recompute": recompute,
    "clean": clean,
    "run": run,
    "createdb": createdb,
    "dropdb": dropdb,
}


def dispatch(arguments: list[str]) -> int:
    """Run one command; without a known one, list them all."""
    if not arguments or arguments[0] not in COMMANDS:
        print("python3 -m dev COMMAND, where COMMAND is one of:")
        print("\n".join(f"  {function.__doc__}" for function in COMMANDS.values()))
        return 2
    return COMMANDS[arguments[0]](arguments[1:])
