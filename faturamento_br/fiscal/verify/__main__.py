"""``python -m fiscal.verify a.xml b.xml``: one line a problem, then ``N files, M problems``.

In Portuguese where the environment's language (LANG) is; what has no translation stays English. Exit status 0 when all
is well, 1 when there are problems, 2 when no file was named.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from ..problems import Problem, _
from . import verify_bytes
from .reading import LIMIT
from .words import say, told, wants_portuguese

_LINE = 1000
_USAGE = _("usage: python -m fiscal.verify FILE...")
_SUM = _("%(files)s files, %(problems)s problems")


def main(names: Sequence[str]) -> int:
    """Verify the files named; print what is wrong with them; return the exit status."""
    # A terminal that knows no accents must not end the run.
    sys.stdout.reconfigure(errors="backslashreplace")
    portuguese = wants_portuguese()
    if not names:
        print(say(_USAGE, portuguese), file=sys.stderr)
        return 2
    count = 0
    for name in names:
        for problem in verify_file(Path(name)):
            print(one_line(f"{name}: {told(problem, portuguese)}"))
            count += 1
    print(say(_SUM, portuguese) % {"files": len(names), "problems": count})
    return 1 if count else 0


def verify_file(path: Path) -> list[Problem]:
    """:func:`~fiscal.verify.verify_bytes` of a file; what cannot be read is a problem, too."""
    data = read_file(path)
    return [data] if isinstance(data, Problem) else verify_bytes(data)


def read_file(path: Path) -> bytes | Problem:
    """What is in a file, a byte more than the limit at most; or why it cannot be read."""
    try:
        if path.exists() and not path.is_file():
            return Problem("not_a_file", "", _("This is not a file."))
        with path.open("rb") as file:
            return file.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        return Problem("unreadable", "", _("The file cannot be read: %(why)s."), params={"why": error})


def one_line(text: str) -> str:
    """``text`` without line breaks or control characters, and not endless, whatever a file or its name holds."""
    line = "".join(character if character.isprintable() else " " for character in " ".join(text.split()))
    return line if len(line) <= _LINE else f"{line[:_LINE]}…"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
