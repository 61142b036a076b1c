"""What the journal says of a month's documents, and where it says something else."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from ..fiscal.archive.facts import COLUMNS

ZERO = Decimal("0.00")
#: What counts: an authorized document. A cancelled or voided one is in the ZIP, and nowhere in the sums.
COUNTED = ("authorized", "epec")


@dataclass(frozen=True)
class Difference:
    """An invoice that makes a difference. Amounts are signed: returns are negative."""

    name: str
    booked: Decimal
    documented: Decimal


class Journal:
    """Posted invoices of the month that have a document of this environment, as :class:`~.export_build.ExportBuilder`
    compares them with the documents, one by one.

    :param only: compare with the invoices of these documents alone.
    """

    def __init__(self, env, company, month, environment, only=None):
        self.env = env
        env["account.move"].flush_model()
        env["account.move.line"].flush_model()
        which = "AND d.id = ANY(%(only)s)" if only is not None else ""
        self._params = {
            "company": company.id,
            "environment": environment,
            "first": month,
            "after": month + relativedelta(months=1),
            "only": only or [],
        }
        self._moves = f"""
            SELECT m.id, m.name, m.amount_total_signed FROM account_move m
             WHERE m.company_id = %(company)s AND m.state = 'posted' AND m.date >= %(first)s AND m.date < %(after)s
               AND m.move_type IN ('out_invoice', 'out_refund', 'in_refund')
               AND EXISTS (SELECT 1 FROM faturamento_br_document d
                            WHERE d.move_id = m.id AND d.environment = %(environment)s {which})
        """
        env.cr.execute(self._moves, self._params)
        self._open = {move: (name, _money(amount)) for move, name, amount in env.cr.fetchall()}
        self.total = sum((amount for _name, amount in self._open.values()), ZERO)
        self.documents = ZERO
        self.amounts = defaultdict(lambda: ZERO)  # of the documents that count, signed
        self.differences = []

    @property
    def difference(self):
        return self.total - self.documents

    def booked(self, document, facts):
        """What the journal says of ``document``, signed; None where it says nothing (a remittance, a cancelled one)."""
        if document.state not in COUNTED or not facts or not document.move_id:
            return None
        sign = -1 if document.move_id.move_type == "out_refund" else 1
        documented = sign * facts.total
        self.documents += documented
        if document.move_id.move_type != "in_refund":  # its taxes are those of a purchase: see line_amounts.py
            for column, amount in facts.amounts.items():
                self.amounts[column] += sign * amount
        name, booked = self._open.pop(document.move_id.id, (document.move_id.name, ZERO))
        if booked != documented:
            self.differences.append(Difference(name or document._label(), booked, documented))
        return booked

    def unmatched(self):
        """The differences; those of invoices without a document that counts come last."""
        without = [Difference(name, booked, ZERO) for name, booked in self._open.values()]
        return [*self.differences, *sorted(without, key=lambda each: each.name)]

    def taxes(self):
        """``(column, documented, booked)`` of each tax that the books know."""
        self.env.cr.execute(
            f"""
            SELECT t.fbr_kind, SUM(-l.balance) FROM account_move_line l
              JOIN account_tax t ON t.id = l.tax_line_id AND t.fbr_kind IS NOT NULL
              JOIN account_move of ON of.id = l.move_id AND of.move_type != 'in_refund'
              JOIN account_tax_repartition_line r ON r.id = l.tax_repartition_line_id AND r.factor_percent > 0
             WHERE l.move_id IN (SELECT id FROM ({self._moves}) AS moves) GROUP BY t.fbr_kind
            """,
            self._params,
        )
        booked = {kind: _money(amount) for kind, amount in self.env.cr.fetchall()}
        return [
            (column, self.amounts[column], booked.get(kind, ZERO))
            for column, kind in COLUMNS.items()
            if kind and (self.amounts[column] or booked.get(kind))
        ]


def _money(value):
    """The database's numeric as money."""
    return Decimal(str(value or 0)).quantize(ZERO)
