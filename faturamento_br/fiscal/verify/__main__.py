"""``python -m fiscal.verify a.xml b.xml``: one line a problem, then ``N files, M problems``.

In Portuguese where the environment's language (LANG) is; what has no translation stays English. Exit status 0 when all
is well, 1 when there are problems, 2 when no file was named.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from ..problems import Problem, _
from . import verify_bytes
from .console import Console, read_file

_USAGE = _("usage: python -m fiscal.verify FILE...")
_SUM = _("%(files)s files, %(problems)s problems")


def main(names: Sequence[str]) -> int:
    """Verify the files named; print what is wrong with them; return the exit status."""
    console = Console()
    if not names:
        return console.usage(_USAGE)
    count = 0
    for name in names:
        for problem in verify_file(Path(name)):
            print(console.line(name, problem))
            count += 1
    print(console.say(_SUM, {"files": len(names), "problems": count}))
    return 1 if count else 0


def verify_file(path: Path) -> list[Problem]:
    """:func:`~fiscal.verify.verify_bytes` of a file; what cannot be read is a problem, too."""
    data = read_file(path)
    return [data] if isinstance(data, Problem) else verify_bytes(data)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
