"""autXML and infRespTec: what some UFs demand of who may read the XML and of who made the software."""

from dataclasses import replace
from datetime import timedelta

import nfe_samples as samples
import pki
import pytest
from fiscal import schema, sign
from fiscal.certificate import Certificate
from fiscal.digits import is_cnpj
from fiscal.documents import nfe
from fiscal.documents.nfe.check_access import check_readers, check_technician
from fiscal.documents.nfe.commercial import csrt_hash
from fiscal.documents.nfe.findings import Findings
from fiscal.tables import rows
from fiscal.taxes.engine import tax_invoice

SEFAZ_BA = "13937073000156"
# The example of NT 2018.005, item 5.2 (as corrected by v1.30).
CSRT = "G8063VRTNDMO886SFNK5LDUDEI24XJ22YIPO"
KEY = "41180678393592000146558900000006041028190697"
HASH = "aWv6LeEM4X6u4+qBI2OYZ8grigw="


def from_uf(uf, **changes):
    made = samples.invoice()
    return replace(made, emitter=replace(made.emitter, address=replace(made.emitter.address, uf=uf)), **changes)


def found(check, invoice):
    findings = Findings()
    check(invoice, findings)
    return [(problem.code, problem.path) for problem in findings]


def test_who_demands_a_technician():
    demanding = {row["uf"] for row in rows("uf") if found(check_technician, from_uf(row["uf"], technician=None))}
    assert demanding == {"AM", "MS", "PE", "PR", "SC", "TO"}


def test_what_a_missing_technician_says():
    findings = Findings()
    check_technician(from_uf("SC", technician=None), findings)
    assert "972" in str(findings[0])
    assert "Settings" in str(findings[0])


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, ["csrt_missing"]),
        ({"emission_type": "6"}, []),
        ({"issued_at": samples.ISSUED - timedelta(days=365)}, []),
        ({"technician": replace(samples.TECHNICIAN, csrt_id="01", csrt=CSRT)}, []),
        ({"technician": replace(samples.TECHNICIAN, csrt_id="1", csrt=CSRT)}, ["invalid"]),
    ],
)
def test_csrt_in_parana(changes, codes):
    assert [code for code, _path in found(check_technician, from_uf("PR", **changes))] == codes


def test_hash_of_the_official_example():
    assert csrt_hash(CSRT, KEY) == HASH


def test_csrt_is_written_as_its_hash_only():
    technician = replace(samples.TECHNICIAN, csrt_id="01", csrt=CSRT)
    built = nfe.build(tax_invoice(samples.invoice(technician=technician)))
    signer = Certificate.load(pki.pfx(samples.EMITTER.tax_id), pki.PASSWORD)
    signed = sign.sign(built.element, signer)
    assert schema.validate(signed, nfe.NFE.schema) == []
    assert CSRT.encode() not in signed
    assert f"<hashCSRT>{csrt_hash(CSRT, built.access_key)}</hashCSRT>".encode() in signed


def test_who_demands_an_accountant():
    demanding = {row["uf"] for row in rows("uf") if found(check_readers, from_uf(row["uf"]))}
    assert demanding == {"BA"}
    assert found(check_readers, from_uf("BA", authorized_readers=(SEFAZ_BA,))) == []


def test_sefaz_stands_in_for_an_accountant():
    findings = Findings()
    check_readers(from_uf("BA"), findings)
    assert "13.937.073/0001-56" in str(findings[0])
    assert all(is_cnpj(row["otherwise"]) for row in rows("reader_ufs"))


def test_at_most_ten_readers():
    readers = tuple(f"{number:011}" for number in range(11))
    assert ("readers_count", "authorized_readers") in found(check_readers, samples.invoice(authorized_readers=readers))
