"""Groups emit, dest and autXML: who is who."""

from ...spec import Address, Environment, Invoice, Party, Place
from ...text import Fitter
from ...xml import group, leaf, optional
from . import fields

# Rule E04-20 (rejection 598), models 55 and 65. The text for xProd (rejection 373) is model 65's only.
HOMOLOGATION_NAME = "NF-E EMITIDA EM AMBIENTE DE HOMOLOGACAO - SEM VALOR FISCAL"


def tax_id(party_tax_id: str) -> str:
    """CNPJ or CPF, by its length."""
    return leaf("CNPJ" if len(party_tax_id) == 14 else "CPF", party_tax_id)


def registration(ie: str) -> str:
    """IE as TIe and TIeDest take it: digits. The number of a rural producer of SP loses its P, as is the practice."""
    return ie.removeprefix("P")


def emit(emitter: Party, fit: Fitter, suframa: str = "") -> str:
    """The group emit; ISUFEmit only beside goods whose CBS is zero inside a free zone (NT 2025.002-RTC)."""
    return group(
        "emit",
        tax_id(emitter.tax_id),
        leaf("xNome", fit(fields.NAME, emitter.name, "emitter.name")),
        optional("xFant", fit(fields.TRADE_NAME, emitter.trade_name, "emitter.trade_name")),
        address("enderEmit", emitter.address, fit, "emitter.address"),
        leaf("IE", registration(emitter.ie)),
        optional("IEST", emitter.iest),
        _city_registration(emitter, fit),
        leaf("CRT", emitter.crt),
        optional("ISUFEmit", suframa),
    )


def _city_registration(emitter: Party, fit: Fitter) -> str:
    registration = fit(fields.CITY_REGISTRATION, emitter.im, "emitter.im")
    return leaf("IM", registration) + optional("CNAE", emitter.cnae) if registration else ""


def dest(invoice: Invoice, fit: Fitter) -> str:
    """The group dest; outside production its name is the fixed text that SEFAZ demands."""
    recipient = invoice.recipient
    name = fit(fields.NAME, recipient.name, "recipient.name")
    return group(
        "dest",
        tax_id(recipient.tax_id) if recipient.tax_id else leaf("idEstrangeiro", recipient.foreign_id or ""),
        leaf("xNome", name if invoice.environment is Environment.PRODUCTION else HOMOLOGATION_NAME),
        address("enderDest", recipient.address, fit, "recipient.address"),
        leaf("indIEDest", recipient.ie_indicator),
        optional("IE", registration(recipient.ie)) if recipient.ie_indicator != "2" else "",
        optional("ISUF", recipient.suframa),
        optional("IM", fit(fields.CITY_REGISTRATION, recipient.im, "recipient.im")),
        optional("email", fit(fields.EMAIL, recipient.email, "recipient.email")),
    )


def place(tag: str, where: Place, fit: Fitter, path: str) -> str:
    """The group retirada or entrega (TLocal)."""
    return group(
        tag,
        tax_id(where.tax_id) if where.tax_id else leaf("CNPJ", ""),  # TCnpjOpc: nobody with a CNPJ is abroad
        optional("xNome", fit(fields.NAME, where.name, f"{path}.name")),
        *_address(where.address, fit, f"{path}.address"),
        optional("email", fit(fields.EMAIL, where.email, f"{path}.email")),
        optional("IE", registration(where.ie)),
    )


def address(tag: str, place: Address, fit: Fitter, path: str) -> str:
    """The group enderEmit or enderDest."""
    return group(tag, *_address(place, fit, path))


def _address(place: Address, fit: Fitter, path: str) -> tuple[str, ...]:
    return (
        leaf("xLgr", fit(fields.STREET, place.street, f"{path}.street")),
        leaf("nro", fit(fields.NUMBER, place.number, f"{path}.number")),
        optional("xCpl", fit(fields.COMPLEMENT, place.complement, f"{path}.complement")),
        leaf("xBairro", fit(fields.DISTRICT, place.district, f"{path}.district")),
        leaf("cMun", place.city_code),
        leaf("xMun", fit(fields.CITY, place.city, f"{path}.city")),
        leaf("UF", place.uf),
        optional("CEP", place.zip) if place.uf != "EX" else "",  # another country's code has no place in it
        *_country(place, fit, path),
        optional("fone", place.phone),
    )


def _country(place: Address, fit: Fitter, path: str) -> tuple[str, str]:
    if place.uf != "EX":
        return leaf("cPais", "1058"), leaf("xPais", "BRASIL")
    return leaf("cPais", place.country_code), leaf("xPais", fit(fields.COUNTRY, place.country, f"{path}.country"))


def autXML(readers: tuple[str, ...]) -> str:
    """The groups autXML: who may download the XML beside emitter and recipient."""
    return "".join(group("autXML", tax_id(reader)) for reader in readers)
