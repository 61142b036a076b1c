"""The XMLDSig of a file, checked with cryptography and lxml's C14N, apart from the code that signs.

Canonical text is taken from a copy of the element that is parsed anew: ``etree.tostring(element, method="c14n")`` on
a subtree writes ``xmlns=""`` into its children, and so a wrong digest.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as BinasciiError
from collections.abc import Iterator

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes as PublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, Hash, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key
from lxml import etree

from ..problems import Problem, _
from .reading import NFE, text, whole

DSIG = "http://www.w3.org/2000/09/xmldsig#"
_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_TRANSFORMS = [f"{DSIG}enveloped-signature", _C14N]
_DIGESTS = {f"{DSIG}sha1": SHA1, "http://www.w3.org/2001/04/xmlenc#sha256": SHA256}
_METHODS = {f"{DSIG}rsa-sha1": SHA1, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256": SHA256}
_PREFIXES = {None: DSIG}
_HOLDER_CNPJ = x509.ObjectIdentifier("2.16.76.1.3.3")  # DOC-ICP-04: CNPJ of the certificate's holder
_CNPJ = re.compile(rb"[0-9A-Z]{12}[0-9]{2}")
_TAX_OFFICE_SERIES = range(890, 920)
_SPACE = re.compile(r"\s+")
_PATH = "Signature"
_CERTIFICATE = f"{_PATH}/KeyInfo/X509Data/X509Certificate"


def verify(nfe: etree._Element, infNFe: etree._Element) -> list[Problem]:
    """Whether the one Signature of ``nfe`` signs this very infNFe, with the key of the certificate that it carries."""
    signatures = nfe.findall(f"{{{DSIG}}}Signature")
    if len(signatures) != 1:
        message = _("The NFe has %(count)s signatures; it needs exactly one.")
        return [Problem("signature_count", _PATH, message, params={"count": len(signatures)})]
    signature = signatures[0]
    reference = signature.find("SignedInfo/Reference", _PREFIXES)
    if reference is None or len(signature.findall("SignedInfo/Reference", _PREFIXES)) != 1:
        return [Problem("signature_reference", _PATH, _("The signature needs exactly one Reference."))]
    problems = _check_algorithms(signature)
    if problems:
        return problems
    if reference.get("URI") != f"#{infNFe.get('Id')}":
        message = _("The signature refers to %(uri)s, not to this document (#%(id)s).")
        params = {"uri": reference.get("URI") or "“”", "id": infNFe.get("Id")}
        problems.append(Problem("signature_uri", f"{_PATH}/SignedInfo/Reference/@URI", message, params=params))
    key, holder, unreadable = _certificate(signature)
    problems += unreadable + _check_digest(nfe, infNFe, signature)
    if key is not None:
        problems += _check_value(nfe, signature, key) + _check_holder(infNFe, holder)
    return problems


def digest_value(nfe: etree._Element) -> str:
    """DigestValue as ``nfe`` states it."""
    return _bare(nfe.findtext("Signature/SignedInfo/Reference/DigestValue", "", _PREFIXES))


def holder(signed: etree._Element) -> str:
    """The CNPJ of the holder of the certificate in the signature of ``signed``; "" when it is not known."""
    signature = signed.find(f"{{{DSIG}}}Signature")
    return "" if signature is None else _certificate(signature)[1]


def _check_algorithms(signature: etree._Element) -> list[Problem]:
    stated = {
        "CanonicalizationMethod": ([_C14N], "SignedInfo/CanonicalizationMethod"),
        "SignatureMethod": (_METHODS, "SignedInfo/SignatureMethod"),
        "DigestMethod": (_DIGESTS, "SignedInfo/Reference/DigestMethod"),
        "Transform": (_TRANSFORMS, "SignedInfo/Reference/Transforms/Transform"),
    }
    problems = []
    for name, (known, path) in stated.items():
        found = [element.get("Algorithm") for element in signature.findall(path, _PREFIXES)]
        right = found == _TRANSFORMS if name == "Transform" else len(found) == 1 and found[0] in known
        if not right:
            message = _("%(name)s is not what NF-e uses: %(found)s.")
            params = {"name": name, "found": ", ".join(map(str, found)) or "none"}
            problems.append(Problem("signature_algorithm", f"{_PATH}/{path}", message, params=params))
    return problems


def _check_digest(nfe: etree._Element, infNFe: etree._Element, signature: etree._Element) -> list[Problem]:
    stated = digest_value(nfe)
    algorithm = _DIGESTS[signature.find("SignedInfo/Reference/DigestMethod", _PREFIXES).get("Algorithm")]
    digests = [_digest(form, algorithm()) for form in _canonical_forms(nfe, infNFe)]
    if stated in digests:
        return []
    message = _("The document was changed after it was signed: its digest is %(found)s, the signature has %(stated)s.")
    params = {"found": digests[0], "stated": stated}
    return [Problem("digest", f"{_PATH}/SignedInfo/Reference/DigestValue", message, params=params)]


def _check_value(nfe: etree._Element, signature: etree._Element, key: PublicKey) -> list[Problem]:
    path = f"{_PATH}/SignatureValue"
    value = _decode(signature.findtext("SignatureValue", "", _PREFIXES))
    if value is None or not isinstance(key, RSAPublicKey):
        message = _("The signature's value is not base64, or the certificate has no RSA key.")
        return [Problem("signature_value", path, message)]
    signed_info = signature.find("SignedInfo", _PREFIXES)
    algorithm = _METHODS[signature.find("SignedInfo/SignatureMethod", _PREFIXES).get("Algorithm")]
    for form in _canonical_forms(nfe, signed_info):
        try:
            key.verify(value, form, PKCS1v15(), algorithm())
        except InvalidSignature:
            continue
        return []
    message = _("The signature was not made with the key of the certificate that it carries.")
    return [Problem("signature_value", path, message)]


def _certificate(signature: etree._Element) -> tuple[PublicKey | None, str, list[Problem]]:
    """The public key of the certificate, its holder's CNPJ ("" when unknown), and why it cannot be read."""
    der = _decode(signature.findtext("KeyInfo/X509Data/X509Certificate", "", _PREFIXES)) or b""
    try:
        certificate = x509.load_der_x509_certificate(der)
        return certificate.public_key(), _holder_cnpj(certificate), []
    except (ValueError, UnsupportedAlgorithm) as error:
        reason = str(error) or "empty"
    try:
        # Some issuers write DER loosely (a default that is spelled out), and cryptography refuses all of it.
        return load_der_public_key(_public_key_info(der)), "", []
    except (ValueError, UnsupportedAlgorithm):
        message = _("The certificate in the signature cannot be read: %(why)s.")
        return None, "", [Problem("certificate", _CERTIFICATE, message, params={"why": reason})]


def _public_key_info(der: bytes) -> bytes:
    """SubjectPublicKeyInfo out of a certificate (RFC 5280, 4.1): the field after the subject.

    :raises ValueError: it is no certificate.
    """
    place = _content(der, _content(der, 0)[0])[0]
    if der[place : place + 1] == b"\xa0":  # version
        place = _content(der, place)[1]
    for _field in ("serialNumber", "signature", "issuer", "validity", "subject"):
        place = _content(der, place)[1]
    return der[place : _content(der, place)[1]]


def _content(der: bytes, start: int) -> tuple[int, int]:
    """Where the content of the DER value at ``start`` begins and ends.

    :raises ValueError: the data ends before it does.
    """
    if start + 2 > len(der):
        raise ValueError("truncated")
    length, begin = der[start + 1], start + 2
    if length & 0x80:
        begin += length & 0x7F
        length = int.from_bytes(der[start + 2 : begin], "big")
    if begin + length > len(der):
        raise ValueError("truncated")
    return begin, begin + length


def _check_holder(infNFe: etree._Element, holder: str) -> list[Problem]:
    """The certificate is of the emitter's company: the first 8 characters of both CNPJs (rejection 213).

    Documents that a tax office issues (series 890 to 919) bear its own certificate.
    """
    emitter = text(infNFe, "emit/CNPJ")
    if not emitter or not holder or holder[:8] == emitter[:8] or whole(infNFe, "ide/serie") in _TAX_OFFICE_SERIES:
        return []
    message = _("The certificate belongs to %(holder)s, another company than the emitter %(emitter)s.")
    params = {"holder": holder, "emitter": emitter}
    return [Problem("certificate_holder", _CERTIFICATE, message, params=params)]


def _holder_cnpj(certificate: x509.Certificate) -> str:
    """The CNPJ of an e-CNPJ's holder; "" when it is another kind of certificate."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return ""
    for name in names.get_values_for_type(x509.OtherName):
        # An OCTET STRING, or a text: in both the characters are the value's last.
        if name.type_id == _HOLDER_CNPJ and _CNPJ.fullmatch(name.value[-14:]):
            return name.value[-14:].decode()
    return ""


def _canonical_forms(nfe: etree._Element, element: etree._Element) -> Iterator[bytes]:
    """``element`` in C14N 1.0, as it stands, then as it stood when ``nfe`` was a document of its own.

    An envelope that declares more namespaces (nfeProc is added after signing) would get them into the canonical form.
    """
    yield _canonical(element)
    parent = nfe.getparent()
    added = {} if parent is None else {prefix: uri for prefix, uri in parent.nsmap.items() if uri != NFE}
    if added:
        alone = etree.fromstring(etree.tostring(nfe, with_tail=False))
        keep = [prefix for prefix in nfe.nsmap if prefix and prefix not in added]
        etree.cleanup_namespaces(alone, keep_ns_prefixes=keep)
        place = nfe.getroottree().getelementpath(element)
        origin = nfe.getroottree().getelementpath(nfe)
        inside = place.removeprefix(origin).removeprefix("/")
        yield _canonical(alone.find(inside))


def _canonical(element: etree._Element) -> bytes:
    alone = etree.fromstring(etree.tostring(element, with_tail=False))
    return etree.tostring(alone, method="c14n", with_comments=False)


def _digest(data: bytes, algorithm: HashAlgorithm) -> str:
    digest = Hash(algorithm)
    digest.update(data)
    return b64encode(digest.finalize()).decode()


def _bare(base64: str) -> str:
    return _SPACE.sub("", base64)


def _decode(base64: str) -> bytes | None:
    """The bytes of ``base64``; None unless this is the one way to write them."""
    bare = _bare(base64)
    try:
        data = b64decode(bare, validate=True)
    except (BinasciiError, ValueError):
        return None
    return data if data and b64encode(data).decode() == bare else None
