"""Groups transp, cobr, pag, infAdic and infRespTec: delivery, payment and words."""

from base64 import b64encode
from functools import cache
from hashlib import sha1

from ...spec import (
    Bill,
    Card,
    Export,
    Intermediary,
    Invoice,
    Party,
    Payment,
    Purchase,
    Technician,
    Transport,
    Vehicle,
    Volume,
)
from ...tables import rows
from ...text import Fitter
from ...xml import amount, attributed, group, leaf, optional, optional_amount, weight
from . import fields
from .parties import registration, tax_id

NO_PAYMENT = "90"
LATER_PAYMENT = "91"
OTHER_PAYMENT = "99"
# card/tpIntegra 2: taken outside this system, so neither authorisation nor acquirer is known (rejections 391, 496).
_CARD_APART = group("card", leaf("tpIntegra", "2"))


@cache
def card_methods() -> frozenset[str]:
    """The tPag that demand the group card."""
    return frozenset(row["code"] for row in rows("payment_methods") if row["card"] == "1")


def transp(transport: Transport, fit: Fitter) -> str:
    """The group transp."""
    carrier = _carrier(transport.carrier, fit) if transport.carrier else ""
    vehicle = _vehicle("veicTransp", transport.vehicle, fit, "transport.vehicle") if transport.vehicle else ""
    trailers = (
        _vehicle("reboque", trailer, fit, f"transport.trailers[{i}]") for i, trailer in enumerate(transport.trailers)
    )
    volumes = (_volume(volume, fit, f"transport.volumes[{i}]") for i, volume in enumerate(transport.volumes))
    return group("transp", leaf("modFrete", transport.freight_mode), carrier, vehicle, *trailers, *volumes)


def _vehicle(tag: str, vehicle: Vehicle, fit: Fitter, path: str) -> str:
    registration = optional("RNTC", fit(fields.RNTC, vehicle.rntc, f"{path}.rntc"))
    return group(tag, leaf("placa", vehicle.plate), optional("UF", vehicle.uf), registration)


def _carrier(carrier: Party, fit: Fitter) -> str:
    place = carrier.address
    street = ", ".join(filter(None, (place.street, place.number, place.complement, place.district)))
    return group(
        "transporta",
        tax_id(carrier.tax_id) if carrier.tax_id else "",
        optional("xNome", fit(fields.NAME, carrier.name, "transport.carrier.name")),
        optional("IE", registration(carrier.ie)),
        optional("xEnder", fit(fields.CARRIER_ADDRESS, street, "transport.carrier.address.street")),
        optional("xMun", fit(fields.CITY, place.city, "transport.carrier.address.city")),
        optional("UF", place.uf),
    )


def _volume(volume: Volume, fit: Fitter, path: str) -> str:
    return group(
        "vol",
        "" if volume.quantity is None else leaf("qVol", str(volume.quantity)),
        optional("esp", fit(fields.VOLUME_KIND, volume.kind, f"{path}.kind")),
        optional("marca", fit(fields.VOLUME_BRAND, volume.brand, f"{path}.brand")),
        optional("nVol", fit(fields.VOLUME_NUMBERING, volume.numbering, f"{path}.numbering")),
        "" if volume.net_weight is None else weight("pesoL", volume.net_weight),
        "" if volume.gross_weight is None else weight("pesoB", volume.gross_weight),
        *(
            group("lacres", leaf("nLacre", fit(fields.SEAL, seal, f"{path}.seals[{i}]")))
            for i, seal in enumerate(volume.seals)
        ),
    )


def cobr(bill: Bill, fit: Fitter) -> str:
    """The group cobr: the commercial invoice and its instalments."""
    invoice = group(
        "fat",
        leaf("nFat", fit(fields.BILL_NUMBER, bill.number, "bill.number")),
        amount("vOrig", bill.original),
        amount("vDesc", bill.discount),
        amount("vLiq", bill.net),
    )
    instalments = (
        group(
            "dup",
            leaf("nDup", fit(fields.INSTALMENT_NUMBER, instalment.number, f"bill.instalments[{i}].number")),
            leaf("dVenc", instalment.due.isoformat()),
            amount("vDup", instalment.amount),
        )
        for i, instalment in enumerate(bill.instalments)
    )
    return group("cobr", invoice, *instalments)


def pag(invoice: Invoice, fit: Fitter) -> str:
    """The group pag; vTroco is what the payments give beyond vNF."""
    with_card = card_methods()
    details = (_payment(payment, with_card, fit, f"payments[{i}]") for i, payment in enumerate(invoice.payments))
    return group("pag", *details, optional_amount("vTroco", invoice.change))


def _payment(payment: Payment, with_card: frozenset[str], fit: Fitter, path: str) -> str:
    other = payment.method == OTHER_PAYMENT
    return group(
        "detPag",
        leaf("indPag", payment.term) if payment.method != NO_PAYMENT else "",
        leaf("tPag", payment.method),
        leaf("xPag", fit(fields.PAYMENT_DESCRIPTION, payment.description, f"{path}.description")) if other else "",
        amount("vPag", payment.amount),
        leaf("dPag", payment.paid_on.isoformat()) if payment.paid_on else "",
        _card(payment.card, fit, path) if payment.card else _CARD_APART if payment.method in with_card else "",
    )


def _card(card: Card, fit: Fitter, path: str) -> str:
    return group(
        "card",
        leaf("tpIntegra", "1" if card.integrated else "2"),
        optional("CNPJ", card.cnpj),
        optional("tBand", card.brand),
        optional("cAut", fit(fields.CARD_AUTHORIZATION, card.authorization, f"{path}.card.authorization")),
    )


def infIntermed(intermediary: Intermediary, fit: Fitter) -> str:
    """The group infIntermed (NT 2020.006)."""
    registration = fit(fields.SELLER_REGISTRATION, intermediary.registration, "intermediary.registration")
    return group("infIntermed", leaf("CNPJ", intermediary.cnpj), leaf("idCadIntTran", registration))


def infAdic(invoice: Invoice, texts: tuple[str, ...], fit: Fitter) -> str:
    """The group infAdic, or nothing; ``texts``, which the law demands, come first so that they are never cut."""
    office = optional("infAdFisco", fit(fields.TAX_OFFICE_INFO, invoice.tax_office_info, "tax_office_info"))
    info = optional("infCpl", fit(fields.INFO, "\n".join((*texts, invoice.info)).rstrip("\n"), "info"))
    observations = (
        attributed(
            "obsCont",
            "xCampo",
            fit(fields.OBSERVATION_NAME, observation.name, f"observations[{i}].name"),
            leaf("xTexto", fit(fields.OBSERVATION_TEXT, observation.text, f"observations[{i}].text")),
        )
        for i, observation in enumerate(invoice.observations)
    )
    content = office + info + "".join(observations)
    return group("infAdic", content) if content else ""


def exporta(export: Export, fit: Fitter) -> str:
    """The group exporta."""
    return group(
        "exporta",
        leaf("UFSaidaPais", export.uf),
        leaf("xLocExporta", fit(fields.EXPORT_PLACE, export.place, "export.place")),
        optional("xLocDespacho", fit(fields.DISPATCH_PLACE, export.dispatch, "export.dispatch")),
    )


def compra(purchase: Purchase, fit: Fitter) -> str:
    """The group compra, or nothing: an empty one says nothing."""
    content = (
        optional("xNEmp", fit(fields.COMMITMENT, purchase.commitment, "purchase.commitment")),
        optional("xPed", fit(fields.PURCHASE_ORDER, purchase.order, "purchase.order")),
        optional("xCont", fit(fields.CONTRACT, purchase.contract, "purchase.contract")),
    )
    return group("compra", *content) if any(content) else ""


def infRespTec(technician: Technician, key: str, fit: Fitter) -> str:
    """The group infRespTec (NT 2018.005); ``key`` is the document's access key, for hashCSRT."""
    with_csrt = technician.csrt_id and technician.csrt
    return group(
        "infRespTec",
        leaf("CNPJ", technician.cnpj),
        leaf("xContato", fit(fields.CONTACT, technician.contact, "technician.contact")),
        leaf("email", fit(fields.CONTACT_EMAIL, technician.email, "technician.email")),
        leaf("fone", technician.phone),
        leaf("idCSRT", technician.csrt_id) + leaf("hashCSRT", csrt_hash(technician.csrt, key)) if with_csrt else "",
    )


def csrt_hash(csrt: str, key: str) -> str:
    """hashCSRT: the SHA-1 of CSRT and access key, in Base64 (NT 2018.005, annex)."""
    return b64encode(sha1((csrt + key).encode(), usedforsecurity=False).digest()).decode()
