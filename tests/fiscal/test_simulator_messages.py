"""The simulator's judgement of messages as messages: form, certificates, signature, status and query."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fiscal.simulator import authority, certificates, reference, schema, soap
from fiscal.simulator.registers import key_digit
from fiscal.simulator.services import Request
from lxml import etree
from simulator_support import (
    EMITTER,
    NFE,
    OTHER,
    Nfe,
    Signer,
    content_type,
    envelope,
    field,
    lot,
    query_message,
    status_message,
)
from test_nfe_rules import PREVENTED

PROT = "protNFe/infProt/cStat"


@pytest.fixture(scope="module")
def signed(signer):
    return signer.sign(Nfe(number=900).close())


def ask(office, signer, service, message, uf=""):
    """The answer's element, proved valid by the official XSD of its root."""
    data = message if isinstance(message, bytes) else message.encode()
    result, _entry = office.answer(Request(service, data, signer.certificate, uf))
    element = etree.fromstring(result)
    assert schema.errors(etree.QName(element).localname, element) == []
    return element


def send(office, signer, message):
    return ask(office, signer, "NFeAutorizacao4", message)


# --- Form (groups B and D) ------------------------------------------------------------------------------------------


def another(signed):
    """The same document under another Id: a lot must not hold the same Id twice."""
    return signed.replace('Id="NFe35', 'Id="NFe31')


FORMS = {
    "214": lambda x: lot(x) + " " * 512_000,
    "225": lambda x: lot(x.replace("<natOp>VENDA</natOp>", "")),
    "239": lambda x: lot(x).replace('versao="4.00"', 'versao="3.10"', 1),
    "243": lambda x: lot(x)[:-3],
    "402": lambda x: lot(x).replace("PRODUTO A", "MAÇÃ").encode("latin-1"),
    "404": lambda x: (
        lot(x)
        .replace(f'<enviNFe xmlns="{NFE}"', f'<n:enviNFe xmlns:n="{NFE}" xmlns="{NFE}"')
        .replace("</env", "</n:env")
    ),
    "452": lambda x: lot(x, synchronous="0"),
    "565": lambda x: x,
    "568": lambda x: lot(x).replace(' versao="4.00"', "", 1),
    "587": lambda x: lot(x).replace(f'<enviNFe xmlns="{NFE}"', f'<enviNFe xmlns="{NFE}" xmlns:xsi="urn:x"', 1),
    "588": lambda x: lot(x).replace("><indSinc>", "> <indSinc>"),
    "764": lambda x: lot(x, another(x)),
}


@pytest.mark.parametrize("code", FORMS)
def test_form(office, signer, signed, code):
    result = send(office, signer, FORMS[code](signed))
    assert (field(result, "cStat"), field(result, "xMotivo")) == (code, reference.motive(code))
    assert field(result, PROT) is None


def test_encoding_declared_wrong(office, signer, signed):
    declared = '<?xml version="1.0" encoding="ISO-8859-1"?>' + lot(signed)
    assert field(send(office, signer, declared), "cStat") == "402"


def test_entities_are_not_read(office, signer, signed):
    bomb = '<!DOCTYPE x [<!ENTITY a "b">]>' + lot(signed)
    assert field(send(office, signer, bomb), "cStat") == "243"


def test_prefix_declared_on_the_envelope_is_refused(office, signer, signed):
    data = lot(signed).replace("<enviNFe", "<n0:enviNFe").replace("</enviNFe", "</n0:enviNFe")
    assert field(send(office, signer, data), "cStat") == "404"


# --- Certificates and signature (groups A, E, F) --------------------------------------------------------------------


def made(office, cnpj=EMITTER, **how):
    return Signer(*authority.issue_certificate(office.state_dir, cnpj, "EMPRESA", **how))


def odd_certificate(office, *extensions):
    """A certificate of the simulator's authority that no company would be given."""
    root, root_key = authority.load(office.state_dir)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(root.subject)
        .issuer_name(root.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    signer = object.__new__(Signer)
    signer.key, signer.certificate = key, builder.sign(root_key, hashes.SHA256())
    return signer


EXPIRED = {"days": 1, "not_before": datetime.now(UTC) - timedelta(days=10)}
FUTURE = {"not_before": datetime.now(UTC) + timedelta(days=10)}


@pytest.mark.parametrize(("how", "code"), [(EXPIRED, "291"), (FUTURE, "291")], ids=["expired", "future"])
def test_signature_certificate_out_of_its_dates(office, signer, how, code):
    result = send(office, signer, lot(made(office, **how).sign(Nfe(901).close())))
    assert field(result, PROT) == code


def test_signature_certificate_of_an_authority(office, signer):
    odd = odd_certificate(office, x509.BasicConstraints(ca=True, path_length=None))
    assert field(send(office, signer, lot(odd.sign(Nfe(902).close()))), PROT) == "290"


def test_signature_certificate_unreadable(office, signer, signed):
    der = base64.b64encode(signer.certificate.public_bytes(serialization.Encoding.DER)).decode()
    assert field(send(office, signer, lot(signed.replace(der, "AAAA"))), PROT) == "290"


def test_signature_certificate_without_holder(office, signer):
    assert field(send(office, signer, lot(made(office, cnpj="").sign(Nfe(903).close()))), PROT) == "292"


def test_signature_certificate_of_another_authority(office, signer, tmp_path):
    stranger = Signer(*authority.issue_certificate(tmp_path, EMITTER, "EMPRESA"))
    assert field(send(office, signer, lot(stranger.sign(Nfe(904).close()))), PROT) == "293"


def test_revoked_certificates(office, signer):
    gone = made(office)
    authority.revoke(office.state_dir, gone.certificate.serial_number)
    assert field(send(office, signer, lot(gone.sign(Nfe(905).close()))), PROT) == "294"
    assert field(send(office, gone, lot(signer.sign(Nfe(905).close()))), "cStat") == "284"


def test_signature_of_another_element(office, signer):
    nfe = Nfe(906).close()
    assert field(send(office, signer, lot(signer.sign(nfe, reference="NFe" + "0" * 44))), PROT) == "298"


@pytest.mark.parametrize("tampered", [("PRODUTO A", "PRODUTO C"), ("<SignatureValue>", "<SignatureValue>AAAA")])
def test_signature_that_does_not_hold(office, signer, signed, tampered):
    assert field(send(office, signer, lot(signed.replace(*tampered))), PROT) == "297"


def test_signature_with_another_key(office, signer, signed):
    """The certificate in KeyInfo is sound, but its key did not sign."""
    theirs = base64.b64encode(made(office).certificate.public_bytes(serialization.Encoding.DER)).decode()
    own = base64.b64encode(signer.certificate.public_bytes(serialization.Encoding.DER)).decode()
    assert field(send(office, signer, lot(signed.replace(own, theirs))), PROT) == "297"


def test_certificate_of_another_company(office, signer):
    assert field(send(office, signer, lot(made(office, cnpj=OTHER).sign(Nfe(907).close()))), PROT) == "213"


def test_certificate_of_the_head_office_signs_for_a_branch(office, signer):
    branch = made(office, cnpj="11222333000262")
    assert field(send(office, signer, lot(branch.sign(Nfe(908).close()))), PROT) == "100"


def test_personal_certificate_for_a_company(office, signer):
    """An e-CPF: its otherName holds birth date, CPF and more (2.16.76.1.3.1)."""
    value = b"01011990" + b"52998224725" + b"0" * 31
    name = x509.OtherName(certificates.OID_CPF_DATA, bytes([0x04, len(value)]) + value)
    usage = authority._usage(digital_signature=True, content_commitment=True)
    person = odd_certificate(office, usage, x509.SubjectAlternativeName([name]))
    assert field(send(office, signer, lot(person.sign(Nfe(909).close()))), PROT) == "227"


def test_personal_emitter_is_checked_as_a_person(office, signer):
    value = b"01011990" + b"12345678900" + b"0" * 31
    name = x509.OtherName(certificates.OID_CPF_DATA, bytes([0x04, len(value)]) + value)
    usage = authority._usage(digital_signature=True, content_commitment=True)
    person = odd_certificate(office, usage, x509.SubjectAlternativeName([name]))
    nfe = Nfe(910).swap("emit/CNPJ", "<CPF>12345678900</CPF>").set("ide/serie", "920").close()
    assert field(send(office, signer, lot(person.sign(nfe))), PROT) == "401"


def test_series_of_a_company(office, signer):
    """Series 920 to 969 belong to persons."""
    nfe = Nfe(911).set("ide/serie", "920").close()
    assert field(send(office, signer, lot(signer.sign(nfe))), PROT) == "503"


@pytest.mark.parametrize(
    ("transmitter", "code"),
    [
        (lambda o: made(o, **EXPIRED), "281"),
        (lambda o: made(o, cnpj=""), "282"),
        (lambda o: odd_certificate(o, x509.BasicConstraints(ca=False, path_length=None)), "280"),
    ],
    ids=["expired", "nobody", "no usage"],
)
def test_transmitter(office, signed, transmitter, code):
    result = send(office, transmitter(office), lot(signed))
    assert (field(result, "cStat"), field(result, "xMotivo")) == (code, reference.motive(code))


def test_transmitter_of_another_authority(office, signed, tmp_path):
    """TLS already keeps this one out; the rule is there all the same."""
    stranger = Signer(*authority.issue_certificate(tmp_path, EMITTER, "EMPRESA"))
    assert field(send(office, stranger, lot(signed)), "cStat") == "283"


def test_issued_certificate_is_like_an_icp_brasil_one(office):
    signer = made(office, cnpj="12ABC34501DE35", days=30, password="segredo")
    assert certificates.holder(signer.certificate) == ("12ABC34501DE35", "")
    subject = signer.certificate.subject.rfc4514_string()
    assert "CN=EMPRESA:12ABC34501DE35" in subject
    assert "SIMULADOR SEM VALOR" in subject
    assert "SIMULADOR SEM VALOR" in signer.certificate.issuer.rfc4514_string()
    life = signer.certificate.not_valid_after_utc - signer.certificate.not_valid_before_utc
    assert life == timedelta(days=30)


def test_private_files_are_private(office):
    modes = {path.name: path.stat().st_mode & 0o077 for path in office.state_dir.iterdir() if path.suffix != ".sqlite3"}
    assert modes["ca.key"] == 0
    assert not any(modes[name] for name in modes if not name.startswith("simulator.sqlite3"))


# --- Status and query -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "uf", "code"),
    [
        (status_message(), "", "107"),
        (status_message("43"), "43", "107"),
        (status_message(environment="1"), "", "252"),
        (status_message("35"), "43", "289"),
        (status_message().replace("STATUS", "ESTADO"), "", "215"),
        (query_message("1" * 44), "", "516"),
        (status_message().replace(' versao="4.00"', ""), "", "517"),
        (status_message().replace("4.00", "2.00"), "", "239"),
        (status_message("99"), "", "215"),
    ],
)
def test_status(office, signer, message, uf, code):
    result = ask(office, signer, "NFeStatusServico4", message, uf)
    assert (field(result, "cStat"), field(result, "tpAmb")) == (code, "2")
    if code == "107":
        assert "SEM VALOR" in field(result, "xObs")


def key_of(**changes):
    """A key that breaks one rule: its parts by name, then a right check digit."""
    parts = {"cUF": "35", "aamm": f"{datetime.now(UTC):%y%m}", "cnpj": EMITTER, "mod": "55", "serie": "001"}
    parts |= {"nNF": "000099999", "tpEmis": "1", "cNF": "87654321"}
    first = "".join({**parts, **changes}.values())
    return first + key_digit(first)


OLD = f"{datetime.now(UTC) - timedelta(days=230):%y%m}"
QUERIES = [
    ("217", key_of(), ""),
    ("226", key_of(), "31"),
    ("236", key_of()[:43] + str((int(key_of()[43]) + 1) % 10), ""),
    ("526", key_of(aamm=OLD), ""),
    ("614", key_of(cUF="99"), ""),
    ("615", key_of(aamm="0512"), ""),
    ("616", key_of(aamm=f"{datetime.now(UTC):%y}13"), ""),
    ("617", key_of(cnpj="11222333000182"), ""),
    ("618", key_of(mod="57"), ""),
    ("619", key_of(nNF="000000000"), ""),
]


@pytest.mark.parametrize(("code", "key", "uf"), QUERIES, ids=[case[0] for case in QUERIES])
def test_query_refusals(office, signer, code, key, uf):
    result = ask(office, signer, "NFeConsultaProtocolo4", query_message(key), uf)
    assert (field(result, "cStat"), field(result, PROT)) == (code, None)


def test_query_environment(office, signer):
    result = ask(office, signer, "NFeConsultaProtocolo4", query_message(key_of(), "1"))
    assert field(result, "cStat") == "252"


def test_query_finds_what_was_authorised(office, signer):
    nfe = Nfe(920).close()
    given = send(office, signer, lot(signer.sign(nfe)))
    found = ask(office, signer, "NFeConsultaProtocolo4", query_message(nfe.key))
    assert field(found, "cStat") == "100"
    for tag in ("nProt", "digVal", "dhRecbto", "cStat", "chNFe"):
        assert field(found, f"protNFe/infProt/{tag}") == field(given, f"protNFe/infProt/{tag}")


def test_query_of_a_number_under_another_key(office, signer):
    nfe = Nfe(921).close()
    send(office, signer, lot(signer.sign(nfe)))
    for changes, code in (({"cNF": "11112222"}, "562"), ({"tpEmis": "2"}, "613")):
        result = ask(office, signer, "NFeConsultaProtocolo4", query_message(key_of(nNF="000000921", **changes)))
        assert field(result, "cStat") == code
        assert nfe.key in field(result, "xMotivo")


# --- SOAP -----------------------------------------------------------------------------------------------------------


def test_payload_is_what_was_sent(signed):
    service = "NFeAutorizacao4"
    assert soap.payload(envelope(service, lot(signed)), content_type(service), service) == lot(signed).encode()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda b: b.replace(b"2003/05/soap-envelope", b"2001/12/soap-envelope"), content_type("NFeAutorizacao4")),
        (lambda b: b.replace(b"wsdl/NFeAutorizacao4", b"wsdl/NFeStatusServico4"), content_type("NFeAutorizacao4")),
        (lambda b: b.replace(b"nfeDadosMsg", b"outraCoisa"), content_type("NFeAutorizacao4")),
        (lambda b: b[:-5], content_type("NFeAutorizacao4")),
        (lambda b: b, "text/xml; charset=utf-8"),
        (lambda b: b, content_type("NFeStatusServico4")),
    ],
    ids=["soap 1.1", "other service", "no payload", "cut", "content type", "action"],
)
def test_not_our_soap(signed, change, kind):
    with pytest.raises(soap.SoapError):
        soap.payload(change(envelope("NFeAutorizacao4", lot(signed))), kind, "NFeAutorizacao4")


# --- The table ------------------------------------------------------------------------------------------------------


def test_every_answer_is_provoked_by_a_test():
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_simulator_*.py"))
    # Those of PREVENTED are provoked too: by documents that our own checks warn of (test_nfe_rules).
    provoked = {code for code, _changes, _path in PREVENTED}
    missing = [code for code in reference.cstat() if f'"{code}"' not in tests and code not in provoked]
    assert missing == []


def test_every_code_of_the_rules_has_its_text():
    folder = Path(schema.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    unused = [code for code in reference.cstat() if f'"{code}"' not in source]
    assert unused == []
