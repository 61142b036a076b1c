from dataclasses import dataclass, replace
from typing import Any

from .problem_text import text_of


@dataclass(frozen=True)
class LocatedProblem:
    """A problem of the core, and the record whose user can mend it.

    :param problem: a :class:`~..fiscal.problems.Problem`.
    :param record: the Odoo record to open; never empty.
    :param field: the field of ``record`` to look at; ``""`` when it is not one field.
    """

    problem: Any
    record: Any
    field: str = ""

    def message(self, env):
        """What is wrong, in the user's language."""
        return text_of(env, replace(self.problem, cure=""))

    def cure(self, env):
        """What to do, in the user's language; may be empty."""
        return text_of(env, replace(self.problem, message=self.problem.cure, cure=""))
