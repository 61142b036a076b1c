"""EPEC, Evento Prévio de Emissão em Contingência (110140): Ajuste SINIEF 7/2005, cláusula décima sétima-D; NT 2012.003.

It goes to the Ambiente Nacional (``Authorizer(uf="AN")``, cOrgao 91), which answers 136; within 168 hours the NF-e
follows to its own authorizer, under the same key (tpEmis 4). An EPEC is not cancelled: the NF-e is, once authorized.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from .. import xml
from ..problems import Problem, _
from ..tables import rows
from ..text import TextField, clean
from . import checks
from .event import Event, EventType, register

SOFTWARE = TextField("verAplic", _("software"), 1, 20)
EMISSION_TYPE = "4"
ORGAO = "91"  # Ambiente Nacional
_IE = re.compile(r"[0-9]{2,14}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Epec(Event):
    """The summary of an NF-e that cannot be sent to its authorizer; money in BRL, with 2 decimals.

    :param issued_at: dhEmi of the NF-e, aware.
    :param kind: tpNF, "0" incoming or "1" outgoing.
    :param ie: the emitter's.
    :param recipient_uf: "EX" abroad.
    :param recipient_tax_id: CNPJ or CPF; "" for a foreigner.
    :param recipient_foreign_id: idEstrangeiro, where there is no CNPJ or CPF; may be "".
    :param total: vNF. :param icms: vICMS. :param icms_st: vST.
    """

    software: str
    issued_at: datetime
    ie: str
    recipient_uf: str
    total: Decimal
    icms: Decimal
    icms_st: Decimal
    kind: str = "1"
    recipient_tax_id: str = ""
    recipient_foreign_id: str = ""
    recipient_ie: str = ""


def _problems(event: Epec) -> list[Problem]:
    found = checks.typed(SOFTWARE, event.software, "software")
    if event.access_key[34:35] != EMISSION_TYPE:
        message = _("The document was not issued for EPEC: its access key has tpEmis %(found)s, not 4 (rejection 484).")
        cure = _("Issue the sale in contingency by EPEC first: it takes a new number and a new key.")
        found.append(Problem("epec_emission_type", "access_key", message, cure, {"found": event.access_key[34:35]}))
    if event.issued_at.utcoffset() is None:
        found.append(Problem("event_zone", "issued_at", _("The date of issue has no time zone.")))
    known = {row["uf"] for row in rows("uf")} | {"EX"}
    checked = (
        (_("kind of the operation (tpNF)"), "kind", event.kind, event.kind in {"0", "1"}),
        (_("state registration (IE)"), "ie", event.ie, _IE.fullmatch(event.ie)),
        (_("UF of the addressee"), "recipient_uf", event.recipient_uf, event.recipient_uf in known),
    )
    message = _("“%(value)s” is not a valid %(what)s.")
    found += [
        Problem(f"epec_{path}", path, message, params={"value": value, "what": what})
        for what, path, value, right in checked
        if not right
    ]
    message = _("The amount %(value)s has more than 2 decimals or is negative.")
    found += [
        Problem("epec_amount", path, message, params={"value": value})
        for path, value in (("total", event.total), ("icms", event.icms), ("icms_st", event.icms_st))
        if value < 0 or value != value.quantize(Decimal("0.01"))
    ]
    return found


def _details(event: Epec) -> str:
    identity = (
        xml.leaf("CNPJ" if len(event.recipient_tax_id) == 14 else "CPF", event.recipient_tax_id)
        if event.recipient_tax_id
        else xml.leaf("idEstrangeiro", event.recipient_foreign_id)
    )
    return "".join(
        (
            xml.leaf("cOrgaoAutor", event.access_key[:2]),
            xml.leaf("tpAutor", "1"),  # the emitter
            xml.leaf("verAplic", clean(event.software)),
            xml.leaf("dhEmi", event.issued_at.replace(microsecond=0).isoformat()),
            xml.leaf("tpNF", event.kind),
            xml.leaf("IE", event.ie),
            xml.group(
                "dest",
                xml.leaf("UF", event.recipient_uf),
                identity,
                xml.optional("IE", event.recipient_ie),
                xml.amount("vNF", event.total),
                xml.amount("vICMS", event.icms),
                xml.amount("vST", event.icms_st),
            ),
        )
    )


EPEC = register(
    EventType(
        code="110140",
        name="EPEC",
        what=_("EPEC"),
        spec=Epec,
        schema="EPEC_v1.00.xsd",
        most=1,
        problems=_problems,
        details=_details,
        orgao=ORGAO,
    )
)
