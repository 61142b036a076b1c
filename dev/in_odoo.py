"""Run ``main(env, arguments)`` of a Python file inside Odoo: ``python in_odoo.py DATABASE FILE [ARGUMENT…]``.

The work of a file is one transaction: committed if it ends well, undone if it raises. A file may commit earlier by
itself where its job does so.
"""

import runpy
import sys

from odoo import SUPERUSER_ID, api, tools
from odoo.modules.registry import Registry


def run(database: str, file: str, arguments: list[str]) -> None:
    tools.config.parse_config(["-d", database, "--no-http", "--log-level=warn"], setup_logging=True)
    with Registry(database).cursor() as cursor:
        env = api.Environment(cursor, SUPERUSER_ID, {})
        env = env(context=env["res.users"].context_get())
        runpy.run_path(file)["main"](env, arguments)


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], sys.argv[3:])
