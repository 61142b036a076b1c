"""The core's explanation of taxes in the user's language: names of records, numbers as they are read, HTML."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo.tools import format_date
from odoo.tools.misc import get_lang

from ..fiscal.explanation import words
from ..fiscal.problems import Text, _

SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}
#: Criteria whose values are ids, and the models they are ids of; a path names its record last.
RECORDS = {
    "product": "product.template",
    "customer": "res.partner",
    "category": "product.category",
    "operation": "faturamento_br.operation",
}
EVERY = _("every one of this kind")
NEVER_BELOW = _("(never below zero)")


def named(env, steps):
    """``steps`` with the names of the records that their rules speak of; in the rights of whoever explains."""
    env = env(su=True)
    return tuple(
        replace(
            step,
            rule=step.rule and _named_rule(env, step.rule),
            losers=tuple(_named_rule(env, loser) for loser in step.losers),
        )
        for step in steps
    )


def _named_rule(env, rule):
    row = env["faturamento_br.tax_rule"].browse(int(rule.ref)).exists()
    return replace(
        rule,
        name=row.display_name or "",
        conditions=tuple(_named_condition(env, each) for each in rule.conditions),
        unmet=tuple(_named_condition(env, each) for each in rule.unmet),
    )


def _named_condition(env, condition):
    if condition.name == "goods_origin":
        labels = dict(env["faturamento_br.tax_rule"]._fields["goods_origin"]._description_selection(env))
        return replace(condition, value=labels.get(condition.value, condition.value))
    if condition.name not in RECORDS:
        return condition
    last = condition.value.rstrip("/").rpartition("/")[2]
    if not last.isdecimal():
        return replace(condition, value=EVERY)
    record = env[RECORDS[condition.name]].browse(int(last)).exists()
    return replace(condition, value=record.display_name or condition.value)


def html(env, steps, notices=()):
    """``steps`` as HTML in the user's language; ``notices`` are words already, shown above."""
    told = Teller(env)
    values = {"steps": [told.step(step) for step in steps], "notices": notices}
    return env["ir.qweb"]._render("faturamento_br.explanation", values)


class Teller:
    """Writes steps in one language, with its numbers and dates."""

    def __init__(self, env):
        self.env = env
        self.lang = env["res.lang"]._lang_get(get_lang(env).code)

    def step(self, step):
        """A step as what the template shows."""
        return {
            "tax": step.tax,
            "title": self.text(step.title),
            "situation": step.situation,
            "amount": "" if step.amount is None else self.money(step.amount),
            "lines": [self.line(line) for line in step.lines],
            "origin": [self.sentence(line) for line in step.origin],
            "rule": step.rule and self.rule(step.rule),
            "losers": [self.rule(loser) for loser in step.losers],
            "sources": "; ".join(step.sources),
        }

    def rule(self, rule):
        return {
            "ref": rule.ref,
            "name": rule.name or rule.ref,
            "conditions": self.conditions(rule.conditions),
            "unmet": self.conditions(rule.unmet),
            "source": rule.source,
        }

    def conditions(self, conditions):
        return "; ".join(f"{self.text(each.label)} {self.text(each.value)}" for each in conditions)

    def line(self, line):
        """What the line says, its formula and its result, each as text."""
        return {
            "text": self.sentence(line),
            "formula": self.formula(line),
            "result": self.figure(line.result) if line.result else "",
        }

    def sentence(self, line):
        params = {name: self.text(value) for name, value in line.params.items()}
        return self.text(line.text) % params if params else self.text(line.text)

    def formula(self, line):
        parts = []
        for place, figure in enumerate(line.figures):
            if place or figure.sign == "-":
                parts.append(SIGNS[figure.sign])
            parts += [self.text(figure.label), self.figure(figure)] if figure.label else [self.figure(figure)]
        if line.figures and words.raw(line) < 0:
            parts.append(self.text(NEVER_BELOW))
        return " ".join(parts)

    def figure(self, figure):
        match figure.kind:
            case words.Kind.MONEY:
                return self.money(figure.value)
            case words.Kind.PERCENT:
                return f"{self.number(figure.value)} %"
            case words.Kind.LESS:
                return f"(100 % − {self.number(figure.value)} %)"
            case words.Kind.MORE:
                return f"(100 % + {self.number(figure.value)} %)"
        return self.number(figure.value)

    def money(self, value):
        return self.lang.format("%.2f", value, grouping=True)

    def number(self, value):
        """As many decimals as it has, ten at most."""
        decimals = min(max(-value.normalize().as_tuple().exponent, 0), 10)
        return self.lang.format(f"%.{decimals}f", value, grouping=True)

    def text(self, value):
        match value:
            case Text():
                return self.env._(value)  # pylint: disable=translation-not-lazy
            case date():
                return format_date(self.env, value)
            case Decimal():
                return self.number(value)
        return str(value)
