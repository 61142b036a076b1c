"""A status that could not be asked: who sets the connection up is told why, and never to query a key."""

import pytest
from fiscal import connection
from fiscal.transport import _MESSAGES, Exchange, NotSent, Unknown

URL = "https://nfe.example.test/ws/nfestatusservico4.asmx"


@pytest.mark.parametrize("kind", sorted(_MESSAGES))
def test_every_failure_has_its_own_cure(kind: str) -> None:
    error = Unknown(kind, Exchange("NFeStatusServico4", URL, b"<consStatServ/>"), "detail")
    problem = connection.explain(error)
    assert problem.message == error.problems[0].message
    assert problem.cure in connection.CURES.values()
    assert "access key" not in problem.cure
    assert "nfe.example.test" in str(problem)


@pytest.mark.parametrize(
    "answer",
    [
        b"<html><body>Bloqueado</body></html>",
        b"\n<!DOCTYPE html>\n<html>",
        b"<!-- proxy --><HTML lang='pt'>",
        b'<?xml version="1.0"?><!DOCTYPE HTML PUBLIC "-//W3C//DTD XHTML 1.0//EN"><html>',
        b"\xef\xbb\xbf<html>",
    ],
)
def test_a_web_page_is_told_as_one(answer: bytes) -> None:
    error = NotSent("forbidden", Exchange("NFeStatusServico4", URL, b"", answer, 403), 403)
    assert connection.explain(error).code == "transport_page"


@pytest.mark.parametrize(
    "answer", [b"", b'<?xml version="1.0"?><soap:Envelope/>', b"html", b"<htmlx/>", b"\xff\xfe\x00"]
)
def test_anything_else_is_not(answer: bytes) -> None:
    assert not connection.is_page(answer)
