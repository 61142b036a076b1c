"""Collects what is wrong with an invoice; each check adds what it finds and goes on."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

from ...problems import Problem, _
from ...text import TextField, clean

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_HOUR = timedelta(hours=1)


class Findings(list[Problem]):
    """The problems found so far. Every check answers whether its value is right."""

    def note(self, code: str, path: str, message: str, cure: str = "", /, **params) -> bool:
        """Add a problem; the answer is always False."""
        self.append(Problem(code, path, message, cure, params))
        return False

    def text(self, field: TextField, value: str, path: str, required: bool = True) -> bool:
        """Long enough once cleaned; a text too long is cut by the builder, which tells so."""
        fitting = clean(value)
        if not fitting:
            return not required or self.missing(path, field.what, field.tag)
        if len(fitting) < field.minimum:
            message = _("The %(what)s (%(tag)s) “%(value)s” is too short: %(minimum)s characters are needed.")
            cure = _("Write it in full.")
            params = {"what": field.what, "tag": field.tag, "value": value, "minimum": field.minimum}
            return self.note("text_short", path, message, cure, **params)
        return True

    def missing(self, path: str, what: str, tag: str) -> bool:
        """A required value is not there; the answer is always False."""
        return self.note("missing", path, _("The %(what)s (%(tag)s) is missing."), _("Fill it in."), what=what, tag=tag)

    def form(self, pattern: str, value: str, path: str, what: str, cure: str = "") -> bool:
        """Made of exactly what ``pattern`` says."""
        if re.fullmatch(pattern, value, re.ASCII):
            return True
        if not value:
            return self.note("missing", path, _("The %(what)s is missing."), cure or _("Fill it in."), what=what)
        message = _("“%(value)s” is not a valid %(what)s.")
        return self.note("invalid", path, message, cure or _("Correct it."), value=value, what=what)

    def right(self, condition: bool, value: object, path: str, what: str, cure: str = "") -> bool:
        """A value whose rule, such as a check digit, was already tried."""
        message = _("“%(value)s” is not a valid %(what)s.")
        return condition or self.note("invalid", path, message, cure or _("Correct it."), value=str(value), what=what)

    def email(self, value: str, path: str, maximum: int = 60) -> bool:
        """An address that will be written whole: cutting an e-mail makes it another one."""
        if len(value) <= maximum and _EMAIL.fullmatch(value) and clean(value) == value:
            return True
        message = _("“%(value)s” is not an e-mail address of at most %(maximum)s characters.")
        cure = _("Give one address only.")
        return self.note("email_invalid", path, message, cure, value=value, maximum=maximum)

    def number(
        self, value: Decimal, path: str, what: str, decimals: int, integers: int, positive: bool = False
    ) -> bool:
        """A number that the layout can hold exactly: not negative, so many decimals and integer digits."""
        params = {"what": what, "value": value, "decimals": decimals, "integers": integers}
        if not value.is_finite():
            return self.note("number_invalid", path, _("The %(what)s is not a number."), **params)
        if value.is_signed():
            cure = _("Use a positive value; a return or a correction is another document.")
            return self.note("number_negative", path, _("The %(what)s is negative (%(value)s)."), cure, **params)
        if positive and not value:
            return self.note("number_zero", path, _("The %(what)s is zero."), _("Fill it in."), **params)
        if value and value.adjusted() >= integers:
            message = _("The %(what)s is too large: %(integers)s digits before the point are allowed.")
            return self.note("number_large", path, message, **params)
        if not _has_decimals(value, decimals):
            message = _("The %(what)s %(value)s has more than %(decimals)s decimals.")
            return self.note("number_decimals", path, message, _("Round it."), **params)
        return True

    def money(self, value: Decimal, path: str, what: str, positive: bool = False) -> bool:
        """An amount in BRL: 13 digits and 2 decimals (TDec_1302)."""
        return self.number(value, path, what, decimals=2, integers=13, positive=positive)

    def rate(self, value: Decimal, path: str, what: str, positive: bool = False) -> bool:
        """A percentage: 3 digits and 4 decimals (TDec_0302a04)."""
        return self.number(value, path, what, decimals=4, integers=3, positive=positive)

    def moment(self, value: datetime, path: str, what: str) -> bool:
        """A TDateTimeUTC: years 2000 to 2099, an offset of whole hours from -11 to +12."""
        offset = value.utcoffset()
        if offset is None or offset % _HOUR or not -11 * _HOUR <= offset <= 12 * _HOUR or not 2000 <= value.year < 2100:
            message = _("The %(what)s %(value)s cannot be written: it needs a time zone of whole hours.")
            return self.note("moment_invalid", path, message, what=what, value=value.isoformat())
        return True


def _has_decimals(value: Decimal, decimals: int) -> bool:
    """Whether ``value`` has at most so many decimals; zeros at the end do not count."""
    __, digits, exponent = value.as_tuple()
    surplus = -exponent - decimals
    return surplus <= 0 or not any(digits[-surplus:])
