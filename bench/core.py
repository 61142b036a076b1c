"""Speed of the fiscal core, as ratios measured in one run: ``python bench/core.py`` (no Odoo, no network).

* build + sign + validate, over the floor that nobody can avoid: the RSA-2048 signature of a digest, one C14N and one
  XSD validation on a tree that is there already. Targets: 1.5 at 1 item, 3 at 20 and 200 items.
* build, against nfelib's way: the same document in its bindings, written with ``to_xml``. Target: 10 times faster.

CPU time of one thread is measured, repetitions are interleaved and the median counts: a busy machine slows all sides
alike.
"""

import argparse
import importlib
import sys
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path
from statistics import median
from time import thread_time_ns

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "faturamento_br"), str(ROOT / "tests" / "fiscal")]

import nfe_samples  # noqa: E402
import pki  # noqa: E402
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: E402
from cryptography.hazmat.primitives.hashes import SHA1  # noqa: E402
from fiscal import schema, sign  # noqa: E402
from fiscal.certificate import Certificate  # noqa: E402
from fiscal.documents import nfe  # noqa: E402
from fiscal.spec import TaxedInvoice  # noqa: E402
from fiscal.taxes.engine import tax_invoice  # noqa: E402
from lxml import etree  # noqa: E402

FLOOR_TARGETS = {1: 1.5, 20: 3.0, 200: 3.0}
NFELIB_TARGET = 10.0


def sample(items: int) -> TaxedInvoice:
    """An ordinary invoice: ICMS, IPI-free goods, PIS, COFINS, IBS and CBS on each item."""
    return tax_invoice(nfe_samples.invoice(*(nfe_samples.item(number) for number in range(1, items + 1))))


def ours(taxed: TaxedInvoice, certificate: Certificate) -> bytes:
    """What issuing costs: the signed bytes, validated as they will be sent."""
    signed = sign.sign(nfe.build(taxed).element, certificate)
    if problems := schema.validate(signed):
        raise SystemExit("\n".join(map(str, problems)))
    return signed


def floor(tree: etree._Element, compiled: etree.XMLSchema, certificate: Certificate) -> None:
    """The work that any implementation does at least."""
    digest = sha1(etree.tostring(tree, method="c14n")).digest()
    certificate.private_key.sign(digest, PKCS1v15(), SHA1())
    if not compiled.validate(tree):
        raise SystemExit(str(compiled.error_log))


def medians(repetitions: int, *jobs: Callable[[], object]) -> list[float]:
    """The median CPU milliseconds of each job; the jobs take turns."""
    times: list[list[int]] = [[] for job in jobs]
    for job in jobs:
        job()
    for _repetition in range(repetitions):
        for job, spent in zip(jobs, times, strict=True):
            start = thread_time_ns()
            job()
            spent.append(thread_time_ns() - start)
    return [median(spent) / 1e6 for spent in times]


def against_floor(items: int, repetitions: int, certificate: Certificate) -> bool:
    """Print one line of the first table; whether the target is met."""
    taxed = sample(items)
    tree = etree.fromstring(ours(taxed, certificate))
    compiled = etree.XMLSchema(etree.parse(str(schema.find("nfe_v4.00.xsd"))))
    element = nfe.build(taxed).element
    signed = sign.sign(element, certificate)
    whole, least, build, signing, validating = medians(
        repetitions,
        lambda: ours(taxed, certificate),
        lambda: floor(tree, compiled, certificate),
        lambda: nfe.build(taxed),
        lambda: sign.sign(element, certificate),
        lambda: schema.validate(signed),
    )
    ratio, target = whole / least, FLOOR_TARGETS[items]
    print(
        f"{items:>5} items  {whole:8.2f} ms  floor {least:7.2f} ms  {ratio:5.2f}×  target {target:.1f}×  "
        f"(build {build:.2f}, sign {signing:.2f}, validate {validating:.2f})"
    )
    return ratio <= target


def against_nfelib(repetitions: int) -> bool:
    """Print the comparison with nfelib's bindings at one item; whether the target is met."""
    bindings = importlib.import_module("nfelib.nfe.bindings.v4_0.leiaute_nfe_v4_00")
    taxed = sample(1)
    parsed = bindings.TnfeProc.Nfe if hasattr(bindings.TnfeProc, "Nfe") else bindings.Tnfe
    document = etree.tostring(nfe.build(taxed).element).decode()
    theirs = parsed.from_xml(document)
    mine, other = medians(repetitions, lambda: nfe.build(taxed), lambda: theirs.to_xml())
    ratio = other / mine
    print(
        f"    1 item   build {mine:.2f} ms  nfelib to_xml {other:.2f} ms  {ratio:.1f}× faster  target {NFELIB_TARGET}×"
    )
    return ratio >= NFELIB_TARGET


def main() -> int:
    """Print both tables; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=60)
    repetitions = parser.parse_args().repetitions
    certificate = Certificate.load(pki.pfx(), pki.PASSWORD)
    print("build + sign + validate, over the floor (RSA-2048 signature + C14N + XSD on the same tree)")
    met = [against_floor(items, max(repetitions // (1 + items // 50), 5), certificate) for items in FLOOR_TARGETS]
    print("build, against nfelib")
    met.append(against_nfelib(repetitions))
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
