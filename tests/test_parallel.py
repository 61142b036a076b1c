"""``make test`` runs parts beside each other: none is lost, none is taken for passed, none stays behind."""

import os
import re
import time
from pathlib import Path

import pytest

from dev.parallel import Part, Parts

OUTSIDE = ("-p", "no:cacheprovider", "--rootdir=/", "-c", os.devnull)  # not this project's settings
PLAIN = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
SECONDS = 120  # the longest wait, on a machine that has other work


def part(folder: Path, name: str, source: str) -> Part:
    file = folder / f"test_{name}.py"
    file.write_text(source)
    return Part(name, (*OUTSIDE, file), PLAIN)


def run(folder: Path, *parts: Part, **options) -> int:
    with Parts(folder, **options) as running:
        running.add(*parts)
        return running.finish()


def test_a_part_that_fails_is_told_and_the_others_run(tmp_path, capfd):
    status = run(
        tmp_path,
        part(tmp_path, "bad", "def test_bad():\n    assert 'this' == 'that'\n"),
        part(tmp_path, "good", "def test_good():\n    pass\n"),
        part(tmp_path, "skipped", "import pytest\n@pytest.mark.skip\ndef test_skipped():\n    pass\n"),
        part(tmp_path, "empty", ""),
        at_once=2,
    )
    said = capfd.readouterr().out
    assert status == 1
    assert "'this' == 'that'" in said
    verdicts = dict(re.findall(r"^  (\w+) +\d+ +[\d.]+ +[\d.]+   (.+)$", said, re.MULTILINE))
    assert verdicts == {
        "bad": "FAILED (pytest's exit status 1)",
        "good": "passed",
        "skipped": "FAILED: 1 skipped",
        "empty": "FAILED: no tests were found",
    }


def test_no_more_at_once_than_told(tmp_path):
    """Each part writes down when it began and ended."""
    source = (
        "import pathlib, time\ndef test_times():\n    file = pathlib.Path(__file__).with_suffix('.times')\n"
        "    start = time.time(); time.sleep(0.2); file.write_text(f'{start} {time.time()}')\n"
    )
    assert run(tmp_path, *(part(tmp_path, name, source) for name in ("one", "two")), at_once=1) == 0
    times = sorted(tuple(map(float, file.read_text().split())) for file in tmp_path.glob("*.times"))
    assert times[0][1] <= times[1][0]


@pytest.mark.parametrize("stubborn", [False, pytest.param(True, marks=pytest.mark.prove)])
def test_an_interrupt_ends_all_that_was_started(tmp_path, monkeypatch, stubborn):
    """Also what a part started itself, and a part that does not listen."""
    monkeypatch.setattr("dev.parallel.LAST_SECONDS", 2 if stubborn else 60)
    listens = "SIG_IGN" if stubborn else "default_int_handler"  # whatever a shell's background job inherits
    source = (
        "import os, pathlib, signal, subprocess, sys, time\n"
        f"signal.signal(signal.SIGINT, signal.{listens})\ndef test_for_ever():\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "    partial = pathlib.Path(__file__).with_suffix('.partial')\n"
        "    partial.write_text(f'{os.getpid()} {child.pid}'); partial.rename(partial.with_suffix('.pids'))\n"
        "    time.sleep(600)\n"
    )
    pids = tmp_path / "test_endless.pids"
    with Parts(tmp_path) as running:
        running.add(part(tmp_path, "endless", source))
        wait_for(pids.exists)
    for pid in pids.read_text().split():
        wait_for(lambda pid=pid: gone(pid))


def wait_for(ready):
    deadline = time.monotonic() + SECONDS
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def gone(pid: str) -> bool:
    """Is this process no more, or dead and only waiting for whoever inherits it to take notice?"""
    try:
        return Path("/proc", pid, "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True
