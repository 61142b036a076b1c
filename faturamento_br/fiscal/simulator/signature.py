"""XMLDSig of an NF-e, verified from the bytes that arrived (MOC Visão Geral, groups E and F).

Only lxml's canonical form and RSA are used. Each signed piece is first serialised and read again by itself: its
canonical form then has exactly the namespaces in scope where it stood, whatever the tree it came from.
"""

import base64
import binascii
import hashlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from . import certificates
from .certificates import SIGNATURE, holder

DS = "{http://www.w3.org/2000/09/xmldsig#}"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"


def canonical(element):
    """Canonical XML 1.0, inclusive, without comments."""
    alone = etree.fromstring(etree.tostring(element, with_tail=False))
    return etree.tostring(alone, method="c14n", exclusive=False, with_comments=False)


def digest_value(nfe):
    """The DigestValue the NF-e carries."""
    return nfe.findtext(f"{DS}Signature/{DS}SignedInfo/{DS}Reference/{DS}DigestValue", "").strip()


def signer(nfe):
    """The certificate inside the signature, or ``None`` when it cannot be read."""
    encoded = nfe.findtext(f"{DS}Signature/{DS}KeyInfo/{DS}X509Data/{DS}X509Certificate", "")
    try:
        return x509.load_der_x509_certificate(base64.b64decode(encoded))
    except (ValueError, binascii.Error):
        return None


def _standard(signed_info, identifier):
    """F01: the reference is the document's own Id, and both transforms are there, the enveloped one first."""
    reference = signed_info.find(f"{DS}Reference")
    transforms = [t.get("Algorithm") for t in reference.iterfind(f"{DS}Transforms/{DS}Transform")]
    return reference.get("URI") == f"#{identifier}" and transforms == [ENVELOPED, C14N]


def _authentic(nfe, info, certificate):
    """F02: the digest is that of infNFe, and the value was made over SignedInfo with the certificate's key."""
    signed_info = nfe.find(f"{DS}Signature/{DS}SignedInfo")
    digest = base64.b64encode(hashlib.sha1(canonical(info), usedforsecurity=False).digest()).decode()
    if digest != digest_value(nfe):
        return False
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return False
    try:
        value = base64.b64decode(nfe.findtext(f"{DS}Signature/{DS}SignatureValue", ""))
        key.verify(value, canonical(signed_info), padding.PKCS1v15(), hashes.SHA1())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def defect(nfe, info, authority, revoked, emitter):
    """The cStat of what is wrong with the signature of ``nfe``, or ``None``.

    :param info: the infNFe element, child of ``nfe``.
    :param emitter: CNPJ or CPF of the emitter; the signer's CNPJ must share its first 8 characters (213).
    """
    certificate = signer(nfe)
    if certificate is None:
        return SIGNATURE.invalid
    code = certificates.defect(certificate, authority, revoked, SIGNATURE)
    if code:
        return code
    if not _standard(nfe.find(f"{DS}Signature/{DS}SignedInfo"), info.get("Id")):
        return "298"
    if not _authentic(nfe, info, certificate):
        return "297"
    cnpj, cpf = holder(certificate)
    if cnpj:
        return None if cnpj[:8] == emitter[:8] and len(emitter) == 14 else "213"
    return None if cpf == emitter else "227"
