"""``make test``: the core, Odoo, the browser; each with its time. A skipped test is not a passed one."""

import os
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import system_tools, venv
from .odoo_runner import Odoo
from .paths import ADDON, ROOT, VAR
from .template import Templates

USUAL = "not prove"
LONG = "prove"
ALL_TOOLS = tuple(system_tools.TOOLS)
CORE_TOOLS = ("signature check",)  # xmlsec1 judges the core's signatures
NO_TESTS = 5  # pytest's exit status when it found none


@dataclass(frozen=True)
class Part:
    """A part of the suite: what pytest is called with, and in which environment."""

    name: str
    arguments: tuple[str | Path, ...]
    environment: dict[str, str]


def test(arguments: list[str]) -> int:
    """test [PYTEST OPTION…]   core, Odoo, browser"""
    return whole(USUAL, arguments)


def prove(arguments: list[str]) -> int:
    """prove [PYTEST OPTION…]   the long proofs of all three"""
    return whole(LONG, arguments)


def test_fast(arguments: list[str]) -> int:
    """test-fast [PYTEST OPTION…]   the core alone"""
    system_tools.ensure(*CORE_TOOLS)
    return run_parts([core(USUAL, arguments)])


def whole(marked: str, arguments: Sequence[str]) -> int:
    start = time.monotonic()
    system_tools.ensure(*ALL_TOOLS)
    odoo = Odoo.ensure(f"test-{os.getpid()}")
    templates = Templates(odoo)
    database = f"fbr_test_{os.getpid()}"
    template = templates.addon()
    try:
        templates.copy(template, database)
        print(f"Set-up: {time.monotonic() - start:.0f} s", flush=True)
        parts = [core(marked, arguments), addon(marked, arguments, odoo, database)]
        return run_parts([*parts, end_to_end(marked, arguments, odoo, template)], may_be_empty=marked == LONG)
    finally:
        templates.drop(database)
        shutil.rmtree(odoo.data_dir, ignore_errors=True)
        odoo.config.unlink(missing_ok=True)


def core(marked: str, arguments: Sequence[str]) -> Part:
    return Part("core", ("-m", marked, "tests", "--ignore=tests/e2e", *arguments), venv.environment(dict(os.environ)))


def addon(marked: str, arguments: Sequence[str], odoo: Odoo, database: str) -> Part:
    """The add-on's own tests, each in a transaction that is undone, on a database with the add-on installed."""
    options = ("-p", "odoo", f"--odoo-config={odoo.config}", f"--odoo-database={database}", "--odoo-http")
    return Part("Odoo", (*options, "-m", marked, ADDON / "tests", *arguments), odoo.environment)


def end_to_end(marked: str, arguments: Sequence[str], odoo: Odoo, template: str) -> Part:
    """Tests with real servers, real commits and a real browser; each copies the template for itself."""
    environment = {**odoo.environment, "FATURAMENTO_BR_TEMPLATE": template}
    return Part("end to end", ("-m", marked, "tests/e2e", *arguments), environment)


def run_parts(parts: Sequence[Part], may_be_empty: bool = False) -> int:
    """Run all parts, also after one failed; prints a table of them.

    :param may_be_empty: whether a part without a single test is right.
    """
    reports = VAR / "test-results"
    shutil.rmtree(reports, ignore_errors=True)
    reports.mkdir(parents=True)
    rows = [run_part(part, reports / f"{part.name.replace(' ', '-')}.xml", may_be_empty) for part in parts]
    print("\n  part         tests   seconds   result")
    for name, tests, seconds, verdict in rows:
        print(f"  {name:<12} {tests:>5}   {seconds:>7.1f}   {verdict}")
    return 0 if all(verdict == "passed" for *_, verdict in rows) else 1


def run_part(part: Part, report: Path, may_be_empty: bool) -> tuple[str, int, float, str]:
    print(f"\n=== {part.name} ===", flush=True)
    start = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-rsxX", f"--junitxml={report}", *part.arguments]
    status = subprocess.run(command, cwd=ROOT, env=part.environment, stdin=subprocess.DEVNULL).returncode
    seconds = time.monotonic() - start
    suites = ET.parse(report).getroot().iter("testsuite") if report.exists() else ()
    counts = [(int(suite.get("tests", 0)), int(suite.get("skipped", 0))) for suite in suites]
    tests, skipped = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
    return part.name, tests, seconds, verdict(status, skipped, may_be_empty)


def verdict(status: int, skipped: int, may_be_empty: bool) -> str:
    if status == NO_TESTS:
        return "passed" if may_be_empty else "FAILED: no tests were found"
    if status:
        return f"FAILED (pytest's exit status {status})"
    return f"FAILED: {skipped} skipped" if skipped else "passed"
