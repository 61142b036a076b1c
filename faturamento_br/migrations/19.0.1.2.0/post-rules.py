"""Tax rules: the first row that fitted decided, now the most specific one does; taxes for ST and DIFAL.

A row that never decided, because one above it asked for no more, is archived: it would now decide, or tie. Where a row
above decided although one below it was more specific, nobody but the user knows what is meant: the operation says so.
"""

from itertools import combinations

from odoo import SUPERUSER_ID, api

ANY = "any"


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for company in env["res.company"].search([("fbr_nfe_enabled", "=", True)]):
        env["account.chart.template"]._fbr_create_taxes(company)
    places = old_order(cr)
    for operation in env["faturamento_br.operation"].with_context(active_test=False).search([]):
        settle(operation, operation.rule_ids.sorted(lambda rule: (places.get(rule.id, 0), rule.id)))


def old_order(cr):
    """The place of each row in its table, as the user had put it: the column goes away at the end of the upgrade."""
    cr.execute("SELECT id, sequence FROM faturamento_br_tax_rule")
    return dict(cr.fetchall())


def settle(operation, rules):
    never = rules.browse()
    doubtful = []
    for above, below in combinations(rules, 2):
        if below in never or above in never:
            continue
        one, other = above._fbr_criteria(), below._fbr_criteria()
        if holds_whenever(above, below):
            never |= below
        elif other.weight > one.weight and not holds_whenever(below, above) and may_meet(above, below):
            doubtful.append((above, below))
    never.active = False
    if never or doubtful:
        operation.message_post(body=told(operation.env, never, doubtful))


def asked(rule):
    """What a row asks for, by field; of prefixes the text."""
    return {
        "scope": "" if rule.scope == ANY else rule.scope,
        "contributor": "" if rule.contributor == ANY else rule.contributor,
        "product": str(rule.product_tmpl_id.id or ""),
        "ncm": rule.ncm_prefix or "",
        "category": rule.categ_id.parent_path or "",
    }


def holds_whenever(general, special):
    """Whether ``general`` fits all that ``special`` fits."""
    other = asked(special)
    return all(
        not value or (other[name].startswith(value) if name in ("ncm", "category") else other[name] == value)
        for name, value in asked(general).items()
    )


def may_meet(one, other):
    """Whether some sale may fit both."""
    theirs = asked(other)
    return all(
        not value
        or not theirs[name]
        or (
            (value.startswith(theirs[name]) or theirs[name].startswith(value))
            and (name in ("ncm", "category") or value == theirs[name])
        )
        for name, value in asked(one).items()
    )


def told(env, never, doubtful):
    lines = [env._("The most specific tax rule decides now, no longer the first one of the list.")]
    lines += [env._("Archived, as a row above it always decided: %s.", rule.display_name) for rule in never]
    lines += [
        env._("Check: “%(below)s” now decides before “%(above)s”.", below=below.display_name, above=above.display_name)
        for above, below in doubtful
    ]
    return "\n".join(lines)
