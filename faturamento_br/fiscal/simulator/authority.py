"""The simulator's own certificate authority, and the throwaway certificates it gives to companies.

Everything lies in the state directory, readable by its owner only. Each name says "SIMULADOR SEM VALOR": no relying
party outside the simulator knows this root.
"""

import contextlib
import fcntl
import ipaddress
import os
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .certificates import OID_CNPJ

MARK = "SIMULADOR SEM VALOR"
OID_RESPONSIBLE = x509.ObjectIdentifier("2.16.76.1.3.2")
CA_DAYS = 3650
CN_MAX = 64


def write_private(path, content):
    """Write ``content`` (bytes) whole or not at all, mode 0600."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def prepare(state_dir):
    """The state directory as a path, made (0700) when missing."""
    folder = Path(state_dir)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def _locked(folder, name):
    with (folder / name).open("ab") as file:
        os.fchmod(file.fileno(), 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _name(common_name, *parts):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "BR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, MARK),
            *parts,
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(**granted):
    flags = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign "
        "crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{flag: granted.get(flag, False) for flag in flags.split()})


def _builder(subject, issuer, public_key, start, end):
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def load(state_dir):
    """(certificate, key) of the authority; made on first use, once, however many ask at the same time."""
    folder = prepare(state_dir)
    with _locked(folder, "authority.lock"):
        if not (folder / "ca.pem").exists():
            _create(folder)
    certificate = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    return certificate, key


def _create(folder):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = _name(f"AC SEFAZ {MARK} {secrets.token_hex(4)}")
    now = datetime.now(UTC)
    certificate = (
        _builder(name, name, key.public_key(), now - timedelta(days=1), now + timedelta(days=CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_private(folder / "ca.key", _key_pem(key))
    write_private(folder / "ca.pem", _pem(certificate))


def issue_server(state_dir, host):
    """Write server.pem (certificate and key) for ``host`` and the loopback names; returns its path."""
    folder = prepare(state_dir)
    authority, authority_key = load(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName("localhost"), *(x509.IPAddress(ipaddress.ip_address(a)) for a in ("127.0.0.1", "::1"))]
    try:
        address = ipaddress.ip_address(host)
        if not address.is_unspecified and not address.is_loopback:
            names.append(x509.IPAddress(address))
    except ValueError:
        if host != "localhost":
            names.append(x509.DNSName(host))
    now = datetime.now(UTC)
    certificate = (
        _builder(_name(f"SEFAZ {MARK}"), authority.subject, key.public_key(), now - timedelta(days=1), _end(authority))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(_authority_identifier(authority), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    path = folder / "server.pem"
    write_private(path, _key_pem(key) + _pem(certificate))
    return path


def _end(authority):
    return authority.not_valid_after_utc


def _authority_identifier(authority):
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())


def _octets(oid, text):
    """An ICP-Brasil otherName: its value is an OCTET STRING (DOC-ICP-04, 7.1.2.3)."""
    value = text.encode("ascii", "replace")[:120]
    return x509.OtherName(oid, bytes([0x04, len(value)]) + value)


def issue_certificate(state_dir, cnpj, name, uf="SP", city="", days=365, not_before=None, password=None):
    """A throwaway A1 certificate for ``cnpj``, in the shape of an ICP-Brasil e-CNPJ.

    :param cnpj: 14 characters, no punctuation, put in the otherName 2.16.76.1.3.3; "" leaves the extension out.
    :param not_before: aware datetime its validity begins at; yesterday when not given.
    :param password: of the PKCS#12 file; a random one when not given.
    :return: (PKCS#12 bytes, password).
    """
    authority, authority_key = load(state_dir)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    start = not_before or datetime.now(UTC) - timedelta(days=1)
    place = [x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, uf)] if uf else []
    place += [x509.NameAttribute(NameOID.LOCALITY_NAME, city)] if city else []
    unit = x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"e-CNPJ A1 {MARK}")
    subject = _name(f"{name[: CN_MAX - 1 - len(cnpj)]}:{cnpj}", *place, unit)
    names = [_octets(OID_RESPONSIBLE, MARK)]
    if cnpj:
        names.append(_octets(OID_CNPJ, cnpj))
    certificate = (
        _builder(subject, authority.subject, key.public_key(), start, start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, content_commitment=True, key_encipherment=True), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION]),
            critical=False,
        )
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(_authority_identifier(authority), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    password = password or secrets.token_urlsafe(12)
    pfx = pkcs12.serialize_key_and_certificates(
        certificate.subject.rfc4514_string().encode(),
        key,
        certificate,
        [authority],
        serialization.BestAvailableEncryption(password.encode()),
    )
    return pfx, password


def revoke(state_dir, serial_number):
    """Take a certificate back: it is answered 284 (transmission) and 294 (signature) from now on."""
    folder = prepare(state_dir)
    with _locked(folder, "authority.lock"):
        serials = revoked(folder) | {serial_number}
        write_private(folder / "revoked", "".join(f"{serial:x}\n" for serial in sorted(serials)).encode())


def revoked(state_dir):
    """Serial numbers taken back."""
    path = Path(state_dir) / "revoked"
    return frozenset(int(line, 16) for line in path.read_text().split()) if path.exists() else frozenset()
