from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal.taxes import asked
from ..fiscal.taxes.difal import base_method
from ..fiscal.taxes.icms_rates import internal_rate, internal_source
from ..models.tax_rule import CONTRIBUTION_CSTS
from ..models.tax_rule_states import BASES

KINDS = [
    ("internal", "ICMS inside the state"),
    ("difal", "DIFAL"),
    ("st", "Substitution (ST)"),
    ("ipi", "IPI"),
    ("contributions", "PIS and COFINS"),
]
SOURCES = [("sale.order", "Quotation"), ("account.move", "Invoice"), ("faturamento_br.shipment", "Remittance")]
#: Kinds that ask for the goods' ICMS rate in a state: the modal one may be theirs.
OF_A_STATE = ("internal", "difal")
#: The fields of the tax rule that each kind of answer fills, all of them this dialog's too.
ANSWERED = {
    "internal": ("internal_mode", "internal_rate", "internal_fcp_mode", "internal_fcp_rate"),
    "difal": ("difal_mode", "difal_rate", "difal_fcp_mode", "difal_fcp_rate", "difal_base", "difal_origin"),
    "st": ("st_mode", "st_margin", "st_adjusts", "st_rate", "st_reduction", "st_fcp_mode", "st_fcp_rate"),
    "ipi": ("ipi_cst", "ipi_rate", "ipi_frame"),
    "contributions": ("pis_cst", "pis_rate", "cofins_cst", "cofins_rate"),
}


class TaxAnswer(models.TransientModel):
    """A rate that nobody but the company can know: said once, with its law, and kept as a dated tax rule."""

    _name = "faturamento_br.tax.answer"
    _description = "Answer to a question of taxes"

    kind = fields.Selection(KINDS, required=True, readonly=True)
    source_model = fields.Selection(SOURCES, readonly=True)
    source_id = fields.Many2oneReference("Document", model_field="source_model", readonly=True)
    product_id = fields.Many2one("product.product", "Goods", required=True, readonly=True)
    company_id = fields.Many2one("res.company", compute="_compute_of_source")
    ncm = fields.Char("NCM", compute="_compute_of_source")
    state_id = fields.Many2one("res.country.state", "In the state", compute="_compute_of_source")
    known = fields.Text("What is known", compute="_compute_of_source")

    applies_to = fields.Selection(
        [
            ("ncm", "All goods of this NCM"),
            ("product", "Only this product"),
            ("all", "All goods without a rule of their own"),
        ],
        "It is so for",
        default="ncm",
        required=True,
    )
    valid_from = fields.Date(required=True, help="The first day on which it is so.")
    source = fields.Char("Legal source", required=True, help="Law, decree or agreement that says so.")

    mode = fields.Selection([("modal", "The state's modal rate"), ("own", "A rate of its own")], "Rate of these goods")
    rate = fields.Float("Rate %", digits=(7, 4), help="Without FCP.")
    fcp_mode = fields.Selection([("table", "General of the state"), ("fixed", "This rate")], "FCP", default="table")
    fcp_rate = fields.Float("FCP %", digits=(7, 4))
    base = fields.Selection([("single", "Single"), ("double", "Double")], "Base of the difference")
    origin = fields.Selection(
        [("yes", "Counts"), ("no", "Does not count")],
        "Benefit of the origin",
        help="Only asked where the base of the own operation is reduced (Convênio ICMS 153/2015).",
    )

    st_mode = fields.Selection(BASES, "Base", default="4")
    margin = fields.Float("MVA %", digits=(7, 4))
    adjusts = fields.Boolean("MVA is the original one", default=True, help="Between states it is adjusted.")
    reduction = fields.Float("Base reduction %", digits=(7, 4))

    ipi_cst = fields.Selection(
        lambda self: self.env["faturamento_br.tax_rule"]._fields["ipi_cst"].selection, "IPI situation", default="50"
    )
    ipi_rate = fields.Float("IPI rate %", digits=(7, 4))
    ipi_frame = fields.Char("IPI legal frame", help="cEnq, 3 digits. Empty is 999.")

    contribution_cst = fields.Selection(CONTRIBUTION_CSTS, "PIS and COFINS CST")
    pis_rate = fields.Float("PIS %", digits=(7, 4))
    cofins_rate = fields.Float("COFINS %", digits=(7, 4))

    def _source(self):
        """The quotation or invoice that asks, with the user's rights."""
        self.ensure_one()
        source = self.env[self.source_model].browse(self.source_id).exists()
        source.check_access("read")
        return source

    @api.depends("source_model", "source_id", "product_id", "kind")
    def _compute_of_source(self):
        for answer in self:
            source = answer._source()
            operation = source.fbr_operation_id.sudo()
            answer.company_id = operation.company_id or source.company_id
            answer.ncm = answer.product_id.product_tmpl_id.fbr_effective_ncm
            context = source.sudo()._fbr_tax_context()
            uf = context.emitter_uf if answer.kind == "internal" else context.recipient_uf
            country = self.env.ref("base.br")
            answer.state_id = country.state_ids.filtered(lambda state, code=uf: state.code == code)
            answer.known = "\n".join(answer._known(context, uf))

    def _known(self, context, uf):
        """What the tables have to say of the question, for who answers it."""
        if self.kind in (*OF_A_STATE, "st"):
            found = internal_rate(uf, context.issue_date)
            if found:
                yield self.env._(
                    "Modal ICMS rate of %(uf)s: %(rate)s %%, FCP %(fcp)s %% (%(law)s). Goods may have another one.",
                    uf=uf,
                    rate=found[0],
                    fcp=found[1],
                    law=internal_source(uf, context.issue_date),
                )
            else:
                yield self.env._("No modal ICMS rate of %s is known on that day: look it up in its law.", uf)
        if self.kind == "difal" and not base_method(uf, context.issue_date):
            yield self.env._("How %s makes the base of the difference is not confirmed: ask its tax office.", uf)
        if self.kind == "ipi":
            yield self.env._("The TIPI (Decreto 11.158/2022) has the rate of each NCM.")
        if self.kind == "contributions" and (listed := asked.contribution_list(self.ncm or "", context.issue_date)):
            yield listed.source

    @api.model
    def default_get(self, names):
        """A law is in force from some day on: the first of the year, unless somebody knows better."""
        values = super().default_get(names)
        if "valid_from" in names and not values.get("valid_from") and values.get("source_model"):
            source = self.env[values["source_model"]].browse(values["source_id"])
            values["valid_from"] = source._fbr_issue_date().replace(month=1, day=1)
        return values

    @api.onchange("mode")
    def _onchange_mode(self):
        """Who says that the modal rate is the goods' says so by its law."""
        if self.mode == "modal" and self.state_id:
            self.source = internal_source(self.state_id.code, self.valid_from)

    def action_apply(self):
        """Keep the answer as a tax rule, compute the document anew, and show it.

        :raises UserError: something is not answered, or another rule says the same of the same days.
        """
        self.ensure_one()
        source = self._source()
        if self.kind in OF_A_STATE and not self.mode:
            raise UserError(self.env._("Say whether the modal rate is the rate of these goods, or give their own."))
        self.env["faturamento_br.tax_rule"].create({**self._when(), **self._what(), "source": self.source})
        source._fbr_after_answer()
        return {"type": "ir.actions.client", "tag": "faturamento_br.close_and_reload"}

    def _when(self):
        """The criteria of the rule."""
        when = {"company_id": self.company_id.id, "valid_from": self.valid_from}
        if self.applies_to == "ncm":
            when["ncm_prefix"] = self.ncm
        elif self.applies_to == "product":
            when["product_tmpl_id"] = self.product_id.product_tmpl_id.id
        if self.kind == "internal":
            when["scope"] = "inside"
        elif self.kind == "difal":
            when |= {"scope": "interstate", "state_id": self.state_id.id, "contributor": "no"}
        elif self.kind == "st":
            when["state_id"] = self.state_id.id
        return when

    def _what(self):
        """The values of the rule: what was answered of the kind that was asked."""
        said = {
            **{f"{tax}_mode": self.mode for tax in OF_A_STATE},
            **{f"{tax}_rate": self.rate if self.mode == "own" else 0.0 for tax in OF_A_STATE},
            **{f"{tax}_fcp_mode": self.fcp_mode for tax in (*OF_A_STATE, "st")},
            **{f"{tax}_fcp_rate": self.fcp_rate if self.fcp_mode == "fixed" else 0.0 for tax in (*OF_A_STATE, "st")},
            "difal_base": self.base,
            "difal_origin": self.origin,
            "st_mode": self.st_mode,
            "st_margin": self.margin,
            "st_adjusts": self.adjusts,
            "st_rate": self.rate,
            "st_reduction": self.reduction,
            **{name: self[name] for name in (*ANSWERED["ipi"], "pis_rate", "cofins_rate")},
            "pis_cst": self.contribution_cst,
            "cofins_cst": self.contribution_cst,
        }
        return {name: said[name] for name in ANSWERED[self.kind]}
