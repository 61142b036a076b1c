"""What is checked of fuels: the group comb and the CFOPs and situations that ask for it (rejections 461, 660, 855)."""

from decimal import Decimal

from ...problems import _
from ...spec import Fuel, Item
from ...tables import rows
from . import fields
from .check_parties import uf_codes
from .findings import Findings

LPG = "210203001"
MOST_ORIGINS = 30
HUNDRED = Decimal(100)
SINGLE_PHASE = frozenset(("02", "15", "53", "61"))


def check_fuel(item: Item, path: str, found: Findings) -> None:
    """A fuel is told where its CFOP or its CST says that it is one; its own values are right."""
    fuel, where = item.fuel, f"{path}.fuel"
    if fuel is None:
        if item.rules.icms.cst in SINGLE_PHASE or is_fuel_cfop(item.cfop):
            message = _("CFOP %(cfop)s or its ICMS says that the goods are a fuel, and what fuel is not told.")
            cure = _("Fill in the ANP's code and description and the state of consumption.")
            found.note("fuel_missing", where, message, cure, cfop=item.cfop)
        return
    found.form("[0-9]{9}", fuel.anp_code, f"{where}.anp_code", _("ANP code of the product (9 digits)"))
    found.text(fields.FUEL, fuel.anp_description, f"{where}.anp_description")
    found.right(fuel.uf in uf_codes() or fuel.uf == "EX", fuel.uf, f"{where}.uf", _("state of consumption"))
    if fuel.codif:
        found.form("[0-9]{1,21}", fuel.codif, f"{where}.codif", _("CODIF (digits)"))
    if fuel.start_value is not None:
        found.money(fuel.start_value, f"{where}.start_value", _("start value of the fuel"))
    if fuel.ambient_quantity is not None:
        what = _("quantity at ambient temperature")
        found.number(fuel.ambient_quantity, f"{where}.ambient_quantity", what, decimals=4, integers=12, positive=True)
    if fuel.bio_rate is not None:
        found.rate(fuel.bio_rate, f"{where}.bio_rate", _("share of biofuel"), positive=True)
        _check_most(fuel.bio_rate, f"{where}.bio_rate", found)
    _check_gas(fuel, where, found)
    _check_origins(fuel, where, found)
    _check_unit(item, path, found)


def is_fuel_cfop(cfop: str) -> bool:
    """CFOPs 5651 to 5667 and their like: sales, remittances and returns of fuels and lubricants."""
    return len(cfop) == 4 and cfop[0] in "567" and "651" <= cfop[1:] <= "667"


def _check_most(rate: Decimal, path: str, found: Findings) -> None:
    if rate.is_finite() and rate > HUNDRED:
        found.right(False, rate, path, _("percentage up to 100"))


def _check_gas(fuel: Fuel, path: str, found: Findings) -> None:
    """Where LPG comes from: three shares that add up to 100, and of no other fuel (rules LA03c-10 and LA03c-20)."""
    names = ("petroleum_rate", "national_gas_rate", "imported_gas_rate")
    given = {name: getattr(fuel, name) for name in names if getattr(fuel, name) is not None}
    right = [found.rate(rate, f"{path}.{name}", _("share of the gas")) for name, rate in given.items()]
    if given and fuel.anp_code != LPG:
        message = _("Only LPG (%(code)s) tells the shares of its gas (rejection 461).")
        found.note("fuel_gas_unexpected", f"{path}.petroleum_rate", message, _("Clear them."), code=LPG)
    elif all(right) and fuel.anp_code == LPG and sum(given.values()) != HUNDRED:
        message = _("The shares of the gas in LPG add up to %(total)s, not to 100 (rejection 855).")
        cure = _("Fill in those of petroleum, of national and of imported natural gas.")
        found.note("fuel_gas_total", f"{path}.petroleum_rate", message, cure, total=sum(given.values()))


def _check_origins(fuel: Fuel, path: str, found: Findings) -> None:
    """origComb: known states, and shares that add up to 100 (rule LA21-10)."""
    path = f"{path}.origins"
    if len(fuel.origins) > MOST_ORIGINS:
        found.note("fuel_origins_count", path, _("At most %(most)s origins of a fuel are allowed."), most=MOST_ORIGINS)
    right = True
    for i, origin in enumerate(fuel.origins):
        right &= found.right(origin.uf in uf_codes(), origin.uf, f"{path}[{i}].uf", _("state of origin"))
        right &= found.rate(origin.share_rate, f"{path}[{i}].share_rate", _("share of the origin"), positive=True)
    if fuel.origins and right and (total := sum(origin.share_rate for origin in fuel.origins)) != HUNDRED:
        message = _("The shares of the fuel's origins add up to %(total)s, not to 100.")
        found.note("fuel_origins_total", path, message, _("Correct the shares."), total=total)


def _check_unit(item: Item, path: str, found: Findings) -> None:
    """The ad rem rate of the table counts litres or kilograms, and so must the taxable unit (rejection 854)."""
    rule = item.rules.icms_fuel
    units = {row["units"] for row in rows("icms_fuel_rates") if rule and row["fuel"] == rule.fuel}
    unit = item.taxable_unit or item.unit
    if units and unit.strip().upper() not in " ".join(units).split():
        message = _("The ICMS of this fuel is counted by %(expected)s, and its taxable unit is “%(unit)s”.")
        cure = _("Fill in the taxable unit and quantity of the line.")
        params = {"expected": min(units).split()[0], "unit": unit}
        found.note("fuel_unit", f"{path}.taxable_unit", message, cure, **params)
