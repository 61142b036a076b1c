"""An A1 certificate of the ICP-Brasil, as its holder receives it: a PKCS#12 file and a password.

Keys live in memory only: nothing here writes a file. Opening a PKCS#12 costs some 50 ms, so :func:`load_cached` keeps
opened ones for the life of the process.
"""

import re
from base64 import b64encode
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from threading import Lock

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from .digits import is_cnpj, is_cpf
from .problems import FiscalError, Problem, _

# otherName fields of the ICP-Brasil (DOC-ICP-04, 7.1.2.3): the company's CNPJ; birth date (8), CPF (11) of a person.
_OID_CNPJ = x509.ObjectIdentifier("2.16.76.1.3.3")
_OID_PERSON = x509.ObjectIdentifier("2.16.76.1.3.1")
_CACHE_SIZE = 64


@dataclass(frozen=True)
class Certificate:
    """A certificate with its private key, opened."""

    cnpj: str  # the company's, 14 characters, letters allowed; "" in a person's certificate
    cpf: str  # the person's, in an e-CPF; "" in a company's certificate
    subject: str  # RFC 4514
    not_before: datetime  # UTC
    not_after: datetime  # UTC
    serial: str  # hexadecimal
    private_key: RSAPrivateKey = field(repr=False)
    der: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False, default=())  # the issuers' certificates that came along, DER

    @classmethod
    def load(cls, pfx: bytes, password: str) -> "Certificate":
        """Open a PKCS#12 file. An expired certificate opens too: see :func:`problems`.

        :raises FiscalError: the password is wrong, it is not a PKCS#12, it has no key or no certificate, or the key
            is not RSA.
        """
        key, certificate, issuers = _open(pfx, password)
        if certificate is None or key is None:
            message = _("The certificate file has no private key: it cannot sign.")
            cure = _("Export the A1 certificate again, with its private key (a .pfx or .p12 file).")
            raise FiscalError([Problem("certificate_without_key", "certificate", message, cure)])
        if not isinstance(key, RSAPrivateKey):
            message = _("The certificate's key is not RSA, the only kind that SEFAZ accepts.")
            cure = _("Ask your certification authority for an A1 e-CNPJ certificate with an RSA key.")
            raise FiscalError([Problem("certificate_not_rsa", "certificate", message, cure)])
        return cls(
            cnpj=_cnpj(certificate),
            cpf=_cpf(certificate),
            subject=certificate.subject.rfc4514_string(),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            serial=f"{certificate.serial_number:x}",
            private_key=key,
            der=certificate.public_bytes(Encoding.DER),
            chain=tuple(issuer.public_bytes(Encoding.DER) for issuer in issuers),
        )

    @property
    def tax_id(self) -> str:
        """The holder's CNPJ or CPF."""
        return self.cnpj or self.cpf

    @cached_property
    def der_base64(self) -> str:
        """The content of X509Certificate."""
        return b64encode(self.der).decode()

    def pem_pair(self) -> tuple[bytes, bytes]:
        """(certificate followed by its issuers, unencrypted private key), PEM, for mutual TLS; keep it in memory."""
        certificates = [x509.load_der_x509_certificate(der) for der in (self.der, *self.chain)]
        chain = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)
        return chain, self.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def problems(certificate: Certificate, emitter_tax_id: str, now: datetime) -> list[Problem]:
    """Why ``certificate`` cannot sign for ``emitter_tax_id`` at ``now`` (aware): validity, and whose it is.

    The first 8 characters of the CNPJ must match the emitter's (cStat 213), so a branch may sign with the head
    office's certificate; a CPF must match whole.
    """
    found = []
    dates = {"from": certificate.not_before, "until": certificate.not_after}
    if now > certificate.not_after:
        message, cure = _("The certificate expired on %(until)s."), _("Install the renewed certificate.")
        found.append(Problem("certificate_expired", "certificate", message, cure, dates))
    if now < certificate.not_before:
        message = _("The certificate is valid only from %(from)s on.")
        cure = _("Check this computer's clock, or wait until then.")
        found.append(Problem("certificate_not_yet_valid", "certificate", message, cure, dates))
    size = 8 if len(emitter_tax_id) == 14 else 11
    holder = certificate.cnpj if size == 8 else certificate.cpf
    if not holder or holder[:size] != emitter_tax_id[:size]:
        message = _("The certificate belongs to %(holder)s, not to the emitter %(emitter)s.")
        cure = _("Use a certificate of this company: the first 8 characters of the CNPJ must be the same.")
        params = {"holder": certificate.tax_id or certificate.subject, "emitter": emitter_tax_id}
        found.append(Problem("certificate_of_another", "certificate", message, cure, params))
    return found


_cache: OrderedDict[bytes, Certificate] = OrderedDict()
_cache_lock = Lock()


def load_cached(pfx: bytes, password: str) -> Certificate:
    """:meth:`Certificate.load`, opened once per process for the same file and password.

    :raises FiscalError: as :meth:`Certificate.load` does; failures are not kept.
    """
    secret = password.encode()
    key = sha256(len(secret).to_bytes(4, "big") + secret + pfx).digest()
    with _cache_lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    certificate = Certificate.load(pfx, password)
    with _cache_lock:
        _cache[key] = certificate
        if len(_cache) > _CACHE_SIZE:
            _cache.popitem(last=False)
    return certificate


def _open(pfx: bytes, password: str):
    """(key, certificate, other certificates) of a PKCS#12, or a :class:`FiscalError` that says what is wrong."""
    try:
        return pkcs12.load_key_and_certificates(pfx, password.encode() or None)
    except UnsupportedAlgorithm as error:
        message = _("The certificate file uses an encryption that this server does not have (%(detail)s).")
        cure = _("Export the certificate again with AES encryption, as recent systems do.")
        problem = Problem("certificate_unsupported", "certificate", message, cure, {"detail": str(error)})
        raise FiscalError([problem]) from error
    except ValueError as error:
        # The library has one exception for both: a PKCS#12 is a DER SEQUENCE that starts with version 3.
        if re.match(rb"\x30(\x80|[\x81-\x84]|[\x02-\x7f]).{0,4}?\x02\x01\x03", pfx[:12], re.DOTALL):
            message = _("The certificate's password is wrong, or the file is damaged.")
            cure = _("Type the password again; capital letters count.")
            raise FiscalError([Problem("certificate_password", "certificate", message, cure)]) from error
        message = _("The file is not a PKCS#12 certificate.")
        cure = _("Choose the .pfx or .p12 file of the A1 certificate.")
        raise FiscalError([Problem("certificate_format", "certificate", message, cure)]) from error


def _cnpj(certificate: x509.Certificate) -> str:
    """The CNPJ in the ICP-Brasil field, else the one after the colon of the common name ("NAME:CNPJ")."""
    candidates = (_other_name(certificate, _OID_CNPJ), _after_colon(certificate))
    return next((text for text in candidates if len(text) == 14 and is_cnpj(text)), "")


def _cpf(certificate: x509.Certificate) -> str:
    candidates = (_other_name(certificate, _OID_PERSON)[8:19], _after_colon(certificate))
    return next((text for text in candidates if len(text) == 11 and is_cpf(text)), "")


def _after_colon(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value).rpartition(":")[2].strip() if names else ""


def _other_name(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    """The text of an otherName of the certificate, "" without it."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    values = (name.value for name in names.get_values_for_type(x509.OtherName) if name.type_id == oid)
    # DER of a short string: one byte of type (OCTET STRING, PrintableString or UTF8String), one of length.
    return next((value[2:].decode("latin-1").strip() for value in values), "")
