from odoo import models

from ..fiscal.problems import FiscalError
from .located_problem import LocatedProblem


class FiscalSource(models.AbstractModel):
    """The approximate taxes in the price, told to final consumers (Lei 12.741/2012): which table has them."""

    _inherit = "faturamento_br.fiscal.source"

    def _fbr_approximate_table(self, goods):
        """The table for the NCMs of ``goods`` on the day of this document, as the core's; ``None`` without any.

        The company's own, or that of the company it belongs to, for the UF it sells from. The newest one in force on
        the day; if none is, the newest there is, which says itself that it has expired.
        """
        tables, day = self.env["faturamento_br.approximate_table"], self._fbr_issue_date()
        uf = self.company_id.sudo().partner_id.state_id.code or ""
        for company in self.company_id.sudo().parent_ids.sorted(lambda each: -len(each.parent_ids)):
            if periods := tables._fbr_periods(company.id, uf):
                told = [table_id for table_id, begins, ends in periods if begins <= day <= ends]
                codes = tuple(sorted({code for code in goods.mapped("fbr_effective_ncm") if code}))
                return tables._fbr_rates((told or [periods[0][0]])[0], codes)
        return None

    def _fbr_approximate_problems(self):
        """What keeps the consumer from being told, by :class:`~.located_problem.LocatedProblem`: it stops nothing."""
        if not self._fbr_is_fiscal() or not self.fbr_final_consumer:
            return []
        lines = self._fbr_lines().filtered(lambda line: line._fbr_role() == "item")
        table = self._fbr_approximate_table(lines.product_id.product_tmpl_id)
        found = {}
        for product in lines.product_id if table else ():
            goods = product.product_tmpl_id
            try:
                table.rates(goods.fbr_effective_ncm or "", "", goods._fbr_origin_in_use(), self._fbr_issue_date())
            except FiscalError as error:
                for problem in error.problems:
                    record = product if problem.path == "ncm" and goods.fbr_effective_ncm else self
                    key = (problem.code, *sorted(map(str, problem.params.values())))
                    found.setdefault(key, LocatedProblem(problem, record, "fbr_ncm" if record == product else ""))
        return list(found.values())
