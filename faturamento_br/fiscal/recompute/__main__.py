"""``python -m fiscal.recompute a.xml b.xml``: one line a difference, then what could not be judged, then the sum.

The last line is ``N items, M differences, K not judged``. Exit status 0 when there is no difference, 1 when there is,
2 when no file was named.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from ..problems import Problem, _
from ..verify.console import Console, read_file
from . import recompute_bytes

_USAGE = _("usage: python -m fiscal.recompute FILE...")
_SUM = _("%(items)s items, %(differences)s differences, %(unjudged)s not judged")
_UNJUDGED = _("not judged")


def main(names: Sequence[str]) -> int:
    """Calculate the files named again; print each difference and what could not be judged; return the exit status."""
    console = Console()
    if not names:
        return console.usage(_USAGE)
    items = differences = 0
    unjudged: list[str] = []
    for name in names:
        data = read_file(Path(name))
        if isinstance(data, Problem):
            wrong, found = [data], []
        else:
            report = recompute_bytes(data)
            items += report.judged
            wrong, found = [*report.wrong, *report.unjudged], report.differences
        for problem in found:
            print(console.line(name, problem))
        differences += len(found)
        unjudged += (console.line(name, problem) for problem in wrong)
    for line in unjudged:
        print(f"{console.say(_UNJUDGED)}: {line}")
    print(console.say(_SUM, {"items": items, "differences": differences, "unjudged": len(unjudged)}))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
