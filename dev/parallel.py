"""Parts of the test suite beside each other, a few at a time; each one's output whole, a table at the end."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from . import console
from .paths import ROOT

NO_TESTS = 5  # pytest's exit status when it found none
LAST_SECONDS = 30  # what a part that is interrupted gets to take its servers and databases away
STUCK_SECONDS = 300  # a test that takes longer shows where it is
RESULTS = re.compile(r"^([.,uFEsxX]+)(?: +\[ *\d+%\])?$", re.MULTILINE)  # pytest's line of dots


@dataclass(frozen=True)
class Part:
    """A part of the suite: what pytest is called with, and in which environment."""

    name: str
    arguments: tuple[str | Path, ...]
    environment: dict[str, str]


class Running:
    """A part that was started.

    :ivar seconds: how long it ran, of the clock; ``cpu`` of the processors (itself and the children it waited for).
    """

    def __init__(self, part: Part, folder: Path, ended: Callable[["Running"], None]):
        self.part = part
        base = folder / part.name.replace(" ", "-")
        self.report, self.output = base.with_suffix(".xml"), base.with_suffix(".log")
        self.status = self.seconds = self.cpu = 0.0
        self.start = time.monotonic()
        options = ("-q", "-rsxX", f"--junitxml={self.report}", "-o", f"faulthandler_timeout={STUCK_SECONDS}")
        with self.output.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "pytest", *options, *part.arguments],
                cwd=ROOT,
                env=part.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,  # a Ctrl-C at the terminal reaches us alone; we pass it on, once
            )
        self.pid = process.pid
        self.watcher = threading.Thread(target=self.watch, args=(process, ended), daemon=True)
        self.watcher.start()

    def watch(self, process: subprocess.Popen, ended: Callable[["Running"], None]) -> None:
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = self.status = os.waitstatus_to_exitcode(status)
        self.seconds, self.cpu = time.monotonic() - self.start, used.ru_utime + used.ru_stime
        ended(self)

    def done(self) -> int:
        """How many tests have ended so far."""
        return sum(len(line) for line in RESULTS.findall(self.output.read_text(errors="replace")))

    def interrupt(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """Itself and whatever it left in its process group."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def row(self, may_be_empty: bool) -> tuple[str, int, float, float, str]:
        """Name, tests, seconds, seconds of the processors, verdict."""
        suites = ET.parse(self.report).getroot().iter("testsuite") if self.report.exists() else ()
        counts = [(int(suite.get("tests", 0)), int(suite.get("skipped", 0))) for suite in suites]
        tests, skipped = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
        return self.part.name, tests, self.seconds, self.cpu, verdict(self.status, skipped, may_be_empty)


class Parts:
    """``add`` parts, then ``finish``; leaving the block ends whatever still runs.

    :param folder: where reports and outputs go.
    :param may_be_empty: whether a part without a single test is right.
    :param at_once: how many run at a time. If None, one more than the cores that this process may use: a part waits
        for its browser, its database and its servers a good part of the time.
    """

    def __init__(self, folder: Path, may_be_empty: bool = False, at_once: int | None = None):
        self.folder, self.may_be_empty = folder, may_be_empty
        self.at_once = at_once or len(os.sched_getaffinity(0)) + 1
        self.start = time.monotonic()
        self.waiting: list[Part] = []
        self.running: list[Running] = []
        self.ended: queue.SimpleQueue[Running] = queue.SimpleQueue()
        self.rows: list[tuple[str, int, float, float, str]] = []

    def __enter__(self) -> "Parts":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for part in self.running:
            part.interrupt()
        try:
            deadline = time.monotonic() + LAST_SECONDS
            for part in self.running:
                part.watcher.join(max(0, deadline - time.monotonic()))
        finally:
            for part in self.running:
                part.kill()

    def add(self, *parts: Part) -> None:
        """Parts to run, the longest first: they start in this order, as cores become free."""
        self.waiting += parts
        self.fill()

    def fill(self) -> None:
        while self.waiting and len(self.running) < self.at_once:
            self.running.append(Running(self.waiting.pop(0), self.folder, self.ended.put))

    def finish(self) -> int:
        """Wait for all parts, also after one failed, and print a table of them; 0 if all passed."""
        terminal = sys.stdout.isatty()
        while self.running:
            try:
                part = self.ended.get(timeout=0.5 if terminal else console.QUIET_SECONDS)
            except queue.Empty:
                print(f"\r\033[K{self.progress()}" if terminal else self.progress(), end="" if terminal else "\n")
                sys.stdout.flush()
                continue
            self.running.remove(part)
            part.kill()  # what it should have ended and did not
            self.fill()
            self.rows.append(part.row(self.may_be_empty))
            clear = "\r\033[K" if terminal else ""
            print(f"{clear}\n=== {part.part.name} ===\n{part.output.read_text(errors='replace')}", flush=True)
        return self.table()

    def progress(self) -> str:
        now = [f"{part.part.name} {part.done()}" for part in self.running] + [f"{part.name} …" for part in self.waiting]
        return f"… {time.monotonic() - self.start:.0f} s: " + ", ".join(now)

    def table(self) -> int:
        whole = time.monotonic() - self.start
        tests, cpu = sum(row[1] for row in self.rows), sum(row[3] for row in self.rows)
        print("\n  part         tests   seconds       CPU   result")
        for name, count, seconds, used, result in self.rows:
            print(f"  {name:<12} {count:>5}   {seconds:>7.1f}   {used:>7.1f}   {result}")
        print(f"  {'whole':<12} {tests:>5}   {whole:>7.1f}   {cpu:>7.1f}", flush=True)
        return 0 if all(result == "passed" for *_, result in self.rows) else 1


def verdict(status: float, skipped: int, may_be_empty: bool) -> str:
    """What a part's exit status and number of skipped tests mean."""
    if status == NO_TESTS:
        return "passed" if may_be_empty else "FAILED: no tests were found"
    if status:
        return f"FAILED (pytest's exit status {status:.0f})"
    return f"FAILED: {skipped} skipped" if skipped else "passed"
