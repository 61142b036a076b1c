"""Checks of customers: each yields the problems of one of them, with the field to mend as path."""

from collections.abc import Iterator

from ..problems import Problem, _
from .facts import Customer, World

#: Paths that a check of their own tells.
APART = ("recipient.ie", "recipient.suframa")


def not_ready(customer: Customer, world: World) -> Iterator[Problem]:
    """What any NF-e to this customer would be refused for."""
    if customer.lacks and any(problem.path not in APART for problem in customer.problems):
        message = _("Missing or wrong: %(what)s.")
        yield Problem("", "", message, _("Open the customer: it says how to complete it."), {"what": customer.lacks})


def contributor_without_ie(customer: Customer, world: World) -> Iterator[Problem]:
    if customer.ie_indicator == "1" and not customer.ie:
        message = _("An ICMS contributor without IE: SEFAZ refuses the NF-e (rejection 728).")
        yield Problem("", "ie", message, _("Fill in the IE, or say that the customer is no contributor."))


def ie_wrong(customer: Customer, world: World) -> Iterator[Problem]:
    if customer.ie:
        for problem in customer.problems:
            if problem.path == "recipient.ie":
                yield Problem("", "ie", problem.message, problem.cure, problem.params)


def suframa(customer: Customer, world: World) -> Iterator[Problem]:
    for problem in customer.problems:
        if problem.path == "recipient.suframa":
            yield Problem("", "suframa", problem.message, problem.cure, problem.params)


def suframa_ended(customer: Customer, world: World) -> Iterator[Problem]:
    """Relief of the free zone asks for a registration in force on the day of the sale."""
    if customer.suframa and customer.suframa_until and customer.suframa_until < world.day:
        message = _("The SUFRAMA registration ended on %(day)s.")
        cure = _("Look it up at SUFRAMA and write its new last day, or clear the registration.")
        yield Problem("", "suframa_until", message, cure, {"day": customer.suframa_until})


def place(customer: Customer, world: World) -> Iterator[Problem]:
    """CEP, city and state that disagree: DIFAL and the rate between states follow the state."""
    if customer.city_uf and customer.uf and customer.city_uf != customer.uf:
        params = {"city": customer.city, "city_uf": customer.city_uf, "uf": customer.uf}
        message = _("%(city)s is in %(city_uf)s, and the address says %(uf)s.")
        yield Problem("", "city", message, _("Correct the city or the state."), params)
    elif customer.zip_city:
        params = {"city": customer.city, "other": customer.zip_city}
        message = _("The CEP is of %(other)s, and the address says %(city)s.")
        yield Problem("", "zip", message, _("Correct the CEP or the city."), params)


def reseller_without_registration(customer: Customer, world: World) -> Iterator[Problem]:
    """Who is no contributor consumes: SEFAZ refuses indIEDest 9 with indFinal 0 (rejection 696)."""
    if customer.ie_indicator == "9" and customer.uf != "EX" and "0" in _uses(customer, world):
        message = _("Sold to as who resells, and registered as no contributor.")
        cure = _("Fill in the IE if there is one; if not, mark the sales as of a final consumer.")
        yield Problem("", "ie", message, cure)


def consumer_and_reseller(customer: Customer, world: World) -> Iterator[Problem]:
    """A contributor who consumes pays DIFAL and no ST, one who resells the other way round: seldom both."""
    if customer.ie_indicator == "1" and _uses(customer, world) == {"0", "1"}:
        message = _("A contributor, sold to as a final consumer in some documents and as who resells in others.")
        cure = _("Look at the documents: the box “Final consumer” decides ST and DIFAL. If both are right, accept it.")
        yield Problem("", "ie_indicator", message, cure)


def _uses(customer: Customer, world: World) -> set[str]:
    return {sale.facts.final_consumer for sale in world.sales_to.get(customer.ref, ())}
