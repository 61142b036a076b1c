"""The rules over documents that real tax offices authorised: none may be refused for its arithmetic or its registers.

The samples come with nfelib, from production; some have parts changed to hide their owners, and all are older than some
rules. What may fire on them is listed, each with its reason.
"""

import importlib.util
from datetime import timedelta
from pathlib import Path

import pytest
from fiscal.simulator.checks import Context, Document, refusals
from lxml import etree

NFE = "{http://www.portalfiscal.inf.br/nfe}"
SAMPLES = (
    Path(next(iter(importlib.util.find_spec("nfelib").submodule_search_locations))) / "nfe/samples/v4_0/leiauteNFe"
)

NOT_YET = {
    "252",  # production
    "502",  # the key was changed with the parties
    "253",
    "972",  # before NT 2018.005
    "699",  # before 2019 the destination's share was not yet 100 %
    "905",  # NT 2016.002's billing rules came in September 2018
    "852",
    "853",  # NT 2025.001
    "441",  # NT 2020.006: what "other" payment was came to be told
    "883",  # NT 2017.001: "SEM GTIN" came to be written out
    "888",
}
DISGUISED = {"35180834128745000152550010000476491552806942-nfe.xml": {"210"}}
DISGUISED["35180834128745000152550010000476861118934859-nfe.xml"] = {"611"}
MADE_UP = {"nfe_reforma_tributaria.xml"}  # shows the layout of the reform, with amounts that do not add up


def documents():
    return sorted(path for path in SAMPLES.glob("*.xml") if path.name not in MADE_UP)


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name[:34])
def test_authorised_documents_pass(path):
    document = Document(etree.parse(path).getroot().find(f".//{NFE}infNFe"))
    context = Context(document.issued_at + timedelta(minutes=1))
    fired = {refusal.cStat for refusal in refusals(document, context)}
    assert fired - NOT_YET - DISGUISED.get(path.name, set()) == set()


def test_there_are_samples():
    assert len(documents()) >= 14
