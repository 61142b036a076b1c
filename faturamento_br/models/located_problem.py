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

    def action(self):
        """Open the record."""
        return {
            "type": "ir.actions.act_window",
            "res_model": self.record._name,
            "res_id": self.record.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }


def one_a_field(located):
    """Without what says again, in other words, what is wrong with the same field of the same record."""
    seen, kept = set(), []
    for found in located:
        place = (found.record, found.field)
        if not found.field or place not in seen:
            kept.append(found)
        seen.add(place)
    return kept
