"""``make test``: the core, Odoo, real processes, the browser; each with its time. A skipped test is not a passed one.

The parts run beside each other, a few at a time, and share nothing but the templates and the database server. What
a part says is printed whole when it ends.
"""

import os
import shutil
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from . import parallel, system_tools, testing_day, venv
from .odoo_runner import Odoo
from .parallel import Part
from .paths import ADDON, ROOT, VAR
from .template import Templates

USUAL = "not prove"
LONG = "prove"
ALL_TOOLS = ("browser", "pdf printer", "signature check", "pdf reader")
CORE_TOOLS = ("signature check",)  # xmlsec1 judges the core's signatures
END_TO_END = ROOT / "tests" / "e2e"
REPORTS = VAR / "test-results"
# What shares nothing with the other end-to-end tests is a part of its own: cores are not idle while one part ends.
ALONE = {
    "sending": ("certainty", "cold_read", "numbering", "queries", "sending_rules"),
    "first NF-e": ("browser_first_nfe",),
}


def test(arguments: list[str]) -> int:
    """test [PYTEST OPTION…]   core, Odoo, processes, browser"""
    return whole(USUAL, arguments)


def prove(arguments: list[str]) -> int:
    """prove [PYTEST OPTION…]   the long proofs of all parts"""
    return whole(LONG, arguments)


def test_fast(arguments: list[str]) -> int:
    """test-fast [PYTEST OPTION…]   the core alone"""
    system_tools.ensure(*CORE_TOOLS)
    with parallel.Parts(fresh_reports()) as parts:
        parts.add(core(USUAL, arguments))
        return parts.finish()


def whole(marked: str, arguments: Sequence[str]) -> int:
    start = time.monotonic()
    system_tools.ensure(*ALL_TOOLS)
    odoo = Odoo.ensure(f"test-{os.getpid()}")
    templates = Templates(odoo)
    database = f"fbr_test_{uuid.uuid4().hex[:8]}"
    try:
        with parallel.Parts(fresh_reports(), may_be_empty=marked == LONG) as parts:
            parts.add(core(marked, arguments))  # needs no database: it runs while the templates are made
            templates.copy(templates.test_companies(), database)
            templates.demo_company()  # most parts begin with it
            print(f"Set-up: {time.monotonic() - start:.0f} s", flush=True)
            in_odoo = addon(marked, arguments, odoo, database)
            browser, *others = end_to_end(marked, arguments, odoo, templates.addon())
            parts.add(browser, in_odoo, *others)
            return parts.finish()
    finally:
        templates.drop(database)
        shutil.rmtree(odoo.data_dir, ignore_errors=True)
        odoo.config.unlink(missing_ok=True)


def fresh_reports() -> Path:
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    return REPORTS


def core(marked: str, arguments: Sequence[str]) -> Part:
    """The core; of its tests with random examples, thousands of them prove."""
    outside = ("tests", f"--ignore={END_TO_END}")
    environment = venv.environment(dict(os.environ)) | testing_day.environment()
    if marked == LONG:
        marked, environment["FATURAMENTO_BR_EXAMPLES"] = f"{LONG} or hypothesis", LONG
    return Part("core", ("-m", marked, *outside, *arguments), environment)


def addon(marked: str, arguments: Sequence[str], odoo: Odoo, database: str) -> Part:
    """The add-on's own tests, each in a transaction that is undone, on a database with the add-on installed."""
    options = ("-p", "odoo", f"--odoo-config={odoo.config}", f"--odoo-database={database}", "--odoo-http")
    environment = odoo.environment | testing_day.environment()
    return Part("Odoo", (*options, "-m", marked, ADDON / "tests", *arguments), environment)


def end_to_end(marked: str, arguments: Sequence[str], odoo: Odoo, template: str) -> list[Part]:
    """Real servers, real commits and a real browser; each copies the templates for itself. The longest first."""
    environment = odoo.environment | testing_day.environment() | {"FATURAMENTO_BR_TEMPLATE": template}
    left = {file.stem.removeprefix("test_"): file for file in sorted(END_TO_END.glob("test_*.py"))}
    alone = {name: [left.pop(file) for file in files] for name, files in ALONE.items()}
    browser = [left.pop(name) for name in list(left) if name.startswith("browser_")]
    parts = {"browser": browser, "processes": list(left.values()), **alone}
    return [Part(name, ("-m", marked, *files, *arguments), environment) for name, files in parts.items()]
