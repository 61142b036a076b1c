"""cPais: codes of the Central Bank, checked against well-known ones and the form of the layout."""

import pytest
from fiscal import countries
from fiscal.tables import rows


@pytest.mark.parametrize(
    ("iso", "code"),
    [
        ("BR", "1058"),
        ("us", "2496"),
        ("AR", "639"),
        ("DE", "230"),
        ("AU", "698"),
        ("FR", "2755"),
        ("XK", ""),
        (None, ""),
    ],
)
def test_known_countries(iso, code):
    assert countries.code_of(iso) == code


def test_each_country_has_a_code_of_its_own():
    codes = [row["cPais"] for row in rows("countries")]
    assert len(codes) == len(set(codes)) == 248
    assert all(code.isdecimal() and 2 <= len(code) <= 4 and code[0] != "0" for code in codes)
    assert all(len(row["iso"]) == 2 and row["iso"].isupper() for row in rows("countries"))
