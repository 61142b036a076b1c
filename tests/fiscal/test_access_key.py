"""The access key, against keys of real documents and of others' tests."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from fiscal import access_key
from fiscal.problems import FiscalError
from hypothesis import given
from hypothesis import strategies as st

VECTORS = json.loads((Path(__file__).parent / "data" / "cnpj_chave_vetores.json").read_text(encoding="utf-8"))
BRASILIA = timezone(timedelta(hours=-3))
RIGHT = {
    "cUF": "35",
    "issued_at": datetime(2026, 11, 23, 12, tzinfo=BRASILIA),
    "tax_id": "12ABC34501DE35",
    "model": "55",
    "series": 1,
    "number": 1,
    "emission_type": "1",
    "numeric_code": "12345679",
}


@pytest.mark.parametrize("key", VECTORS["chaves_validas"])
def test_valid_keys_come_apart_and_together_again(key):
    assert access_key.is_valid(key)
    assert str(access_key.parse(key)) == key


@pytest.mark.parametrize("key", VECTORS["chaves_invalidas"])
def test_invalid_keys(key):
    assert not access_key.is_valid(key)
    with pytest.raises(FiscalError):
        access_key.parse(key)


@pytest.mark.parametrize(("key43", "digit"), VECTORS["cross"].items())
def test_check_digit_of_third_parties(key43, digit):
    assert access_key.check_digit(key43) == digit[0]


def test_build_gives_a_known_key():
    assert access_key.build(**RIGHT) == "35261112ABC34501DE35550010000000011123456793"


def test_parts():
    key = access_key.parse("35261112ABC34501DE35550010000000011123456793")
    assert (key.cUF, key.year_month, key.tax_id, key.model) == ("35", "2611", "12ABC34501DE35", "55")
    assert (key.series, key.number, key.emission_type, key.numeric_code) == ("001", "000000001", "1", "12345679")


def test_an_emitter_with_a_cpf_is_padded_and_comes_back():
    key = access_key.build(**RIGHT | {"tax_id": "11144477735", "series": 920})
    assert key[6:20] == "00011144477735"
    assert access_key.parse(key).tax_id == "11144477735"


def test_the_month_is_that_of_the_emitters_clock():
    late = datetime(2026, 11, 30, 23, 30, tzinfo=BRASILIA)  # December already in UTC
    assert access_key.build(**RIGHT | {"issued_at": late})[2:6] == "2611"


def test_all_wrong_parts_are_told_at_once():
    wrong = {
        "cUF": "99",
        "tax_id": "12ABC34501DE36",
        "model": "57",
        "series": 1000,
        "number": 0,
        "emission_type": "8",
        "numeric_code": "123",
    }
    with pytest.raises(FiscalError) as caught:
        access_key.build(**RIGHT | wrong)
    assert len(caught.value.problems) == len(wrong)


@pytest.mark.parametrize(("number", "code"), [(1, "00000001"), (1, "12345678"), (1, "00000000"), (1, "99999999")])
def test_forbidden_codes(number, code):
    with pytest.raises(FiscalError, match="897"):
        access_key.build(**RIGHT | {"number": number, "numeric_code": code})


def test_drawing_passes_over_forbidden_codes():
    draws = iter([11111111, 1234567, 77, 42])
    assert access_key.draw_numeric_code(77, lambda limit: next(draws)) == "00000042"


def test_drawing_is_random():
    assert len({access_key.draw_numeric_code(1) for _ in range(50)}) > 45


@given(st.sampled_from(VECTORS["chaves_validas"]), st.integers(0, 43), st.sampled_from("0123456789"))
def test_a_changed_digit_is_noticed(key, position, digit):
    """Modulus 11 notices a digit put for another, except between remainders 0 and 1, which share the check digit 0."""
    changed = key[:position] + digit + key[position + 1 :]
    if key[position].isdigit() and changed != key and access_key.is_valid(changed):
        assert key[43] == changed[43] == "0"
