"""The core's problems in the user's language."""

from datetime import UTC, date, datetime
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tools import format_date, format_datetime
from odoo.tools.misc import get_lang

from ..fiscal.problems import Text


def text_of(env, problem):
    """``problem`` as one sentence or two in the user's language: what is wrong, then what to do.

    Params are shown as that user reads them: marked texts translated, moments in their time zone, numbers with their
    decimal point.
    """
    params = {name: _shown(env, value) for name, value in problem.params.items()}
    parts = (env._(part) % params if params else env._(part) for part in (problem.message, problem.cure) if part)  # pylint: disable=translation-not-lazy
    return " ".join(parts)


def user_error(env, problems):
    """A :class:`UserError` that says all ``problems``, a line each."""
    return UserError("\n".join(text_of(env, problem) for problem in problems))


def _shown(env, value):
    match value:
        case Text():
            return env._(value)
        case datetime():
            naive = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            return format_datetime(env, naive)
        case date():
            return format_date(env, value)
        case Decimal():
            return f"{value:f}".replace(".", get_lang(env).decimal_point)
    return value
