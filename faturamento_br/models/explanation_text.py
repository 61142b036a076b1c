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
    names = _Names(env(su=True), steps)
    return tuple(
        replace(
            step,
            rule=step.rule and names.rule(step.rule),
            losers=tuple(names.rule(loser) for loser in step.losers),
        )
        for step in steps
    )


class _Names:
    """The records that rules speak of, looked for once for all of them: there may be a hundred."""

    def __init__(self, env, steps):
        self.env, asked = env, {}
        for rule in (rule for step in steps for rule in (step.rule, *step.losers) if rule):
            asked.setdefault("faturamento_br.tax_rule", set()).add(int(rule.ref))
            for each in (*rule.conditions, *rule.unmet):
                if each.name in RECORDS and (last := last_id(each)):
                    asked.setdefault(RECORDS[each.name], set()).add(last)
        self.there = {model: env[model].browse(sorted(ids)).exists() for model, ids in asked.items()}

    def of(self, model, record_id):
        """The name of a record; empty when it is gone."""
        record = self.env[model].browse(record_id).with_prefetch(self.there[model].ids)
        return record.display_name if record in self.there[model] else ""

    def rule(self, rule):
        return replace(
            rule,
            name=self.of("faturamento_br.tax_rule", int(rule.ref)),
            conditions=tuple(map(self.condition, rule.conditions)),
            unmet=tuple(map(self.condition, rule.unmet)),
        )

    def condition(self, condition):
        if condition.name == "goods_origin":
            labels = dict(self.env["faturamento_br.tax_rule"]._fields["goods_origin"]._description_selection(self.env))
            return replace(condition, value=labels.get(condition.value, condition.value))
        if condition.name not in RECORDS:
            return condition
        last = last_id(condition)
        value = (self.of(RECORDS[condition.name], last) or condition.value) if last else EVERY
        return replace(condition, value=value)


def last_id(condition):
    """The id that a condition on a record, or on a path of records, ends with; ``None`` for every one of a kind."""
    last = condition.value.rstrip("/").rpartition("/")[2]
    return int(last) if last.isdecimal() else None


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
