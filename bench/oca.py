"""The tax engine beside OCA's l10n_br_fiscal 19.0: the same lines, in one process: ``python bench/oca.py``.

OCA's add-ons (AGPL) are only run: they come from PyPI into a folder of this benchmark's own in the cache, and nothing
of the project reads them. Their engine works on records, so both run inside an Odoo that has only theirs installed.

ICMS 18 %, IPI 10 %, PIS 1.65 %, COFINS 7.6 %, IBS and CBS of 2026 on each line, sold to a contributor of the same UF
that resells them. Two things are a choice of who uses OCA's, and are made here as the law of this sale has them: the
customer is a contributor (else its engine, rightly, puts the IPI into the base of the ICMS: CF art. 155 §2 XI leaves it
out between contributors only), and the groups of PIS and COFINS are without ICMS (STF, tema 69; as it is installed,
they are not). How many amounts agree as it is installed is told too. Of OCA's two steps, finding the taxes
of a line (``map_fiscal_taxes``) and computing them (``compute_taxes``), the second alone counts, with taxes that are
already found; ours finds its rules, checks that the line can be taxed right, and computes. Both sides' records, rules
and tables are read before the clock starts. CPU time of one thread, least of the rounds, which take turns. Their
database takes minutes to install and is kept.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from time import thread_time_ns

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "faturamento_br"), str(ROOT / "bench")]

from dev import console, venv  # noqa: E402
from dev.odoo_runner import Odoo  # noqa: E402
from dev.paths import cache, digest, log_file  # noqa: E402
from dev.template import Templates  # noqa: E402

DATABASE = "faturamento_br_bench_oca"
#: Odoo itself is named by their requirements and is not on PyPI, so nothing comes that is not listed here.
PACKAGES = (
    "odoo-addon-l10n_br_fiscal==19.0.2.10.0.1",
    "odoo-addon-l10n_br_base==19.0.2.5.0.1",
    "odoo-addon-uom_alias==19.0.1.0.0.4",
    "erpbrasil-base==2.5.1",
    "xsdata==26.10",
    "email-validator==2.4.0",
    "dnspython==2.9.2",
    "num2words==0.5.14",
    "docopt==0.6.2",
)
#: What their view asks of Odoo's, later than Debian's 19.0.0; no tax depends on it. File, what it says, what will do.
MENDED = (("l10n_br_base/views/res_partner_view.xml", 'name="display_name" position', 'name="vat" position'),)
TAXES = ("icms_18", "ipi_10", "pis_1_65", "cofins_7_6", "ibs_0_1", "cbs_0_9")
TARGET = 10.0
LINES, ROUNDS = 200, 5
#: The amount of each tax, of what ours gives back.
AMOUNTS = {
    **{name: (lambda taxed, name=name: getattr(taxed, name).amount) for name in ("icms", "ipi", "pis", "cofins")},
    "ibs": lambda taxed: taxed.ibs_cbs.ibs_amount,
    "cbs": lambda taxed: taxed.ibs_cbs.cbs_amount,
}
#: Of the goods of bench/taxes.py the one with these rates.
GOODS = 9


def site() -> Path:
    """The folder with OCA's packages, filled if it is not there, whole."""
    folder = cache() / f"bench-oca-{digest(*PACKAGES)}"
    complete = folder / ".complete"
    if not complete.exists():
        with console.step("Installing OCA's l10n_br_fiscal for this benchmark"):
            console.run(
                [venv.ensure(), "-m", "pip", "install", "--no-deps", "--upgrade", "--target", folder, *PACKAGES],
                log_file("bench-oca"),
                "OCA's packages could not be installed",
                "see that this machine reaches its Python package index, then run the command again",
            )
        for name, said, mended in MENDED:
            file = folder / "odoo" / "addons" / name
            file.write_text(file.read_text().replace(said, mended))
        complete.touch()
    return folder


@dataclass(frozen=True)
class OdooWithOca(Odoo):
    """An Odoo whose add-ons folder is OCA's in place of ours."""

    @cached_property
    def environment(self) -> dict[str, str]:
        inherited = super().environment
        return {**inherited, "PYTHONPATH": os.pathsep.join((inherited["PYTHONPATH"], str(site())))}


class Theirs:
    """A company, a customer and a product in OCA's models, and the taxes of a line."""

    def __init__(self, env):
        br = env.ref("base.br")
        place = {"country_id": br.id, "state_id": env.ref("base.state_br_sp").id}
        self.company = env["res.company"].create({"name": "Bench", **place})
        self.company.tax_framework = "3"
        env = env(context={"allowed_company_ids": self.company.ids})
        self.partner = env["res.partner"].create({"name": "Cliente", "is_company": True, **place})
        self.ncm = env.ref("l10n_br_fiscal.ncm_94016100")
        self.product = env["product.product"].create({"name": "Bem", "type": "consu", "ncm_id": self.ncm.id})
        self.operation_line = env.ref("l10n_br_fiscal.fo_venda_venda")
        self.cfop = env.ref("l10n_br_fiscal.cfop_5101")
        self.taxes = env["l10n_br_fiscal.tax"].concat(*(env.ref(f"l10n_br_fiscal.tax_{name}") for name in TAXES))

    def compute(self, lines):
        return [
            self.taxes.compute_taxes(
                company=self.company,
                partner=self.partner,
                product=self.product,
                price_unit=price,
                quantity=quantity,
                uom_id=self.product.uom_id,
                fiscal_price=price,
                fiscal_quantity=quantity,
                uot_id=self.product.uom_id,
                discount_value=discount,
                insurance_value=0.0,
                other_value=0.0,
                freight_value=freight,
                ncm=self.ncm,
                cest=self.product.cest_id,
                operation_line=self.operation_line,
                cfop=self.cfop,
                icms_origin="0",
                ind_final="0",
            )
            for quantity, price, discount, freight in lines
        ]

    def choose(self):
        """From now on as the law has this sale: its customer, and ICMS out of the base of PIS and COFINS."""
        self.partner.ind_ie_dest = "1"
        contributions = self.taxes.filtered(lambda tax: tax.tax_domain in ("pis", "cofins"))
        contributions.tax_group_id.base_without_icms = True

    def find(self, count):
        for _line in range(count):
            self.operation_line.map_fiscal_taxes(
                company=self.company, partner=self.partner, product=self.product, ncm=self.ncm, ind_final="0"
            )


class Ours:
    """The core with the 3,000 rules of bench/taxes.py."""

    def __init__(self):
        import taxes

        self.bench, self.book = taxes, taxes.rulebook()

    def compute(self, lines):
        return self.bench.taxed(self.book, lines)


def main(env, _arguments):
    """Inside Odoo: both sides take turns; their speed, and whether they say the same."""
    ours, theirs = Ours(), Theirs(env)
    plain = [(ours.bench.ncm(GOODS), *values) for _ncm, *values in ours.bench.lines(LINES)]
    floats = [tuple(map(float, line[1:])) for line in plain]
    mine = ours.compute(plain)
    compare("as OCA's is installed", mine, theirs.compute(floats))
    theirs.choose()
    agreed = compare("the customer a contributor, PIS and COFINS without ICMS", mine, theirs.compute(floats))
    theirs.find(1)
    jobs = {
        "ours": lambda: ours.compute(plain),
        "theirs": lambda: theirs.compute(floats),
        "finding": lambda: theirs.find(LINES),
    }
    spent = {name: [] for name in jobs}
    for _round in range(ROUNDS):
        for name, job in jobs.items():
            start = thread_time_ns()
            job()
            spent[name].append(thread_time_ns() - start)
    each = {name: min(times) / LINES / 1e3 for name, times in spent.items()}
    ratio = each["theirs"] / each["ours"]
    print(f"{LINES} lines, 6 taxes each, µs an item: ours {each['ours']:.0f}, OCA's compute_taxes {each['theirs']:.0f}")
    print(f"ours is {ratio:.0f}× faster   target {TARGET:.0f}×{'' if ratio >= TARGET else '   missed'}")
    print(f"(finding the taxes, map_fiscal_taxes, is another {each['finding']:.0f} µs an item, not counted)")
    env.cr.rollback()
    if not agreed or ratio < TARGET:
        raise SystemExit(1)


def compare(how, ours, theirs):
    """Print by tax how many amounts are the same, and one that is not; whether all are."""
    told = []
    for name, amount in AMOUNTS.items():
        pairs = [
            (amount(mine), Decimal(f"{other['taxes'][name]['tax_value']:.2f}"))
            for mine, other in zip(ours, theirs, strict=True)
        ]
        unlike = [pair for pair in pairs if pair[0] != pair[1]]
        text = f"{name} {len(pairs) - len(unlike)} of {len(pairs)}"
        told.append(text + (f" (ours {unlike[0][0]}, theirs {unlike[0][1]})" if unlike else ""))
    print(f"the same amounts, {how}: {', '.join(told)}")
    return "(" not in "".join(told)


if __name__ == "__main__":
    plain = Odoo.ensure("bench")
    odoo = OdooWithOca(plain.source, plain.pg_variables, plain.purpose, site() / "odoo" / "addons")
    templates = Templates(odoo)
    key = digest(*PACKAGES, str(MENDED), plain.source.version)
    template = templates.ensure(
        "oca", key, lambda name: odoo.install("Installing OCA's l10n_br_fiscal (once)", name, ["l10n_br_fiscal"])
    )
    try:
        templates.copy(template, DATABASE)
        command = [sys.executable, "-P", ROOT / "dev" / "in_odoo.py", DATABASE, __file__]
        status = subprocess.run(command, cwd=ROOT, env=odoo.environment).returncode
    finally:
        templates.drop(DATABASE)
    sys.exit(status)
