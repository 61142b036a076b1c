"""The ground itself: the add-on is installed in the template, an environment commits for real."""


def test_installed_and_in_portuguese(odoo_env):
    module = odoo_env["ir.module.module"].search([("name", "=", "faturamento_br")])
    assert module.state == "installed"
    assert odoo_env["res.lang"]._lang_get("pt_BR")


def test_commits_are_seen_by_others(open_env, database):
    with open_env(database) as env:
        env["res.partner"].create({"name": "Cliente gravado de verdade"})
        env.cr.commit()
    with open_env(database) as env:
        assert env["res.partner"].search_count([("name", "=", "Cliente gravado de verdade")]) == 1
