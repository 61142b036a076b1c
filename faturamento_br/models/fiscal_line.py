from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_compare


class FiscalLine(models.AbstractModel):
    """A line of an order or invoice that may become an item of an NF-e.

    Roles of a line, from its product: ``item`` (goods), ``charge`` (a service that is shared among the items as
    freight, insurance or other charges), ``combo``, ``service``, ``unknown`` (no product).
    """

    _name = "faturamento_br.fiscal.line"
    _description = "Line of a document with an NF-e"

    fbr_order_line = fields.Char(
        "Customer's order line", help="nItemPed: the line of the customer's own order, digits."
    )

    #: Names of the quantity and of the document on the inheriting model.
    _fbr_quantity_name = "quantity"
    _fbr_source_name = "move_id"
    #: The field by which the items of a fiscal document know lines of this model; empty where they do not.
    _fbr_item_link = "move_line_id"

    @api.constrains("fbr_order_line")
    def _check_fbr_order_line(self):
        wrong = self.filtered(lambda line: line.fbr_order_line and not is_order_line(line.fbr_order_line))
        if wrong:
            raise ValidationError(
                "\n".join(
                    self.env._(
                        "%(line)s: the customer's order line has 1 to 6 digits and nothing else, not %(value)s.",
                        line=line.display_name,
                        value=line.fbr_order_line,
                    )
                    for line in wrong
                )
            )

    def _fbr_source(self):
        return self[self._fbr_source_name]

    def _fbr_role(self):
        product = self.product_id
        if not product:
            return "unknown"
        if product.type == "combo":
            return "combo"
        if product._fbr_is_goods():
            return "item"
        return "charge" if product.fbr_charge_kind else "service"

    def _fbr_item_extras(self):
        """More values of this line's :class:`~..fiscal.spec.Item`, by name."""
        return {}

    def _fbr_weight(self):
        """What these goods weigh, in the database's unit of weight, whatever unit they are sold in."""
        product = self.product_id
        if not product.weight or self._fbr_role() != "item":
            return 0.0
        unit = self.product_uom_id or product.uom_id
        quantity = self[self._fbr_quantity_name]
        return product.weight * unit._compute_quantity(quantity, product.uom_id, round=False, raise_if_failure=False)

    def _fbr_set_totals(self, amounts, names):
        """Write the untaxed amount and the total of the lines that ``amounts`` tells into the fields ``names``.

        :return: the other lines, which Odoo computes.
        """
        others = self.browse()
        for line in self:
            if found := amounts.get(line):
                line[names[0]], line[names[1]] = float(found.excluded), float(found.total)
            else:
                others |= line
        return others

    def _fbr_set_taxes(self):
        """Give the lines of documents with an NF-e their taxes; returns the other lines, which Odoo computes."""
        others = self.browse()
        for line in self:
            carriers = line._fbr_carriers()
            if carriers is None:
                others |= line
            else:
                line.tax_ids = carriers
        return others

    def _fbr_carriers(self):
        """The taxes that carry this line's amounts; ``None`` when its taxes are Odoo's."""
        source = self._fbr_source()
        found = source._fbr_taxes_alone(self) if source else None
        return None if found is None else self.env["account.tax"].browse(found.carriers(source.company_id._fbr_taxes()))

    def _fbr_amounts_of_sources(self):
        """The amounts of all documents these lines belong to, each computed once: ``{line: LineAmounts}``."""
        amounts = {}
        for source, lines in self.grouped(self._fbr_source_name).items():
            if source:
                amounts.update(source._fbr_amounts(lines))
        return amounts

    def _fbr_describes(self, base_line):
        """Whether ``base_line`` is this line as it stands, not a what-if with another price or quantity."""
        return (
            not base_line["special_type"]
            and not base_line["computation_key"]
            and bool(self._fbr_source())
            and not float_compare(base_line["quantity"], self[self._fbr_quantity_name], precision_digits=6)
            and not float_compare(base_line["discount"], self.discount, precision_digits=6)
            and not float_compare(base_line["price_unit"], self.price_unit, precision_digits=10)
        )


def is_order_line(text):
    """Whether ``text`` can be nItemPed."""
    return len(text) <= 6 and text.isascii() and text.isdecimal()
