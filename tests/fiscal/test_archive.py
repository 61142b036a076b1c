"""Monthly archives: the same bytes for the same content, and a check that finds what was done to one."""

import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from fiscal.archive import __main__ as command
from fiscal.archive.check import Archive
from fiscal.archive.facts import COLUMNS, read_facts, read_voided
from fiscal.archive.writer import MANIFEST, SUMS, ArchiveWriter, folder, sha256_of

GOLDEN = Path(__file__).parent / "golden"
PLAIN = (GOLDEN / "nfe_plain.xml").read_bytes()
EVERYTHING = (GOLDEN / "nfe_everything.xml").read_bytes()
EVENT = b'<procEventoNFe xmlns="http://www.portalfiscal.inf.br/nfe" versao="1.00"/>'
PROOF = (
    b'<ProcInutNFe xmlns="http://www.portalfiscal.inf.br/nfe" versao="4.00"><inutNFe versao="4.00"><infInut Id="x">'
    b"<tpAmb>2</tpAmb><xServ>INUTILIZAR</xServ><cUF>35</cUF><ano>26</ano><CNPJ>11222333000181</CNPJ><mod>55</mod>"
    b"<serie>1</serie><nNFIni>10</nNFIni><nNFFin>12</nNFFin><xJust>Falha do sistema</xJust></infInut></inutNFe>"
    b'<retInutNFe versao="4.00"><infInut><tpAmb>2</tpAmb><cStat>102</cStat><xMotivo>Inutilizado</xMotivo><cUF>35</cUF>'
    b"<dhRecbto>2026-11-23T23:31:00-03:00</dhRecbto><nProt>135260000000002</nProt></infInut></retInutNFe></ProcInutNFe>"
)
PROOF_NAME = f"{folder('55', 1, 'voided')}/procInutNFe-2026-001-10-12.xml"


def make(path, files=(), **manifest):
    with ArchiveWriter(path) as writer:
        for name, data in files:
            writer.add(name, data)
        facts = [found for _name, data in files if (found := read_facts(data))]
        proofs = [found.identity() for _name, data in files if (found := read_voided(data))]
        told = {"voided": proofs, "documents": len(facts), "total": str(sum(each.total for each in facts)), **manifest}
        writer.add_manifest(**told)
    return path


@pytest.fixture
def archive(tmp_path):
    names = ((folder("55", 1, "authorized"), PLAIN), (folder("55", 1, "cancelled"), EVERYTHING))
    files = [(f"{place}/NFe{number}.xml", data) for number, (place, data) in enumerate(names)]
    return make(tmp_path / "a.zip", [*files, (f"{folder('55', 1, 'cancelled')}/event.xml", EVENT)])


def judged(path):
    with path.open("rb") as file:
        found = Archive(file)
        entries = list(found.entries())
    return found, entries


def codes(path):
    found, entries = judged(path)
    of_files = {(entry.name, problem.code) for entry in entries for problem in entry.problems}
    return {code for _name, code in of_files} | {problem.code for problem in found.problems}


def rewritten(path, change, **options):
    """A copy of an archive whose files went through ``change(name, data)``, which gives None for one to leave out."""
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", **options) as copy:
        for info in source.infolist():
            if (data := change(info.filename, source.read(info))) is not None:
                copy.writestr(info.filename, data)
    return target


def test_facts_are_those_of_the_xml():
    facts = read_facts(PLAIN)
    assert facts.access_key in PLAIN.decode()
    assert f"<vNF>{facts.total}</vNF>".encode() in PLAIN
    for column in COLUMNS:
        by_cfop = sum((sums[column] for sums in facts.by_cfop.values()), Decimal(0))
        assert by_cfop == facts.amounts[column], column
    assert read_facts(EVENT) is None
    assert read_facts(b"no xml") is None


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.glob("nfe_*.xml")))
def test_sums_by_cfop_are_the_documents_totals(name):
    facts = read_facts((GOLDEN / name).read_bytes())
    assert facts.total > 0
    for column in ("vICMS", "vST", "vIPI", "vICMSUFDest", "vII", "vIBS"):
        assert sum((sums[column] for sums in facts.by_cfop.values()), Decimal(0)) == facts.amounts[column], column


def test_the_same_content_gives_the_same_bytes(tmp_path):
    first = make(tmp_path / "1.zip", [("a.xml", PLAIN)], month="2026-11")
    second = make(tmp_path / "2.zip", [("a.xml", PLAIN)], month="2026-11")
    assert first.read_bytes() == second.read_bytes()
    assert sha256_of(first) != sha256_of(make(tmp_path / "3.zip", [("a.xml", EVERYTHING)], month="2026-11"))


def test_a_document_is_in_it_once(tmp_path):
    with ArchiveWriter(tmp_path / "a.zip") as writer:
        writer.add("a.xml", PLAIN)
        with pytest.raises(ValueError, match=r"a\.xml"):
            writer.add("a.xml", PLAIN)


def test_a_right_archive_has_its_lists_and_situations(archive):
    found, entries = judged(archive)
    assert found.problems == []
    assert [entry.situation for entry in entries] == ["authorized", "cancelled", "cancelled"]
    assert (found.documents, found.files) == (2, 4)
    assert found.total == read_facts(PLAIN).total + read_facts(EVERYTHING).total
    assert zipfile.ZipFile(archive).read(SUMS).decode().count("\n") == 4
    # The examples are not signed: the check says so of each document, and of nothing else.
    assert {problem.code for entry in entries for problem in entry.problems} == {"signature_count", "xsd"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda name, data: data.replace(b"<vNF>", b"<vNF>9") if name.endswith("NFe0.xml") else data, "zip_hash"),
        (lambda name, data: None if name.endswith("event.xml") else data, "zip_file_gone"),
        (lambda name, data: None if name == SUMS else data, "zip_list_missing"),
        (lambda name, data: None if name == MANIFEST else data, "zip_list_missing"),
        (lambda name, data: b'{"documents": 3, "total": "x"}' if name == MANIFEST else data, "zip_totals"),
        (lambda name, data: b"[" * 100_000 if name == MANIFEST else data, "zip_hash"),
    ],
)
def test_what_was_done_to_it_is_found(archive, change, code):
    assert code not in codes(archive)
    assert code in codes(rewritten(archive, change))


def test_voided_numbers_are_told_from_their_proof(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    voided = read_voided(PROOF)
    assert (voided.model, voided.series, voided.first, voided.last, voided.numbers) == ("55", 1, 10, 12, 3)
    assert (voided.year, voided.received, voided.protocolo) == (2026, date(2026, 11, 23), "135260000000002")
    assert [read_voided(data) for data in (PLAIN, EVENT, b"no xml", b"<ProcInutNFe/>")] == [None] * 4
    path = make(tmp_path / "a.zip", [(PROOF_NAME, PROOF)])
    found, [entry] = judged(path)
    assert (found.problems, found.voided, entry.situation, found.documents) == ([], [voided], "voided", 0)
    # It is verified as any proof is: this one is not signed.
    assert {"signature_count", "xsd"} <= {problem.code for problem in entry.problems}
    command.main([str(path)])
    assert "Model 55, series 1, numbers 10 to 12: voided, protocol 135260000000002." in capsys.readouterr().out
    assert read_voided(PROOF.replace(b"2026-11-23T23", b"hoje")).received is None
    former = PROOF.replace(b"<cStat>102", b"<cStat>563").replace(b"<nProt>135260000000002</nProt>", b"")
    again = make(tmp_path / "b.zip", [(PROOF_NAME, former)])
    assert codes(again) == codes(path)
    refused = make(tmp_path / "c.zip", [(PROOF_NAME, PROOF.replace(b"<cStat>102", b"<cStat>241"))])
    assert codes(refused) - codes(path) == {"proof_cStat"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda _name, _data: None, {"zip_file_gone", "zip_voided"}),
        (lambda _name, data: data.replace(b"<nNFFin>12", b"<nNFFin>19"), {"zip_hash", "zip_voided"}),
        (lambda _name, data: data.replace(b"135260000000002", b"135260000000003"), {"zip_hash", "zip_voided"}),
        (lambda _name, data: data.replace(b"Falha", b"Erros"), {"zip_hash"}),
    ],
)
def test_what_was_done_to_a_proof_of_voided_numbers_is_found(tmp_path, change, expected):
    path = make(tmp_path / "a.zip", [(PROOF_NAME, PROOF)])
    changed = rewritten(path, lambda name, data: change(name, data) if name == PROOF_NAME else data)
    new = codes(changed) - codes(path)
    assert expected <= new
    assert new - expected <= {"proof_id"}


def test_a_proof_put_in_is_found_and_an_older_list_has_none(tmp_path):
    told = make(tmp_path / "a.zip", [(PROOF_NAME, PROOF)], voided=[{"model": []}, 7])
    found, _entries = judged(told)
    assert [problem.code for problem in found.problems] == ["zip_voided", "zip_voided"]
    older = make(tmp_path / "b.zip", [(PROOF_NAME, PROOF)], voided=None)
    assert judged(older)[0].problems == []


def test_hostile_files_harm_nothing(tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../etc/passwd.xml", b"<x/>")
        archive.writestr("big.xml", b"0" * (20 * 2**20))
    assert codes(bomb) >= {"zip_list_missing"}
    for data in (b"", b"PK\x03\x04", b"no zip at all", bomb.read_bytes()[:-30]):
        cut = tmp_path / "cut.zip"
        cut.write_bytes(data)
        assert "zip_unreadable" in codes(cut)
    found = Archive(io.BytesIO(b"x"))
    assert list(found.entries()) == []


def test_the_command(archive, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    right = make(tmp_path / "right.zip")
    assert command.main([str(right)]) == 0
    assert capsys.readouterr().out == "1 files, 0 problems\n"
    assert command.main([str(archive), str(tmp_path / "none.zip")]) == 1
    said = capsys.readouterr().out
    assert "NFe0.xml" in said
    assert "none.zip" in said
    assert command.main([]) == 2
