"""A throwaway PKI shaped like the ICP-Brasil's, for tests: nobody trusts it, nothing of it is kept."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

OID_CNPJ = x509.ObjectIdentifier("2.16.76.1.3.3")
OID_PERSON = x509.ObjectIdentifier("2.16.76.1.3.1")
PASSWORD = "associação"


@cache
def key() -> rsa.RSAPrivateKey:
    """One RSA-2048 key for the whole test run: making one is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def certificate(
    common_name: str, other_names: dict[x509.ObjectIdentifier, str], not_before: datetime, days: int, private_key
) -> x509.Certificate:
    """A self-signed certificate; each otherName is an OCTET STRING, as ICP-Brasil writes it."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private_key.public_key())
        .serial_number(0xC0FFEE)
        .not_valid_before(not_before)
        .not_valid_after(not_before + timedelta(days=days))
    )
    if other_names:
        values = [
            x509.OtherName(oid, b"\x04" + bytes([len(text)]) + text.encode()) for oid, text in other_names.items()
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(values), critical=False)
    return builder.sign(private_key, SHA256())


def pfx(
    cnpj: str = "11222333000181",
    *,
    common_name: str | None = None,
    other_names: dict[x509.ObjectIdentifier, str] | None = None,
    not_before: datetime | None = None,
    days: int = 365,
    password: str = PASSWORD,
    private_key=None,
    with_key: bool = True,
) -> bytes:
    """A PKCS#12 file of the company ``cnpj``."""
    private_key = private_key or key()
    names = {OID_CNPJ: cnpj} if other_names is None else other_names
    start = not_before or datetime.now(UTC) - timedelta(days=1)
    certified = certificate(common_name or f"EMPRESA TESTE:{cnpj}", names, start, days, private_key)
    encryption = BestAvailableEncryption(password.encode())
    if with_key:
        return pkcs12.serialize_key_and_certificates(b"teste", private_key, certified, None, encryption)
    return pkcs12.serialize_key_and_certificates(b"teste", None, None, [certified], encryption)


@cache
def company_pfx() -> bytes:
    """One PKCS#12 file for the whole test run, valid from yesterday on."""
    return pfx()
