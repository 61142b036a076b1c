"""What a failed question about an authorizer's status means for who sets the connection up.

A status is not a document: after a time-out there is no key to query, so :mod:`.transport`'s cures do not fit here.
"""

import re
from dataclasses import replace

from .problems import Problem, _
from .transport import TransportError

_PAGE = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype html|html)\b", re.IGNORECASE | re.DOTALL)
_WAIT = _("The network works, but the authorizer is in trouble: try again in some minutes.")
_SOMETHING_ELSE = _("Something else answers at this address: check it, and any proxy on the way.")

# kind of failure -> what to do
CURES = {
    "dns": _("Check the server's Internet connection and its DNS."),
    "refused": _("Let the server reach this address (a firewall may forbid it), or try again later."),
    "connect_timeout": _("Let the server reach this address: a firewall may swallow what it sends."),
    "server_certificate": _(
        "Check that no antivirus or proxy opens secure connections on the way; if the authority is a new one of "
        "ICP-Brasil, add it by the option faturamento_br_ca."
    ),
    "tls": _("Check that the company's certificate is an e-CNPJ or e-CPF of ICP-Brasil, valid and not revoked."),
    "connection": _("Check the server's Internet connection, and try again later."),
    "address": _("Check the address of the authorizer."),
    "forbidden": _("The certificate did not arrive or is not accepted here: check that it is of ICP-Brasil."),
    "timeout": _WAIT,
    "cut": _WAIT,
    "http_status": _WAIT,
    "fault": _WAIT,
    "too_big": _SOMETHING_ELSE,
    "unreadable": _SOMETHING_ELSE,
    "mismatch": _SOMETHING_ELSE,
}


def is_page(answer: bytes) -> bool:
    """Whether ``answer`` is a web page: of a proxy, a firewall, or a service under maintenance."""
    return bool(_PAGE.match(answer.removeprefix(b"\xef\xbb\xbf")))


def explain(error: TransportError) -> Problem:
    """Why there was no answer, and what who sets the connection up can do."""
    [problem] = error.problems
    if is_page(error.exchange.response):
        message = _("%(host)s answered with a web page instead of the service.")
        cure = _("A proxy or firewall may answer in its place, or SEFAZ is under maintenance: try again later.")
        return replace(problem, code="transport_page", message=message, cure=cure)
    return replace(problem, cure=CURES[error.kind])
