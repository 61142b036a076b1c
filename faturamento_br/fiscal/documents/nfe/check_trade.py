"""What is checked of a sale's other papers: references, intermediary, export, purchase, observations."""

from datetime import date

from ... import access_key
from ...digits import is_cnpj, is_cpf
from ...problems import _
from ...spec import Invoice
from . import fields
from .check_parties import uf_codes
from .findings import Findings
from .ide import CTE_MODELS, INTERMEDIARY_PRESENCES

CONSUMER_MODEL = "65"
NFE_MODELS = frozenset(("55", CONSUMER_MODEL))
FIRST_SERIES_OF_PEOPLE = 910
# From this day an NF-e of sale does not refer to a consumer's receipt any more (rules BA02-35 and I08-180).
NO_CONSUMER_RECEIPTS = date(2026, 12, 14)
MOST_REFERENCES, MOST_OBSERVATIONS = 999, 10
AWAY_FROM_THE_SHOP = "5"  # indPres


def check_references(invoice: Invoice, found: Findings) -> None:
    """NFref: access keys of other documents (group BA: rejections 316, 522, 524, 547, 552, 679, 680, 683, 864)."""
    references = invoice.references
    if len(references) > MOST_REFERENCES:
        message = _("At most %(most)s documents may be referred to.")
        found.note("references_count", "references", message, _("Remove some."), most=MOST_REFERENCES)
    for i, key in enumerate(references):
        _check_reference(invoice, key, f"references[{i}]", found)
        if key in references[:i]:
            message = _("The document %(key)s is referred to more than once.")
            found.note("reference_repeated", f"references[{i}]", message, _("Remove it once."), key=key)
    if invoice.presence == AWAY_FROM_THE_SHOP and not any(key[20:22] in NFE_MODELS for key in references):
        message = _("A sale in person away from the shop refers to the NF-e that took the goods out (rejection 864).")
        cure = _("Give the access key of the NF-e of remittance, or another presence indicator (indPres).")
        found.note("reference_missing", "references", message, cure)


def _check_reference(invoice: Invoice, key: str, path: str, found: Findings) -> None:
    day = invoice.issued_at.date()
    if not is_known_key(key, day):
        message = _("“%(key)s” is not the access key of an NF-e, NFC-e or CT-e: 44 characters, digit checked.")
        found.note("reference_invalid", path, message, _("Copy the key from the document's DANFE or XML."), key=key)
        return
    parts = access_key.split(key)
    own = (invoice.emitter.tax_id, invoice.model, invoice.series, invoice.number)
    if own == (parts.tax_id, parts.model, int(parts.series), int(parts.number)):
        message = _("The document refers to itself (rejection 316).")
        found.note("reference_self", path, message, _("Remove it."))
    if parts.model == CONSUMER_MODEL and day >= NO_CONSUMER_RECEIPTS:
        message = _("Since %(since)s a sale does not refer to an NFC-e (rejection 679).")
        found.note("reference_receipt", path, message, _("Remove it."), since=NO_CONSUMER_RECEIPTS)


def is_known_key(key: str, day: date) -> bool:
    """Whether each part of ``key`` can be: state, year up to ``day``, month, holder, model, number and check digit."""
    if not access_key.is_valid(key):
        return False
    parts = access_key.split(key)
    person = int(parts.series) >= FIRST_SERIES_OF_PEOPLE and is_cpf(parts.holder[3:])
    return (
        parts.cUF in uf_codes().values()
        and "06" <= parts.year_month[:2] <= f"{day.year % 100:02d}"
        and "01" <= parts.year_month[2:] <= "12"
        and (person or is_cnpj(parts.holder))
        and parts.model in NFE_MODELS | CTE_MODELS
        and bool(int(parts.number))
    )


def check_intermediary(invoice: Invoice, found: Findings) -> None:
    """infIntermed (NT 2020.006; rejections 435, 439, 440)."""
    intermediary = invoice.intermediary
    if not intermediary:
        return
    found.right(is_cnpj(intermediary.cnpj), intermediary.cnpj, "intermediary.cnpj", _("CNPJ of the intermediary"))
    found.text(fields.SELLER_REGISTRATION, intermediary.registration, "intermediary.registration")
    if invoice.presence not in INTERMEDIARY_PRESENCES:
        message = _("A sale with this presence indicator (indPres %(presence)s) has no intermediary (rejection 435).")
        cure = _("Remove the marketplace, or choose internet or telephone as presence.")
        found.note("intermediary_unexpected", "intermediary", message, cure, presence=invoice.presence)


def check_export(invoice: Invoice, found: Findings) -> None:
    """exporta: needed for goods sold abroad, and for nothing else (rejections 355, 356)."""
    export = invoice.export
    if invoice.destination == "3" and invoice.kind == "1" and not export:
        message = _("A sale abroad tells from where the goods leave Brazil (rejection 355).")
        found.note("export_missing", "export", message, _("Fill in the state and the place of departure."))
    if not export:
        return
    if invoice.destination != "3":
        message = _("Only a sale abroad has a place of departure from Brazil (rejection 356).")
        found.note("export_unexpected", "export", message, _("Clear it."))
    found.right(export.uf in uf_codes(), export.uf, "export.uf", _("state of departure from Brazil"))
    found.text(fields.EXPORT_PLACE, export.place, "export.place")


def check_observations(invoice: Invoice, found: Findings) -> None:
    """obsCont: a name and a text each, at most ten."""
    if len(invoice.observations) > MOST_OBSERVATIONS:
        message = _("At most %(most)s observations are allowed.")
        found.note("observations_count", "observations", message, _("Remove some."), most=MOST_OBSERVATIONS)
    for i, observation in enumerate(invoice.observations):
        found.text(fields.OBSERVATION_NAME, observation.name, f"observations[{i}].name")
        found.text(fields.OBSERVATION_TEXT, observation.text, f"observations[{i}].text")
