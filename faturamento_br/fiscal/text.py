"""Text as the official schemas accept it.

The layout's text type (tiposBasico_v4.00.xsd, TString) is ``[!-ÿ]{1}[ -ÿ]{0,}[!-ÿ]{1}|[!-ÿ]{1}``: Latin-1, no space at
either end. SEFAZ also refuses line breaks and control characters. People type dashes, curly quotes, emoji and tabs.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal

from .problems import Problem, _

# Latin-1's visible characters (no C1 control, no no-break space, no soft hyphen), single spaces between words.
_FITTING = re.compile(r"[!-~¡-¬®-ÿ]+(?: [!-~¡-¬®-ÿ]+)*")
_VISIBLE = frozenset(map(chr, (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))))

# What has a plain equivalent: its use is not a loss worth telling.
_PLAIN = str.maketrans(
    {"–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "…": "..."}
    | {"•": "-", "€": "EUR", "™": "TM", "Œ": "OE", "œ": "oe", "′": "'", "″": '"', "≤": "<=", "≥": ">=", "\xad": ""}
)


@dataclass(frozen=True, slots=True)
class TextField:
    """A text of the layout: its tag, what people call it, and how short and long its content may be."""

    tag: str
    what: str  # marked with _(): it stands in messages
    minimum: int
    maximum: int


def clean(value: str) -> str:
    """``value`` without what the schema refuses: one space for any white space, none at the ends, Latin-1 only.

    Typographic characters become their plain equivalents, letters of other alphabets lose what Latin-1 lacks
    (``ć`` is written ``c``), emoji and control characters disappear.

    >>> clean("  Café – 1º\\tlote 😀 ")
    'Café - 1º lote'
    """
    if _FITTING.fullmatch(value):
        return value
    plain = unicodedata.normalize("NFC", value).translate(_PLAIN)
    return " ".join("".join(map(_latin, plain)).split())


def _latin(character: str) -> str:
    """The visible Latin-1 characters closest to one character; a space for white space, nothing for the rest."""
    if character in _VISIBLE:
        return character
    if character.isspace():
        return " "
    return "".join(part for part in unicodedata.normalize("NFKD", character) if part in _VISIBLE)


def fit(value: str, maximum: int) -> str:
    """``value`` cleaned (see :func:`clean`) and cut to ``maximum`` characters, never ending in a space."""
    fitting = clean(value)
    return fitting if len(fitting) <= maximum else fitting[:maximum].rstrip()


@dataclass(slots=True)
class Fitter:
    """Fits the texts of one document and remembers what its user should be told."""

    changes: list[Problem] = field(default_factory=list)

    def __call__(self, text_field: TextField, value: str, path: str) -> str:
        """``value`` as ``text_field`` accepts it; a loss is remembered under ``path``."""
        if not value or (len(value) <= text_field.maximum and _FITTING.fullmatch(value)):
            return value
        fitting = fit(value, text_field.maximum)
        if _visible_length(value) > _visible_length(fitting):
            self.changes.append(_change(text_field, value, fitting, path))
        return fitting


def _visible_length(value: str) -> int:
    return len("".join(unicodedata.normalize("NFC", value).translate(_PLAIN).split()))


def _change(text_field: TextField, before: str, after: str, path: str) -> Problem:
    if len(clean(before)) > text_field.maximum:
        code = "text_cut"
        message = _("The %(what)s (%(tag)s) holds %(maximum)s characters: “%(before)s” was cut to “%(after)s”.")
    else:
        code = "text_changed"
        message = _("The %(what)s (%(tag)s) holds Latin characters only: “%(before)s” became “%(after)s”.")
    cure = _("Write a shorter or simpler text if this one does not say enough.")
    limits = {"tag": text_field.tag, "what": text_field.what, "maximum": text_field.maximum}
    params = limits | {"before": before, "after": after}
    return Problem(code, path, message, cure, params)


def in_brl(amount: Decimal) -> str:
    """``amount`` as Brazilians write it, with 2 decimals: ``1.234,50``."""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
