"""Checks of tax rules and operations, over all of them at once: each yields a ref, a key of its own, and a problem."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import product

from ..problems import Problem, _
from ..rules.choice import NAMES, choose
from ..rules.criteria import ABROAD, Facts
from ..rules.rule import Rule
from ..spec import Item, TaxContext
from ..taxes import engine
from ..taxes.ibs_cbs_tables import find_class
from .facts import GOODS, World, is_substitution

#: How long before it ends a rule or a code is told.
SOON, CLASS_SOON = timedelta(days=60), timedelta(days=365)
#: Kinds of sale tried before nothing is said of a rule.
MOST_TRIED = 5_000
#: A state that no rule speaks of, among these.
STATES = ("SP", "RJ", "MG", "PR", "BA", "RS", "SC", "PE", "CE", "GO", "MT", "MS", "ES", "DF")

#: The ref of a rule or an operation, what tells two findings of one check apart, and the problem.
Told = Iterator[tuple[str, str, Problem, frozenset[int]]]


def rows_of(world: World) -> Mapping[str, list[Rule]]:
    """The rules of each row: one row speaks of several taxes."""
    found: dict[str, list[Rule]] = {}
    for rule in world.book.rules:
        found.setdefault(rule.ref, []).append(rule)
    return found


def documents_of(world: World, rules: list[Rule]) -> frozenset[int]:
    return frozenset().union(*(world.wins.get((rule.subject, rule.ref), frozenset()) for rule in rules))


def ends_soon(world: World) -> Told:
    """Rules of substitution that end within two months, and no rule goes on from there."""
    for ref, rules in rows_of(world).items():
        end = rules[0].when.valid_to
        if not end or not world.day <= end <= world.day + SOON or not any(map(is_substitution, rules)):
            continue
        if not all(_has_successor(world, rule) for rule in rules if is_substitution(rule)):
            message = _("This rule of substitution ends on %(day)s, and none follows it.")
            cure = _("Look up what holds from the next day on: duplicate the rule with its new dates.")
            yield ref, "", Problem("", "valid_to", message, cure, {"day": end}), documents_of(world, rules)


def no_goods(world: World) -> Told:
    """Rules whose conditions no product of the company meets."""
    tried = _Tried(world)
    for ref, rules in rows_of(world).items():
        when = rules[0].when
        asked = any(getattr(when, name) for name in (*GOODS, "cest"))
        if asked and _lasts(world, rules[0]) and not tried.goods_of(rules[0]):
            message = _("No product of the company meets the conditions of this rule.")
            cure = _("Archive it, or correct the product, NCM, CEST, category or origin that it asks for.")
            yield ref, "", Problem("", "ncm", message, cure), frozenset()


def ncm_ended(world: World) -> Told:
    lasting = (code for code, (_begin, end) in world.ncms.items() if not end or end >= world.day)
    beginnings = {code[:length] for code in lasting for length in range(2, 9)}
    for ref, rules in rows_of(world).items():
        prefix = rules[0].when.ncm
        if prefix and prefix not in beginnings and _lasts(world, rules[0]):
            message = _("No NCM in force begins with %(code)s.")
            cure = _("Give the rule the code that took its place, or archive it.")
            yield ref, "", Problem("", "ncm", message, cure, {"code": prefix}), frozenset()


def never_wins(world: World) -> Told:
    """Rules that some product meets, and that lose in every sale there could be."""
    tried = _Tried(world)
    for ref, rules in rows_of(world).items():
        if _lasts(world, rules[0]) and tried.goods_of(rules[0]) and not any(map(tried.may_win, rules)):
            message = _("More specific rules decide wherever this one could: it never does.")
            yield (
                ref,
                "",
                Problem("", "", message, _("Archive it, or look at what it should say beside them.")),
                frozenset(),
            )


def tax_class(world: World) -> Told:
    """cClassTrib that is not in the table, not of its CST, ended, about to end, or not for NF-e."""
    for ref, rules in rows_of(world).items():
        for rule in rules:
            if rule.subject == "ibs_cbs" and _lasts(world, rule):
                yield from ((ref, "", problem, documents_of(world, rules)) for problem in _class_problems(world, rule))


def _class_problems(world: World, rule: Rule) -> Iterator[Problem]:
    found, day = find_class(rule.what.cClassTrib), world.day
    params = {"code": rule.what.cClassTrib, "cst": rule.what.cst}
    cure = _("Choose a code of the official table that is in force.")
    if not found:
        yield Problem("", "class", _("%(code)s is not a cClassTrib."), cure, params)
        return
    end = found.row["valid_to"]
    if found.cst != rule.what.cst:
        message = _("cClassTrib %(code)s is not allowed for CST %(cst)s.")
        yield Problem("", "class", message, _("Its first three digits are its CST: change one of the two."), params)
    elif end and end < day.isoformat():
        yield Problem("", "class", _("cClassTrib %(code)s ended on %(end)s."), cure, {**params, "end": end})
    elif end and end <= (day + CLASS_SOON).isoformat():
        yield Problem("", "class", _("cClassTrib %(code)s ends on %(end)s."), cure, {**params, "end": end})
    elif not found.nfe:
        yield Problem("", "class", _("cClassTrib %(code)s is not for NF-e."), cure, params)


def without_rule(world: World) -> Told:
    """Kinds of sale that were made in the last year, and for which some tax has no rule today."""
    found: dict[tuple[str, str, tuple[str, ...]], frozenset[int]] = {}
    for sale in world.sales:
        if sale.facts.operation and (lacking := choose(world.book, sale.facts).lacking):
            key = (sale.facts.operation, sale.facts.scope, lacking)
            found[key] = found.get(key, frozenset()) | sale.documents
    scopes = {"inside": _("inside the state"), "interstate": _("to other states"), "abroad": _("abroad")}
    for (operation, scope, lacking), documents in found.items():
        message = _("Sold %(scope)s, and no rule says %(taxes)s there.")
        params = {"scope": scopes[scope], "taxes": ", ".join(NAMES[subject] for subject in lacking)}
        problem = Problem("", "rules", message, _("Add the row to the operation's tax rules."), params)
        yield operation, f"{scope} {lacking}", problem, documents


def asked(world: World) -> Told:
    """What the engine would ask for if the sales of the last year were made today: rates, mostly."""
    found: dict[tuple[str, str, str], tuple[Problem, frozenset[int]]] = {}
    judged: dict[object, list[Problem]] = {}
    for sale in world.sales:
        facts = sale.facts
        choice = choose(world.book, facts) if facts.operation else None
        if choice is None or choice.lacking:
            continue
        kind = (choice.key, facts.destination, facts.contributor, facts.final_consumer, facts.goods_origin, facts.ncm)
        if kind not in judged:
            judged[kind] = _refused(facts, choice)
        for problem in judged[kind]:
            key = (facts.operation, problem.code, facts.destination)
            documents = found[key][1] if key in found else frozenset()
            found[key] = (problem, documents | sale.documents)
    for (operation, code, destination), (problem, documents) in found.items():
        message = _("To %(uf)s today's sale would be refused: %(what)s")
        told = Problem("", "rules", message, "", {"uf": destination, "what": problem})
        yield operation, f"{code} {destination}", told, documents


def _refused(facts: Facts, choice: object) -> list[Problem]:
    context = TaxContext(
        emitter_uf=facts.origin,
        emitter_crt=facts.regime,
        recipient_uf=facts.destination,
        contributor=facts.contributor == "1",
        final_consumer=facts.final_consumer == "1",
        issue_date=facts.day,
    )
    item = Item(
        code="",
        description="",
        ncm=facts.ncm,
        cfop=choice.cfop,
        unit="UN",
        quantity=Decimal(1),
        unit_price=Decimal(100),
        rules=choice.rules,
        origin=facts.goods_origin,
        cest=facts.cest,
    )
    return [problem for problem in engine.missing_rules(context, [item]) if ".rules" in problem.path]


def _lasts(world: World, rule: Rule) -> bool:
    return not rule.when.valid_to or rule.when.valid_to >= world.day


def _has_successor(world: World, rule: Rule) -> bool:
    """Whether a rule that asks for the same begins by the day after this one's last."""
    next_day = rule.when.valid_to + timedelta(days=1)
    for shape in world.book.shapes.get(rule.subject, ()):
        if shape.weight == rule.when.weight:
            return any(other.when.is_in_force(next_day) for other in shape.rules.get(shape.wanted(rule), ()))
    return False


class _Tried:
    """Tries the kinds of sale that a rule could decide, until it does: the company's goods, and of the rest each value
    that rules speak of and one that none does."""

    def __init__(self, world: World):
        self.world = world
        whens = [rule.when for rule in world.book.rules]
        self.named = {name: {getattr(when, name) for when in whens} - {""} for name in ("product", "customer")}
        states = {when.destination for when in whens} - {"", ABROAD}
        other = next((uf for uf in STATES if uf not in states and uf != world.uf), "")
        self.destinations = (world.uf, *sorted(states - {world.uf}), *filter(None, [other]), ABROAD)
        kinds = {self._kind(world.usual_facts(goods)) for goods in world.goods}
        self.by_ncm: dict[str, list[Facts]] = {}
        for facts in sorted(kinds, key=str):
            for length in range(9):
                self.by_ncm.setdefault(facts.ncm[:length], []).append(facts)

    def _kind(self, facts: Facts) -> Facts:
        named = facts.product if facts.product in self.named["product"] else ""
        return Facts(
            facts.day,
            product=named,
            ncm=facts.ncm,
            cest=facts.cest,
            category=facts.category,
            origin=facts.origin,
            regime=facts.regime,
            goods_origin=facts.goods_origin,
        )

    def goods_of(self, rule: Rule) -> list[Facts]:
        """The kinds of goods of the company that ``rule`` is for."""
        names = {*GOODS, "cest"}
        return [facts for facts in self.by_ncm.get(rule.when.ncm, ()) if not names & set(rule.when.unmet(facts))]

    def may_win(self, rule: Rule) -> bool:
        """Whether there is a sale that ``rule`` decides; yes when too many would have to be tried."""
        world, when = self.world, rule.when
        day = max(when.valid_from, world.day) if when.valid_from else world.day
        operations = [path for path in world.operations if path.startswith(when.operation)]
        if when.operation and not operations:
            return True  # of an archived operation: nothing is said
        values = (
            self.goods_of(rule),
            [when.destination] if when.destination else self.destinations,
            [when.contributor] if when.contributor else ("1", "9"),
            [when.final_consumer] if when.final_consumer else ("0", "1"),
            [when.customer] if when.customer else ("", *sorted(self.named["customer"])),
            operations or ("",),
        )
        for count, (goods, destination, contributor, final, customer, operation) in enumerate(product(*values)):
            if count >= MOST_TRIED:
                return True
            facts = Facts(
                day=day,
                operation=operation,
                product=goods.product,
                customer=customer,
                ncm=goods.ncm,
                cest=goods.cest,
                category=goods.category,
                destination=destination,
                origin=world.uf,
                contributor=contributor,
                final_consumer=final,
                regime=world.regime,
                goods_origin=goods.goods_origin,
            )
            if not any(when.unmet(facts)) and world.book.find(rule.subject, facts) is rule:
                return True
        return False
