"""Companies for tests that are there before the tests begin: Odoo takes eight seconds to load a chart of accounts.

``main`` founds them in a template database (dev/template.py). A test takes one by ``take`` or ``take_ready``; its
transaction, once undone, gives it back. In a database without them, or when all are taken, a new one is founded.
"""

from freezegun import freeze_time
from odoo.fields import Command
from odoo.tests import new_test_user

SPARES = 2
SPARE = "Empresa de reserva"
READY = "Empresa pronta"
TODAY = "2026-11-25 15:00:00"  # when the ready one was made; the tests that take it stand there
BILLING = "account.group_account_invoice,sales_team.group_sale_salesman_all_leads"
REGISTRATIONS = {"SP": "110.042.490.114", "MG": "062.307904/0081"}


def found(env, **values):
    """A Brazilian company with its chart of accounts, seen by the user of ``env``."""
    born = {"country_id": env.ref("base.br").id, "currency_id": env.ref("base.BRL").id}
    company = env["res.company"].create({**born, **values})
    env.user.company_ids += company
    env["account.chart.template"].try_loading("br", company, install_demo=False)
    return company


def take(env, **values):
    """A company with these values and its chart of accounts, that nobody else has.

    :param env: of the superuser.
    """
    spare = env["res.company"].search([("name", "=like", f"{SPARE} %")], order="id", limit=1)
    if not spare or "parent_id" in values:  # a branch is born as one
        return found(env, **values)
    spare.write(values)
    return spare


def take_issuing(env, uf, **values):
    """A company that issues NF-e, in this state; as somebody has answered that its goods have the modal rate."""
    company = take(env, state_id=env.ref(f"base.state_br_{uf.lower()}").id, **values)
    company.partner_id.l10n_br_ie_code = REGISTRATIONS[uf]
    company.fbr_nfe_enabled = True
    env["faturamento_br.tax_rule"]._fbr_keep_modal_rate(company)
    return company


def take_ready(env, name, vat):
    """A company of São Paulo under the normal regime that issues NF-e, and its ordinary billing user."""
    company = env["res.company"].search([("name", "=", READY)])
    if not company:
        return make_ready(env, name, vat)
    company.write({"name": name, "vat": vat})
    return company, env["res.users"].search([("company_id", "=", company.id), ("login", "=", "billing_sp")])


def make_ready(env, name, vat=False):
    company = take_issuing(env, "SP", name=name, vat=vat)
    companies = {"company_id": company.id, "company_ids": [Command.set(company.ids)]}
    return company, new_test_user(env, "billing_sp", groups=BILLING, **companies)


def main(env, arguments):
    with freeze_time(TODAY):
        for number in range(SPARES):
            found(env, name=f"{SPARE} {number + 1}")
        make_ready(env, READY)
