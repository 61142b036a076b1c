"""What is checked of who else may read the XML (autXML) and who answers for the software (infRespTec)."""

from datetime import date

from ...digits import format_tax_id, is_cnpj, is_cpf
from ...problems import _
from ...spec import Invoice, Technician
from ...tables import rows
from . import fields
from .findings import Findings

MOST_READERS = 10
SVC = ("6", "7")  # tpEmis of a virtual contingency authorizer, which asks for no CSRT


def check_readers(invoice: Invoice, found: Findings) -> None:
    """autXML: at most 10, each once, without the recipient, who may read it anyway (rejections 323 to 326, 486)."""
    readers = invoice.authorized_readers
    if len(readers) > MOST_READERS:
        message = _("At most %(most)s people may be authorised to download the XML.")
        found.note("readers_count", "authorized_readers", message, _("Remove some."), most=MOST_READERS)
    for i, reader in enumerate(readers):
        path = f"authorized_readers[{i}]"
        if not found.right(is_cnpj(reader) or is_cpf(reader), reader, path, _("CNPJ or CPF")):
            continue
        if reader in readers[:i]:
            message = _("%(reader)s is authorised to download the XML more than once.")
            found.note("reader_repeated", path, message, _("Remove it once."), reader=format_tax_id(reader))
        elif reader == invoice.recipient.tax_id:
            message = _("The recipient %(reader)s may download the XML anyway (rejections 324 and 326).")
            found.note("reader_is_recipient", path, message, _("Remove it."), reader=format_tax_id(reader))
    uf = invoice.emitter.address.uf
    demanded = next((row for row in rows("reader_ufs") if row["uf"] == uf), None)
    if demanded and not readers:
        message = _("%(uf)s asks for the accountant among those who may download the XML (rejection 486).")
        cure = _("Add the accountant's CNPJ or CPF, or else SEFAZ's own, %(otherwise)s, in Settings, Faturamento BR.")
        params = {"uf": uf, "otherwise": format_tax_id(demanded["otherwise"])}
        found.note("readers_missing", "authorized_readers", message, cure, **params)


def check_technician(invoice: Invoice, found: Findings) -> None:
    """infRespTec is written whole or not at all, and some UFs do not do without it (rejections 972 to 975)."""
    uf, technician = invoice.emitter.address.uf, invoice.technician
    demand = next((row for row in rows("technician_ufs") if row["uf"] == uf), None)
    today = invoice.issued_at.date()
    if technician:
        _check_contact(technician, found)
    elif demand and today >= date.fromisoformat(demand["from"]):
        message = _("%(uf)s asks who answers for the software (infRespTec, rejection 972).")
        cure = _("Fill in the technical contact in Settings, Faturamento BR.")
        found.note("technician_missing", "technician", message, cure, uf=uf)
    if technician and not (technician.csrt_id and technician.csrt):
        since = demand and demand["csrt_from"]
        partial = technician.csrt_id or technician.csrt
        if partial or (since and today >= date.fromisoformat(since) and invoice.emission_type not in SVC):
            message = _("The technician's security code (CSRT) and its number are needed in %(uf)s (rejection 975).")
            cure = _(
                "Fill both in in Settings, Faturamento BR; the UF's tax office gives them to the software's maker."
            )
            found.note("csrt_missing", "technician.csrt", message, cure, uf=uf)


def _check_contact(technician: Technician, found: Findings) -> None:
    if technician.cnpj:
        found.right(is_cnpj(technician.cnpj), technician.cnpj, "technician.cnpj", _("CNPJ"))
    else:
        found.missing("technician.cnpj", _("technical contact's CNPJ"), "CNPJ")
    found.text(fields.CONTACT, technician.contact, "technician.contact")
    if found.text(fields.CONTACT_EMAIL, technician.email, "technician.email"):
        found.email(technician.email, "technician.email")
    found.form("[0-9]{6,14}", technician.phone, "technician.phone", _("technical contact's phone (digits only)"))
    if technician.csrt_id:
        found.form("[0-9]{2}", technician.csrt_id, "technician.csrt_id", _("number of the CSRT (2 digits)"))
