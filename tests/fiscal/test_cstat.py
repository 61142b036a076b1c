"""What a cStat means."""

import pytest
from fiscal.cstat import limit, meaning
from fiscal.outcome import Verdict
from fiscal.tables import rows


@pytest.mark.parametrize(
    ("codes", "verdict"),
    [
        ("100 120 150", Verdict.AUTHORIZED),
        ("101 151 155", Verdict.CANCELLED),
        ("217", Verdict.NOT_FOUND),
        ("204 539 205 218", Verdict.DUPLICATE),
        ("108 109 113 114 656", Verdict.WAIT),
        ("103 105 635 999", Verdict.PENDING),
        ("110 215 225 297 301 302 303 307 452 1115", Verdict.REJECTED),
        ("102 104 107 128 135 136", None),
    ],
)
def test_verdicts(codes, verdict):
    assert {meaning(code).verdict for code in codes.split()} == {verdict}


@pytest.mark.parametrize("code", ["9999", "307", "0", ""])
def test_a_code_that_is_not_in_the_table_is_a_rejection_without_text(code):
    assert meaning(code).verdict is Verdict.REJECTED
    assert meaning(code).text == ""
    assert not meaning(code).in_query


def test_only_these_codes_decide_a_document_in_a_query():
    decisive = {row["code"] for row in rows("cstat") if row["in_query"]}
    assert decisive == {"100", "120", "150", "101", "151", "155", "110", "217", "301", "302", "303"}


def test_every_row_is_whole():
    table = rows("cstat")
    assert len({row["code"] for row in table}) == len(table) > 570
    assert all(row["code"].isdecimal() and row["text"] == row["text"].strip() and row["text"] for row in table)
    assert all("\n" not in row["text"] and " passo " not in row["text"] for row in table)  # no vendor's advice


def test_limits():
    assert (limit("query_same_key").count, limit("query_same_key").seconds) == (10, 3600)
    assert limit("same_rejection_nfe").count == 30
    assert all(limit(row["name"]).source for row in rows("limits"))
    with pytest.raises(KeyError):
        limit("unknown")
