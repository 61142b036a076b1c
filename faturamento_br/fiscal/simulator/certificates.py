"""Reading and judging the certificates that clients show and sign with (MOC Visão Geral, groups A, E and F)."""

from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID

OID_CNPJ = x509.ObjectIdentifier("2.16.76.1.3.3")
OID_CPF_DATA = x509.ObjectIdentifier("2.16.76.1.3.1")
STRING_TAGS = {0x04, 0x0C, 0x13, 0x16}  # OCTET, UTF8, Printable, IA5 (DOC-ICP-04 allows the first and third)


@dataclass(frozen=True)
class Codes:
    """The cStat of each defect, for one of the certificate's two uses."""

    invalid: str
    validity: str
    nobody: str
    chain: str
    revoked: str


TRANSMITTER = Codes(invalid="280", validity="281", nobody="282", chain="283", revoked="284")
SIGNATURE = Codes(invalid="290", validity="291", nobody="292", chain="293", revoked="294")


def _string(der):
    """The text of a short DER string; "" when it is something else."""
    if len(der) < 2 or der[0] not in STRING_TAGS or der[1] != len(der) - 2:
        return ""
    return der[2:].decode("latin-1").strip()


def _other_name(certificate, oid):
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    for name in names.get_values_for_type(x509.OtherName):
        if name.type_id == oid:
            return _string(name.value)
    return ""


def holder(certificate):
    """(CNPJ, CPF) of the certificate's holder, each "" when its extension is missing."""
    personal = _other_name(certificate, OID_CPF_DATA)
    return _other_name(certificate, OID_CNPJ), personal[8:19]  # birth date (8), CPF (11), and more


def _usable(certificate, signing):
    """A01/E01: version 3, not an authority's, and a key usage that fits."""
    if certificate.version is not x509.Version.v3:
        return False
    extensions = certificate.extensions
    try:
        if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
    except x509.ExtensionNotFound:
        pass  # the rule speaks of a constraint "if informed"
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        if signing:
            return usage.digital_signature and usage.content_commitment
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return usage.digital_signature and ExtendedKeyUsageOID.CLIENT_AUTH in purposes


def _issued_by(certificate, authority):
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def defect(certificate, authority, revoked, codes, now=None):
    """The cStat of the first defect, in the manual's order, or ``None``.

    :param authority: the simulator's own CA certificate, the only root it knows.
    :param revoked: serial numbers that the authority took back.
    :param codes: :data:`TRANSMITTER` or :data:`SIGNATURE`.
    """
    now = now or datetime.now(UTC)
    if not _usable(certificate, signing=codes is SIGNATURE):
        return codes.invalid
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        return codes.validity
    nobody = not any(holder(certificate))
    unknown = not _issued_by(certificate, authority)
    taken_back = certificate.serial_number in revoked
    # Group A asks for the holder last (A07), group E before the chain (E03).
    if codes is TRANSMITTER:
        order = ((unknown, codes.chain), (taken_back, codes.revoked), (nobody, codes.nobody))
    else:
        order = ((nobody, codes.nobody), (unknown, codes.chain), (taken_back, codes.revoked))
    return next((code for wrong, code in order if wrong), None)
