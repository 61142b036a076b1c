"""Group ide: what the document is."""

from datetime import datetime
from functools import cache

from ...spec import GovernmentPurchase, Invoice
from ...tables import rows
from ...text import Fitter
from ...xml import group, leaf, percentage
from . import fields

# indIntermed is written for these indPres (NT 2020.006, rules B25c-10 and B25c-20).
INTERMEDIARY_PRESENCES = frozenset("12349")
CTE_MODELS = frozenset(("57",))  # no other (rejection 683)


@cache
def uf_code(uf: str) -> str:
    """cUF, the IBGE code of a UF."""
    return next(row["code"] for row in rows("uf") if row["uf"] == uf)


def timestamp(moment: datetime) -> str:
    """A TDateTimeUTC: seconds, and the offset from UTC."""
    return moment.isoformat(timespec="seconds")


def ide(invoice: Invoice, access_key: str, fit: Fitter) -> str:
    """The group ide; cDV is the last character of the access key."""
    return group(
        "ide",
        leaf("cUF", access_key[:2]),
        leaf("cNF", invoice.numeric_code),
        leaf("natOp", fit(fields.NATURE, invoice.nature, "nature")),
        leaf("mod", invoice.model),
        leaf("serie", str(invoice.series)),
        leaf("nNF", str(invoice.number)),
        leaf("dhEmi", timestamp(invoice.issued_at)),
        leaf("dhSaiEnt", timestamp(invoice.moved_at)) if invoice.moved_at else "",
        leaf("tpNF", invoice.kind),
        leaf("idDest", invoice.destination),
        leaf("cMunFG", invoice.city_code or invoice.emitter.address.city_code),
        leaf("tpImp", "1"),  # DANFE, portrait
        leaf("tpEmis", invoice.emission_type),
        leaf("cDV", access_key[-1]),
        leaf("tpAmb", invoice.environment.tpAmb),
        leaf("finNFe", invoice.purpose),
        leaf("indFinal", "1" if invoice.final_consumer else "0"),
        leaf("indPres", invoice.presence),
        leaf("indIntermed", "1" if invoice.intermediary else "0") if invoice.presence in INTERMEDIARY_PRESENCES else "",
        leaf("procEmi", "0"),  # by the taxpayer's own software
        leaf("verProc", fit(fields.SOFTWARE, invoice.software, "software")),
        _contingency(invoice, fit),
        *map(_reference, invoice.references),
        _government(invoice.government),
        group("gPagAntecipado", *(leaf("refNFe", key) for key in invoice.advances)) if invoice.advances else "",
    )


def _contingency(invoice: Invoice, fit: Fitter) -> str:
    if invoice.contingency_at is None:
        return ""
    reason = fit(fields.CONTINGENCY_REASON, invoice.contingency_reason, "contingency_reason")
    return leaf("dhCont", timestamp(invoice.contingency_at)) + leaf("xJust", reason)


def _government(purchase: GovernmentPurchase | None) -> str:
    """gCompraGov (NT 2025.002-RTC, group BB)."""
    if purchase is None:
        return ""
    return group(
        "gCompraGov",
        leaf("tpEnteGov", purchase.entity),
        percentage("pRedutor", purchase.rate_reduction),
        leaf("tpOperGov", purchase.operation),
        *(leaf("refDFeAnt", key) for key in purchase.references),
    )


def _reference(key: str) -> str:
    """A group NFref; characters 21 and 22 of an access key are the document's model."""
    return group("NFref", leaf("refCTe" if key[20:22] in CTE_MODELS else "refNFe", key))
