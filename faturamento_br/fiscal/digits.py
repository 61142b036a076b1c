"""CPF, CNPJ and the modulus sums behind Brazilian check digits.

A CNPJ may hold letters since July 2026 (IN RFB 2.229/2024): twelve of ``[0-9A-Z]``, then two digits. A character is
worth its ASCII code minus 48, so digits keep their value and ``A`` is worth 17.
"""

import re
from collections.abc import Iterable

from stdnum.br import cnpj as _cnpj
from stdnum.br import cpf as _cpf
from stdnum.exceptions import ValidationError

_PUNCTUATION = re.compile(r"[\s./\\-]+")
_CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")
_CPF = re.compile(r"[0-9]{11}")


def weighted_sum(text: str, weights: Iterable[int]) -> int:
    """The sum of each character's value (ASCII code minus 48) times the weight at its place."""
    return sum((ord(character) - 48) * weight for character, weight in zip(text, weights, strict=False))


def modulus_11(total: int) -> int:
    """The common check digit of a weighted sum: 11 minus the remainder by 11, and 0 where that gives 10 or 11."""
    remainder = total % 11
    return 0 if remainder < 2 else 11 - remainder


def normalize_tax_id(text: str) -> str:
    """``text`` as the layouts want a CPF or CNPJ: no dots, slashes, hyphens or spaces, letters in upper case.

    Any other character stays, so that :func:`is_cnpj` and :func:`is_cpf` refuse it.
    """
    return _PUNCTUATION.sub("", text).upper()


def is_cnpj(text: str) -> bool:
    """Whether ``text``, already normalised, is a CNPJ with right check digits."""
    return bool(_CNPJ.fullmatch(text)) and _passes(_cnpj, text)


def is_cpf(text: str) -> bool:
    """Whether ``text``, already normalised, is a CPF with right check digits; one digit eleven times is none."""
    return bool(_CPF.fullmatch(text)) and len(set(text)) > 1 and _passes(_cpf, text)


def format_tax_id(text: str) -> str:
    """A CNPJ as 12.ABC.345/01DE-35, a CPF as 123.456.789-09; anything of another length as it came."""
    bare = normalize_tax_id(text)
    if len(bare) == 14:
        return f"{bare[:2]}.{bare[2:5]}.{bare[5:8]}/{bare[8:12]}-{bare[12:]}"
    if len(bare) == 11:
        return f"{bare[:3]}.{bare[3:6]}.{bare[6:9]}-{bare[9:]}"
    return text


def _passes(registry, text: str) -> bool:
    try:
        registry.validate(text)
    except ValidationError:
        return False
    return True
