from decimal import Decimal

from freezegun import freeze_time
from odoo.fields import Command

from ..fiscal.taxes import engine
from . import spare_companies
from .spare_companies import TODAY
from .warm_caches import WarmCase


class TaxesCase(WarmCase):
    """A furniture maker in São Paulo under the normal regime, its customers, and an ordinary billing user."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(freeze_time(TODAY))  # once: it takes longer than many a test
        cls.env["res.lang"]._activate_lang("pt_BR")
        cls.company, cls.user = (
            taken.with_env(cls.env)
            for taken in spare_companies.take_ready(cls.superuser(), "Marcenaria Teste Ltda", "11222333000181")
        )
        cls.env = cls.env(user=cls.user, context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.shop = cls.make_customer("Loja Paulista", "SP", "Campinas", ie="110042490114")
        cls.carioca = cls.make_customer("Loja Carioca", "RJ", "Rio de Janeiro", ie="78045116")
        cls.person = cls.make_customer("Maria da Silva", "SP", "Campinas", vat="11144477735", is_company=False)
        cls.chair = cls.make_product("Cadeira", "94016100", default_code="CAD-1", list_price=1000.0, fbr_ipi_cst="none")
        cls.table = cls.make_product("Mesa", "94036000", list_price=250.0, fbr_ipi_cst="50", fbr_ipi_rate=5.0)
        cls.freight = cls.make_product("Frete", False, type="service", fbr_charge_kind="freight")
        cls.assembly = cls.make_product("Montagem", False, type="service")

    @classmethod
    def make_company(cls, name, vat, uf, **values):
        return spare_companies.take_issuing(cls.superuser(), uf, name=name, vat=vat, **values)

    @classmethod
    def superuser(cls):
        return cls.env(su=True, user=cls.env.ref("base.user_root"))

    @classmethod
    def make_customer(cls, name, uf, city, ie=False, **values):
        state = cls.env.ref(f"base.state_br_{uf.lower()}")
        city = cls.env["res.city"].search([("name", "=", city), ("state_id", "=", state.id)], limit=1)
        return (
            cls.env["res.partner"]
            .sudo()
            .create(
                {
                    "name": name,
                    "is_company": True,
                    "country_id": cls.env.ref("base.br").id,
                    "state_id": state.id,
                    "city_id": city.id,
                    "street_name": "Rua das Flores",
                    "street_number": "100",
                    "street2": "Centro",
                    "zip": "13010-000",
                    "l10n_br_ie_code": ie,
                    "company_id": False,
                    **values,
                }
            )
            .with_env(cls.env)
        )

    @classmethod
    def give_addresses(cls):
        """The company's whole address and the shop's CNPJ: what an NF-e asks for beside what its taxes do."""
        city = cls.env["res.city"].search([("fbr_ibge_code", "=", "3550308")])
        place = {"city_id": city.id, "street_name": "Rua Augusta", "street2": "Consolação", "zip": "01305-000"}
        cls.company.sudo().partner_id.write(place)
        cls.shop.sudo().write({"vat": "12.ABC.345/01DE-35"})

    @classmethod
    def make_product(cls, name, ncm, **values):
        return (
            cls.env["product.product"]
            .sudo()
            .create({"name": name, "fbr_ncm": ncm, "type": "consu", "taxes_id": [Command.clear()], **values})
            .with_env(cls.env)
        )

    @classmethod
    def invoice(cls, *lines, partner=None, **values):
        """A draft invoice of the billing user; a line is product, quantity, price and, perhaps, discount."""
        return cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or cls.shop).id,
                "invoice_date": "2026-11-20",
                "company_id": cls.company.id,
                "invoice_line_ids": [Command.create(cls.line(*line)) for line in lines],
                **values,
            }
        )

    @classmethod
    def line(cls, product, quantity=1.0, price=1000.0, discount=0.0):
        return {"product_id": product.id, "quantity": quantity, "price_unit": price, "discount": discount}

    @classmethod
    def operation(cls, company=None):
        operation = cls.env["faturamento_br.operation"].sudo()._fbr_default_for(company or cls.company)
        return operation.with_env(cls.env)

    def journal(self, move):
        """The journal as ``{(account code, display type): balance}``."""
        found = {}
        for line in move.sudo().line_ids:
            key = (line.account_id.code, line.display_type)
            found[key] = round(found.get(key, 0.0) + line.balance, 2)
        return found


def core_total(source):
    """What the buyer pays, straight from the engine: vNF, from 2027 on vNFTot."""
    taxed = engine.compute_items(source._fbr_tax_context(), source._fbr_items())
    return sum((item.payable for item in taxed), Decimal(0))


class AmountsCase(TaxesCase):
    """Where all places that show an amount are compared."""

    @classmethod
    def widen_decimals(cls):
        """Quantities with 3 decimals, prices with 10: as many as an NF-e takes."""
        precision = cls.env["decimal.precision"].sudo()
        precision.search([("name", "=", "Product Unit")]).digits = 3
        precision.search([("name", "=", "Product Price")]).digits = 10

    def random_order(self, partner, lines, freight):
        """A quotation; ``partner`` and products by the names of this class's attributes.

        :param lines: product, quantity, price, discount.
        :param freight: its price, or None.
        """
        commands = [
            Command.create(
                {
                    "product_id": getattr(self, product).id,
                    "product_uom_qty": quantity,
                    "price_unit": price,
                    "discount": discount,
                }
            )
            for product, quantity, price, discount in lines
        ]
        if freight:
            commands.append(Command.create({"product_id": self.freight.id, "price_unit": freight}))
        return self.env["sale.order"].create(
            {"partner_id": getattr(self, partner).id, "company_id": self.company.id, "order_line": commands}
        )

    def assert_same(self, move):
        """The invoice, its journal and the engine say the same to the cent."""
        total = core_total(move)
        lines = move.line_ids
        due = lines.filtered(lambda line: line.display_type == "payment_term")
        self.assertEqual(Decimal(f"{move.amount_total:.2f}"), total)
        self.assertEqual(Decimal(f"{sum(due.mapped('balance')):.2f}"), total)
        self.assertEqual(Decimal(f"{sum(move.invoice_line_ids.mapped('price_total')):.2f}"), total)
        self.assertEqual(Decimal(f"{move.tax_totals['total_amount']:.2f}"), total)
        self.assertAlmostEqual(sum(lines.mapped("balance")), 0.0, places=2)
        taxed = engine.compute_items(move._fbr_tax_context(), move._fbr_items())
        taxes = move.company_id._fbr_taxes()
        for kind, expected in (
            ("icms", sum(item.icms.amount for item in taxed)),
            ("pis", sum(item.pis.amount for item in taxed)),
            ("cofins", sum(item.cofins.amount for item in taxed)),
            ("ipi", sum(item.amounts.get("vIPI", 0) for item in taxed)),
            *on_top(taxed),
        ):
            its_lines = lines.filtered(lambda line, tax=taxes[kind]: line.tax_line_id == tax)
            booked = -sum(line.balance for line in its_lines if line.balance < 0)
            self.assertEqual(Decimal(f"{booked:.2f}"), Decimal(expected).quantize(Decimal("0.01")), kind)


def on_top(taxed):
    """Pairs of kind and total of what the reform puts on top of the price: nothing until 2026."""
    tags = {"is": "vIS", "ibs": "vIBS", "cbs": "vCBS"} if sum(item.payable - item.total for item in taxed) else {}
    return [(kind, sum(item.amounts.get(tag, 0) for item in taxed)) for kind, tag in tags.items()]
