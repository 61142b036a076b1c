"""A Brazilian street line taken apart: people write street, number, complement and district in one line.

"Rua das Flores, 123 - Centro", "Av. Paulista nº 1000, sala 12 - Bela Vista", "Rodovia BR-101, s/n". The layout wants
xLgr, nro, xCpl and xBairro apart (groups enderEmit, enderDest, entrega, retirada).
"""

import re
from dataclasses import dataclass

NO_NUMBER = "S/N"

_NUMBER = r"(?P<number>\d[\d.]*(?:\s?[-/]?\s?[A-Za-z])?|s\s?[/.]?\s?n\s?[º°.]?)(?![\w/])"
_MARK = r"(?:n\.?\s?[º°ªo]\.?|n[uú]mero|num\.|n\.)\s*"
# A number after a comma or its mark; or the line's last number, where a street's own name may hold one (Rua 7, 45).
_AFTER_COMMA = re.compile(
    rf"^(?P<name>[^,]*[^,\s])\s*,\s*(?:{_MARK})?{_NUMBER}\s*(?P<rest>.*)$", re.IGNORECASE | re.DOTALL
)
_AFTER_MARK = re.compile(rf"^(?P<name>.*?\S)\s+{_MARK}{_NUMBER}\s*(?P<rest>.*)$", re.IGNORECASE | re.DOTALL)
_AT_THE_END = re.compile(r"^(?P<name>.*[^\W\d_]\S*)\s+(?P<number>\d+[A-Za-z]?|s/n)\s*(?P<rest>-.*)?$", re.IGNORECASE)
_ROAD_ENDS = re.compile(r"(?:\b(?:km|rua|r\.|quadra|qd\.?|lote|lt\.?|rodovia|rod\.|br|[a-z]{2}-?))$", re.IGNORECASE)
_COMPLEMENT = re.compile(
    r"^(?:ap(?:to|artamento)?|sl|sala|salas|bl|bloco|conj(?:unto)?|cj|casa|cs|loja|lj|fundos?|frente|andar|torre"
    r"|galp[aã]o|lote|lt|quadra|qd|km|sobreloja|sobrado|edif[ií]cio|ed|box|pavimento|subsolo|t[eé]rreo|esquina|\d+[ºª°]?)"
    r"(?:\b|\.|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Street:
    """A street line in the layout's parts; what was not written is ``""``."""

    name: str  # xLgr
    number: str = ""  # nro
    complement: str = ""  # xCpl
    district: str = ""  # xBairro


def split_street(line: str) -> Street:
    """``line`` taken apart. What comes after the number is the complement, or else the district.

    >>> split_street("Rua das Flores, 123 - Centro")
    Street(name='Rua das Flores', number='123', complement='', district='Centro')
    >>> split_street("Av. Paulista nº 1.000, sala 12 - Bela Vista")
    Street(name='Av. Paulista', number='1.000', complement='sala 12', district='Bela Vista')
    >>> split_street("Rua 7 de Setembro")
    Street(name='Rua 7 de Setembro', number='', complement='', district='')
    """
    text = " ".join(line.split()).strip(" ,-")
    for pattern in (_AFTER_COMMA, _AFTER_MARK, _AT_THE_END):
        match = pattern.match(text)
        if match and not (pattern is _AT_THE_END and _ROAD_ENDS.search(match["name"])):
            complement, district = _rest(match["rest"] or "")
            return Street(match["name"].strip(" ,-"), _number(match["number"]), complement, district)
    name, _dash, rest = text.partition(" - ")
    complement, district = _rest(rest)
    return Street(name.strip(" ,"), "", complement, district)


def _number(text: str) -> str:
    return NO_NUMBER if text[0] in "sS" else text.replace(" ", "")


def _rest(text: str) -> tuple[str, str]:
    """Complement and district of what follows the number."""
    parts = [part for part in (piece.strip(" ,") for piece in re.split(r"\s*,\s*|\s+-\s+|^-\s*", text)) if part]
    if parts and not _COMPLEMENT.match(parts[-1]):
        return ", ".join(parts[:-1]), parts[-1]
    return ", ".join(parts), ""
