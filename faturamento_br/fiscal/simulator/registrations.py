"""Inscrição estadual of the 27 UFs: the simulator's own check digits, from the SINTEGRA sheets.

``SHAPES`` holds, per UF, the shapes a number may take: its pattern, then one rule per check digit. Most are a modulus
11 with descending weights. A number's insignificant zeros on the left are put back before it is judged (MOC Anexo I,
note *2).
"""

import re
from dataclasses import dataclass
from functools import cache

NINE = (9, 8, 7, 6, 5, 4, 3, 2)
LENGTHS = range(8, 15)
FEWEST_DIGITS = 6  # a shorter number is taken as it stands: enough zeros make a registration of anything


@dataclass(frozen=True)
class Digit:
    """A check digit: where it stands (from 0), the weights of the digits it comes from, and how."""

    place: int
    weights: tuple[int, ...]
    how: str = "11"
    start: int = 0


def _eleven(total):
    rest = total % 11
    return 0 if rest < 2 else 11 - rest


def _ten(total):
    return (10 - total % 10) % 10


HOW = {
    "11": _eleven,
    "10": _ten,
    "x10": lambda total: total * 10 % 11 % 10,
    "rest": lambda total: total % 11 % 10,
    "9": lambda total: total % 9,
    "ro": lambda total: (11 - total % 11) % 10 if total % 11 < 2 else 11 - total % 11,
}


def _ba(length, modulus):
    """Bahia: the last digit comes first, from the root; then the one before it, from the root and the last."""
    root = length - 2
    how = "10" if modulus == 10 else "11"
    return (
        Digit(length - 1, tuple(range(root + 1, 1, -1)), how),
        Digit(length - 2, (*range(root + 2, 2, -1), 0, 2), how),
    )


SHAPES = {
    "AC": [
        (
            r"01\d{11}",
            (Digit(11, (4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)), Digit(12, (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))),
        )
    ],
    "AL": [(r"24\d{7}", (Digit(8, NINE, "x10"),))],
    "AM": [(r"\d{9}", (Digit(8, NINE),))],
    "AP": [(r"03\d{7}", (Digit(8, NINE, "ap"),))],
    "BA": [
        (r"[0-58]\d{7}", _ba(8, 10)),
        (r"[679]\d{7}", _ba(8, 11)),
        (r"\d[0-58]\d{7}", _ba(9, 10)),
        (r"\d[679]\d{7}", _ba(9, 11)),
    ],
    "CE": [(r"\d{9}", (Digit(8, NINE),))],
    "DF": [
        (
            r"0[78]\d{11}",
            (Digit(11, (4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)), Digit(12, (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))),
        )
    ],
    "ES": [(r"\d{9}", (Digit(8, NINE),))],
    "GO": [(r"(1[015]|2\d)\d{7}", (Digit(8, NINE, "go"),))],
    "MA": [(r"12\d{7}", (Digit(8, NINE),))],
    "MG": [(r"\d{13}", (Digit(11, (), "mg"), Digit(12, (3, 2, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2))))],
    "MS": [(r"(28|50)\d{7}", (Digit(8, NINE),))],
    "MT": [(r"\d{11}", (Digit(10, (3, 2, 9, 8, 7, 6, 5, 4, 3, 2)),)), (r"\d{9}", (Digit(8, NINE),))],
    "PA": [(r"(15|7[5-9])\d{7}", (Digit(8, NINE),))],
    "PB": [(r"\d{9}", (Digit(8, NINE),))],
    "PE": [
        (r"\d{9}", (Digit(7, (8, 7, 6, 5, 4, 3, 2)), Digit(8, NINE))),
        (r"\d{14}", (Digit(13, (5, 4, 3, 2, 1, 9, 8, 7, 6, 5, 4, 3, 2), "ro"),)),
    ],
    "PI": [(r"\d{9}", (Digit(8, NINE),))],
    "PR": [(r"\d{10}", (Digit(8, (3, 2, 7, 6, 5, 4, 3, 2)), Digit(9, (4, 3, 2, 7, 6, 5, 4, 3, 2))))],
    "RJ": [(r"\d{8}", (Digit(7, (2, 7, 6, 5, 4, 3, 2)),))],
    "RN": [(r"20\d{7}", (Digit(8, NINE, "x10"),)), (r"20\d{8}", (Digit(9, (10, *NINE), "x10"),))],
    "RO": [
        (r"\d{14}", (Digit(13, (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), "ro"),)),
        (r"\d{9}", (Digit(8, (6, 5, 4, 3, 2), "ro", 3),)),
    ],
    "RR": [(r"24\d{7}", (Digit(8, (1, 2, 3, 4, 5, 6, 7, 8), "9"),))],
    "RS": [(r"\d{10}", (Digit(9, (2, *NINE)),))],
    "SC": [(r"\d{9}", (Digit(8, NINE),))],
    "SE": [(r"\d{9}", (Digit(8, NINE),))],
    "SP": [
        (
            r"\d{12}",
            (Digit(8, (1, 3, 4, 5, 6, 7, 8, 10), "rest"), Digit(11, (3, 2, 10, 9, 8, 7, 6, 5, 4, 3, 2), "rest")),
        ),
        (r"P\d{12}", (Digit(9, (1, 3, 4, 5, 6, 7, 8, 10), "rest", 1),)),
        (r"0\d{11}", (Digit(8, (1, 3, 4, 5, 6, 7, 8, 10), "rest"),)),  # the same without its P: the schema has digits
    ],
    "TO": [
        (r"\d{9}", (Digit(8, NINE),)),
        (r"\d\d(0[123]|99)\d{7}", (Digit(10, (9, 8, 0, 0, 7, 6, 5, 4, 3, 2)),)),
    ],
}


def _amapa(number, total):
    """Amapá: a constant enters the sum, and the digit for a difference of 11, by range of the number."""
    root = int(number[:8])
    if root <= 3017000:
        constant, eleven = 5, 0
    elif root <= 3019022:
        constant, eleven = 9, 1
    else:
        constant, eleven = 0, 0
    difference = 11 - (total + constant) % 11
    return {10: 0, 11: eleven}.get(difference, difference)


def _goias(number, total):
    """Goiás: remainder 1 gives 0, or (one range, by the UF's own sheet) 1; number 11094402 was issued with both."""
    root = int(number[:8])
    if number[8] == "1" and (root == 11094402 or (10103105 <= root <= 10119997 and total % 11 == 1)):
        return 1
    return _eleven(total)


def _minas(number, _total):
    """Minas: a zero goes in after the municipality, weights 1 2 1 2..., the digits of the products are summed."""
    digits = number[:3] + "0" + number[3:11]
    total = sum(int(c) for place, d in enumerate(digits) for c in str(int(d) * (1 + place % 2)))
    return _ten(total)


QUIRKS = {"ap": _amapa, "go": _goias, "mg": _minas}


def _digit_ok(number, digit):
    values = [int(c) if c.isdigit() else 0 for c in number]
    total = sum(w * v for w, v in zip(digit.weights, values[digit.start :], strict=False))
    expected = QUIRKS[digit.how](number, total) if digit.how in QUIRKS else HOW[digit.how](total)
    return values[digit.place] == expected


@cache
def _shapes(uf):
    return [(re.compile(pattern), digits) for pattern, digits in SHAPES[uf]]


def registration_ok(number, uf):
    """Whether ``number`` (digits only) may be a registration of the state ``uf``."""
    significant = number.lstrip("0")
    if uf not in SHAPES or not significant:
        return False
    candidates = {number}
    if len(significant) >= FEWEST_DIGITS:
        candidates |= {significant.zfill(length) for length in LENGTHS}
    return any(
        pattern.fullmatch(candidate) and all(_digit_ok(candidate, digit) for digit in digits)
        for pattern, digits in _shapes(uf)
        for candidate in candidates
    )
