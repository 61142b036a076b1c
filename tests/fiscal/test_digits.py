"""CPF and CNPJ, against examples that we did not compute."""

import json
from pathlib import Path

import pytest
from fiscal.digits import format_tax_id, is_cnpj, is_cpf, modulus_11, normalize_tax_id

VECTORS = json.loads((Path(__file__).parent / "data" / "cnpj_chave_vetores.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS["cnpj_validos"], ids=lambda v: v["cnpj"])
def test_valid_cnpj_with_and_without_mask(vector):
    assert is_cnpj(vector["cnpj"])
    assert normalize_tax_id(vector["mascara"]) == vector["cnpj"]
    assert format_tax_id(vector["cnpj"]) == vector["mascara"]


@pytest.mark.parametrize("text", [*VECTORS["cnpj_invalidos"], "", "12.ABC.345/01DE-35", "１１222333000181"])
def test_invalid_cnpj(text):
    assert not is_cnpj(text)


def test_lower_case_becomes_upper_case():
    assert normalize_tax_id(" 12.abc.345/01de-35 ") == "12ABC34501DE35"


def test_strange_characters_are_not_hidden():
    assert not is_cnpj(normalize_tax_id("11222333000181x"))


@pytest.mark.parametrize("cpf", ["11144477735", "12345678909", "52998224725"])
def test_cpf(cpf):
    assert is_cpf(cpf)
    wrong = cpf[:-1] + str((int(cpf[-1]) + 1) % 10)
    assert not is_cpf(wrong)


@pytest.mark.parametrize("text", ["11111111111", "1114447773", "111.444.777-35", "1114447773A"])
def test_no_cpf(text):
    assert not is_cpf(text)


def test_format_of_cpf_and_of_anything_else():
    assert format_tax_id("11144477735") == "111.444.777-35"
    assert format_tax_id("EX123") == "EX123"


@pytest.mark.parametrize(("total", "digit"), [(0, 0), (11, 0), (12, 0), (13, 9), (21, 1)])
def test_modulus_11(total, digit):
    assert modulus_11(total) == digit
