"""The access key (chave de acesso) of an NF-e or NFC-e: 44 characters that say who issued which document, and when.

Composition (MOC 7.0, Anexo I, 5.4; layout field infNFe/@Id)::

    cUF(2) AAMM(4) CNPJ or CPF(14) mod(2) serie(3) nNF(9) tpEmis(1) cNF(8) cDV(1)

The CNPJ may hold letters (NT 2025.001), a CPF is padded with zeros to 14.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, pairwise

from .digits import is_cnpj, is_cpf, modulus_11, weighted_sum
from .problems import FiscalError, Problem, _
from .tables import rows

PATTERN = re.compile(r"[0-9]{6}[0-9A-Z]{12}[0-9]{26}")


@dataclass(frozen=True)
class AccessKey:
    """A key taken apart; each part is text, as long as the key has it."""

    cUF: str
    year_month: str  # AAMM of dhEmi
    holder: str  # CNPJ, or CPF padded to 14
    model: str
    series: str
    number: str
    emission_type: str
    numeric_code: str
    cDV: str

    @property
    def tax_id(self) -> str:
        """The emitter's CNPJ or CPF. Series 920 to 969 are those of emitters with a CPF (MOC, field serie)."""
        return self.holder[3:] if 920 <= int(self.series) <= 969 and is_cpf(self.holder[3:]) else self.holder

    def __str__(self) -> str:
        parts = (self.cUF, self.year_month, self.holder, self.model, self.series, self.number, self.emission_type)
        return "".join((*parts, self.numeric_code, self.cDV))


def check_digit(key43: str) -> str:
    """cDV of a key's first 43 characters: weights 2 to 9 from the right, modulus 11, remainder below 2 gives 0."""
    return str(modulus_11(weighted_sum(key43[::-1], cycle(range(2, 10)))))


def is_valid(key: str) -> bool:
    """Whether ``key`` has the shape of a key and the right check digit."""
    return bool(PATTERN.fullmatch(key)) and check_digit(key[:43]) == key[43]


def parse(key: str) -> AccessKey:
    """Take ``key`` apart.

    :raises FiscalError: it has not the shape of a key, or its check digit is wrong.
    """
    if not PATTERN.fullmatch(key):
        message = _("“%(key)s” is not an access key: 44 characters are expected, letters only in the CNPJ.")
        raise FiscalError([Problem("access_key_shape", "", message, params={"key": key})])
    if not is_valid(key):
        message = _("The check digit of access key %(key)s is wrong: %(right)s is expected.")
        params = {"key": key, "right": check_digit(key[:43])}
        raise FiscalError([Problem("access_key_digit", "", message, params=params)])
    return split(key)


def split(key: str) -> AccessKey:
    """The parts of 44 characters, whatever they are: for a caller that wants to tell each wrong part."""
    cuts = (0, 2, 6, 20, 22, 25, 34, 35, 43, 44)
    return AccessKey(*(key[start:end] for start, end in pairwise(cuts)))


def build(
    cUF: str,
    issued_at: datetime,
    tax_id: str,
    model: str,
    series: int,
    number: int,
    emission_type: str,
    numeric_code: str,
) -> str:
    """The key of a document; ``issued_at`` is dhEmi in the emitter's own time zone, ``tax_id`` a CNPJ or CPF.

    :raises FiscalError: with every part that cannot stand in a key.
    """
    problems = _problems(cUF, tax_id, model, series, number, emission_type, numeric_code)
    if problems:
        raise FiscalError(problems)
    holder = tax_id.zfill(14)
    key43 = f"{cUF}{issued_at:%y%m}{holder}{model}{series:03d}{number:09d}{emission_type}{numeric_code}"
    return key43 + check_digit(key43)


def draw_numeric_code(number: int, randbelow: Callable[[int], int] = secrets.randbelow) -> str:
    """A random cNF for document ``number``, drawn once and kept: a resend must have the same key.

    Never one of the forbidden codes nor the number itself (rule B03-10, rejection 897).
    """
    while True:
        code = f"{randbelow(10**8):08d}"
        if not is_forbidden_code(code, number):
            return code


def is_forbidden_code(code: str, number: int) -> bool:
    """Whether rule B03-10 (rejection 897) refuses ``code`` as cNF of document ``number``."""
    return int(code) == number or any(row["cNF"] == code for row in rows("cnf_forbidden"))


def _problems(cUF, tax_id, model, series, number, emission_type, numeric_code) -> list[Problem]:
    checks = (
        (_("UF code"), "uf_unknown", "emitter.address.uf", any(row["code"] == cUF for row in rows("uf")), cUF),
        (_("emitter's CNPJ or CPF"), "tax_id_invalid", "emitter.tax_id", is_cnpj(tax_id) or is_cpf(tax_id), tax_id),
        (_("model"), "model_invalid", "model", model in ("55", "65"), model),
        (_("series"), "series_invalid", "series", 0 <= series <= 999, series),
        (_("document number"), "number_invalid", "number", 1 <= number <= 999_999_999, number),
        (_("tpEmis"), "emission_type_invalid", "emission_type", emission_type in tuple("12345679"), emission_type),
        (_("cNF"), "numeric_code_invalid", "numeric_code", re.fullmatch("[0-9]{8}", numeric_code), numeric_code),
    )
    problems = [
        Problem(code, path, _("“%(value)s” is not a valid %(what)s."), params={"value": value, "what": what})
        for what, code, path, right, value in checks
        if not right
    ]
    if not problems and is_forbidden_code(numeric_code, number):
        message = _("cNF %(code)s is not allowed: it repeats the number or is in SEFAZ's list (rejection 897).")
        problems.append(Problem("numeric_code_forbidden", "numeric_code", message, params={"code": numeric_code}))
    return problems
