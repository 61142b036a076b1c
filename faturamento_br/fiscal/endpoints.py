"""Where each UF's NF-e services are: addresses and authorizers from tables/endpoints.csv, authorizers.csv and svc.csv.

Source: the addresses published on the NF-e portal, and its map of authorizers and contingency (SVC) per UF. Tables
only: an address that changes is a changed row.
"""

from datetime import date
from enum import StrEnum
from functools import cache

from .problems import FiscalError, Problem, _
from .spec import Environment
from .tables import rows

# tpEmis of the two contingency authorizers (MOC 7.0, Anexo III).
SVC_BY_EMISSION_TYPE = {"6": "SVCAN", "7": "SVCRS"}


_ENVIRONMENTS = {Environment.HOMOLOGATION: _("homologation"), Environment.PRODUCTION: _("production")}


class Service(StrEnum):
    """The services of the NF-e 4.00, by the name of their WSDL."""

    STATUS = "NFeStatusServico4"
    AUTHORIZE = "NFeAutorizacao4"
    COLLECT = "NFeRetAutorizacao4"
    QUERY = "NFeConsultaProtocolo4"
    EVENT = "NFeRecepcaoEvento4"
    VOID = "NFeInutilizacao4"
    REGISTRY = "CadConsultaCadastro4"  # of the contributor's UF; not every UF has it


def url(uf: str, model: str, environment: Environment, service: Service, contingency: str | None = None) -> str:
    """The address of ``service`` for an emitter in ``uf``.

    :param uf: the emitter's UF, or ``AN`` for the Ambiente Nacional (events only).
    :param model: 55 NF-e, 65 NFC-e.
    :param environment: homologation or production; a simulator's address is its own instance's, not in a table.
    :param contingency: tpEmis of the SVC (``6`` SVC-AN, ``7`` SVC-RS), or None for the UF's own authorizer.
    :raises FiscalError: there is no such address, or ``uf`` uses the other SVC.
    """
    authorizer = registry_authorizer(uf) if service == Service.REGISTRY else _authorizer(uf, model, contingency)
    address = _addresses().get(("55" if service == Service.REGISTRY else model, authorizer, environment, service))
    if address is None:
        message = _("%(authorizer)s has no %(service)s for model %(model)s in %(environment)s.")
        cure = _("Check the UF, the environment and, in contingency, what the SVC offers (it does no inutilização).")
        where = _ENVIRONMENTS.get(environment, environment)
        params = {"authorizer": authorizer, "service": service, "model": model, "environment": where}
        raise _error("endpoint_unknown", message, cure, **params)
    return address


def authorizer_of(uf: str, model: str = "55") -> str:
    """The name of who authorises for ``uf`` (``SP``, ``SVRS``): UFs of the same name fail together.

    :raises FiscalError: ``uf`` is unknown.
    """
    return _row(uf, model)["authorizer"]


def svc_emission_type(uf: str, model: str = "55", day: date | None = None) -> str:
    """tpEmis of the SVC that stands in for the authorizer of ``uf``: ``6`` SVC-AN or ``7`` SVC-RS.

    :param day: the legal day on which it is asked for; None for what the table says last.

    :raises FiscalError: ``uf`` is unknown or has no SVC for this model (an NFC-e has none).
    """
    _row(uf, model)
    svc = _svc(uf, model, day)
    for emission_type, name in SVC_BY_EMISSION_TYPE.items():
        if name == svc:
            return emission_type
    message = _("There is no SVC for %(uf)s and model %(model)s.")
    raise _error("svc_unknown", message, _("Use another form of contingency."), uf=uf, model=model)


def registry_authorizer(uf: str) -> str:
    """Who answers for the register of contributors of ``uf``: it is one for all models and has no contingency.

    :raises FiscalError: the UF offers no such query.
    """
    found = next((row["authorizer"] for row in rows("registry_services") if row["uf"] == uf), None)
    if found:
        return found
    message = _("The tax office of %(uf)s offers no query of its register of contributors.")
    cure = _("Ask the customer for its registration, or look it up in the CCC or Sintegra.")
    raise _error("registry_unknown", message, cure, uf=uf)


def _authorizer(uf: str, model: str, contingency: str | None) -> str:
    row = _row(uf, model)
    return row["authorizer"] if contingency is None else svc_name(uf, model, contingency)


def svc_name(uf: str, model: str, contingency: str) -> str:
    """The SVC of tpEmis ``contingency`` (``SVCAN``, ``SVCRS``), if it is, or has been, the one of ``uf``.

    :raises FiscalError: it is not.
    """
    svc = SVC_BY_EMISSION_TYPE.get(contingency)
    if svc is None or svc not in {each["svc"] for each in _svcs(uf, model)}:
        message = _("tpEmis %(contingency)s is not the contingency of %(uf)s for model %(model)s.")
        cure = _("Use tpEmis 6 (SVC-AN) or 7 (SVC-RS), whichever serves this UF.")
        raise _error("svc_wrong", message, cure, contingency=contingency, uf=uf, model=model)
    return svc


def _svcs(uf: str, model: str) -> list[dict[str, str]]:
    """Who has been the SVC of ``uf``, the oldest first; an empty ``since`` or ``until`` has no end."""
    return [row for row in rows("svc") if (row["model"], row["uf"]) == (model, uf)]


def _svc(uf: str, model: str, day: date | None) -> str | None:
    found = [
        row["svc"]
        for row in _svcs(uf, model)
        if day is None or (row["since"] or "0") <= day.isoformat() <= (row["until"] or "9")
    ]
    return found[-1] if found else None


def _row(uf: str, model: str) -> dict[str, str]:
    row = _authorizers().get((model, uf))
    if row is None:
        message = _("No authorizer is known for UF %(uf)s and model %(model)s.")
        raise _error("authorizer_unknown", message, _("Check the company's UF and the model."), uf=uf, model=model)
    return row


def _error(code: str, message: str, cure: str, **params: str) -> FiscalError:
    return FiscalError([Problem(code, "", message, cure, params)])


@cache
def _addresses() -> dict[tuple[str, str, str, str], str]:
    return {(r["model"], r["authorizer"], r["environment"], r["service"]): r["url"] for r in rows("endpoints")}


@cache
def _authorizers() -> dict[tuple[str, str], dict[str, str]]:
    return {(row["model"], row["uf"]): row for row in rows("authorizers")}
