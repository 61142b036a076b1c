"""Companies for tests that are there before the tests begin: Odoo takes eight seconds to load a chart of accounts.

``main`` founds them in a template database (dev/template.py). A test takes one by ``take``; its transaction, once
undone, gives it back. In a database without them, or when all are taken, a new one is founded.
"""

SPARES = 2
SPARE = "Empresa de reserva"


def found(env, **values):
    """A Brazilian company with its chart of accounts, seen by the user of ``env``."""
    company = env["res.company"].create({"country_id": env.ref("base.br").id, **values})
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


def main(env, arguments):
    for number in range(SPARES):
        found(env, name=f"{SPARE} {number + 1}")
