"""The core's problems in the user's language."""

from datetime import UTC, datetime

from odoo.exceptions import UserError
from odoo.tools import format_datetime


def text_of(env, problem):
    """``problem`` as one sentence or two in the user's language: what is wrong, then what to do.

    Moments in its params are shown in the user's time zone and format.
    """
    params = {name: _shown(env, value) for name, value in problem.params.items()}
    parts = (env._(part) % params if params else env._(part) for part in (problem.message, problem.cure) if part)  # pylint: disable=gettext-variable
    return " ".join(parts)


def user_error(env, problems):
    """A :class:`UserError` that says all ``problems``, a line each."""
    return UserError("\n".join(text_of(env, problem) for problem in problems))


def _shown(env, value):
    if isinstance(value, datetime):
        naive = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        return format_datetime(env, naive)
    return value
