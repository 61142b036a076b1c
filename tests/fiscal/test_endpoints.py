"""Addresses: every UF has every service, and what is not there is told."""

from itertools import product

import pytest
from fiscal.endpoints import Service, svc_emission_type, url
from fiscal.problems import FiscalError
from fiscal.spec import Environment
from fiscal.tables import rows

UFS = [row["uf"] for row in rows("uf")]
DOCUMENTS = set(Service) - {Service.REGISTRY}
REAL = [Environment.HOMOLOGATION, Environment.PRODUCTION]


def test_there_are_27_ufs():
    assert len(UFS) == 27


@pytest.mark.parametrize(("uf", "model", "environment"), list(product(UFS, ["55", "65"], REAL)))
def test_every_uf_has_every_service(uf, model, environment):
    addresses = {service: url(uf, model, environment, service) for service in DOCUMENTS}
    assert len(set(addresses.values())) == len(DOCUMENTS)
    assert all(address.startswith("https://") for address in addresses.values())


@pytest.mark.parametrize(("uf", "environment"), list(product(UFS, REAL)))
def test_every_uf_has_its_svc(uf, environment):
    tpEmis = svc_emission_type(uf)
    for service in DOCUMENTS - {Service.VOID}:
        assert url(uf, "55", environment, service, tpEmis) != url(uf, "55", environment, service)


@pytest.mark.parametrize(("uf", "model", "service"), list(product(UFS, ["55", "65"], sorted(DOCUMENTS))))
def test_homologation_and_production_are_never_the_same(uf, model, service):
    homologation, production = (url(uf, model, environment, service) for environment in REAL)
    assert homologation.split("/")[2] != production.split("/")[2]


@pytest.mark.parametrize(
    ("uf", "expected"),
    [
        ("PA", "https://nfe.svrs.rs.gov.br/ws/NfeAutorizacao/NFeAutorizacao4.asmx"),  # the portal's map, not SVAN
        ("MA", "https://www.sefazvirtual.fazenda.gov.br/NFeAutorizacao4/NFeAutorizacao4.asmx"),
        ("SP", "https://nfe.fazenda.sp.gov.br/ws/nfeautorizacao4.asmx"),
        ("RJ", "https://nfe.svrs.rs.gov.br/ws/NfeAutorizacao/NFeAutorizacao4.asmx"),
        ("PR", "https://nfe.sefa.pr.gov.br/nfe/NFeAutorizacao4"),
    ],
)
def test_known_addresses(uf, expected):
    assert url(uf, "55", Environment.PRODUCTION, Service.AUTHORIZE) == expected


def test_contingency_of_sp_and_pr():
    assert svc_emission_type("SP") == "6"
    assert svc_emission_type("PR") == "7"
    assert "sefazvirtual" in url("SP", "55", Environment.PRODUCTION, Service.AUTHORIZE, "6")
    assert "svrs" in url("PR", "55", Environment.PRODUCTION, Service.AUTHORIZE, "7")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("XX", "55", Environment.PRODUCTION, Service.STATUS), "authorizer_unknown"),
        (("SP", "57", Environment.PRODUCTION, Service.STATUS), "authorizer_unknown"),
        (("SP", "55", Environment.SIMULATOR, Service.STATUS), "endpoint_unknown"),
        (("AN", "55", Environment.PRODUCTION, Service.AUTHORIZE), "endpoint_unknown"),
        (("SP", "55", Environment.PRODUCTION, Service.VOID, "6"), "endpoint_unknown"),
        (("SP", "55", Environment.PRODUCTION, Service.STATUS, "7"), "svc_wrong"),
        (("SP", "55", Environment.PRODUCTION, Service.STATUS, "4"), "svc_wrong"),
        (("SP", "65", Environment.PRODUCTION, Service.STATUS, "6"), "svc_wrong"),
    ],
)
def test_what_does_not_exist_is_told(arguments, code):
    with pytest.raises(FiscalError) as caught:
        url(*arguments)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert "%(" not in str(caught.value)


def test_the_registers_of_the_states_that_have_a_query():
    for environment in REAL:
        found = {row["uf"]: url(row["uf"], "65", environment, Service.REGISTRY) for row in rows("registry_services")}
        assert all("adastro" in address for address in found.values())
        assert found["SC"] == found["ES"] != found["SP"]
    with pytest.raises(FiscalError) as caught:
        url("AM", "55", Environment.PRODUCTION, Service.REGISTRY)
    assert caught.value.problems[0].code == "registry_unknown"


def test_an_nfce_has_no_svc():
    with pytest.raises(FiscalError):
        svc_emission_type("SP", "65")


def test_the_table_has_one_row_for_each_address():
    keys = [(row["model"], row["authorizer"], row["environment"], row["service"]) for row in rows("endpoints")]
    assert len(keys) == len(set(keys))
    assert {row["authorizer"] for row in rows("authorizers")} <= {key[1] for key in keys}
