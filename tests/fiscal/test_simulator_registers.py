"""The simulator's own check digits, against official examples and, as two readings of one rule, the sender's."""

import csv
import json
from pathlib import Path

import pytest
from fiscal import access_key, digits, ie
from fiscal.simulator.registers import cnpj_ok, cpf_ok, gtin_ok, key_digit
from fiscal.simulator.registrations import SHAPES, registration_ok
from hypothesis import given
from hypothesis import strategies as st

DATA = Path(__file__).parent / "data"

# The examples SINTEGRA's sheets work through, one UF each (two where a UF has two shapes).
EXAMPLES = [
    *(("AC", "0100482300112"), ("AL", "240000048"), ("AM", "999999990"), ("AP", "030123459")),
    *(("BA", "12345663"), ("BA", "61234557"), ("BA", "100000306"), ("CE", "060000015")),
    *(("DF", "0730000100109"), ("ES", "999999990"), ("GO", "109876547"), ("MA", "120000385")),
    *(("MT", "00130000019"), ("MG", "0623079040081"), ("PA", "159999995"), ("PB", "060000015")),
    *(("PR", "1234567850"), ("PE", "032141840"), ("PE", "18100100000049"), ("PI", "012345679")),
    *(("RJ", "99999993"), ("RN", "200400401"), ("RN", "2000400400"), ("RO", "00000000625213")),
    *(("RO", "101625213"), ("RR", "240066281"), ("RS", "2243658792"), ("SC", "251040852")),
    *(("SE", "271234563"), ("SP", "110042490114"), ("TO", "29010227836")),
]


@pytest.mark.parametrize(("uf", "number"), EXAMPLES)
def test_official_examples(uf, number):
    assert registration_ok(number, uf)


@pytest.mark.parametrize(("uf", "number"), EXAMPLES)
def test_one_changed_digit_is_noticed(uf, number):
    """Each number with its last digit moved on; some shapes leave it free only where another shape takes it."""
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not registration_ok(wrong, uf)


def test_registrations_in_use():
    """Numbers that companies published, and the UFs' sheets."""
    with (DATA / "ie_examples.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    refused = [row for row in rows if not registration_ok(ie.normalize_ie(row["ie"]), row["uf"])]
    assert len(rows) > 50
    assert refused == []


@pytest.mark.parametrize("uf", sorted(SHAPES))
@pytest.mark.parametrize("number", ["", "0", "000000000", "ISENTO", "1", "123456789012345"])
def test_never_a_registration(uf, number):
    assert not registration_ok(number, uf)


@given(st.sampled_from(sorted(SHAPES)), st.text("0123456789", min_size=6, max_size=12), st.data())
def test_what_the_sender_takes_for_right_passes_here(uf, root, data):
    """Over all endings of a random root, whatever ``fiscal.ie`` accepts must not be refused (209, 210)."""
    prefixed = data.draw(st.sampled_from(["", "01", "03", "07", "10", "11", "12", "15", "20", "24", "28", "50", "75"]))
    for ending in range(100):
        number = f"{prefixed}{root}{ending:02}"[-14:]
        assert not ie.is_ie(number, uf) or registration_ok(number, uf)


@given(st.text("0123456789ABCXYZ", min_size=12, max_size=12), st.integers(0, 99))
def test_cnpj_agrees_with_the_sender(root, ending):
    number = f"{root}{ending:02}"
    assert cnpj_ok(number) == digits.is_cnpj(number)


VECTORS = json.loads((DATA / "cnpj_chave_vetores.json").read_text(encoding="utf-8"))


def test_official_cnpjs():
    assert all(cnpj_ok(vector["cnpj"]) for vector in VECTORS["cnpj_validos"])
    assert not any(map(cnpj_ok, VECTORS["cnpj_invalidos"]))


def test_official_keys():
    assert all(key_digit(key[:43]) == key[43] for key in VECTORS["chaves_validas"])


def test_cpf_and_gtin():
    assert cpf_ok("52998224725")
    assert not any(map(cpf_ok, ["52998224724", "11111111111", "", "5299822472"]))
    assert all(map(gtin_ok, ["7891000315507", "96385074", "17891000315504"]))
    assert not any(map(gtin_ok, ["7891000315508", "", "SEM GTIN", "123"]))


@given(st.from_regex(r"[0-9]{6}[0-9A-Z]{12}[0-9]{25}", fullmatch=True))
def test_key_digit_agrees_with_the_sender(first):
    assert key_digit(first) == str(access_key.check_digit(first))
