from dateutil.relativedelta import relativedelta
from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from ..fiscal.checkup.facts import Customer, Goods, Sale, World
from ..fiscal.rules.criteria import Facts
from .party_values import registration, uf_of
from .res_partner_address import zip_digits


class CheckupReader:
    """Reads what a check-up of a company looks at, in a number of queries that does not grow with the records.

    :param company: the ``res.company``, in the superuser's rights.
    :param products, partners: only these, and what was sold of them or to them; ``None``: all.
    """

    def __init__(self, company, products=None, partners=None):
        self.company, self.env = company, company.env
        self.products, self.partners = products, partners
        self.day = fields.Date.context_today(company)
        self.uf = company.partner_id.state_id.code or ""
        default = self.env["faturamento_br.operation"]._fbr_default_for(company)
        self.owner = default.company_id or company
        operations = self.env["faturamento_br.operation"].search([("company_id", "=", self.owner.id)])
        self.operations = default | operations
        self.rows = self._sold()

    def world(self):
        """Everything a check may look at, as values."""
        templates = self._templates()
        goods = {template.id: self._goods(template) for template in templates}
        partners = self.env["res.partner"].browse({row[1] for row in self.rows} - {None})
        customers = {partner.id: (uf_of(partner), partner.fbr_ie_indicator or "9") for partner in partners}
        return World(
            day=self.day,
            uf=self.uf,
            regime=self.company.fbr_crt or "",
            book=self.env["faturamento_br.tax_rule"]._fbr_book(self.owner.id),
            operations=tuple(self._path(operation.id) for operation in self.operations),
            goods=tuple(goods.values()),
            sales=tuple(self._sales(goods, customers)),
            ncms=self._validity("faturamento_br.ncm"),
            cests=self._validity("faturamento_br.cest"),
        )

    def customers(self):
        """The customers to judge, as values."""
        domain = Domain("company_id", "in", [False, self.company.id])
        domain &= Domain("parent_id", "=", False) | Domain("is_company", "=", True)
        if self.partners is None:
            domain &= Domain("customer_rank", ">", 0) | Domain("id", "in", [row[1] for row in self.rows if row[1]])
        else:
            domain &= Domain("id", "in", self.partners.ids)
        partners = self.env["res.partner"].search(domain)
        cities = self.env["res.city"]._fbr_of_zips(
            digits for partner in partners if len(digits := zip_digits(partner.zip)) == 8
        )
        return tuple(self._customer(partner, cities) for partner in partners)

    # --- Records as values ------------------------------------------------------------------------------------------

    def _path(self, operation):
        return self.env["faturamento_br.operation"].browse(operation)._fbr_rule_path() if operation else ""

    def _sold(self):
        """What was invoiced in the last twelve months: operation, customer, final consumer, product, invoices."""
        self.env.flush_all()
        only = SQL("")
        if self.products is not None or self.partners is not None:
            only = SQL(
                "AND (product.product_tmpl_id = ANY(%s) OR move.commercial_partner_id = ANY(%s))",
                self.products.ids if self.products else [],
                self.partners.ids if self.partners else [],
            )
        return self.env.execute_query(
            SQL(
                """
                SELECT move.fbr_operation_id, move.commercial_partner_id, move.fbr_final_consumer,
                       product.product_tmpl_id, array_agg(DISTINCT move.id)
                  FROM account_move_line line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN product_product product ON product.id = line.product_id
                 WHERE move.company_id = %s AND move.state = 'posted' AND move.move_type = 'out_invoice'
                   AND move.invoice_date > %s AND line.display_type = 'product' %s
                 GROUP BY 1, 2, 3, 4
                """,
                self.company.id,
                self.day - relativedelta(years=1),
                only,
            )
        )

    def _templates(self):
        domain = Domain("type", "=", "consu") & Domain("company_id", "in", [False, self.company.id])
        if self.products is None:
            domain &= Domain("sale_ok", "=", True) | Domain("id", "in", [row[3] for row in self.rows])
        else:
            domain &= Domain("id", "in", self.products.ids)
        return self.env["product.template"].search(domain)

    def _goods(self, template):
        ncms, cests = self.env["faturamento_br.ncm"], self.env["faturamento_br.cest"]
        ncm, unit, taxable = template.fbr_effective_ncm or "", template.uom_id, template._fbr_taxable_uom()
        return Goods(
            ref=str(template.id),
            ncm=ncm,
            cest=template._fbr_cest_in_use(),
            origin=template._fbr_origin_in_use(),
            category=template.categ_id.parent_path or "",
            cest_of_ncm=tuple(cests.browse(cests._fbr_ids_for_ncm(ncm)).mapped("code")),
            unit=unit._fbr_unit() or "",
            taxable_unit=(taxable._fbr_unit() or "") if taxable else "",
            export_unit=ncms._fbr_export_units().get(ncm, ""),
            lacks_factor=template.fbr_needs_factor and not template.fbr_taxable_factor,
            mistyped_barcode=template._fbr_barcode_is_mistyped(),
        )

    def _sales(self, goods, customers):
        for operation, customer, final, template, moves in self.rows:
            if template not in goods or customer not in customers:
                continue
            one, (uf, indicator) = goods[template], customers[customer]
            facts = Facts(
                day=self.day,
                operation=self._path(operation),
                product=one.ref,
                customer=str(customer),
                ncm=one.ncm,
                cest=one.cest,
                category=one.category,
                destination=uf,
                origin=self.uf,
                contributor="1" if indicator == "1" else "9",
                final_consumer="1" if final else "0",
                regime=self.company.fbr_crt or "",
                goods_origin=one.origin,
            )
            yield Sale(facts, one.ref, str(customer), frozenset(moves))

    def _customer(self, partner, cities):
        problems = tuple(partner._fbr_register_problems())
        names = (partner._fbr_problem_name(problem) for problem in problems)
        of_zip = cities.get(zip_digits(partner.zip))
        differs = of_zip and partner.city_id and of_zip != partner.city_id
        return Customer(
            ref=str(partner.id),
            uf=uf_of(partner),
            ie=registration(partner.l10n_br_ie_code),
            ie_indicator=partner.fbr_ie_indicator or "9",
            problems=problems,
            lacks=", ".join(dict.fromkeys(names)),
            zip_city=of_zip.name if differs else "",
            city=partner.city_id.name or "",
            city_uf=partner.city_id.state_id.code or "",
            suframa=registration(partner.l10n_br_isuf_code),
            suframa_until=partner.fbr_suframa_until or None,
        )

    def _validity(self, model):
        return {code: (start, end) for code, (_id, start, end) in self.env[model]._fbr_codes().items()}
