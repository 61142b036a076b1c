from dataclasses import replace

from odoo import api, fields, models
from odoo.tools.sql import SQL, column_exists, create_column, table_exists

from ..fiscal import spec
from .party_values import uf_of

PRESENCES = [
    ("1", "1 - In person"),
    ("2", "2 - Internet"),
    ("3", "3 - Telephone"),
    ("5", "5 - In person, outside the establishment"),
    ("9", "9 - Not in person, other"),
]
NO_FREIGHT = "9"
FREIGHT_MODES = [
    ("0", "0 - By the seller (CIF)"),
    ("1", "1 - By the customer (FOB)"),
    ("2", "2 - By a third party"),
    ("3", "3 - Seller's own transport"),
    ("4", "4 - Customer's own transport"),
    ("9", "9 - No freight"),
]
#: Stored fields that would otherwise be computed for all rows there are when the add-on comes or is upgraded.
COLUMNS = (
    "fbr_operation_id",
    "fbr_final_consumer",
    "fbr_presence",
    "fbr_freight_mode",
    "fbr_freight_proposed",
    "fbr_carrier_id",
)


class FiscalSource(models.AbstractModel):
    """An order or invoice from which an NF-e's items and amounts come.

    ``fiscal_source*.py`` and ``account_move_fiscal.py`` are the only places where records become
    :mod:`~..fiscal.spec` values. Amounts are computed in one place, :meth:`_fbr_amounts`
    (``fiscal_source_amounts.py``), for the whole document at once: a freight is shared among all its items, so no line
    can be computed alone. What keeps a document from being taxed right is told by :meth:`_fbr_tax_problems`
    (``fiscal_source_problems.py``).
    """

    _name = "faturamento_br.fiscal.source"
    _description = "Document with an NF-e to be"

    fbr_operation_id = fields.Many2one(
        "faturamento_br.operation",
        "Nature of the operation",
        compute="_compute_fbr_operation_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('company_id', 'parent_of', company_id)]",
    )
    fbr_final_consumer = fields.Boolean(
        "Final consumer",
        compute="_compute_fbr_final_consumer",
        store=True,
        readonly=False,
        help="indFinal: the customer neither resells the goods nor makes others of them.",
    )
    fbr_presence = fields.Selection(
        PRESENCES,
        "Presence",
        default="9",
        help="indPres: how the customer was present. 9 is a sale negotiated at a distance by no channel of its own.",
    )
    fbr_freight_mode = fields.Selection(
        FREIGHT_MODES,
        "Freight by",
        compute="_compute_fbr_freight_mode",
        store=True,
        readonly=False,
        help="modFrete. As usual with the customer; a document with a freight line is CIF unless you say otherwise.",
    )
    # What the last computation proposed: another value is somebody's choice, and stays.
    fbr_freight_proposed = fields.Char("Proposed freight", compute="_compute_fbr_freight_mode", store=True, copy=False)
    fbr_is_fiscal = fields.Boolean(compute="_compute_fbr_is_fiscal")

    def _auto_init(self):
        """Make the columns empty: nothing is computed for the documents of years, which may be millions.

        Open ones get their operation when their company switches NF-e on.
        """
        if not self._abstract and table_exists(self.env.cr, self._table):
            for name in COLUMNS:
                if not column_exists(self.env.cr, self._table, name):
                    create_column(self.env.cr, self._table, name, self._fields[name].column_type[1])
                    if name == "fbr_freight_proposed":  # open documents of the version before follow as they did
                        self.env.cr.execute(
                            SQL(
                                "UPDATE %s SET fbr_freight_proposed = fbr_freight_mode"
                                " WHERE state IN ('draft', 'sent') AND fbr_freight_mode IN ('0', '9')",
                                SQL.identifier(self._table),
                            )
                        )
        return super()._auto_init()

    @api.model
    def _fbr_adopt_open(self, company):
        """Give the open documents of ``company`` the operation that they lack; saved so, they get its taxes."""
        domain = [("company_id", "=", company.id), ("fbr_operation_id", "=", False), *self._fbr_open_domain()]
        self.search(domain)._compute_fbr_operation_id()

    # --- What the inheriting model tells ------------------------------------------------------------------------

    def _fbr_lines(self):
        """The lines with an amount, of this document."""
        raise NotImplementedError

    def _fbr_kind_issues(self):
        """Whether this kind of document has an NF-e in companies that issue them."""
        raise NotImplementedError

    def _fbr_recipient(self):
        """The ``res.partner`` whose CNPJ, IE and address the NF-e has (dest)."""
        raise NotImplementedError

    def _fbr_issue_date(self):
        """The day whose tax rates apply."""
        raise NotImplementedError

    # --- Fields -------------------------------------------------------------------------------------------------

    def _fbr_is_open(self):
        """Whether the document may still change; what is closed keeps its values."""
        raise NotImplementedError

    def _fbr_open_domain(self):
        """:meth:`_fbr_is_open` as a domain, of documents that may have an NF-e."""
        raise NotImplementedError

    def _compute_fbr_operation_id(self):
        defaults = {}
        for source in self:
            company = source.company_id
            if source.fbr_operation_id and source.fbr_operation_id.company_id in company.parent_ids:
                continue
            if company and source._fbr_kind_issues() and company._fbr_issues():
                if company not in defaults:
                    defaults[company] = self.env["faturamento_br.operation"]._fbr_default_for(company)
                source.fbr_operation_id = defaults[company]
            else:
                source.fbr_operation_id = False

    def _compute_fbr_final_consumer(self):
        for source in self:
            if source._fbr_is_open():
                recipient = source._fbr_recipient()
                consumes = recipient.fbr_ie_indicator != "1" or source.company_id.sudo().fbr_sells_to == "consumers"
                source.fbr_final_consumer = bool(recipient) and consumes
            else:
                source.fbr_final_consumer = source.fbr_final_consumer

    def _compute_fbr_freight_mode(self):
        """CIF with a freight line, else what is usual with the customer or in the company, until somebody chooses."""
        for source in self:
            mode, proposed = source.fbr_freight_mode, source.fbr_freight_proposed
            if not mode or source._fbr_is_open():
                proposal = source._fbr_freight_proposal()
                if not mode or mode == proposed:
                    mode = proposal
                proposed = proposal
            source.fbr_freight_mode, source.fbr_freight_proposed = mode, proposed

    def _fbr_freight_proposal(self):
        if "freight" in self._fbr_lines().product_id.mapped("fbr_charge_kind"):
            return "0"
        if not self.company_id or not self._fbr_is_issuing():
            return NO_FREIGHT
        usual = self._fbr_recipient().with_company(self.company_id).fbr_freight_mode
        return usual or self.company_id.sudo().fbr_freight_mode or NO_FREIGHT

    @api.depends("company_id")
    def _compute_fbr_is_fiscal(self):
        for source in self:
            source.fbr_is_fiscal = source._fbr_is_fiscal()

    def _fbr_is_fiscal(self):
        """Whether an NF-e says what this document sells: goods, by a company that issues NF-e."""
        self.ensure_one()
        return self._fbr_is_issuing() and has_goods(self._fbr_lines())

    def _fbr_is_issuing(self):
        return self._fbr_kind_issues() and bool(self.company_id) and self.company_id._fbr_issues()

    # --- From records to values ---------------------------------------------------------------------------------

    def _fbr_tax_context(self):
        """The :class:`~..fiscal.spec.TaxContext` of this document."""
        self.ensure_one()
        recipient = self._fbr_recipient().sudo()
        company = self.company_id.sudo()
        return spec.TaxContext(
            emitter_uf=company.partner_id.state_id.code or "",
            emitter_crt=company.fbr_crt,
            recipient_uf=uf_of(recipient),
            contributor=recipient.fbr_ie_indicator == "1",
            exempt_contributor=recipient.fbr_ie_indicator == "2",
            final_consumer=self.fbr_final_consumer,
            issue_date=self._fbr_issue_date(),
            entry=self.fbr_operation_id.kind == "entry",
            purpose=self.fbr_operation_id.purpose or "1",
            regular_ibs_cbs=company._fbr_regular_reform(self._fbr_issue_date()),
            government=self._fbr_government(),
        )

    def _fbr_items(self):
        """The :class:`~..fiscal.spec.Item` values of the document, one for each line of goods that a rule taxes."""
        return tuple(self._fbr_told_item(line, item) for line, item in self._fbr_line_items())

    def _fbr_told_item(self, line, item):
        """``item`` with all that the NF-e says of it beside its taxes."""
        product = line.product_id
        unit = line.product_uom_id or product.uom_id
        taxable = product._fbr_taxable(unit, item.quantity)
        return replace(
            item,
            code=product.default_code or str(product.id),
            description=product.with_context(display_default_code=False).display_name,
            unit=unit._fbr_unit(),
            gtin=product._fbr_gtin(),
            taxable_unit=taxable[0]._fbr_unit() if taxable else "",
            taxable_quantity=taxable[1] if taxable else None,
            exports=line._fbr_exports(item.quantity) if self.fbr_is_export else (),
            ref=str(line.id),
            **line._fbr_item_extras(),
        )


def has_goods(lines):
    """Whether any of these lines makes a document one with an NF-e."""
    return any(line._fbr_role() in ("item", "combo") for line in lines)
