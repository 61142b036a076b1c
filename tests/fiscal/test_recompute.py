"""``make recompute``: what we wrote comes out the same; each amount that somebody changed is told with its place."""

import importlib.util
import re
from decimal import Decimal
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import icms_cases
import nfe_samples as samples
import pytest
from fiscal.documents import nfe
from fiscal.recompute import recompute_bytes
from fiscal.recompute.__main__ import main
from fiscal.rules.sheet import VALUES
from fiscal.tables import rows
from fiscal.taxes.engine import tax_invoice
from lxml import etree
from nfe_samples_reform import every_group_of_ibs_and_cbs, suspended

#: Documents of ours, beside the golden ones: every part that ICMS, IBS and CBS may have.
BUILT = {
    "icms": lambda: icms_cases.sold(icms_cases.NORMAL),
    "icms_simples": lambda: icms_cases.sold(icms_cases.SIMPLES, crt="1"),
    "reform": every_group_of_ibs_and_cbs,
    "suspended": suspended,
    "abroad": samples.abroad,
}
GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.xml"))
SAMPLES = Path(importlib.util.find_spec("nfelib").submodule_search_locations[0]) / "nfe/samples/v4_0/leiauteNFe"
#: What of our own documents is taken as it stands: a rate or a price that no element tells.
AS_TOLD = {
    "nfe_imported": ["infNFe/det[1]/imposto/II/vII"],
    "nfe_every_federal_situation": ["infNFe/det[1]/imposto/PISST/vBC"],
    "icms": [
        *(f"infNFe/det[{number}]/imposto/ICMS/ICMS00/vBC" for number in (2, 3, 4)),
        *(f"infNFe/det[{number}]/imposto/ICMS/ICMS10/vBCST" for number in (7, 8, 9)),
        "infNFe/det[32]/imposto/ICMS/ICMS90/vBCST",
    ],
    "icms_simples": ["infNFe/det[6]/imposto/ICMS/ICMSSN202/vBCST"],
}
#: What a company of Simples reduces the own ICMS by, that it takes off the one it withholds, is written nowhere.
UNTOLD = {
    "icms_simples": [
        "infNFe/det[6]/imposto/ICMS/ICMSSN202/vICMSST",
        "infNFe/total/ICMSTot/vST",
        "infNFe/total/ICMSTot/vNF",
    ]
}
#: What customs says; vTotTrib of an item is an estimate, whose sum alone is compared.
CUSTOMS = {"II/vBC", "II/vDespAdu", "II/vIOF", "vTotTrib", "II/vII", "PISST/vBC"}
#: A substitution whose own tax is above the one withheld: nothing is left of it, and the file has 0.31 all the same.
ODD = {
    "35180834128745000152550010000476491552806942-nfe.xml": [
        "infNFe/det[6]/imposto/ICMS/ICMS10/vICMSST",
        "infNFe/total/ICMSTot/vST",
        "infNFe/total/ICMSTot/vNF",
    ]
}
PLAIN = (Path(__file__).parent / "golden" / "nfe_plain.xml").read_text()


def places(report):
    return [(problem.path, problem.params["expected"], problem.params["found"]) for problem in report.differences]


@cache
def ours():
    """Our documents by name, the smallest first."""
    texts = {path.stem: path.read_bytes() for path in GOLDEN}
    texts |= {name: etree.tostring(nfe.build(tax_invoice(make())).element) for name, make in BUILT.items()}
    return dict(sorted(texts.items(), key=lambda pair: len(pair[1])))


@pytest.mark.parametrize("name", [*(path.stem for path in GOLDEN), *BUILT])
def test_our_own_documents_come_out_the_same(name):
    report = recompute_bytes(ours()[name])
    assert (report.judged, report.wrong) == (ours()[name].count(b"<det "), [])
    assert [problem.path for problem in report.differences] == UNTOLD.get(name, [])
    assert [problem.path for problem in report.unjudged] == AS_TOLD.get(name, [])
    assert {problem.code for problem in report.unjudged} <= {"as_told"}


def local(element):
    return etree.QName(element).localname


def steps(element, root):
    """The names from ``root`` to ``element``."""
    names = []
    while element is not root:
        names.insert(0, local(element))
        element = element.getparent()
    return "/".join(names)


def is_given(path):
    """Whether the amount at ``path`` is an input, as the table or the law of imports says."""
    return path in CUSTOMS or any(fnmatch(path, row["path"]) for row in rows("recompute_fields"))


def amounts_in(group):
    """By its path, one element of each amount that is calculated, below ``group``."""
    found = {}
    for element in group.iter("{*}*"):
        path = steps(element, group)
        if not len(element) and local(element)[0] == "v" and not is_given(path):
            found.setdefault(path, element)
    return found


def told_of(root):
    report = recompute_bytes(etree.tostring(root))
    found = [*report.differences, *report.unjudged, *report.wrong]
    return {(problem.code, problem.path, *problem.params.values()) for problem in found}


def passed(root, elements):
    """The paths of those elements that may be a cent more without anything being told."""
    before = told_of(root)
    for path, element in elements.items():
        value = element.text
        element.text = str(Decimal(value) + Decimal("0.01"))
        if not told_of(root) - before:
            yield path
        element.text = value


def alone():
    """Each item of our documents in a document of its own, without totals: its root and its det."""
    for document in ours().values():
        root = etree.fromstring(document)
        dets = list(root.iter("{*}det"))
        for element in [*dets, *root.iter("{*}total")]:
            element.getparent().remove(element)
        infNFe = next(root.iter("{*}infNFe"))
        for det in dets:
            infNFe.append(det)
            yield root, det
            infNFe.remove(det)


def test_no_amount_that_is_calculated_passes_when_it_is_a_cent_wrong():
    """Each of each kind of group in turn; the totals, which would tell of it too, are left out."""
    seen = set()
    for root, det in alone():
        found = amounts_in(det.find("{*}imposto"))
        fresh = {path: element for path, element in found.items() if path not in seen}
        if fresh:
            assert list(passed(root, fresh)) == []
        seen |= fresh.keys()
    assert len(seen) >= 131


@pytest.mark.prove
def test_no_total_passes_when_it_is_a_cent_wrong():
    seen = set()
    for document in ours().values():
        root = etree.fromstring(document)
        found = amounts_in(next(root.iter("{*}total")))
        fresh = {path: element for path, element in found.items() if path not in seen}
        assert list(passed(root, fresh)) == []
        seen |= fresh.keys()
    assert len(seen) >= 50


def spoiled(tag, value, count=1):
    """The plain document with another amount in the first ``tag``."""
    text, changed = re.subn(f"<{tag}>[^<]*</{tag}>", f"<{tag}>{value}</{tag}>", PLAIN, count=count)
    assert changed
    return recompute_bytes(text.encode())


@pytest.mark.parametrize(
    ("tag", "where"),
    [
        ("vICMS", r"infNFe/det(\[1\])?/imposto/ICMS/ICMS\d\d/vICMS"),
        ("vProd", r"infNFe/det(\[1\])?/prod/vProd"),
        ("vPIS", r"infNFe/det(\[1\])?/imposto/PIS/PISAliq/vPIS"),
        ("vCBS", r"infNFe/det(\[1\])?/imposto/IBSCBS/gIBSCBS/gCBS/vCBS"),
        ("vNF", r"infNFe/total/ICMSTot/vNF"),
        ("vNFTot", r"infNFe/total/vNFTot"),
        ("vItem", r"infNFe/det(\[1\])?/vItem"),
    ],
)
def test_a_wrong_amount_is_told_with_its_place(tag, where):
    [(path, expected, found)] = places(spoiled(tag, "0.03"))
    assert re.fullmatch(where, path)
    assert (found, expected != "0.03") == ("0.03", True)


def test_an_element_too_many_and_one_too_few():
    text = PLAIN.replace("<vICMS>", "<vICMSDeson>5.00</vICMSDeson><vICMS>", 1)
    assert ("5.00", "-") in [(found, expected) for _path, expected, found in places(recompute_bytes(text.encode()))]
    text = re.sub("<vPIS>[^<]*</vPIS>", "", PLAIN, count=1)
    assert [found for _path, _expected, found in places(recompute_bytes(text.encode()))] == ["-"]


def test_what_cannot_be_judged_is_told_and_its_totals_are_not():
    text = re.sub(r"<CFOP>\d+", "<CFOP>5933", PLAIN, count=1)
    report = recompute_bytes(text.encode())
    assert not report.differences
    assert {problem.code for problem in report.unjudged} == {"rule_missing_iss", "totals_unjudged"}


def test_a_group_without_a_rule_is_not_passed_over():
    text = PLAIN.replace("<PIS>", "<ISSQN><vBC>1.00</vBC></ISSQN><PIS>", 1)
    report = recompute_bytes(text.encode())
    assert "group_unknown" in {problem.code for problem in report.unjudged}
    assert not report.differences


def test_a_complement_is_not_judged_and_a_return_is():
    [problem] = recompute_bytes(PLAIN.replace("<finNFe>1", "<finNFe>2").encode()).unjudged
    assert (problem.code, problem.path) == ("purpose", "infNFe/ide/finNFe")
    report = recompute_bytes(PLAIN.replace("<finNFe>1", "<finNFe>4").encode())
    assert (report.judged > 0, report.differences, report.unjudged) == (True, [], [])


def test_what_the_payer_withholds_is_told_as_not_judged():
    text = PLAIN.replace("</ICMSTot>", "</ICMSTot><retTrib><vRetPIS>1.00</vRetPIS></retTrib>")
    [problem] = recompute_bytes(text.encode()).unjudged
    assert (problem.code, problem.path) == ("group_unknown", "infNFe/total/retTrib")


def without(tag):
    return re.sub(f"<{tag}>.*?</{tag}>", "", PLAIN, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "wrong"),
        ("<", "wrong"),
        ("<a/>", "wrong"),
        ("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", "wrong"),
        (PLAIN.replace("<dhEmi>", "<dhEmi>x"), "unjudged"),
        (PLAIN.replace("<qCom>", "<qCom>1e999"), "unjudged"),
        (PLAIN.replace("<vUnCom>", "<vUnCom>NaN"), "unjudged"),
        (without("CST"), "unjudged"),
        (without("imposto"), "unjudged"),
        (without("total"), "unjudged"),
        (PLAIN.replace("<pICMS>", "<pICMS>Infinity"), "unjudged"),
    ],
)
def test_no_file_raises_and_none_is_right_by_silence(text, told):
    report = recompute_bytes(text.encode())
    assert getattr(report, told)
    assert not report.differences


@pytest.mark.prove
def test_nothing_raises_where_a_number_is_none():
    """Each element of each kind of item in turn."""
    seen = set()
    for root, det in alone():
        for element in det.iter("{*}*"):
            path = steps(element, det)
            if len(element) or path in seen:
                continue
            seen.add(path)
            value, element.text = element.text, "NaN"
            assert not recompute_bytes(etree.tostring(root)).wrong
            element.text = value
    assert len(seen) > 400


def test_every_field_that_is_read_belongs_to_a_rule():
    assert {(row["tax"], row["field"]) for row in rows("recompute_fields")} <= {
        (tax, name) for tax, names in VALUES.items() for name in names
    }


#: Of 2018: ICMS is in the base of PIS and COFINS still, as of who had not sued.
OF_2018 = (SAMPLES / "35180834128745000152550010000476711079516696-nfe.xml").read_text()


def test_a_real_document_with_the_base_of_its_time():
    report = recompute_bytes(OF_2018.encode())
    assert (report.judged, report.differences, report.unjudged) == (2, [], [])


def test_the_base_of_another_time_is_a_difference():
    report = recompute_bytes(OF_2018.replace("<dhEmi>2018", "<dhEmi>2022").encode())
    assert {problem.path.rpartition("/")[2] for problem in report.differences} == {"vBC", "vPIS", "vCOFINS"}
    report = recompute_bytes(re.sub("<vPIS>[^<]*</vPIS>", "<vPIS>12.00</vPIS>", OF_2018).encode())
    assert {found for _path, _expected, found in places(report)} == {"12.00"}


def test_real_documents_differ_by_nothing_but_what_docs_recompute_tells():
    """docs/recompute.md says of each why: bases of 2018 without freight, a base of DIFAL of nobody's law, a cent."""
    known = r"/((PIS|COFINS)/.*|ICMSUFDest/.*|ICMS/ICMS(00|20)/vICMS)$|ICMSTot/v(PIS|COFINS|ICMS\w*)$"
    items = 0
    for path in sorted(SAMPLES.glob("*.xml")):
        report = recompute_bytes(path.read_bytes())
        items += report.judged
        odd = [problem.path for problem in report.differences if not re.search(known, problem.path)]
        assert odd == ODD.get(path.name, []), path.name
    assert items == 145


def test_the_command(capsys, tmp_path):
    file = tmp_path / "a b.xml"
    file.write_text(PLAIN.replace("<vICMS>", "<vICMS>9", 1))
    assert main([str(file), str(tmp_path / "none.xml")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "vICMS: expected" in lines[0]
    assert re.fullmatch(r"\d+ items, 1 differences, 1 not judged", lines[-1])
    assert main([str(GOLDEN[0])]) == 0
    assert main([]) == 2
