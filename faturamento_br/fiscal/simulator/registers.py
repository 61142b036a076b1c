"""Check digits the simulator verifies: CNPJ, CPF, GTIN, access key. Its own reading, on python-stdnum."""

from stdnum import ean
from stdnum.br import cnpj, cpf


def cnpj_ok(value):
    return len(value) == 14 and value != "0" * 14 and value == value.upper() and cnpj.is_valid(value)


def cpf_ok(value):
    return len(value) == 11 and len(set(value)) > 1 and cpf.is_valid(value)


def gtin_ok(value):
    """GTIN-8, 12, 13 or 14 with a right check digit."""
    return len(value) in (8, 12, 13, 14) and value.isdigit() and ean.calc_check_digit(value[:-1]) == value[-1]


def key_digit(first43):
    """cDV: modulus 11, weights 2 to 9 from the right, a character's value is its ASCII code less 48."""
    total = 0
    for place, character in enumerate(reversed(first43)):
        total += (ord(character) - 48) * (2 + place % 8)
    rest = total % 11
    return "0" if rest in (0, 1) else str(11 - rest)
