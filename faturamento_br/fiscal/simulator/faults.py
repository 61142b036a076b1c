"""Faults on demand: what can go wrong between a sender and SEFAZ, made to happen.

A fault is for the next ``times`` requests (or until cleared), for one service or for all. Kinds and their options:

==============  =====================================================================================================
refuse          the connection is reset: before TLS when for every service, else when the request has been read
delay           answers after ``seconds`` (default 5)
hang            never answers: holds the connection ``seconds`` (default 600), then resets it; nothing is processed
cut             processes, then sends half the answer (or ``bytes`` of it) and resets the connection
lose_answer     processes (authorises), then resets the connection without a byte of answer
hang_answer     processes (authorises), then hangs as ``hang``
cstat           answers ``cStat`` (108, 109, 656) without processing
lot_delay       a lot (of two or more NF-e) is received now and judged ``seconds`` later (default 5): 105 until then
html            answers an HTML page, HTTP ``status`` (default 503)
soap_fault      answers a SOAP fault, HTTP 500
==============  =====================================================================================================
Any of them may be for the requests to one kind of ``authorizer`` alone: ``UF`` (the states' own), ``SVC`` or ``AN``.
Besides, whoever asks the same too often is shut out for an hour, as by SEFAZ (656, see ``abuse``): clearing the faults
takes that back too.
"""

from .soap import OPERATIONS

OPTIONS = {
    "refuse": {},
    "delay": {"seconds": 5},
    "hang": {"seconds": 600},
    "cut": {"bytes": None},
    "lose_answer": {},
    "hang_answer": {"seconds": 600},
    "cstat": {"cStat": "108"},
    "lot_delay": {"seconds": 5},
    "html": {"status": 503},
    "soap_fault": {},
}
KINDS = tuple(OPTIONS)
AUTHORIZERS = ("UF", "SVC", "AN")
LOTS = "NFeAutorizacao4"
FORCED = {"108", "109", "656"}
HTML = (
    b"<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1>"
    b"<p>SIMULADOR - SEM VALOR FISCAL</p></body></html>"
)


def read(command):
    """(kind, service, times, options) from a control command. Raises ValueError saying what is wrong with it."""
    if not isinstance(command, dict):
        raise ValueError("a fault is a JSON object")
    command = dict(command)
    kind, service, times = command.pop("kind", None), command.pop("service", None) or "", command.pop("times", 1)
    if kind not in OPTIONS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    if kind == "lot_delay":
        service = service or LOTS
        if service != LOTS:
            raise ValueError(f"{kind} is for {LOTS}")
    if service and service not in OPERATIONS:
        raise ValueError(f"service must be one of {', '.join(OPERATIONS)}")
    if times is not None and (not isinstance(times, int) or times < 1):
        raise ValueError("times must be a whole number from 1, or null for until cleared")
    authorizer = command.pop("authorizer", None)
    if authorizer is not None and authorizer not in AUTHORIZERS:
        raise ValueError(f"authorizer must be one of {', '.join(AUTHORIZERS)}")
    unknown = set(command) - set(OPTIONS[kind])
    if unknown:
        raise ValueError(f"{kind} has no option {', '.join(sorted(unknown))}")
    options = {**OPTIONS[kind], **command, **({"authorizer": authorizer} if authorizer else {})}
    if kind == "cstat" and options["cStat"] not in FORCED:
        raise ValueError(f"cStat must be one of {', '.join(sorted(FORCED))}")
    for name in ("seconds", "status", "bytes"):
        value = options.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
            raise ValueError(f"{name} must be a number, 0 or more")
    return kind, service, times, options
