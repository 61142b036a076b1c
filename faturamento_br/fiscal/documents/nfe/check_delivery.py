"""What is checked of how the goods travel: places, carrier, vehicles, volumes."""

from ...digits import is_cnpj, is_cpf
from ...problems import _
from ...spec import Invoice, Place, Vehicle, Volume
from . import check_parties, fields
from .findings import Findings

FREIGHT_MODES = ("0", "1", "2", "3", "4", "9")
MOST_VOLUMES, MOST_SEALS, MOST_TRAILERS = 5000, 5000, 5
PLATE = "[A-Z]{2,3}[0-9]{4}|[A-Z]{3,4}[0-9]{3}|[A-Z0-9]{7}"


def check_transport(invoice: Invoice, found: Findings) -> None:
    """Freight mode, carrier, vehicles and volumes (groups X; rejections 542 to 544, 559, 868)."""
    transport = invoice.transport
    mode = transport.freight_mode
    found.right(mode in FREIGHT_MODES, mode, "transport.freight_mode", _("freight mode (modFrete)"))
    if transport.carrier:
        check_parties.check_carrier(transport.carrier, found)
    _check_vehicles(invoice, found)
    if len(transport.volumes) > MOST_VOLUMES:
        message = _("At most %(most)s groups of volumes are allowed.")
        found.note("volumes_count", "transport.volumes", message, most=MOST_VOLUMES)
    for i, volume in enumerate(transport.volumes):
        _check_volume(volume, f"transport.volumes[{i}]", found)


def _check_vehicles(invoice: Invoice, found: Findings) -> None:
    """Plates; none between states, where the vehicle is told in the MDF-e (NT 2016.002, rule X17-10)."""
    transport = invoice.transport
    if transport.vehicle:
        _check_vehicle(transport.vehicle, "transport.vehicle", found)
    for i, trailer in enumerate(transport.trailers):
        _check_vehicle(trailer, f"transport.trailers[{i}]", found)
    if len(transport.trailers) > MOST_TRAILERS:
        message = _("At most %(most)s trailers are allowed.")
        found.note("trailers_count", "transport.trailers", message, _("Remove some."), most=MOST_TRAILERS)
    if invoice.destination == "2" and (transport.vehicle or transport.trailers):
        message = _("In a sale to another state the NF-e does not tell the vehicle (rejection 868).")
        cure = _("Clear the plate and the trailers: they belong in the carrier's MDF-e.")
        path = "transport.vehicle" if transport.vehicle else "transport.trailers"
        found.note("vehicle_interstate", path, message, cure)


def _check_vehicle(vehicle: Vehicle, path: str, found: Findings) -> None:
    cure = _("Write the 7 letters and digits of the plate, without hyphen.")
    found.form(PLATE, vehicle.plate, f"{path}.plate", _("vehicle plate"), cure)
    found.right(vehicle.uf in ("", "EX", *check_parties.uf_codes()), vehicle.uf, f"{path}.uf", _("state (UF)"))
    found.text(fields.RNTC, vehicle.rntc, f"{path}.rntc", required=False)


def _check_volume(volume: Volume, path: str, found: Findings) -> None:
    if volume.quantity is not None:
        what = _("number of volumes (qVol)")
        found.right(0 <= volume.quantity < 10**15, volume.quantity, f"{path}.quantity", what)
    for name, value in (("net_weight", volume.net_weight), ("gross_weight", volume.gross_weight)):
        if value is not None:
            found.number(value, f"{path}.{name}", _("weight in kg"), decimals=3, integers=12)
    if len(volume.seals) > MOST_SEALS:
        message = _("At most %(most)s seals are allowed for a group of volumes.")
        found.note("seals_count", f"{path}.seals", message, _("Remove some."), most=MOST_SEALS)
    for i, seal in enumerate(volume.seals):
        found.text(fields.SEAL, seal, f"{path}.seals[{i}]")


def check_places(invoice: Invoice, found: Findings) -> None:
    """retirada and entrega (rejections 276 to 279, 512 to 515, 540, 541).

    Another state than the party's own moves the operation there, and with it the tax (LC 87/1996 art. 11 V and §7):
    that has no rule yet, so it is refused by name.
    """
    for name, place, home in (
        ("pickup", invoice.pickup, invoice.emitter.address.uf),
        ("delivery", invoice.delivery, invoice.recipient.address.uf),
    ):
        if place is None:
            continue
        _check_place(place, name, found)
        if place.address.uf != home:
            message = _("The goods are picked up or delivered in %(uf)s, not in %(home)s: this has no rule yet.")
            cure = _("Choose a place in %(home)s, or issue the document in another system.")
            found.note("place_of_another_uf", f"{name}.address.uf", message, cure, uf=place.address.uf, home=home)


def _check_place(place: Place, path: str, found: Findings) -> None:
    abroad = place.address.uf == "EX"
    if place.tax_id:
        right = is_cnpj(place.tax_id) or is_cpf(place.tax_id)
        found.right(right, place.tax_id, f"{path}.tax_id", _("CNPJ or CPF"))
    elif not abroad:
        found.missing(f"{path}.tax_id", _("CNPJ or CPF"), "CNPJ")
    found.text(fields.NAME, place.name, f"{path}.name", required=False)
    check_parties.check_address(place.address, f"{path}.address", found)
    if place.email:
        found.email(place.email, f"{path}.email")
    if place.ie and place.ie != check_parties.EXEMPT:
        check_parties.check_registration(place.ie, place.address.uf, f"{path}.ie", found)
