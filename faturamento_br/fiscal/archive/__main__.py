"""``python -m fiscal.archive a.zip b.zip``: one line a problem and a voided range, then ``N files, M problems``.

Exit status 0 when all is well, 1 when there are problems, 2 when no file was named.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from ..problems import Problem, _
from ..verify.console import Console, unreadable
from .check import Archive
from .facts import Voided

_USAGE = _("usage: python -m fiscal.archive FILE.zip...")
_SUM = _("%(files)s files, %(problems)s problems")


def main(names: Sequence[str]) -> int:
    """Judge the archives named; print what is wrong with them; return the exit status."""
    console = Console()
    if not names:
        return console.usage(_USAGE)
    files = count = 0
    for name in names:
        found: list[tuple[str, Problem]] = []
        voided: list[Voided] = []
        try:
            with Path(name).open("rb") as file:
                archive = Archive(file)
                for entry in archive.entries():
                    found += [(f"{name}/{entry.name}", problem) for problem in entry.problems]
            files += archive.files
            voided = archive.voided
            found += [(name, problem) for problem in archive.problems]
        except OSError as error:
            found.append((name, unreadable(error)))
        for place, problem in [*found, *((name, each.line()) for each in voided)]:
            print(console.line(place, problem))
        count += len(found)
    print(console.say(_SUM, {"files": files, "problems": count}))
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
