"""What is checked of emitter, recipient and carrier."""

from ...digits import is_cnpj, is_cpf
from ...ie import is_ie
from ...problems import _
from ...spec import Address, Invoice, Party
from ...tables import rows
from . import fields
from .findings import Findings

EXEMPT = "ISENTO"


def check_emitter(emitter: Party, found: Findings) -> None:
    """The emitter: a company or a rural producer registered in its UF."""
    found.right(is_cnpj(emitter.tax_id) or is_cpf(emitter.tax_id), emitter.tax_id, "emitter.tax_id", _("CNPJ or CPF"))
    found.text(fields.NAME, emitter.name, "emitter.name")
    found.right(emitter.crt in ("1", "2", "3", "4"), emitter.crt, "emitter.crt", _("tax regime (CRT)"))
    check_address(emitter.address, "emitter.address", found)
    found.form("[0-9]{8}", emitter.address.zip, "emitter.address.zip", _("CEP (8 digits)"))
    _check_registration(emitter, "emitter", found)
    if emitter.cnae:
        found.form("[0-9]{7}", emitter.cnae, "emitter.cnae", _("CNAE (7 digits)"))


def check_recipient(invoice: Invoice, found: Findings) -> None:
    """The recipient, and what it is to the ICMS."""
    recipient = invoice.recipient
    _check_recipient_id(invoice, found)
    found.text(fields.NAME, recipient.name, "recipient.name")
    check_address(recipient.address, "recipient.address", found)
    if recipient.address.zip:
        found.form("[0-9]{8}", recipient.address.zip, "recipient.address.zip", _("CEP (8 digits)"))
    if recipient.email:
        found.email(recipient.email, "recipient.email")
    if recipient.suframa:
        found.form("[0-9]{8,9}", recipient.suframa, "recipient.suframa", _("SUFRAMA registration"))
    _check_indicator(invoice, found)


def _check_recipient_id(invoice: Invoice, found: Findings) -> None:
    recipient = invoice.recipient
    if recipient.tax_id:
        right = is_cnpj(recipient.tax_id) or is_cpf(recipient.tax_id)
        found.right(right, recipient.tax_id, "recipient.tax_id", _("CNPJ or CPF"))
    elif recipient.foreign_id is None:
        found.missing("recipient.tax_id", _("CNPJ or CPF"), "CNPJ")
    else:
        found.form("([!-ÿ]{5,20})?", recipient.foreign_id, "recipient.foreign_id", _("foreign document"))
        if not invoice.final_consumer and recipient.address.uf != "EX":
            message = _("A foreigner's purchase inside Brazil is a final consumer's (rejection 721).")
            found.note("foreigner_not_consumer", "final_consumer", message, _("Mark the final consumer."))
        if recipient.ie:
            message = _("A foreigner has no state registration (rejection 925).")
            found.note("foreigner_with_ie", "recipient.ie", message, _("Clear the IE."))


def _check_indicator(invoice: Invoice, found: Findings) -> None:
    """indIEDest against IE and indFinal."""
    recipient = invoice.recipient
    indicator = recipient.ie_indicator
    found.right(indicator in ("1", "2", "9"), indicator, "recipient.ie_indicator", _("IE indicator (indIEDest)"))
    if indicator == "1" or (indicator == "9" and recipient.ie):
        _check_registration(recipient, "recipient", found)
    if indicator == "2" and recipient.ie not in ("", EXEMPT):
        message = _("An exempt contributor has no state registration, but “%(ie)s” is filled.")
        cure = _("Clear the IE, or make the customer a contributor (indicator 1).")
        found.note("exempt_with_ie", "recipient.ie", message, cure, ie=recipient.ie)
    if indicator == "9" and not invoice.final_consumer:
        message = _("A sale to who is not an ICMS contributor is a final consumer's (rejection 696).")
        cure = _("Mark the final consumer, or fill in the customer's state registration.")
        found.note("non_contributor_not_consumer", "final_consumer", message, cure)


def _check_registration(party: Party, path: str, found: Findings) -> None:
    uf = party.address.uf
    if not party.ie:
        found.missing(f"{path}.ie", _("state registration"), "IE")
    elif not (party.ie.isascii() and party.ie.isdigit() and len(party.ie) <= 14 and is_ie(party.ie, uf)):
        message = _("“%(ie)s” is not a valid state registration of %(uf)s.")
        cure = _("Correct the IE or the state.")
        found.note("ie_invalid", f"{path}.ie", message, cure, ie=party.ie, uf=uf)


def check_address(address: Address, path: str, found: Findings) -> None:
    """An address inside Brazil."""
    found.text(fields.STREET, address.street, f"{path}.street")
    found.text(fields.NUMBER, address.number, f"{path}.number")
    found.text(fields.DISTRICT, address.district, f"{path}.district")
    found.text(fields.CITY, address.city, f"{path}.city")
    if address.phone:
        found.form("[0-9]{6,14}", address.phone, f"{path}.phone", _("phone number (6 to 14 digits)"))
    if address.uf == "EX":
        return  # refused as a whole: see check_header
    codes = {row["uf"]: row["code"] for row in rows("uf")}
    known = found.right(address.uf in codes, address.uf, f"{path}.uf", _("state (UF)"))
    cure = _("Choose the city from the list.")
    if found.form("[0-9]{7}", address.city_code, f"{path}.city_code", _("IBGE city code (7 digits)"), cure) and known:
        _check_city_of(address, codes[address.uf], path, found)


def _check_city_of(address: Address, uf_code: str, path: str, found: Findings) -> None:
    if address.city_code[:2] != uf_code:
        message = _("The city %(city)s (%(code)s) is not in %(uf)s.")
        cure = _("Correct the city or the state.")
        params = {"city": address.city, "code": address.city_code, "uf": address.uf}
        found.note("city_of_another_uf", f"{path}.city_code", message, cure, **params)


def check_carrier(carrier: Party, found: Findings) -> None:
    """The carrier: everything is optional, nothing may be wrong."""
    path = "transport.carrier"
    if carrier.tax_id:
        right = is_cnpj(carrier.tax_id) or is_cpf(carrier.tax_id)
        found.right(right, carrier.tax_id, f"{path}.tax_id", _("CNPJ or CPF"))
    found.text(fields.NAME, carrier.name, f"{path}.name", required=False)
    found.text(fields.CITY, carrier.address.city, f"{path}.address.city", required=False)
    uf = carrier.address.uf
    ufs = {row["uf"] for row in rows("uf")} | {"EX", ""}
    found.right(uf in ufs, uf, f"{path}.address.uf", _("state (UF)"))
    if carrier.ie and carrier.ie != EXEMPT:
        _check_registration(carrier, path, found)
