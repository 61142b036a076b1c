"""Golden cases: how many, by whom, and that each part of the law has some (docs/golden.md).

``GOLDEN_UPDATE=1 pytest`` writes the page anew.
"""

import os

import golden_table
import pytest

#: All CST of NF-e with ICMS (Ajuste SINIEF 3/2010; the single-phase ones of Ajuste SINIEF 1/2023) and all CSOSN.
CST = "00 02 10 15 20 30 40 41 50 51 53 60 61 70 90"
CSOSN = "101 102 103 201 202 203 300 400 500 900"
SITUATIONS = (CST + " " + CSOSN).split()


def test_the_page_says_what_the_tables_say():
    told = golden_table.page()
    if os.environ.get("GOLDEN_UPDATE"):
        golden_table.PAGE.write_text(told, encoding="utf-8")
    assert golden_table.PAGE.read_text(encoding="utf-8") == told


def test_enough_of_them_and_enough_by_others():
    every = [case for file in golden_table.TITLES for case in golden_table.cases(file)]
    others = [case for case in every if case.is_others]
    assert len(every) >= 150
    assert len(others) >= 60
    besides_the_reform = [case for case in others if not case.file.startswith("ibs_cbs")]
    assert len(besides_the_reform) >= 60  # the official calculator's alone would hide holes elsewhere


@pytest.mark.parametrize("subject", golden_table.SUBJECTS, ids=lambda subject: subject.title)
def test_each_part_of_the_law_has_cases(subject):
    found = golden_table.of(subject)
    assert found
    regimes = {case.regime for case in found} - {""}
    assert subject.one_regime or len(regimes) >= 2


def test_each_situation_of_icms_has_a_case():
    assert set(SITUATIONS) <= golden_table.situations().keys()
