from decimal import Decimal

from odoo import api, fields, models

from ..fiscal import spec
from ..fiscal.problems import _
from ..fiscal.taxes.ibs_cbs_tables import government_row
from .line_amounts import exact

ENTITIES = [
    ("1", "1 - Union"),
    ("2", "2 - State"),
    ("3", "3 - Federal District"),
    ("4", "4 - City"),
    ("5", "5 - Consortium of cities"),
    ("6", "6 - CGIBS"),
]
#: tpOperGov: a supply that is paid later.
SUPPLY = "1"
REDUCER = (
    _("%(customer)s is a public body, and the reducer of its rates (pRedutor) on %(day)s is not published."),
    _("Add it to the rates of IBS and CBS, with the act that sets it."),
)


class ResPartner(models.Model):
    """A buyer of the public administration (LC 214/2025, arts. 472 and 473)."""

    _inherit = "res.partner"

    fbr_government_entity = fields.Selection(
        ENTITIES,
        "Public body",
        help="tpEnteGov: the administration, its autarchies and foundations. Its purchases are told (gCompraGov).",
    )

    @api.model
    def _commercial_fields(self):
        """It belongs to the body a contact works for."""
        return [*super()._commercial_fields(), "fbr_government_entity"]


class ReformRate(models.Model):
    """The reducer of government purchases, as an act sets it."""

    _inherit = "faturamento_br.reform.rate"

    @api.model
    def _fbr_reducer(self, day):
        """pRedutor of ``day``: the law's, else that of a row; ``None`` where nobody has said it."""
        row = government_row(day)
        if row and row["reduction"]:
            return Decimal(row["reduction"])
        days = [("valid_from", "<=", day), "|", ("valid_to", "=", False), ("valid_to", ">=", day)]
        found = self.sudo().search([("reducer_known", "=", True), ("state_id", "=", False), *days], limit=1)
        return exact(found, "reducer") if found else None


class FiscalSource(models.AbstractModel):
    """A sale to the public administration (gCompraGov), by who fills the groups of IBS and CBS."""

    _inherit = "faturamento_br.fiscal.source"

    def _fbr_government(self):
        """gCompraGov; ``None`` where the customer is none, or the company tells no IBS and CBS."""
        entity, company = self._fbr_recipient().sudo().fbr_government_entity, self.company_id.sudo()
        day = self._fbr_issue_date()
        tells = company.fbr_crt == "3" or company._fbr_regular_reform(day)
        if not entity or not tells or self.fbr_operation_id.kind == "entry":
            return None
        reducer = self.env["faturamento_br.reform.rate"]._fbr_reducer(day)
        return spec.GovernmentPurchase(entity, SUPPLY, rate_reduction=reducer or spec.ZERO)

    def _fbr_document_problems(self, context):
        yield from super()._fbr_document_problems(context)
        day = context.issue_date
        if context.government and self.env["faturamento_br.reform.rate"]._fbr_reducer(day) is None:
            customer = self._fbr_recipient()
            params = {"customer": customer.display_name, "day": day}
            yield self._fbr_problem("government_reducer", REDUCER, customer, "fbr_government_entity", **params)
