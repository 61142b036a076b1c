"""Files that are no NF-e, or are meant to hurt: one clear line each, no crash, nothing fetched."""

import codecs
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fiscal.verify import verify_bytes
from fiscal.verify.__main__ import main
from fiscal.verify.reading import LIMIT
from hypothesis import given
from hypothesis import strategies as st
from verify_samples import AUTHORISED, NFE, signed

ADDON = Path(__file__).resolve().parents[2] / "faturamento_br"


def codes(data: bytes) -> set[str]:
    return {problem.code for problem in verify_bytes(data)}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\x00\x01\x02", "not_xml"),
        (b"%PDF-1.7", "not_xml"),
        (b"<html><body>502 Bad Gateway</body></html>", "not_nfe"),
        (b"<NFe/>", "not_nfe"),
        (f'<inutNFe xmlns="{NFE}" versao="4.00"/>'.encode(), "not_nfe"),
        (f'<nfeProc xmlns="{NFE}" versao="4.00"/>'.encode(), "xsd"),
        (f'<NFe xmlns="{NFE}"/>'.encode(), "infNFe_missing"),
        (f'<NFe xmlns="{NFE}"><infNFe versao="3.10"/></NFe>'.encode(), "version_unknown"),
        (f'<NFe xmlns="{NFE}"><infNFe versao="4.00"/></NFe>'.encode(), "key_shape"),
        (b"<a>" * 100_000, "not_xml"),
        (b" " * (LIMIT + 1), "too_large"),
        (b"<NFe %s/>" % b" ".join(b'a%d="1"' % number for number in range(100_000)), "attributes"),
        (b'<?xml version="1.0" encoding="no-such-encoding"?><NFe/>', "not_xml"),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else value,
)
def test_what_is_no_nfe(data, code):
    assert code in codes(data)


def test_too_many_items_are_not_counted_one_by_one():
    item = AUTHORISED[AUTHORISED.index(b"<det ") : AUTHORISED.index(b"</det>") + 6]
    assert "too_many_items" in codes(AUTHORISED.replace(item, item * 1500))


def test_truncated_anywhere():
    for end in range(0, len(AUTHORISED) - 1, 211):
        assert codes(AUTHORISED[:end]) <= {"empty", "not_xml"} != set()


BOMB = b"""<!DOCTYPE NFe [<!ENTITY a "aaaaaaaaaa">%s]><NFe xmlns="x" y="&j;">&j;</NFe>""" % b"".join(
    b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 10) for c in b"bcdefghij"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_that_explode(encoding):
    start = time.perf_counter()
    assert codes(BOMB.decode().encode(encoding)) <= {"doctype", "not_xml"}
    assert time.perf_counter() - start < 2


def test_entities_of_files_are_not_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("segredo")
    body = AUTHORISED.split(b"?>", 1)[1].replace(b"VENDA PRODUC", b"&s;")
    data = f'<!DOCTYPE nfeProc [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'.encode() + body
    assert [problem.code for problem in verify_bytes(data)] == ["doctype"]


def test_nothing_is_fetched():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/evil.dtd"
        for doctype in (f'nfeProc SYSTEM "{address}"', f'nfeProc [<!ENTITY % e SYSTEM "{address}"> %e;]'):
            body = AUTHORISED.split(b"?>", 1)[1]
            assert codes(f"<!DOCTYPE {doctype}>".encode() + body) <= {"doctype", "not_xml"}
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_schema_named_in_the_file_is_not_fetched():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/nfe.xsd"
        hint = f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{NFE} {address}"'
        verify_bytes(AUTHORISED.replace(b"<nfeProc ", b"<nfeProc" + hint.encode() + b" ", 1))
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.mark.parametrize(
    "recode",
    [
        lambda data: codecs.BOM_UTF8 + data,
        lambda data: data.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        lambda data: data.decode().replace("UTF-8", "ISO-8859-1").encode("iso-8859-1"),
        lambda data: data.decode().replace("UTF-8", "windows-1252").encode("cp1252"),
        lambda data: data.split(b"?>", 1)[1],
        lambda data: data.replace(b"?>", b"?>\n<!-- um comentario -->\n", 1) + b"\n",
    ],
    ids=["bom", "utf-16", "latin-1", "cp1252", "no declaration", "comments"],
)
def test_other_encodings_of_a_right_file(recode):
    declared = b'<?xml version="1.0" encoding="UTF-8"?>'
    assert verify_bytes(recode(declared + signed())) == []
    assert verify_bytes(recode(AUTHORISED)) == []


@pytest.mark.parametrize(
    ("tag", "text"),
    [("nNF", "9" * 6000), ("serie", "²"), ("vProd", "1e999999999"), ("vProd", "NaN"), ("dhEmi", ""), ("qCom", "-1")],
)
def test_absurd_values(tag, text):
    start = AUTHORISED.index(f"<{tag}>".encode()) + len(tag) + 2
    end = AUTHORISED.index(f"</{tag}>".encode(), start)
    assert "xsd" in codes(AUTHORISED[:start] + text.encode() + AUTHORISED[end:])


@given(st.binary(max_size=300))
def test_any_bytes(data):
    assert verify_bytes(data)


@given(st.integers(0, len(AUTHORISED)), st.integers(1, 400), st.binary(max_size=8))
def test_any_piece_replaced(start, length, put):
    verify_bytes(AUTHORISED[:start] + put + AUTHORISED[start + length :])


@given(st.data())
def test_any_element_dropped_or_doubled(data):
    from lxml import etree

    root = etree.fromstring(AUTHORISED)
    element = data.draw(st.sampled_from([e for e in root.iter() if e is not root]))
    if data.draw(st.booleans()):
        element.addnext(etree.fromstring(etree.tostring(element, with_tail=False)))
    else:
        element.getparent().remove(element)
    assert verify_bytes(etree.tostring(root))


# --- The command ------------------------------------------------------------------------------------------------


def run(*names: str, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "fiscal.verify", *names]
    return subprocess.run(
        command, cwd=ADDON, capture_output=True, text=True, env=os.environ | environment, timeout=60, check=False
    )


def test_the_command_on_a_right_file(tmp_path):
    (tmp_path / "a b.xml").write_bytes(AUTHORISED)
    done = run(str(tmp_path / "a b.xml"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 files, 0 problems\n", "")


def test_the_command_on_wrong_ones(tmp_path):
    wrong = tmp_path / "wrong.xml"
    wrong.write_bytes(AUTHORISED.replace(b"<vNF>84.90</vNF>", b"<vNF>84.91</vNF>"))
    done = run(str(wrong), str(tmp_path), str(tmp_path / "missing.xml"), "\n.xml", PYTHONIOENCODING="ascii")
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert done.stderr == ""
    assert lines[-1] == f"4 files, {len(lines) - 1} problems"
    assert f"{wrong}: infNFe/total/ICMSTot/vNF: 84.91 is stated, but its parts give 84.90." in lines
    assert f"{tmp_path}: This is not a file." in lines
    assert any(line.startswith(f"{tmp_path}/missing.xml: The file cannot be read:") for line in lines)


def test_the_command_without_files():
    done = run()
    assert done.returncode == 2
    assert "usage" in done.stderr


def test_a_fifo_does_not_hang(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    os.mkfifo(tmp_path / "fifo")
    assert main([str(tmp_path / "fifo")]) == 1
    assert capsys.readouterr().out.endswith("1 files, 1 problems\n")
