"""What the command lines of the core share: files read, problems printed a line each, in the reader's language."""

import sys
from collections.abc import Mapping
from pathlib import Path

from ..problems import Problem, _
from .reading import LIMIT
from .words import say, told, wants_portuguese

_LINE = 1000


class Console:
    """One run of a command: what it prints, in Portuguese where the environment's language (LANG) is.

    What has no translation stays English.
    """

    def __init__(self):
        # A terminal that knows no accents must not end the run.
        sys.stdout.reconfigure(errors="backslashreplace")
        self._portuguese = wants_portuguese()

    def usage(self, text: str) -> int:
        """Say how the command is called; the exit status of one that named no file."""
        print(say(text, self._portuguese), file=sys.stderr)
        return 2

    def line(self, place: object, problem: Problem) -> str:
        """A problem and where it is, on one line."""
        return one_line(f"{place}: {told(problem, self._portuguese)}")

    def say(self, text: str, params: Mapping[str, object] | None = None) -> str:
        """``text`` in the reader's language, with what belongs into it."""
        said = say(text, self._portuguese)
        return said % params if params else said


def read_file(path: Path) -> bytes | Problem:
    """What is in a file, a byte more than the limit at most; or why it cannot be read."""
    try:
        if path.exists() and not path.is_file():
            return Problem("not_a_file", "", _("This is not a file."))
        with path.open("rb") as file:
            return file.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        return unreadable(error)


def unreadable(error: Exception) -> Problem:
    """A file that could not be read, and why."""
    return Problem("unreadable", "", _("The file cannot be read: %(why)s."), params={"why": error})


def one_line(text: str) -> str:
    """``text`` without line breaks or control characters, and not endless, whatever a file or its name holds."""
    line = "".join(character if character.isprintable() else " " for character in " ".join(text.split()))
    return line if len(line) <= _LINE else f"{line[:_LINE]}…"
