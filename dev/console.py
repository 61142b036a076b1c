"""Telling the person at the terminal what is going on, and what to do when it went wrong."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

QUIET_SECONDS = 10  # without a terminal: one line of progress each so many seconds


class Failure(Exception):
    """A step that cannot go on.

    :param what: what failed.
    :param why: the reason, as far as it is known.
    :param cure: what the person should do next.
    """

    def __init__(self, what: str, why: str, cure: str):
        self.what, self.why, self.cure = what, why, cure
        super().__init__(what)

    def __str__(self) -> str:
        return f"\nFAILED: {self.what}\n  why:  {self.why}\n  do:   {self.cure}"


@contextmanager
def step(title: str, detail: Callable[[], str] = lambda: "") -> Iterator[None]:
    """Show that a long step is alive, and how long it took.

    :param detail: called now and then; a short text on how far the step is ("45 MB").
    """
    start = time.monotonic()
    finished = threading.Event()
    terminal = sys.stdout.isatty()

    def show(mark: str, end: str) -> None:
        seconds = time.monotonic() - start
        line = f"{mark} {title}" + (f": {text}" if (text := detail()) else "") + f"  ({seconds:.0f} s)"
        print(f"\r\033[K{line}" if terminal else line, end=end, flush=True)

    def keep_showing() -> None:
        while not finished.wait(0.5 if terminal else QUIET_SECONDS):
            show("…", "" if terminal else "\n")

    watcher = threading.Thread(target=keep_showing, daemon=True)
    watcher.start()
    mark = "✗"
    try:
        yield
        mark = "✓"
    finally:
        finished.set()
        watcher.join()
        show(mark, "\n")


def run(
    command: Sequence[str | Path],
    log: Path,
    what: str,
    cure: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run a command, its output into ``log``.

    :raises Failure: it ended with an error; the reason shown is the end of its output.
    """
    with log.open("wb") as output:
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=env, cwd=cwd)
        except FileNotFoundError as missing:
            raise Failure(what, f"there is no command {command[0]} here", cure) from missing
    if done.returncode:
        raise Failure(what, f"{tail(log)}\n        (all of it in {log})", cure)


def tail(log: Path, lines: int = 12) -> str:
    """The end of a log, indented for a :class:`Failure`."""
    text = log.read_text(errors="replace").strip().splitlines()
    return "\n        ".join(text[-lines:]) or "it said nothing"
