"""``make lint``: ruff for everything, pylint-odoo for what is Odoo's."""

import subprocess
import sys

from . import console
from .paths import ADDON, ROOT
from .queue_addon import ADDON as QUEUE_ADDON

# Rules of pylint-odoo that do not fit here, and why.
NOT_OURS = {
    "bad-builtin-groupby": "of sorted rows, itertools' own is meant",
    "consider-merging-classes-inherited": "one capability, one file",
    "manifest-required-author": "the author must be the OCA",
    "missing-readme": "the OCA's own template",
    "missing-return": "a _compute_ method returns nothing",
    "prefer-env-translation": "_ marks texts that are translated later (fiscal/problems.py)",
}
PYLINT = ["--rcfile=pyproject.toml", "--disable=all", "--enable=odoolint", f"--disable={','.join(NOT_OURS)}"]
CHECKS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "pylint-odoo": ["pylint", *PYLINT, "--score=n", ADDON.name, QUEUE_ADDON.name],
}


def run(arguments: list[str]) -> int:
    """lint   ruff (rules and format) and pylint-odoo"""
    failed = []
    for name, command in CHECKS.items():
        print(f"=== {name} ===", flush=True)
        if subprocess.run([sys.executable, "-m", *command], cwd=ROOT).returncode:
            failed.append(name)
    if failed:
        raise console.Failure(
            f"lint: {', '.join(failed)}",
            "see the lines above",
            "mend them; python3 -m dev run ruff format . (and ruff check --fix .) does most of it",
        )
    return 0
