from dataclasses import replace

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ..fiscal import spec
from ..fiscal.rules import check
from ..fiscal.rules.book import Rulebook
from ..fiscal.rules.criteria import Criteria
from ..fiscal.rules.rule import CfopRule, Rule
from .line_amounts import exact
from .problem_text import text_of
from .tax_rule import SALE

YES_NO = {"any": "", "yes": "1", "no": "0"}
#: indIEDest as rules ask for it: who is exempt from registration (2) is not a contributor either.
CONTRIBUTOR = {"any": "", "yes": "1", "no": "9"}
#: Fields that the core's criteria and values come from; a change of any other is none of its business.
CRITERIA = (
    *("operation_id", "company_id", "active", "valid_from", "valid_to", "product_tmpl_id", "partner_id", "categ_id"),
    *("ncm_prefix", "cest", "goods_origin", "scope", "state_id", "contributor", "final_consumer"),
)
VALUES = (
    *(
        "cfop",
        "icms_cst",
        "icms_csosn",
        "icms_rate",
        "icms_reduction",
        "icms_credit_rate",
        "icms_deferral",
        "fcp_mode",
        "fcp_rate",
    ),
    *("pis_cst", "pis_rate", "cofins_cst", "cofins_rate", "ibs_cbs_cst", "ibs_cbs_class"),
)
#: Criteria that two rows must share to be rivals, as a search for them asks. The customer is not among them: a contact
#: stands for its company.
ALIKE = (
    *("operation_id", "product_tmpl_id", "categ_id", "ncm_prefix", "cest", "goods_origin"),
    *("scope", "state_id", "contributor", "final_consumer"),
)
#: The field that says a value of the core's rule of ICMS.
FIELD_OF = {
    "base_mode": "icms_base_mode",
    "base_margin_rate": "icms_base_margin",
    "base_unit_price": "icms_base_price",
    "base_reduction": "icms_reduction",
    "fcp_rate": "fcp_rate",
    "deferral_rate": "icms_deferral",
    "fcp_deferral_rate": "icms_fcp_deferral",
    "reduction_benefit_code": "icms_reduction_benefit",
    "simples_credit_rate": "icms_credit_rate",
    "relief_reason": "icms_relief_reason",
    "relief_method": "icms_relief_method",
    "relief_deducts": "icms_relief_deducts",
    "effective_rate": "icms_effective_rate",
    "effective_reduction": "icms_effective_reduction",
    "share_rate": "icms_share_rate",
    "share_uf": "icms_share_state_id",
}
#: The field that a path of the core speaks of.
FIELDS = {
    "valid_to": "valid_to",
    "ncm": "ncm_prefix",
    "cest": "cest",
    "destination": "state_id",
    "scope": "scope",
    "goods_origin": "goods_origin",
    "cfop.code": "cfop",
    "icms.cst": "icms_cst",
    "icms.csosn": "icms_csosn",
    "icms.rate": "icms_rate",
    "pis.cst": "pis_cst",
    "pis.rate": "pis_rate",
    "cofins.cst": "cofins_cst",
    "cofins.rate": "cofins_rate",
    **{f"icms.{core}": field for core, field in FIELD_OF.items()},
    "icms_st.margin_rate": "st_margin",
    "icms_st.rate": "st_rate",
    "icms_st.base_reduction": "st_reduction",
    "icms_st.fcp_rate": "st_fcp_rate",
    "icms_st.unit_price": "st_price",
    "icms_st.margin_internal_rate": "st_margin_internal",
    "icms_st.deduction_rate": "st_deduction_rate",
    "difal.internal_rate": "difal_rate",
    "difal.fcp_rate": "difal_fcp_rate",
}


def alike_value(value):
    """A field's value as a domain has it: a record's id, ``False`` for nothing."""
    return (value.id if isinstance(value, models.BaseModel) else value) or False


class TaxRule(models.Model):
    """Rules as the core's: one row speaks of several taxes, and each of them finds its own most specific row."""

    _inherit = "faturamento_br.tax_rule"

    @api.model
    @tools.ormcache("company_id")
    def _fbr_book(self, company_id):
        """The rules of a company, indexed; ``ref`` of each is the id of its row."""
        return self._fbr_made_book(company_id)

    @api.model
    def _fbr_made_book(self, company_id, alike=()):
        """The rules of a company, indexed anew.

        :param alike: rows that rivals are wanted of; by default, the book has all rules.
        """
        domain = [("company_id", "=", company_id)]
        if alike:  # reading all rules for each one that is saved is what makes hundreds of them slow
            domain += [(name, "in", list({alike_value(row[name]) for row in alike})) for name in ALIKE]
        rules = self.sudo().search(domain)
        return Rulebook([one for rule in rules for one in rule._fbr_core_rules()])

    def _fbr_core_rules(self):
        """What this row says, a :class:`~..fiscal.rules.rule.Rule` for each tax that it speaks of."""
        self.ensure_one()
        when = self._fbr_criteria()
        about = {"source": self.source or "", "text": self.legal_text or "", "ref": str(self.id)}
        return [Rule(subject, when, what, **about) for subject, what in self._fbr_said()]

    def _fbr_criteria(self):
        operation = self.operation_id
        return Criteria(
            valid_from=self.valid_from or None,
            valid_to=self.valid_to or None,
            operation=operation._fbr_rule_path() if operation else SALE,
            product=str(self.product_tmpl_id.id or ""),
            customer=str(self.partner_id.commercial_partner_id.id or ""),
            ncm=self.ncm_prefix or "",
            cest=self.cest or "",
            category=self.categ_id.parent_path or "",
            destination=self.state_id.code or "",
            scope="" if self.scope == "any" else self.scope,
            contributor=CONTRIBUTOR[self.contributor],
            final_consumer=YES_NO[self.final_consumer],
            goods_origin=self.goods_origin or "",
        )

    def _fbr_said(self):
        """Pairs of a subject and what this row says of it."""
        if self.cfop:
            yield "cfop", CfopRule(self.cfop)
        if self.icms_cst or self.icms_csosn:
            yield (
                "icms",
                spec.IcmsRule(
                    cst=self.icms_cst or "",
                    csosn=self.icms_csosn or "",
                    rate=exact(self, "icms_rate") or None,
                    base_reduction=exact(self, "icms_reduction"),
                    fcp_rate=exact(self, "fcp_rate") if self.fcp_mode == "fixed" else None,
                    simples_credit_rate=exact(self, "icms_credit_rate"),
                    deferral_rate=exact(self, "icms_deferral") or None,
                    benefit_code=self.benefit_code or "",
                ),
            )
        if self.pis_cst:
            yield "pis", spec.ContributionRule(self.pis_cst, exact(self, "pis_rate"))
        if self.cofins_cst:
            yield "cofins", spec.ContributionRule(self.cofins_cst, exact(self, "cofins_rate"))
        if self.ibs_cbs_class:
            yield "ibs_cbs", spec.IbsCbsRule(self.ibs_cbs_cst or "", self.ibs_cbs_class)

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        """The book is forgotten after the rows are gone: a reader in between would keep them."""
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    def _validate_fields(self, field_names, excluded_names=()):
        """All that the checks of these rows find, in one message: Odoo stops at the first that raises."""
        names, excluded, wrong = set(field_names), set(excluded_names), {}
        for check_rows in self._constraint_methods:
            if names.isdisjoint(check_rows._constrains) or not excluded.isdisjoint(check_rows._constrains):
                continue
            try:
                check_rows(self)
            except ValidationError as error:
                wrong.update(dict.fromkeys(str(error).splitlines()))
        if wrong:
            raise ValidationError("\n".join(wrong))

    @api.model
    def _fbr_judged_fields(self):
        """The fields that :meth:`_check_with_the_others` judges; each tax adds its own."""
        return (*CRITERIA, *VALUES)

    @api.constrains(lambda self: self._fbr_judged_fields())
    def _check_with_the_others(self):
        """What the core finds wrong with these rows, and rows that nobody could choose between; all at once."""
        wrong = {}
        for company in self.company_id:
            mine = self.filtered(lambda row, owner=company: row.active and row.company_id == owner)
            told = [(rule, said) for rule in mine for said in rule._fbr_core_rules()]
            for rule, said in told:
                wrong.update(dict.fromkeys(rule._fbr_told_alone(said)))
            # An import judges its lines together, once each is right.
            if not told or self.env.context.get("fbr_ties_later"):
                continue
            book = self._fbr_made_book(company.id, alike=mine)
            for rule, said in told:
                for rival in book.rivals(said):
                    pair = sorted((rule, self.browse(int(rival.ref))), key=lambda row: row.id)
                    wrong[self._fbr_told_tie(*pair)] = True
        if wrong:
            raise ValidationError("\n".join(wrong))

    def _fbr_told_alone(self, said):
        """What is wrong with what this row says of one tax, where it is used: record, field and cure."""
        company = self.company_id.sudo()
        today = fields.Date.context_today(self)
        when = replace(
            said.when,
            # Branches of one company may be in other states, and a rule may be of the regime before or the next.
            origin="" if company.child_ids else company.partner_id.state_id.code or "",
            regime=(company.fbr_crt or "") if company._fbr_issues() and said.when.is_in_force(today) else "",
        )
        for problem in check.rule_problems(replace(said, when=when), ""):
            name = FIELDS.get(problem.path.removeprefix(".when.")) or FIELDS.get(
                problem.path.replace(".what", said.subject, 1), ""
            )
            label = self._fields[name]._description_string(self.env) if name else ""
            owner = ", ".join(filter(None, (self.display_name, label)))
            yield f"{owner}: {text_of(self.env, problem)}"

    def _fbr_told_tie(self, one, other):
        return self.env._(
            "“%(one)s” and “%(other)s” are for the same sales on the same days: let one end before the other "
            "begins, or ask for something more in one of them.",
            one=one.display_name,
            other=other.display_name,
        )
