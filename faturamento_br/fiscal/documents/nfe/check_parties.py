"""What is checked of emitter, recipient and carrier."""

import re
from functools import cache

from ...digits import is_cnpj, is_cpf
from ...ie import is_ie
from ...problems import _
from ...spec import Address, Invoice, Party
from ...tables import rows
from . import fields
from .findings import Findings

EXEMPT = "ISENTO"
IN_PERSON = ("1", "5")  # indPres
ABROAD, CITY_ABROAD, BRAZIL = "EX", "9999999", "1058"
# Items whose situation lets a contributor without registration be in any state (rule E16a-30, exceptions 2 and 4).
UNTAXED = frozenset(("40", "41", "103", "300", "400"))


@cache
def uf_codes() -> dict[str, str]:
    """The IBGE code of each UF."""
    return {row["uf"]: row["code"] for row in rows("uf")}


@cache
def _cities() -> frozenset[str]:
    return frozenset(row["code"] for row in rows("cities"))


@cache
def _ufs_without_exempt() -> frozenset[str]:
    """As the help pages of several issuers agree in 2026; the NT leaves the list to the UFs (rule E16a-30)."""
    return frozenset(row["uf"] for row in rows("uf") if row["exempt"] == "0")


@cache
def _suframa_places() -> frozenset[tuple[str, str]]:
    """UF and city, or UF alone where the whole of it belongs (rule E18-30)."""
    return frozenset((row["uf"], row["city"]) for row in rows("suframa_places"))


def is_city(code: str) -> bool:
    """Whether ``code`` is the IBGE code of a Brazilian city."""
    return code in _cities()


def check_emitter(invoice: Invoice, found: Findings) -> None:
    """The emitter: a company or a rural producer registered in its UF (rejections 207, 209, 211, 229, 272, 401)."""
    emitter = invoice.emitter
    found.right(is_cnpj(emitter.tax_id) or is_cpf(emitter.tax_id), emitter.tax_id, "emitter.tax_id", _("CNPJ or CPF"))
    found.text(fields.NAME, emitter.name, "emitter.name")
    found.right(emitter.crt in ("1", "2", "3", "4"), emitter.crt, "emitter.crt", _("tax regime (CRT)"))
    check_address(emitter.address, "emitter.address", found)
    if not emitter.address.zip:
        found.missing("emitter.address.zip", _("CEP (8 digits)"), "CEP")
    if emitter.address.uf == ABROAD:
        found.right(False, ABROAD, "emitter.address.uf", _("state (UF)"))
    check_registration(emitter.ie, emitter.address.uf, "emitter.ie", found)
    if emitter.iest:
        _check_substitute(invoice, found)
    if emitter.cnae:
        found.form("[0-9]{7}", emitter.cnae, "emitter.cnae", _("CNAE (7 digits)"))


def _check_substitute(invoice: Invoice, found: Findings) -> None:
    """IEST: the recipient's UF registers the emitter as substitute under a number of its own (211, 347, 363)."""
    iest, recipient = invoice.emitter.iest, invoice.recipient
    if invoice.destination == "3":
        message = _("A sale abroad has no registration as tax substitute (rejection 347).")
        found.note("iest_abroad", "emitter.iest", message, _("Clear the IEST."))
        return
    check_registration(iest, recipient.address.uf, "emitter.iest", found)
    if iest in (invoice.emitter.ie, recipient.ie):
        message = _("The registration as tax substitute %(ie)s is the emitter's or the customer's own (rejection 363).")
        found.note("iest_repeated", "emitter.iest", message, _("Correct the IEST, or clear it."), ie=iest)


def check_recipient(invoice: Invoice, found: Findings) -> None:
    """The recipient, and what it is to the ICMS (rejections 208, 210, 237, 274, 275, 696, 790 to 792, 805)."""
    recipient = invoice.recipient
    _check_recipient_id(invoice, found)
    found.text(fields.NAME, recipient.name, "recipient.name")
    check_address(recipient.address, "recipient.address", found)
    if recipient.email:
        found.email(recipient.email, "recipient.email")
    if recipient.suframa:
        place = recipient.address
        right = found.form("[0-9]{8,9}", recipient.suframa, "recipient.suframa", _("SUFRAMA registration"))
        if right and not _suframa_places() & {(place.uf, ""), (place.uf, place.city_code)}:
            message = _("%(city)s/%(uf)s is outside the area of SUFRAMA (rejection 251).")
            cure = _("Clear the customer's SUFRAMA registration, or correct the address.")
            found.note("suframa_elsewhere", "recipient.suframa", message, cure, city=place.city, uf=place.uf)
    _check_indicator(invoice, found)


def _check_recipient_id(invoice: Invoice, found: Findings) -> None:
    """CNPJ, CPF or a foreigner's document (rejections 208, 237, 372, 507, 720 to 723, 771, 792, 925)."""
    recipient = invoice.recipient
    abroad = recipient.address.uf == ABROAD
    if abroad and recipient.tax_id:
        message = _("A customer abroad has no CNPJ nor CPF in the document (rejections 507 and 720).")
        found.note("abroad_with_tax_id", "recipient.tax_id", message, _("Give the foreign document instead."))
    elif recipient.tax_id:
        right = is_cnpj(recipient.tax_id) or is_cpf(recipient.tax_id)
        found.right(right, recipient.tax_id, "recipient.tax_id", _("CNPJ or CPF"))
    elif recipient.foreign_id is None:
        what = _("foreign document") if abroad else _("CNPJ or CPF")
        found.missing("recipient.tax_id", what, "idEstrangeiro" if abroad else "CNPJ")
    else:
        found.form(r"([0-9A-Za-z:.+\-/()]{5,20})?", recipient.foreign_id, "recipient.foreign_id", _("foreign document"))
        if not abroad:
            _check_foreigner(invoice, found)
        if recipient.ie:
            message = _("A foreigner has no state registration (rejection 925).")
            found.note("foreigner_with_ie", "recipient.ie", message, _("Clear the IE."))


def _check_foreigner(invoice: Invoice, found: Findings) -> None:
    """A foreigner who buys in Brazil is a final consumer, in person, and takes the goods in the emitter's state."""
    if not invoice.final_consumer:
        message = _("A foreigner's purchase inside Brazil is a final consumer's (rejection 721).")
        found.note("foreigner_not_consumer", "final_consumer", message, _("Mark the final consumer."))
    if invoice.destination == "2":
        message = _("A sale to another state has no foreign customer (rejection 771).")
        cure = _("Fill in the customer's CPF, or sell in person in your own state.")
        found.note("foreigner_interstate", "recipient.foreign_id", message, cure)
    elif invoice.presence not in IN_PERSON:
        message = _("A foreigner's purchase inside the state is made in person (rejection 722).")
        cure = _("Set the presence indicator to “in person”, or fill in the customer's CPF.")
        found.note("foreigner_not_present", "presence", message, cure)


def _check_indicator(invoice: Invoice, found: Findings) -> None:
    """indIEDest against IE and indFinal."""
    recipient = invoice.recipient
    indicator = recipient.ie_indicator
    found.right(indicator in ("1", "2", "9"), indicator, "recipient.ie_indicator", _("IE indicator (indIEDest)"))
    abroad = recipient.address.uf == ABROAD
    if abroad:
        if indicator != "9":
            message = _("A customer abroad is not an ICMS contributor (rejection 790).")
            cure = _("Set the customer's IE indicator to “not a contributor” (9).")
            found.note("abroad_contributor", "recipient.ie_indicator", message, cure)
    elif indicator == "1" or (indicator == "9" and recipient.ie):
        check_registration(recipient.ie, recipient.address.uf, "recipient.ie", found)
    if indicator == "2" and recipient.ie not in ("", EXEMPT):
        message = _("An exempt contributor has no state registration, but “%(ie)s” is filled.")
        cure = _("Clear the IE, or make the customer a contributor (indicator 1).")
        found.note("exempt_with_ie", "recipient.ie", message, cure, ie=recipient.ie)
    if indicator == "2" and recipient.address.uf in _ufs_without_exempt() and not _takes_exempt(invoice):
        message = _("%(uf)s takes no ICMS contributor without state registration (rejection 805).")
        cure = _("Fill in the customer's IE, or make it “not a contributor” (9) if it has none.")
        found.note("exempt_not_taken", "recipient.ie_indicator", message, cure, uf=recipient.address.uf)
    if indicator == "9" and not abroad and not invoice.final_consumer:
        message = _("A sale to who is not an ICMS contributor is a final consumer's (rejection 696).")
        cure = _("Mark the final consumer, or fill in the customer's state registration.")
        found.note("non_contributor_not_consumer", "final_consumer", message, cure)


def _takes_exempt(invoice: Invoice) -> bool:
    rules = [item.rules.icms for item in invoice.items]
    retained = any(rule.retained_amount is not None for rule in rules)
    return retained or all((rule.cst or rule.csosn) in UNTAXED for rule in rules)


def check_registration(ie: str, uf: str, path: str, found: Findings) -> None:
    """A state registration of ``uf``, with its check digits and not all zeros.

    SP's rural producers may have an old number that begins with P, of which the XML takes the digits.
    """
    if not ie:
        found.missing(path, _("state registration"), "IE")
    elif not (re.fullmatch("P?[0-9]{2,14}", ie) and ie.strip("P0") and is_ie(ie, uf)):
        message = _("“%(ie)s” is not a valid state registration of %(uf)s.")
        cure = _("Correct the IE or the state.")
        found.note("ie_invalid", path, message, cure, ie=ie, uf=uf)


def check_address(address: Address, path: str, found: Findings) -> None:
    """An address, in Brazil or abroad (rejections 272 to 279, 509, 513, 515, 926)."""
    found.text(fields.STREET, address.street, f"{path}.street")
    found.text(fields.NUMBER, address.number, f"{path}.number")
    found.text(fields.DISTRICT, address.district, f"{path}.district")
    found.text(fields.CITY, address.city, f"{path}.city")
    if address.phone:
        found.form("[0-9]{6,14}", address.phone, f"{path}.phone", _("phone number (6 to 14 digits)"))
    if address.uf == ABROAD:
        _check_abroad(address, path, found)
        return
    if address.zip:
        found.form("[0-9]{8}", address.zip, f"{path}.zip", _("CEP (8 digits)"))
    codes = uf_codes()
    known = found.right(address.uf in codes, address.uf, f"{path}.uf", _("state (UF)"))
    cure = _("Choose the city from the list.")
    what = _("IBGE city code (7 digits)")
    if not address.city_code:
        found.form("[0-9]{7}", "", f"{path}.city_code", what, cure)
    elif found.right(is_city(address.city_code), address.city_code, f"{path}.city_code", what, cure) and known:
        _check_city_of(address, codes[address.uf], path, found)


def _check_abroad(address: Address, path: str, found: Findings) -> None:
    """cMun is 9999999, and the country is another one than Brazil."""
    if address.city_code != CITY_ABROAD:
        message = _("A city abroad has the code 9999999 (rejection 509).")
        found.note("city_abroad", f"{path}.city_code", message, _("Clear the city's IBGE code."))
    what = _("country code (cPais, of the Central Bank)")
    if found.form("[0-9]{1,4}", address.country_code, f"{path}.country_code", what) and (
        not address.country_code.strip("0") or address.country_code.lstrip("0") == BRAZIL
    ):
        message = _("The address is abroad, but its country is Brazil or none (rejections 510 and 926).")
        found.note("country_abroad", f"{path}.country_code", message, _("Choose the customer's country."))
    found.text(fields.COUNTRY, address.country, f"{path}.country")


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
    found.right(uf in ("", ABROAD, *uf_codes()), uf, f"{path}.address.uf", _("state (UF)"))
    if carrier.ie and not uf:
        message = _("A carrier with a state registration needs its state (rejection 559).")
        found.note("carrier_uf_missing", f"{path}.address.uf", message, _("Fill in the carrier's state."))
    elif carrier.ie and carrier.ie != EXEMPT:
        check_registration(carrier.ie, uf, f"{path}.ie", found)
