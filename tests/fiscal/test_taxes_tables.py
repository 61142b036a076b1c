"""The tables of the tax engine against the law and against the official schema."""

import importlib.util
from itertools import pairwise
from pathlib import Path

import pytest
from fiscal.tables import rows
from fiscal.taxes import base, engine
from lxml import etree
from taxes_cases import D

XS = {"xs": "http://www.w3.org/2001/XMLSchema"}
FOLDER = Path(importlib.util.find_spec("nfelib").submodule_search_locations[0]) / "nfe/schemas/v4_0"
SCHEMAS = [etree.parse(FOLDER / name) for name in ("leiauteNFe_v4.00.xsd", "DFeTiposBasicos_v1.00.xsd")]
#: Resolução SF 22/1989: from here to there the rate is 7 %; every other pair has 12 %.
FROM_SOUTH = {"SP", "RJ", "MG", "PR", "SC", "RS"}
#: Terms of a base that a later stage will compute.
LATER = {"vServ", "vII", "vIS", "vISSQN"}
#: Parts of an amount that the layout tells by an indicator: what of vICMSDeson deducts (indDeduzDeson), what of the
#: contributions by substitution is charged (indSomaPISST, indSomaCOFINSST); and a tag that is not enough alone.
PARTS = {"vICMSDesonDeduz", "vPISSTSoma", "vCOFINSSTSoma", "II/vBC"}
DECIMAL_COLUMNS = {
    "icms_interstate": ("rate", "rate_imported"),
    "icms_internal": ("rate", "fcp_rate"),
    "difal_shares": ("share",),
    "ibs_cbs_rates": ("ibs_uf", "ibs_city", "cbs"),
    "ibs_cbs_classes": ("reduction_ibs", "reduction_cbs"),
}


def test_interstate_rates_follow_the_resolutions():
    ufs = {row["uf"] for row in rows("uf")}
    table = {(row["origin"], row["destination"]): row for row in rows("icms_interstate")}
    assert set(table) == {(a, b) for a in ufs for b in ufs if a != b}
    for (origin, destination), row in table.items():
        seven = origin in FROM_SOUTH and destination not in FROM_SOUTH
        assert (row["rate"], row["rate_imported"]) == ("7" if seven else "12", "4"), (origin, destination)


def test_internal_rates_cover_the_country():
    ufs = {row["uf"] for row in rows("uf")}
    assert {row["uf"] for row in rows("icms_internal")} == ufs
    assert all(row["rate"] and row["fcp_rate"] and row["note"] for row in rows("icms_internal"))


def test_every_uf_has_a_base_of_the_rate_difference_or_none_that_is_sure():
    ufs = {row["uf"] for row in rows("uf")}
    table = {row["uf"]: row for row in rows("difal_bases")}
    assert set(table) == ufs
    assert {row["method"] for row in table.values()} == {"single", ""}
    assert all(row["source"] for row in table.values())


@pytest.mark.parametrize("name", DECIMAL_COLUMNS)
def test_numbers(name):
    for row in rows(name):
        for column in DECIMAL_COLUMNS[name]:
            assert not row[column] or 0 <= D(row[column]) <= 100


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("icms_internal", ("uf",)),
        ("difal_bases", ("uf",)),
        ("difal_shares", ()),
        ("ibs_cbs_rates", ()),
        ("ibs_cbs_classes", ("cClassTrib",)),
    ],
)
def test_periods_do_not_overlap(name, key):
    periods = {}
    for row in rows(name):
        periods.setdefault(tuple(row[column] for column in key), []).append(
            (row["valid_from"], row["valid_to"] or "9999")
        )
    for spans in periods.values():
        spans.sort()
        assert all(begin <= end for begin, end in spans)
        assert all(before[1] < after[0] for before, after in pairwise(spans))


#: What each tax gives to those after it; those of which nothing is in a base are left out.
GIVEN = {
    "import_duty": {"II/vBC", "vII", "vDespAdu", "vIOF"},
    "ipi": {"vIPI"},
    "ipi_return": {"vIPIDevol"},
    "icms": {"vBC", "vICMS", "vFCP"},
    "icms_fuel": {"vICMSMono"},
    "difal": {"vICMSUFDest", "vICMSUFRemet", "vFCPUFDest"},
    "icms_st": {"vBCST", "vST", "vFCPST"},
    "selective": {"vIS"},
    "pis": {"vPIS"},
    "cofins": {"vCOFINS"},
    "ibs_cbs": {"vBCIBSCBS", "vIBSUF", "vIBSMun", "vIBS", "vCBS"},
}
#: Taxes whose base is no sum of the item's amounts.
WITHOUT_ROWS = {"import_duty", "ipi_return", "icms_fuel"}


@pytest.mark.parametrize(("order", "importing"), [(engine.TAXES, False), (engine.IMPORT_TAXES, True)])
def test_a_tax_reads_only_what_comes_before_it(order, importing):
    assert set(order) == set(engine.TAXES)
    known = {"vProd", "vDesc", "vFrete", "vSeg", "vOutro"}
    excluded = "!import" if importing else "import"
    for tax in order:
        terms = {
            row["term"] for row in rows("tax_bases") if row["tax"] == tax.name and excluded not in row["when"].split()
        }
        assert terms or tax.name in WITHOUT_ROWS, tax.name
        assert terms <= known | LATER, tax.name
        known |= GIVEN.get(tax.name, set())


def test_every_base_is_somebodys():
    names = {tax.name for tax in engine.TAXES} - WITHOUT_ROWS
    assert {row["tax"] for row in rows("tax_bases")} == names | set(engine.VALUES) | {"import_charges"}


def test_conditions_of_the_bases_are_known():
    used = {name.lstrip("!") for row in rows("tax_bases") for name in row["when"].split()}
    assert used <= set(base.CONDITIONS)


def test_terms_are_tags_of_the_layout():
    tags = {name for schema in SCHEMAS for name in schema.xpath("//xs:element/@name", namespaces=XS)}
    assert {row["term"] for row in rows("tax_bases")} <= tags | PARTS


def enumerated(path):
    """The codes the official schema admits at ``path``."""
    return {code for schema in SCHEMAS for code in schema.xpath(f"{path}//xs:enumeration/@value", namespaces=XS)}


@pytest.mark.parametrize(
    ("table", "path"),
    [
        ("icms_cst", "//xs:element[@name='ICMS']//xs:element[@name='CST']"),
        ("icms_csosn", "//xs:element[@name='ICMS']//xs:element[@name='CSOSN']"),
        ("contribution", "//xs:element[@name='PIS']//xs:element[@name='CST']"),
        ("contribution", "//xs:element[@name='COFINS']//xs:element[@name='CST']"),
        ("ipi", "//xs:complexType[@name='TIpi']//xs:element[@name='CST']"),
    ],
)
def test_every_code_of_the_schema_has_a_treatment(table, path):
    assert set(base.situations(table)) == enumerated(path)


def test_every_missing_rule_has_its_text():
    named = {row["missing"] for name in ("tax_situations", "tax_cfops") for row in rows(name)} - {""}
    assert named <= set(base.MISSING)
    for row in rows("tax_situations"):
        assert (row["treatment"] == "missing") == bool(row["missing"])


def test_classes_begin_with_their_cst():
    situations = {row["CST"]: row for row in rows("ibs_cbs_situations")}
    assert (len(situations), len(rows("ibs_cbs_classes"))) == (18, 173)
    for row in rows("ibs_cbs_classes"):
        assert row["cClassTrib"].startswith(row["CST"])
        reductions = (D(row["reduction_ibs"]), D(row["reduction_cbs"]))
        if row["nfe"] == "1":  # the official table reduces rates where, and only where, the situation has gRed
            assert (max(reductions) > 0) == (situations[row["CST"]]["gRed"] == "1"), row["cClassTrib"]
        if row["mono"] == "1" or row["mono_retained"] == "1":
            assert situations[row["CST"]]["gIBSCBSMono"] == "1"


def test_every_row_of_a_base_names_its_source():
    assert all(row["source"] and row["sign"] in "+-" for row in rows("tax_bases"))
