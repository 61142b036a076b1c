"""The commands of ``python3 -m dev``."""

import subprocess
import sys
from collections.abc import Callable

from .odoo_runner import Odoo
from .template import Templates

DEMO = "faturamento_br_demo"


def run(arguments: list[str]) -> int:
    """run COMMAND…   any command with Odoo importable and the database server reachable"""
    odoo = Odoo.ensure()
    return subprocess.run(arguments, env=odoo.environment).returncode


def createdb(arguments: list[str]) -> int:
    """createdb NAME [deps|deps_demo|addon|addon_demo]   a new database from a template (default: addon)"""
    name, kind = (*arguments, "addon")[:2]
    templates = Templates(Odoo.ensure())
    level = templates.dependencies if kind.startswith("deps") else templates.addon
    templates.copy(level(demo=kind.endswith("_demo")), name)
    return 0


def dropdb(arguments: list[str]) -> int:
    """dropdb NAME…   remove databases and their attachments"""
    templates = Templates(Odoo.ensure())
    for name in arguments:
        templates.drop(name)
    return 0


def shell(arguments: list[str]) -> int:
    """shell [NAME]   Odoo's shell on a database (default: the demo's)"""
    odoo = Odoo.ensure()
    return subprocess.run(odoo.command("shell", "-d", *(arguments or [DEMO])), env=odoo.environment).returncode


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    function.__name__: function for function in (run, createdb, dropdb, shell)
}


def dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        print("\n".join(f"  {function.__doc__}" for function in COMMANDS.values()))
        return 2
    return COMMANDS[arguments[0]](arguments[1:])


if __name__ == "__main__":
    sys.exit(dispatch(sys.argv[1:]))
