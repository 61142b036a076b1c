from odoo import api, fields, models
from odoo.fields import Domain
from stdnum import ean

#: ICMS situations of goods whose tax was retained before: SEFAZ wants their CEST (rejection 806).
SUBSTITUTED = [
    ("icms_cst", "in", ("10", "30", "60", "70")),
    ("icms_csosn", "in", ("201", "202", "203", "500")),
]

#: Rules that speak of certain goods, or of whatever is sold unless somebody says otherwise.
ABOUT_GOODS = [
    ("operation_id", "=", False),
    ("operation_id.is_default", "=", True),
    ("ncm_prefix", "!=", False),
    ("product_tmpl_id", "!=", False),
    ("categ_id", "!=", False),
]


class ProductTemplate(models.Model):
    """What a product lacks before an NF-e can have it, told in lists and found by filters.

    Filters look at stored columns only; the distinct codes in use, a few hundred, are judged by the table in memory.
    """

    _inherit = "product.template"

    fbr_missing = fields.Char(
        "Missing for the NF-e", compute="_compute_fbr_missing", help="What keeps these goods from being on an NF-e."
    )
    fbr_to_check = fields.Char(
        "To check", compute="_compute_fbr_to_check", help="Not refused by SEFAZ, but probably not what you want."
    )
    fbr_is_ready = fields.Boolean("Ready for the NF-e", compute="_compute_fbr_is_ready", search="_search_fbr_is_ready")
    fbr_ncm_is_wrong = fields.Boolean(
        "NCM not in force", compute="_compute_fbr_ncm_is_wrong", search="_search_fbr_ncm_is_wrong"
    )
    fbr_may_need_cest = fields.Boolean(
        "May need a CEST", compute="_compute_fbr_may_need_cest", search="_search_fbr_may_need_cest"
    )

    # --- One product --------------------------------------------------------------------------------------------

    def _fbr_lacks(self, day):
        """What the goods lack on ``day``: pairs of a code and the field to mend; services lack nothing.

        Codes: ``ncm_missing``, ``ncm_unknown``, ``ncm_ended``, ``ncm_future``, ``factor_missing``.
        """
        self.ensure_one()
        found = []
        if self.type != "consu":
            return found
        ncm = self.fbr_effective_ncm
        if not ncm:
            found.append(("ncm_missing", "fbr_ncm"))
        elif ncm not in (codes := self.env["faturamento_br.ncm"]._fbr_codes()):
            found.append(("ncm_unknown", "fbr_ncm"))
        else:
            _id, start, end = codes[ncm]
            if end and end < day:
                found.append(("ncm_ended", "fbr_ncm"))
            elif start and start > day:
                found.append(("ncm_future", "fbr_ncm"))
        if self.fbr_needs_factor and not self.fbr_taxable_factor:
            found.append(("factor_missing", "fbr_taxable_factor"))
        return found

    def _fbr_cest_in_use(self):
        return self._fbr_holder("fbr_cest").fbr_cest or ""

    def _fbr_rules_of_substitution(self):
        """The tax rules of the user's companies under which goods need a CEST.

        A rule for all goods of an operation that is chosen for the document at hand says nothing of any product.
        """
        substituted = Domain.OR(Domain([leaf]) for leaf in SUBSTITUTED)
        of_goods = Domain.OR(Domain([leaf]) for leaf in ABOUT_GOODS)
        return self.env["faturamento_br.tax_rule"].search(
            Domain("company_id", "in", self.env.companies.ids) & substituted & of_goods
        )

    def _fbr_is_target(self, rule):
        """Whether the criteria of ``rule`` that look at the product fit it."""
        return (
            (not rule.product_tmpl_id or rule.product_tmpl_id == self)
            and (not rule.ncm_prefix or (self.fbr_effective_ncm or "").startswith(rule.ncm_prefix))
            and (not rule.categ_id or (self.categ_id.parent_path or "").startswith(rule.categ_id.parent_path))
        )

    @api.depends("type", "fbr_effective_ncm", "fbr_cest", "categ_id", "fbr_taxable_factor", "fbr_needs_factor")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_fbr_missing(self):
        today = fields.Date.context_today(self)
        rules = self._fbr_rules_of_substitution()
        words = {
            "ncm_missing": self.env._("No NCM"),
            "ncm_unknown": self.env._("NCM not in the official table"),
            "ncm_ended": self.env._("NCM ended"),
            "ncm_future": self.env._("NCM not yet in force"),
            "factor_missing": self.env._("How many taxable units one unit has"),
            "cest_missing": self.env._("CEST, for goods under tax substitution"),
        }
        for product in self:
            codes = [code for code, _field in product._fbr_lacks(today)]
            if product._fbr_needs_cest(rules):
                codes.append("cest_missing")
            product.fbr_missing = "; ".join(words[code] for code in codes)

    def _fbr_needs_cest(self, rules):
        return self.type == "consu" and not self._fbr_cest_in_use() and any(self._fbr_is_target(rule) for rule in rules)

    @api.depends("fbr_missing")
    def _compute_fbr_is_ready(self):
        for product in self:
            product.fbr_is_ready = not product.fbr_missing

    @api.depends("fbr_effective_ncm")
    def _compute_fbr_ncm_is_wrong(self):
        wrong = set(self._fbr_wrong_ncms())
        for product in self:
            product.fbr_ncm_is_wrong = product.fbr_effective_ncm in wrong

    @api.depends("type", "fbr_effective_ncm", "fbr_cest", "categ_id")
    def _compute_fbr_may_need_cest(self):
        cest = self.env["faturamento_br.cest"]
        for product in self:
            candidates = cest._fbr_ids_for_ncm(product.fbr_effective_ncm)
            product.fbr_may_need_cest = product.type == "consu" and bool(candidates) and not product._fbr_cest_in_use()

    @api.depends("type", "fbr_effective_ncm", "fbr_cest", "categ_id", "barcode")
    def _compute_fbr_to_check(self):
        table = self.env["faturamento_br.cest"]
        for product in self:
            found = []
            candidates = table.browse(table._fbr_ids_for_ncm(product.fbr_effective_ncm))
            cest = product._fbr_cest_in_use()
            if product.type == "consu" and candidates and not cest:
                codes = ", ".join(table._fbr_written(code) for code in candidates[:3].mapped("code"))
                more = "…" if len(candidates) > 3 else ""
                found.append(self.env._("May need a CEST: %(codes)s", codes=codes + more))
            elif cest and candidates and cest not in candidates.mapped("code"):
                found.append(self.env._("The CEST is of another NCM"))
            if product._fbr_barcode_is_mistyped():
                found.append(self.env._("The barcode has a wrong check digit: the NF-e says SEM GTIN"))
            product.fbr_to_check = "; ".join(found)

    def _fbr_barcode_is_mistyped(self):
        code = self.barcode or ""
        return len(code) in (12, 13, 14) and code.isascii() and code.isdecimal() and not ean.is_valid(code)

    # --- Thousands of products ----------------------------------------------------------------------------------

    def _fbr_ncms_in_use(self):
        groups = (
            self.env["product.template"]
            .sudo()
            .with_context(active_test=False)
            ._read_group([("fbr_effective_ncm", "!=", False)], ["fbr_effective_ncm"])
        )
        return [code for [code] in groups]

    def _fbr_wrong_ncms(self):
        """The NCMs of products which the table does not have in force today."""
        table, today = self.env["faturamento_br.ncm"], fields.Date.context_today(self)
        return [code for code in self._fbr_ncms_in_use() if not table._fbr_in_force(code, today)]

    def _search_fbr_ncm_is_wrong(self, operator, value):
        if operator != "in":
            return NotImplemented
        wrong = Domain("type", "=", "consu") & Domain("fbr_effective_ncm", "in", self._fbr_wrong_ncms())
        return wrong if True in value else ~wrong

    def _search_fbr_may_need_cest(self, operator, value):
        if operator != "in":
            return NotImplemented
        cest = self.env["faturamento_br.cest"]
        codes = [code for code in self._fbr_ncms_in_use() if cest._fbr_ids_for_ncm(code)]
        domain = Domain("type", "=", "consu") & Domain("fbr_effective_ncm", "in", codes) & self._fbr_domain_no_cest()
        return domain if True in value else ~domain

    def _fbr_domain_no_cest(self):
        categories = self.env["product.category"].search([("fbr_cest", "!=", False)])
        return Domain("fbr_cest", "=", False) & ~Domain("categ_id", "child_of", categories.ids)

    def _search_fbr_is_ready(self, operator, value):
        if operator != "in":
            return NotImplemented
        lacking = [Domain("fbr_effective_ncm", "=", False), Domain("fbr_effective_ncm", "in", self._fbr_wrong_ncms())]
        lacking.append(Domain("id", "in", self._fbr_without_factor().ids))
        if rules := self._fbr_rules_of_substitution():
            lacking.append(self._fbr_domain_no_cest() & Domain.OR(map(self._fbr_domain_of, rules)))
        lacking = Domain("type", "=", "consu") & Domain.OR(lacking)
        return ~lacking if True in value else lacking

    def _fbr_without_factor(self):
        """Products with a taxable unit that do not say how it converts; few have a taxable unit at all."""
        categories = self.env["product.category"].search([("fbr_taxable_uom_id", "!=", False)])
        with_unit = Domain("fbr_taxable_uom_id", "!=", False) | Domain("categ_id", "child_of", categories.ids)
        products = self.with_context(active_test=False).search(with_unit & Domain("fbr_taxable_factor", "=", 0))
        return products.filtered("fbr_needs_factor")

    def _fbr_domain_of(self, rule):
        """:meth:`_fbr_is_target` as a domain."""
        domain = Domain.TRUE
        if rule.product_tmpl_id:
            domain &= Domain("id", "=", rule.product_tmpl_id.id)
        if rule.ncm_prefix:
            domain &= Domain("fbr_effective_ncm", "=like", rule.ncm_prefix + "%")
        if rule.categ_id:
            domain &= Domain("categ_id", "child_of", rule.categ_id.id)
        return domain

    # --- Mending many -------------------------------------------------------------------------------------------

    def action_fbr_use_only_cest(self):
        """Give the selected goods the CEST of their NCM where there is only one, and tell how many got it."""
        table = self.env["faturamento_br.cest"]
        by_cest = {}
        for product in self.filtered("fbr_may_need_cest"):
            candidates = table._fbr_ids_for_ncm(product.fbr_effective_ncm)
            if len(candidates) == 1:
                by_cest[candidates[0]] = by_cest.get(candidates[0], self.browse()) | product
        for cest, products in by_cest.items():
            products.write({"fbr_cest": table.browse(cest).code})
        filled = sum(map(len, by_cest.values()))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if filled else "info",
                "message": self.env._(
                    "%(filled)s of %(selected)s products got their CEST. The others have one, need none, or their NCM "
                    "has several: choose it in the list.",
                    filled=filled,
                    selected=len(self),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
