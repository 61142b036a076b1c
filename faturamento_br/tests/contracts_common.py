from datetime import date

from freezegun import freeze_time
from odoo.fields import Command

from .taxes_common import TaxesCase


class ContractsCase(TaxesCase):
    """Contracts of an ordinary billing user, on a frozen day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "lang": "en_US"})
        cls.company, cls.shop, cls.assembly = (each.with_env(cls.env) for each in (cls.company, cls.shop, cls.assembly))

    @classmethod
    def contract(cls, *prices, start="2026-11-01", user=None, line=None, **values):
        """A running contract of one monthly service for each of ``prices``."""
        lines = [
            Command.create(
                {"product_id": cls.assembly.id, "price_unit": price, "name": "Suporte {period}", **(line or {})}
            )
            for price in prices or (310.0,)
        ]
        made = (
            cls.env["faturamento_br.contract"]
            .with_user(user or cls.env.user)
            .create(
                {
                    "partner_id": cls.shop.id,
                    "company_id": cls.company.id,
                    "date_start": start,
                    "line_ids": lines,
                    **values,
                }
            )
        )
        made.action_start()
        return made

    def change(self, contract, action="terms", when="day", **values):
        """Agree on a change with the wizard, as its screen does."""
        wizard = self.env["faturamento_br.contract.change.wizard"].create(
            {"contract_id": contract.id, "action": action, "when": when, "why": "agreed", **values}
        )
        preview = wizard.preview
        wizard.action_change()
        return preview

    def run_on(self, day, contracts):
        """The run on ``day`` at noon of Brasília, without the job's commits."""
        with freeze_time(f"{day} 15:00:00"):
            before = contracts._invoices()
            contracts.filtered(lambda one: one._is_due())._bill_or_park()
            return contracts._invoices() - before


def day(text):
    return date.fromisoformat(text)
