"""``faturamento_br_queue`` and what it needs: OCA's job queue, fetched only when its tests or its benchmark run."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

from . import console
from .odoo_runner import Odoo
from .paths import ROOT, cache, digest, lock, log_file, tree_digest
from .template import RECIPE, Templates

ADDON = ROOT / "faturamento_br_queue"
REQUIREMENTS = ROOT / "requirements-queue.txt"
#: Odoo starts the queue's runner only when it is told so: a module for the server, not for a database.
SERVER_WIDE = "--load=base,web,queue_job"


def ensure(odoo: Odoo) -> Odoo:
    """``odoo`` with the queue's add-on beside ours.

    :raises console.Failure: the packages could not be installed.
    """
    target = cache() / f"queue-{digest(REQUIREMENTS.read_text())}"
    if not target.exists():
        with lock("OCA's job queue"):
            if not target.exists():
                install(target)
    return replace(odoo, beside=target)


def install(target: Path) -> None:
    partial = target.with_name(f"{target.name}-partial")
    shutil.rmtree(partial, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-deps", "--target", partial]
    with console.step("Installing OCA's job queue"):
        console.run(
            [*pip, "-r", REQUIREMENTS],
            log_file("queue"),
            "OCA's job queue could not be installed",
            "see that this machine reaches its Python package index, then run the command again",
        )
    partial.rename(target)


def template(odoo: Odoo) -> str:
    """Name of the template with the demo company and ``faturamento_br_queue``.

    :param odoo: with the queue beside it (:func:`ensure`).
    """
    templates = Templates(odoo)
    parent = templates.demo_company()

    def build(name: str) -> None:
        templates.copy(parent, name, templates.builder)
        templates.builder.install(f"Installing {ADDON.name}", name, [ADDON.name])

    return templates.ensure("queue", digest(RECIPE, parent, tree_digest(ADDON), REQUIREMENTS.read_text()), build)
