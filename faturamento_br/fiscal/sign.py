"""XMLDSig as SEFAZ wants it: enveloped, C14N 1.0, RSA-SHA1, X509Certificate only (MOC 7.0, 4.2.4; schema
xmldsig-core-schema_v1.01.xsd fixes the algorithms).

One canonical form serves both the digest and the bytes that are kept and sent: what is signed is what is stored.
"""

from base64 import b64encode
from hashlib import sha1

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1
from lxml import etree

from .certificate import Certificate

DSIG = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

# Both templates are in canonical form already: no space between tags, no empty-element tag, xmlns before attributes.
_SIGNED_INFO = (
    f'<CanonicalizationMethod Algorithm="{C14N}"></CanonicalizationMethod>'
    f'<SignatureMethod Algorithm="{DSIG}rsa-sha1"></SignatureMethod>'
    '<Reference URI="#{id}"><Transforms>'
    f'<Transform Algorithm="{DSIG}enveloped-signature"></Transform><Transform Algorithm="{C14N}"></Transform>'
    f'</Transforms><DigestMethod Algorithm="{DSIG}sha1"></DigestMethod>'
    "<DigestValue>{digest}</DigestValue></Reference></SignedInfo>"
)
_SIGNATURE = (
    f'<Signature xmlns="{DSIG}"><SignedInfo>'
    "{signed_info}<SignatureValue>{value}</SignatureValue>"
    "<KeyInfo><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></Signature>"
)


def sign(element: etree._Element, certificate: Certificate) -> bytes:
    """The document ``element`` with the signature of its child that has an ``Id``, as the bytes to keep and to send.

    The signature is the last child (after infNFeSupl in an NFC-e). ``element`` stays as it was; it has one default
    namespace and no prefixes, which is how every builder here writes.

    :raises ValueError: there is no child with an Id, or a namespace other than the root's.
    """
    signed = next((child for child in element if child.get("Id")), None)
    if signed is None or element.nsmap != {None: etree.QName(element).namespace} or signed.nsmap != element.nsmap:
        raise ValueError("A document to sign has one default namespace and a child with an Id.")
    document = etree.tostring(element, method="c14n")
    canonical = _canonical_child(document, element, signed)
    digest = b64encode(sha1(canonical).digest()).decode()
    info = _SIGNED_INFO.format(id=signed.get("Id"), digest=digest)
    to_sign = f'<SignedInfo xmlns="{DSIG}">{info}'.encode()
    value = b64encode(certificate.private_key.sign(to_sign, PKCS1v15(), SHA1())).decode()
    signature = _SIGNATURE.format(signed_info=info, value=value, certificate=certificate.der_base64)
    end = document.rindex(b"</")
    return document[:end] + signature.encode() + document[end:]


def _canonical_child(document: bytes, root: etree._Element, child: etree._Element) -> bytes:
    """The canonical form of ``child`` as a subset of ``document``: its own bytes, with the namespace it inherits.

    Cutting it out saves a second canonicalization, and lxml's C14N of a child would add ``xmlns=""`` to its leaves.
    """
    name = etree.QName(child)
    start = document.index(f"<{name.localname} ".encode()) + len(name.localname) + 1
    close = f"</{name.localname}>".encode()
    end = document.rindex(close) + len(close)
    return f'<{name.localname} xmlns="{name.namespace}"'.encode() + document[start:end]
