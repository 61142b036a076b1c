"""The access key of a file: its shape, its check digit, and that it says what the document says."""

from lxml import etree

from .. import access_key
from ..problems import Problem, _
from ..tables import rows
from .reading import text, whole

# Rule B03-10 (NT 2019.001) has refused weak codes in every UF since then; older documents may have them.
_CODES_CHECKED_SINCE = "2020-01-01"


def verify(nfe: etree._Element, infNFe: etree._Element) -> list[Problem]:
    """The key in infNFe/@Id against itself and against ide and emit."""
    identifier = infNFe.get("Id") or ""
    key = identifier.removeprefix("NFe")
    if not identifier.startswith("NFe") or not access_key.PATTERN.fullmatch(key):
        message = _("“%(id)s” is not NFe and an access key of 44 characters.")
        return [Problem("key_shape", "infNFe/@Id", message, params={"id": identifier})]
    problems = []
    right = access_key.check_digit(key[:43])
    if key[43] != right:
        message = _("The key's check digit is %(digit)s, but %(right)s is right.")
        problems.append(Problem("key_digit", "infNFe/@Id", message, params={"digit": key[43], "right": right}))
    parts = access_key.split(key)
    for name, (path, expected) in _expected(infNFe).items():
        found = getattr(parts, name)
        if found not in expected:
            message = _("The key says %(found)s, the document %(expected)s.")
            params = {"found": found, "expected": " / ".join(expected)}
            problems.append(Problem(f"key_{name}", path, message, params=params))
    return problems + _check_emitter(infNFe) + _check_code(infNFe) + _check_qr_code(nfe, key)


def _expected(infNFe: etree._Element) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Each part of the key: where the document says it, and what it may be."""
    ide = {name: text(infNFe, f"ide/{name}") for name in ("serie", "nNF", "dhEmi")}
    emitter = text(infNFe, "emit/CNPJ") or text(infNFe, "emit/CPF").zfill(14)
    # A nota avulsa is issued by the tax office, in its own name or in that of the taxpayer.
    office = text(infNFe, "avulsa/CNPJ")
    return {
        "cUF": ("infNFe/ide/cUF", (text(infNFe, "ide/cUF"),)),
        "year_month": ("infNFe/ide/dhEmi", (ide["dhEmi"][2:4] + ide["dhEmi"][5:7],)),
        "holder": ("infNFe/emit", (emitter, office) if office else (emitter,)),
        "model": ("infNFe/ide/mod", (text(infNFe, "ide/mod"),)),
        "series": ("infNFe/ide/serie", (ide["serie"].zfill(3),)),
        "number": ("infNFe/ide/nNF", (ide["nNF"].zfill(9),)),
        "emission_type": ("infNFe/ide/tpEmis", (text(infNFe, "ide/tpEmis"),)),
        "numeric_code": ("infNFe/ide/cNF", (text(infNFe, "ide/cNF"),)),
        "cDV": ("infNFe/ide/cDV", (text(infNFe, "ide/cDV"),)),
    }


def _check_emitter(infNFe: etree._Element) -> list[Problem]:
    """The UF of the emitter's address is that of the key."""
    uf = text(infNFe, "emit/enderEmit/UF")
    code = text(infNFe, "ide/cUF")
    if any(row["uf"] == uf and row["code"] == code for row in rows("uf")):
        return []
    message = _("UF code %(code)s is not that of the emitter's UF, %(uf)s.")
    return [Problem("emitter_uf", "infNFe/ide/cUF", message, params={"code": code, "uf": uf})]


def _check_code(infNFe: etree._Element) -> list[Problem]:
    code, number = text(infNFe, "ide/cNF"), whole(infNFe, "ide/nNF")
    if number is None or whole(infNFe, "ide/cNF") is None or text(infNFe, "ide/dhEmi") < _CODES_CHECKED_SINCE:
        return []
    if not access_key.is_forbidden_code(code, number):
        return []
    message = _("cNF %(code)s repeats the number or is in the list of forbidden codes (rejection 897).")
    return [Problem("cnf_forbidden", "infNFe/ide/cNF", message, params={"code": code})]


def _check_qr_code(nfe: etree._Element, key: str) -> list[Problem]:
    """An NFC-e's QR code carries its key."""
    qr_code = text(nfe, "infNFeSupl/qrCode")
    if not qr_code or key in qr_code:
        return []
    message = _("The QR code does not carry the document's key, %(key)s.")
    return [Problem("qr_code_key", "infNFeSupl/qrCode", message, params={"key": key})]
