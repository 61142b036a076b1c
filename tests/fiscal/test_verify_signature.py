"""Signatures: changed bytes, other people's keys, odd but right forms."""

import base64
import re

import pki
import pytest
from fiscal.certificate import Certificate
from fiscal.sign import sign
from fiscal.verify import verify_bytes
from lxml import etree
from verify_samples import AUTHORISED, NFE, signed, unsigned, with_protocol


def codes(data: bytes) -> set[str]:
    return {problem.code for problem in verify_bytes(data)}


def inside(data: bytes, tag: str) -> tuple[int, int]:
    found = re.search(rf"<{tag}[ >].*?</{tag}>".encode(), data, re.S)
    return found.start(), found.end()


def changed(data: bytes, place: int) -> bytes:
    """``data`` with another character at ``place``, of the same kind."""
    old = data[place]
    new = old ^ 1 if chr(old).isalnum() and chr(old ^ 1).isalnum() else ord("A" if chr(old) != "A" else "B")
    return data[:place] + bytes([new]) + data[place + 1 :]


@pytest.mark.parametrize("tag", ["infNFe", "SignedInfo", "SignatureValue"])
def test_a_changed_byte_is_found_wherever_it_is(tag):
    start, end = inside(AUTHORISED, tag)
    step = max(1, (end - start) // 120)
    unseen = [place for place in range(start, end, step) if not verify_bytes(changed(AUTHORISED, place))]
    assert unseen == []


def test_a_changed_key_in_the_certificate_is_found():
    start, end = inside(AUTHORISED, "X509Certificate")
    der = base64.b64decode(AUTHORISED[start + 17 : end - 18])
    place = der.index(b"\x02\x82\x01\x01\x00") + 100  # inside the RSA modulus
    bad = der[:place] + bytes([der[place] ^ 1]) + der[place + 1 :]
    data = AUTHORISED[: start + 17] + base64.b64encode(bad) + AUTHORISED[end - 18 :]
    assert "signature_value" in codes(data)


@pytest.mark.parametrize("place", range(0, 1500, 41))
def test_a_broken_certificate_ends_nothing(place):
    start, end = inside(AUTHORISED, "X509Certificate")
    der = bytearray(base64.b64decode(AUTHORISED[start + 17 : end - 18]))
    der[place % len(der)] ^= 0x55
    verify_bytes(AUTHORISED[: start + 17] + base64.b64encode(der) + AUTHORISED[end - 18 :])


@pytest.mark.parametrize("certificate", [b"", b"MAA=", b"!!!!", base64.b64encode(b"\x30\x82\xff\xff" * 9)])
def test_no_certificate_at_all(certificate):
    start, end = inside(AUTHORISED, "X509Certificate")
    assert "certificate" in codes(AUTHORISED[: start + 17] + certificate + AUTHORISED[end - 18 :])


def test_the_certificate_of_another_company():
    stranger = Certificate.load(pki.pfx("11444777000161"), pki.PASSWORD)
    assert codes(sign(unsigned(), stranger)) == {"certificate_holder"}


def test_the_certificate_of_the_head_office_signs_for_a_branch():
    branch = Certificate.load(pki.pfx("11222333000262"), pki.PASSWORD)
    assert verify_bytes(sign(unsigned(), branch)) == []


def test_an_expired_certificate_is_no_problem():
    from datetime import UTC, datetime

    old = Certificate.load(pki.pfx(not_before=datetime(2015, 1, 1, tzinfo=UTC)), pki.PASSWORD)
    assert verify_bytes(sign(unsigned(), old)) == []


def test_a_certificate_in_loose_der_still_has_its_key():
    """Some issuers spell out a default (critical FALSE), for which cryptography refuses the whole certificate."""
    data = signed()
    start, end = inside(data, "X509Certificate")
    der = base64.b64decode(data[start + 17 : end - 18])
    extensions = der.index(b"\x06\x03\x55\x1d\x11")  # subjectAltName
    loose = bytearray(der[: extensions + 5] + b"\x01\x01\x00" + der[extensions + 5 :])
    # Each value around the new bytes grows by 3: Certificate, tbsCertificate, [3], Extensions, Extension.
    for place in (2, 6):
        loose[place : place + 2] = (int.from_bytes(loose[place : place + 2], "big") + 3).to_bytes(2, "big")
    for place in (extensions - 5, extensions - 3, extensions - 1):
        loose[place] += 3
    data = data[: start + 17] + base64.b64encode(loose) + data[end - 18 :]
    assert verify_bytes(data) == []


def test_a_signature_for_another_document_of_the_same_emitter():
    other = signed(lambda nfe: nfe[0].set("Id", "NFe35261111222333000181550010000000021102030408"))
    mine = signed()
    a, b = inside(mine, "Signature")
    c, d = inside(other, "Signature")
    assert {"signature_uri", "digest"} <= codes(mine[:a] + other[c:d] + mine[b:])


def test_a_signature_wrapped_around_another_document():
    """The signed infNFe goes where nobody looks, another takes its place; or both stand side by side, by one name."""
    mine = signed()
    a, b = inside(mine, "infNFe")
    kept, end = mine[a:b], mine.index(b"</NFe>")
    forged = kept.replace(b"<xNome>", b"<xNome>X", 1)
    renamed = re.sub(rb'Id="NFe(\d{43})\d"', rb'Id="NFe\g<1>X"', forged)
    with_object = (
        mine[:a] + renamed + mine[b:].replace(b"</Signature>", b"<Object>" + kept + b"</Object></Signature>", 1)
    )
    for data in (
        mine[:a] + forged + kept + mine[b:],
        mine[:a] + kept + forged + mine[b:],
        mine[:a] + renamed + kept + mine[b:],
        mine[:end] + forged + mine[end:],
        with_object,
        with_object.replace(renamed, forged),
    ):
        assert codes(data) - {"key_digit"}, data[:300]


def test_no_signature_and_two_signatures():
    data = signed()
    start, end = inside(data, "Signature")
    assert "signature_count" in codes(data[:start] + data[end:])
    assert "signature_count" in codes(data[:end] + data[start:end] + data[end:])


def test_algorithms_that_nfe_does_not_use():
    data = signed().replace(b"xmldsig#rsa-sha1", b"xmldsig#hmac-sha1")
    assert "signature_algorithm" in codes(data)


def test_an_envelope_with_namespaces_of_its_own_leaves_the_signature_right():
    data = with_protocol(signed())
    name = f'<nfeProc xmlns="{NFE}"'.encode()
    more = (
        name + b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
    )
    assert verify_bytes(data.replace(name, more)) == []


def test_indentation_breaks_a_signature():
    root = etree.fromstring(AUTHORISED)
    etree.indent(root)
    assert {"digest", "signature_value"} <= codes(etree.tostring(root))
