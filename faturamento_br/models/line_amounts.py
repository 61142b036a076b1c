"""What the core computed for one line, on its way into Odoo."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from odoo.tools import float_repr, float_round

from ..fiscal import spec
from ..fiscal.spec import ApproximateResult
from ..fiscal.taxes.icms_fuel import BEFORE

#: Taxes inside the price: what they take is a deduction of gross revenue, so they leave the total as it is.
INSIDE = frozenset({"icms", "fcp", "pis", "cofins", "difal", "fcp_difal", "icms_mono", "icms_return"})
#: Whether the ICMS and IPI of a purchase that goes back were credits.
CREDITED, COST = "credited", "cost"
#: Of a purchase that goes back, what was no credit: charged on top of the price by the supplier.
CHARGED_ON_TOP = ("icms_st", "fcp_st", "icms_mono_withheld", "icms_relief")
#: Taxes inside the supplier's price that are not booked again.
NOT_BOOKED = ("fcp", "pis", "cofins", "icms_mono")

#: Decimals of vUnCom: a unit price has at most so many on an NF-e, and Odoo's own has no limit.
PRICE_DECIMALS = 10


def exact(record, name):
    """A float field as the Decimal its user sees: rounded half up at the field's precision."""
    return exact_value(record[name], record._fields[name].get_digits(record.env)[1])


def percentage(part, whole):
    """``part`` of ``whole`` in per cent, 4 decimals, rounded half up."""
    return (part * 100 / whole).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def exact_value(value, decimals):
    """A float as the Decimal its user sees at ``decimals``, rounded half up."""
    seen = Decimal(repr(value))
    if -decimals <= seen.as_tuple().exponent <= 0:  # as a stored value is: there is nothing to round
        return seen.quantize(Decimal(1).scaleb(-decimals))
    return Decimal(float_repr(float_round(value, precision_digits=decimals), decimals))


def exact_price(value):
    """vUnCom: a unit price with at most 10 decimals, rounded half up; Odoo keeps all digits of a division."""
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-PRICE_DECIMALS), ROUND_HALF_UP)


@dataclass(frozen=True)
class LineAmounts:
    """The untaxed amount of a line and the taxes on it, all in BRL and rounded.

    :param excluded: vProd − vDesc of an item; the amount of a charge.
    :param taxes: per kind of ``account.tax.fbr_kind``: base, rate (per cent), amount. Only taxes with a rate.
    :param returned: of a line that takes back another one: quantity and charges taken back before, and by itself.
    :param reform: amounts that the NF-e states and that are in no total and no journal: IBS and CBS while informative;
        of a purchase that goes back, ICMS that was no credit.
    :param approximate: what a consumer is told of the taxes in the price (Lei 12.741); in no total and no journal.
    """

    excluded: Decimal
    taxes: Mapping[str, tuple[Decimal, Decimal, Decimal]] = field(default_factory=dict)
    approximate: ApproximateResult | None = field(default=None, compare=False)
    returned: tuple[tuple[Decimal, ...], ...] = field(default=(), compare=False)
    reform: Mapping[str, Decimal] = field(default_factory=dict, compare=False)

    @property
    def total(self):
        """The line with taxes on top (IPI, ST), less ICMS forgone that comes off: its part of the document's total."""
        return self.excluded + sum((values[2] for kind, values in self.taxes.items() if kind not in INSIDE), Decimal(0))

    @property
    def shown(self):
        """Every tax of the line by its kind."""
        return {kind: values[2] for kind, values in self.taxes.items()} | dict(self.reform)

    @classmethod
    def of(cls, taxed, purchase=""):
        """From a :class:`~..fiscal.spec.TaxedItem`.

        :param purchase: of an item of a purchase that goes back :data:`CREDITED` or :data:`COST`.
        """
        icms = taxed.icms
        found = {
            "icms": (icms.base, icms.rate, icms.amount),
            "fcp": (icms.base, icms.fcp_rate, icms.fcp_amount - icms.fcp_deferred_amount),
            "pis": (taxed.pis.base, taxed.pis.rate, taxed.pis.amount),
            "cofins": (taxed.cofins.base, taxed.cofins.rate, taxed.cofins.amount),
        }
        if taxed.ipi:
            found["ipi"] = (taxed.ipi.base, taxed.ipi.rate, taxed.ipi.amount)
        if back := taxed.ipi_return:
            found["ipi_return"] = (taxed.net, back.share_rate, back.amount)
        if st := taxed.icms_st:
            found["icms_st"] = (st.base, st.rate, st.amount)
            found["fcp_st"] = (st.fcp_base, st.fcp_rate, st.fcp_amount)
        if (forgone := taxed.amounts.get("vICMSDesonDeduz")) and taxed.net:
            found["icms_relief"] = (taxed.net, percentage(forgone, taxed.net), -forgone)
        if difal := taxed.difal:
            found["difal"] = (difal.base, difal.internal_rate, difal.amount + difal.origin_amount)
            found["fcp_difal"] = (difal.base, difal.fcp_rate, difal.fcp_amount)
        if (fuel := taxed.icms_fuel) and fuel.cst != BEFORE:
            found["icms_mono"] = (fuel.taxed_quantity, fuel.ad_rem_rate, fuel.amount)
            withheld = (fuel.retention_quantity, fuel.retention_ad_rem_rate, fuel.retention_amount)
            found["icms_mono_withheld"] = withheld
        if taxed.payable != taxed.total:
            found |= _on_top(taxed)
        if taxed.item.importation:
            duty = taxed.import_duty
            found["ii"] = (duty.base, duty.rate, duty.amount)
            # PIS, COFINS, ICMS and customs expenses of an import are part of its total, by vOutro.
            charges = taxed.amounts["vOutro"] - taxed.item.other
            found["import_charges"] = (charges, spec.ZERO, charges)
        found = {kind: values for kind, values in found.items() if values[1] or values[2]}
        told = taxed.ibs_cbs
        reform = {"ibs": told.ibs_amount, "cbs": told.cbs_amount} if told and told.taxed else {}
        if purchase:
            found, reform = _sent_back(found, reform, purchase)
        return cls(taxed.gross - taxed.item.discount, found, taxed.approximate, _returned(taxed.item), reform)

    @classmethod
    def load(cls, stored):
        """The inverse of :meth:`dump`."""
        *told, source = stored.get("approximate") or (None,)
        return cls(
            Decimal(stored["excluded"]),
            {kind: tuple(map(Decimal, values)) for kind, values in stored["taxes"].items()},
            ApproximateResult(*map(Decimal, told), source) if told else None,
            reform={kind: Decimal(value) for kind, value in stored.get("reform", {}).items()},
        )

    def dump(self):
        """As JSON that keeps every digit."""
        told = self.approximate
        kept = {
            "excluded": str(self.excluded),
            "taxes": {kind: list(map(str, values)) for kind, values in sorted(self.taxes.items())},
        }
        if self.returned:
            kept["returned"] = [list(map(str, each)) for each in self.returned]
        if told:
            kept["approximate"] = [*map(str, list(vars(told).values())[:-1]), told.source]
        if self.reform:
            kept["reform"] = {kind: str(value) for kind, value in self.reform.items()}
        return kept

    def base_line_values(self, taxes):
        """What makes Odoo's tax computation give these amounts and no others.

        :param taxes: the company's carriers, ``{kind: account.tax}``.
        """
        manual = {}
        for kind, (base, _rate, amount) in self.taxes.items():
            if kind in taxes:
                manual[str(taxes[kind].id)] = {
                    "base_amount_currency": float(base),
                    "base_amount": float(base),
                    "tax_amount_currency": float(amount),
                    "tax_amount": float(amount),
                }
        return {
            "manual_total_excluded_currency": float(self.excluded),
            "manual_total_excluded": float(self.excluded),
            "manual_tax_amounts": manual,
        }

    def carriers(self, taxes):
        """The ids of the taxes a line has for these amounts, in the order of ``taxes``."""
        return [tax.id for kind, tax in taxes.items() if kind in self.taxes]


def _sent_back(found, stated, purchase):
    """How the taxes of a purchase that goes back are booked, and what of them is only stated.

    ICMS that was a credit is owed again, out of what the goods cost (LC 87/1996 art. 21); so is IPI by who is a
    contributor of it (RIPI art. 231). All else that the supplier charged was cost, and goes back with it.
    """
    stated = {**stated, **{kind: found.pop(kind)[2] for kind in NOT_BOOKED if kind in found}}
    if "icms" in found:
        own = found.pop("icms")
        if purchase == CREDITED:
            found["icms_return"] = own
        else:
            stated["icms"] = own[2]
    charged = [found.pop(kind) for kind in CHARGED_ON_TOP if kind in found]
    if amount := sum((values[2] for values in charged), spec.ZERO):
        found["st_return"] = (*charged[0][:2], amount)
    if "ipi" in found and purchase != CREDITED:
        found["ipi_return"] = found.pop("ipi")
    return found, stated


def _on_top(taxed):
    """IBS, CBS and IS once they are due (from 2027 on): what makes vNFTot more than vNF, by kind."""
    amounts, reform, selective = taxed.amounts, taxed.ibs_cbs, taxed.selective
    found = {}
    if selective:
        found["is"] = (selective.base, selective.rate, selective.amount)
    if reform:
        reduced = reform.reduced
        ibs = (
            (reform.ibs_uf_effective, reform.ibs_city_effective)
            if reduced
            else (reform.ibs_uf_rate, reform.ibs_city_rate)
        )
        cbs = reform.cbs_effective if reduced else reform.cbs_rate
        single = {tag: amounts.get(f"vTot{tag}MonoItem", Decimal(0)) for tag in ("IBS", "CBS")}
        found["ibs"] = (reform.base, sum(ibs), amounts.get("vIBS", Decimal(0)) + single["IBS"])
        found["cbs"] = (reform.base, cbs, amounts.get("vCBS", Decimal(0)) + single["CBS"])
    return {kind: values for kind, values in found.items() if values[2]}


def _returned(item):
    told = item.returned
    if not told:
        return ()
    names = ("freight", "insurance", "other")
    return (
        (told.before, *(getattr(told, name) for name in names)),
        (item.quantity, *(getattr(item, name) for name in names)),
    )
