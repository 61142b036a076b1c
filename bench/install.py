"""Installing the add-on over a database that has only Odoo's Brazilian localisation: seconds, and of what.

Odoo's own modules which the add-on asks for (sales, CRM) come with it, as they do for who has only l10n_br.
"""

import resource
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "faturamento_br_bench_install"
MOST_SECONDS = 90.0


def processor():
    """Seconds of the processor that this process's children took; the database server is none of them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    """Install l10n_br, then the add-on, and print what the second took; 1 when it took too long."""
    from dev.odoo_runner import Odoo
    from dev.template import Templates

    odoo = Odoo.ensure("bench")
    templates = Templates(odoo)
    templates.drop(DATABASE)
    try:
        odoo.install("Installing l10n_br", DATABASE, ["l10n_br"], False)
        start, before = time.perf_counter(), processor()
        odoo.install("Installing faturamento_br", DATABASE, ["faturamento_br"], False)
        seconds = time.perf_counter() - start
    finally:
        templates.drop(DATABASE)
    told = "" if seconds <= MOST_SECONDS else "   over"
    print(f"faturamento_br over l10n_br: {seconds:.0f} s, {processor() - before:.0f} s of Odoo's processor")
    print(f"target {MOST_SECONDS:.0f} s{told}")
    return 1 if told else 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
