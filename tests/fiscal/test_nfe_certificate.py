from datetime import UTC, datetime, timedelta

import pki
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from fiscal import certificate
from fiscal.certificate import Certificate
from fiscal.problems import FiscalError

ALPHANUMERIC = "12ABC34501DE35"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def load(**options) -> Certificate:
    return Certificate.load(pki.pfx(**options), pki.PASSWORD)


@pytest.mark.parametrize("cnpj", ["11222333000181", ALPHANUMERIC])
def test_cnpj_from_the_icp_brasil_field(cnpj):
    opened = load(cnpj=cnpj, common_name="EMPRESA SEM NUMERO")
    assert (opened.cnpj, opened.cpf, opened.tax_id) == (cnpj, "", cnpj)


def test_cnpj_from_the_common_name():
    assert load(cnpj=ALPHANUMERIC, other_names={}).cnpj == ALPHANUMERIC


def test_cpf_of_a_person():
    opened = load(common_name="FULANO", other_names={pki.OID_PERSON: "01011980" + "52998224725" + "0" * 26})
    assert (opened.cnpj, opened.cpf) == ("", "52998224725")


def test_validity_subject_and_serial():
    opened = load(not_before=NOW, days=10)
    assert (opened.not_before, opened.not_after) == (NOW, NOW + timedelta(days=10))
    assert opened.subject == "CN=EMPRESA TESTE:11222333000181"
    assert opened.serial == "c0ffee"


def test_pem_pair_opens_again_and_is_the_same_key():
    opened = load()
    certificates, private_key = opened.pem_pair()
    assert load_pem_x509_certificates(certificates)[0].serial_number == 0xC0FFEE
    assert load_pem_private_key(private_key, None).private_numbers() == opened.private_key.private_numbers()


def test_secrets_are_not_shown():
    assert "private_key" not in repr(load())
    assert "der" not in repr(load())


@pytest.mark.parametrize(
    ("pfx", "password", "code"),
    [
        (lambda: pki.pfx(), "wrong", "certificate_password"),
        (lambda: pki.pfx(), "", "certificate_password"),
        (lambda: b"not a certificate", "x", "certificate_format"),
        (lambda: b"", "x", "certificate_format"),
        (lambda: b"-----BEGIN CERTIFICATE-----\n", "x", "certificate_format"),
        (lambda: pki.pfx(with_key=False), pki.PASSWORD, "certificate_without_key"),
        (lambda: pki.pfx(private_key=pki.ec_key()), pki.PASSWORD, "certificate_not_rsa"),
    ],
)
def test_what_cannot_be_opened_says_why(pfx, password, code):
    with pytest.raises(FiscalError) as error:
        Certificate.load(pfx(), password)
    assert [problem.code for problem in error.value.problems] == [code]


@pytest.mark.parametrize(
    ("emitter", "now", "codes"),
    [
        ("11222333000181", NOW, []),
        ("11222333000262", NOW, []),  # a branch, with the head office's certificate
        ("11222334000198", NOW, ["certificate_of_another"]),
        ("52998224725", NOW, ["certificate_of_another"]),
        ("11222333000181", NOW + timedelta(days=11), ["certificate_expired"]),
        ("11222333000181", NOW - timedelta(days=2), ["certificate_not_yet_valid"]),
        (ALPHANUMERIC, NOW + timedelta(days=11), ["certificate_expired", "certificate_of_another"]),
    ],
)
def test_who_may_sign_and_when(emitter, now, codes):
    opened = load(not_before=NOW - timedelta(days=1), days=10)
    assert [problem.code for problem in certificate.problems(opened, emitter, now)] == codes


def test_an_expired_certificate_still_opens():
    assert load(not_before=NOW - timedelta(days=900), days=10).cnpj


def test_the_cache_opens_once_and_keeps_no_failure():
    pfx = pki.pfx()
    assert certificate.load_cached(pfx, pki.PASSWORD) is certificate.load_cached(pfx, pki.PASSWORD)
    for _attempt in range(2):
        with pytest.raises(FiscalError):
            certificate.load_cached(pfx, "wrong")
