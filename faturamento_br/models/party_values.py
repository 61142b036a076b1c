"""Companies, partners and their addresses as values of the core, and the small conversions on the way."""

import re
from decimal import Decimal

from odoo.tools import float_repr
from odoo.tools.mail import email_normalize_all

from ..fiscal import countries, spec
from ..fiscal.digits import normalize_tax_id
from ..fiscal.documents.nfe.fields import EMAIL

#: cMun and xMun of an address abroad, and its UF.
NO_TAX_ID = "/"  # Odoo's way to say that there is none
ABROAD_CITY, ABROAD_NAME, ABROAD_UF = "9999999", "EXTERIOR", "EX"


def uf_of(partner):
    """The UF of a partner's address: ``EX`` abroad, ``""`` when it is missing."""
    if partner.country_id and partner.country_id.code != "BR":
        return ABROAD_UF
    return partner.state_id.code or ""


def emitter_party(company, recipient_uf="", day=None):
    """The company as emit, to a recipient in ``recipient_uf``, where it may be registered as tax substitute (IEST).

    :param day: whose rates apply: a company of Simples may have IBS and CBS outside the DAS then.
    """
    partner = company.partner_id
    return spec.Party(
        name=partner.name,
        tax_id=normalize_tax_id(partner.vat or ""),
        address=address_of(partner),
        ie=registration(partner.l10n_br_ie_code),
        email=partner.email or "",
        im=registration(partner.l10n_br_im_code),
        crt=company.fbr_crt,
        iest=company._fbr_substitute_ie(recipient_uf),
        regular_ibs_cbs=bool(day) and company._fbr_regular_reform(day),
    )


def recipient_party(partner, contact):
    """The customer as dest; ``contact`` may have the better e-mail address."""
    abroad, foreign = uf_of(partner) == ABROAD_UF, partner._fbr_has_foreign_document()
    vat = normalize_tax_id(partner.vat or "") if partner.vat != NO_TAX_ID else ""
    indicator = partner.fbr_ie_indicator or "9"
    return spec.Party(
        name=partner.name or "",
        tax_id="" if foreign else vat,
        address=address_of(partner),
        ie="" if indicator == "2" else registration(partner.l10n_br_ie_code),
        ie_indicator=indicator,
        email=next(iter(emails_of(contact.email) + emails_of(partner.email)), ""),
        im=registration(partner.l10n_br_im_code),
        suframa=registration(partner.l10n_br_isuf_code),
        foreign_id=vat if abroad or (foreign and vat) else None,
    )


def carrier_party(partner):
    """The carrier as transporta; a registration that says ISENTO is written so."""
    return spec.Party(
        name=partner.name or "",
        tax_id=normalize_tax_id(partner.vat or ""),
        address=address_of(partner),
        ie=registration(partner.l10n_br_ie_code),
    )


def place_of(partner, owner):
    """Where goods are delivered or picked up, as entrega or retirada.

    :param owner: the partner whose CNPJ or CPF counts when the place has none of its own.
    """
    own = normalize_tax_id(partner.fbr_place_tax_id or partner.vat or "")  # an address's vat is its customer's
    others = normalize_tax_id(owner.vat or "")
    return spec.Place(
        address=address_of(partner),
        tax_id=own or others,
        name=partner.name or owner.name or "",
        ie=registration(partner.l10n_br_ie_code) if own and own != others else "",
    )


def tax_id_holder(partner, owner):
    """The record and field whose CNPJ or CPF :func:`place_of` tells; an address's vat is its company's to mend."""
    if partner.fbr_place_tax_id:
        return partner, "fbr_place_tax_id"
    return (partner if partner.vat else owner).commercial_partner_id, "vat"


def technician_of(company):
    """infRespTec as far as the company filled it in; None when it did not begin."""
    technician = spec.Technician(
        cnpj=normalize_tax_id(company.fbr_technician_cnpj or ""),
        contact=company.fbr_technician_contact or "",
        email=(company.fbr_technician_email or "").strip(),
        phone=national_phone(company.fbr_technician_phone),
        csrt_id=(company.fbr_technician_csrt_id or "").strip(),
        csrt=company._fbr_csrt(),
    )
    return technician if any(vars(technician).values()) else None


def readers_of(company, recipient):
    """autXML as the company's list says: in its order, without the recipient, who may read the XML anyway."""
    written = re.split(r"[,;\n]", company.fbr_authorized_readers or "")
    readers = (normalize_tax_id(text) for text in written if text.strip())
    return tuple(reader for reader in readers if reader != recipient.tax_id)


def address_of(partner):
    """A partner's address as l10n_br keeps it: the district is in the second street line.

    Abroad the layout wants the city 9999999, EXTERIOR, of the UF EX, and no CEP.
    """
    uf = uf_of(partner)
    abroad = uf == ABROAD_UF
    values = {
        "street": partner.street_name or partner.street or "",
        "number": partner.street_number or "S/N",
        "district": partner.street2 or "",
        "city_code": ABROAD_CITY if abroad else partner.city_id.fbr_ibge_code or "",
        "city": ABROAD_NAME if abroad else partner.city_id.name or partner.city or "",
        "uf": uf,
        "zip": "" if abroad else digits(partner.zip),
        "complement": partner.street_number2 or "",
        "phone": national_phone(partner.phone),
    }
    if abroad:
        country = partner.country_id
        values |= {
            "country_code": countries.code_of(country.code),
            "country": country.with_context(lang="pt_BR").name.upper(),
        }
    return spec.Address(**values)


def emails_of(text):
    """The addresses of an e-mail field that the layout takes (60 characters); people write several in one field."""
    found = email_normalize_all(text or "")
    return [address for address in found if len(address) <= EMAIL.maximum]


def digits(text):
    return re.sub(r"\D", "", text or "")


def national_phone(text):
    """fone: the digits without the country code."""
    found = digits(text)
    return found[2:] if found.startswith("55") and len(found) > 11 else found


def registration(text):
    """An IE, IM or SUFRAMA without punctuation, in upper case."""
    return re.sub(r"[^0-9A-Za-z]", "", text or "").upper()


def amount(value):
    """A monetary field in BRL as Decimal, 2 decimals: the field is rounded already."""
    return Decimal(float_repr(value, 2))
