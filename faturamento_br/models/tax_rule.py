from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..fiscal import operations
from .benefit_code import BENEFIT
from .goods import ORIGINS
from .official_code import printable
from .operation_ready import ready_codes

ICMS_CSTS = [
    ("00", "00 - Taxed"),
    ("10", "10 - Taxed, with substitution (ST)"),
    ("20", "20 - Reduced base"),
    ("30", "30 - Exempt, with substitution (ST)"),
    ("40", "40 - Exempt"),
    ("41", "41 - Not taxed"),
    ("50", "50 - Suspended"),
    ("51", "51 - Deferred"),
    ("60", "60 - Retained before (ST)"),
    ("70", "70 - Reduced base, with substitution (ST)"),
    ("90", "90 - Other"),
]
ICMS_CSOSNS = [
    ("101", "101 - With credit"),
    ("102", "102 - Without credit"),
    ("103", "103 - Exempt by gross revenue"),
    ("201", "201 - With credit, with substitution (ST)"),
    ("202", "202 - Without credit, with substitution (ST)"),
    ("203", "203 - Exempt by gross revenue, with substitution (ST)"),
    ("300", "300 - Immune"),
    ("400", "400 - Not taxed"),
    ("500", "500 - Retained before (ST)"),
    ("900", "900 - Other"),
]
CONTRIBUTION_CSTS = [
    ("01", "01 - Taxed, basic rate"),
    ("02", "02 - Taxed, other rate"),
    ("04", "04 - Single-phase, zero rate"),
    ("05", "05 - Tax substitution"),
    ("06", "06 - Zero rate"),
    ("07", "07 - Exempt"),
    ("08", "08 - Out of scope"),
    ("09", "09 - Suspended"),
    ("49", "49 - Other exits"),
    ("50", "50 - Entry with credit, taxed revenue"),
    ("70", "70 - Entry without credit"),
    ("71", "71 - Exempt entry"),
    ("72", "72 - Suspended entry"),
    ("73", "73 - Entry at zero rate"),
    ("74", "74 - Entry out of scope"),
    ("75", "75 - Entry under tax substitution"),
    ("98", "98 - Other entries"),
    ("99", "99 - Other"),
]
#: The family of operations that rules without an operation are for.
SALE = "sale/"
SCOPES = [("any", "Anywhere"), ("inside", "Same state"), ("interstate", "Other states"), ("abroad", "Abroad")]
#: The first digit of the CFOP of an exit and of an entry.
CFOP_DIGIT = {
    "exit": {"any": "567", "inside": "5", "interstate": "6", "abroad": "7"},
    "entry": {"any": "123", "inside": "1", "interstate": "2", "abroad": "3"},
}
#: Codes that are digits only, and how many.
CODE_LENGTHS = {"cfop": 4, "ibs_cbs_cst": 3, "ibs_cbs_class": 6}


class TaxRule(models.Model):
    """When it applies, and what the law says then: a row of an operation's table, or one for every sale of the company.

    The most specific row that fits decides, for each tax that it speaks of (``fiscal/rules``). Only codes and rates are
    here: arithmetic is the core's.
    """

    _name = "faturamento_br.tax_rule"
    _description = "Tax rule"
    _order = "operation_id, ncm_prefix, scope, cfop, id"
    _check_company_auto = True

    operation_id = fields.Many2one(
        "faturamento_br.operation",
        index=True,
        ondelete="cascade",
        check_company=True,
        help="Empty: every sale of the company.",
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_company_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        index=True,
    )
    active = fields.Boolean(default=True)
    crt = fields.Selection(related="company_id.fbr_crt")
    generated_key = fields.Char(copy=False, help="A ready rule nobody has edited: it follows the company's regime.")

    # When
    valid_from = fields.Date(help="The first day; empty: always.")
    valid_to = fields.Date("Valid until", help="The last day; empty: for good.")
    product_tmpl_id = fields.Many2one(
        "product.template", "Product", ondelete="cascade", check_company=True, index="btree_not_null"
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Only for",
        ondelete="cascade",
        check_company=True,
        index="btree_not_null",
        domain="[('parent_id', '=', False)]",
        help="The customer, with all contacts and addresses.",
    )
    categ_id = fields.Many2one("product.category", "Category", ondelete="cascade")
    ncm_prefix = fields.Char("NCM begins with")
    cest = fields.Char("CEST", help="Goods with this CEST, 7 digits.")
    goods_origin = fields.Selection(ORIGINS, "Origin of the goods")
    scope = fields.Selection(SCOPES, "Destination", required=True, default="any")
    state_id = fields.Many2one(
        "res.country.state", "To the state", ondelete="cascade", domain="[('country_id.code', '=', 'BR')]"
    )
    contributor = fields.Selection(
        [("any", "Any"), ("yes", "Contributor"), ("no", "Not a contributor")], "Customer", required=True, default="any"
    )
    final_consumer = fields.Selection(
        [("any", "Any"), ("yes", "To consume"), ("no", "To resell or make others")], "Use", required=True, default="any"
    )

    # What then
    cfop = fields.Char("CFOP")
    cfop_id = fields.Many2one(
        "faturamento_br.cfop",
        "CFOP by name",
        compute="_compute_cfop_id",
        inverse="_inverse_cfop_id",
        help="Write the beginning of the code, or words of its description.",
    )
    icms_cst = fields.Selection(ICMS_CSTS, "ICMS CST")
    icms_csosn = fields.Selection(ICMS_CSOSNS, "CSOSN")
    icms_rate = fields.Float(
        "ICMS %",
        digits=(7, 4),
        help="Zero: the official rate from state to state, and inside the state the one that the goods have there.",
    )
    icms_reduction = fields.Float("Base reduction %", digits=(7, 4), help="pRedBC, for CST 20 and 70.")
    icms_credit_rate = fields.Float("Credit %", digits=(7, 4), help="pCredSN, for CSOSN 101 and 201.")
    icms_deferral = fields.Float("Deferral %", digits=(7, 4), help="pDif, for CST 51: 100 defers all of it.")
    fcp_mode = fields.Selection(
        [("table", "General of the state"), ("fixed", "This rate")], "FCP", required=True, default="table"
    )
    fcp_rate = fields.Float("FCP %", digits=(7, 4))
    benefit_code = fields.Char("cBenef", help="Code of the state's tax benefit: 8 or 10 characters, or SEM CBENEF.")
    benefit_id = fields.Many2one(
        "faturamento_br.benefit_code",
        "cBenef by name",
        compute="_compute_benefit_id",
        inverse="_inverse_benefit_id",
    )
    pis_cst = fields.Selection(CONTRIBUTION_CSTS, "PIS CST")
    pis_rate = fields.Float("PIS %", digits=(7, 4))
    cofins_cst = fields.Selection(CONTRIBUTION_CSTS, "COFINS CST")
    cofins_rate = fields.Float("COFINS %", digits=(7, 4))
    ibs_cbs_cst = fields.Char("CST of IBS and CBS")
    ibs_cbs_class = fields.Char("cClassTrib")
    source = fields.Char("Legal source", help="Law, agreement or ruling that says so: shown to who asks why.")
    legal_text = fields.Char(
        "Text on the NF-e", help="Goes to the additional information (infCpl) where this rule holds."
    )

    @api.depends("operation_id.company_id")
    def _compute_company_id(self):
        for rule in self:
            rule.company_id = rule.operation_id.company_id or rule.company_id or self.env.company

    @api.depends("operation_id.name", "ncm_prefix", "product_tmpl_id", "state_id", "cfop")
    def _compute_display_name(self):
        for rule in self:
            asked = (rule.product_tmpl_id.display_name, rule.ncm_prefix, rule.state_id.code, rule.cfop)
            name = rule.operation_id.name or self.env._("Every sale")
            rule.display_name = " ".join([name, *filter(None, asked)])

    def copy(self, default=None):
        """A duplicate is archived until something in it is changed: it would tie with its original."""
        return super().copy({"active": False, **(default or {})})

    def action_fbr_open(self):
        return self._get_records_action(name=self.env._("Tax rule"))

    @api.depends("cfop")
    def _compute_cfop_id(self):
        codes = self.env["faturamento_br.cfop"]._fbr_codes()
        for rule in self:
            rule.cfop_id = codes.get(rule.cfop, (False,))[0]

    @api.depends("benefit_code")
    def _compute_benefit_id(self):
        codes = self.env["faturamento_br.benefit_code"]._fbr_codes()
        for rule in self:
            rule.benefit_id = codes.get(rule.benefit_code, (False,))[0]

    @api.onchange("cfop_id")
    def _inverse_cfop_id(self):
        for rule in self:
            rule.cfop = rule.cfop_id.code

    @api.onchange("benefit_id")
    def _inverse_benefit_id(self):
        for rule in self:
            rule.benefit_code = rule.benefit_id.code

    @api.model_create_multi
    def create(self, vals_list):
        """A rule may be given its CFOP by record; the code is what the table demands."""
        table = self.env["faturamento_br.cfop"]
        return super().create(
            [
                {**vals, "cfop": table.browse(vals["cfop_id"]).code}
                if vals.get("cfop_id") and not vals.get("cfop")
                else vals
                for vals in vals_list
            ]
        )

    def write(self, vals):
        """A ready rule that somebody edits is no longer ready-made."""
        if (
            not self.env.context.get("fbr_ready")
            and vals.keys() - {"active", "generated_key"}
            and "generated_key" not in vals
        ):
            vals = {**vals, "generated_key": False}
        return super().write(vals)

    @api.constrains("cfop", "scope")
    def _check_cfop(self):
        for rule in self:
            kind = rule.operation_id.kind or "exit"
            if rule.cfop and rule.cfop[:1] not in CFOP_DIGIT[kind][rule.scope]:
                told = (
                    self.env._(
                        "CFOP %(cfop)s does not fit: an entry has 1xxx from inside the state, 2xxx from other states, "
                        "3xxx from abroad.",
                        cfop=rule.cfop,
                    )
                    if kind == "entry"
                    else self.env._(
                        "CFOP %(cfop)s does not fit the destination: 5xxx inside the state, 6xxx to other states, 7xxx "
                        "abroad.",
                        cfop=rule.cfop,
                    )
                )
                raise ValidationError(told)

    @api.constrains(*CODE_LENGTHS)
    def _check_codes(self):
        for rule in self:
            for name, length in CODE_LENGTHS.items():
                code = rule[name]
                if code and not (code.isascii() and code.isdecimal() and len(code) == length):
                    raise ValidationError(
                        self.env._(
                            "%(code)s is not a valid %(field)s: digits only, all of them.",
                            code=code,
                            field=rule._fields[name]._description_string(self.env),
                        )
                    )

    @api.constrains("cfop", "ncm_prefix", "benefit_code")
    def _check_known_codes(self):
        """CFOP and NCM are in the official tables; a cBenef has the layout's form (NF-e 4.00, I05f)."""
        cfops, ncms = self.env["faturamento_br.cfop"]._fbr_codes(), self.env["faturamento_br.ncm"]._fbr_codes()
        for rule in self:
            if rule.cfop and rule.cfop not in cfops:
                raise ValidationError(
                    self.env._("CFOP %s is not in the official table: look it up by words.", printable(rule.cfop))
                )
            digits = (rule.ncm_prefix or "").isdecimal()  # what is no beginning of a code, the core tells
            if digits and not any(code.startswith(rule.ncm_prefix) for code in ncms):
                raise ValidationError(
                    self.env._("No NCM begins with %s: correct it in the tax rule.", printable(rule.ncm_prefix))
                )
            if rule.benefit_code and not BENEFIT.fullmatch(rule.benefit_code):
                raise ValidationError(
                    self.env._(
                        "cBenef %s is not right: the state's table has codes of 8 or 10 characters, or SEM CBENEF.",
                        printable(rule.benefit_code),
                    )
                )

    @api.model
    def _fbr_refresh_generated(self, companies):
        """After a change of regime, write the ready rules that nobody has edited anew."""
        for company in companies:
            ready = {
                rule.key: ready_codes(rule, company)
                for operation in operations.shipped(company.fbr_crt)
                for rule in operation.rules(company.fbr_crt)
            }
            rules = self.search([("company_id", "=", company.id), ("generated_key", "in", list(ready))])
            ready_rules = rules.with_context(fbr_ready=True)
            by_codes = ready_rules.grouped(lambda rule, ready=ready: tuple(ready[rule.generated_key].items()))
            for codes, same in by_codes.items():
                same.write(dict(codes))
