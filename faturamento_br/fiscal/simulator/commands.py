"""Commands to the registers and the queue of lots, as JSON from :mod:`control`: each is checked before it is done."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

from . import reference
from .event_store import MARKS
from .register_store import SITUATIONS, Contributor

_FIELDS = {field.name for field in fields(Contributor)}
_OWN = ("xNome", "xFant", "xRegApur", "CNAE", "dIniAtiv", "dUltSit", "dBaixa")
_DETAILS = {*_OWN, "xLgr", "nro", "xCpl", "xBairro", "cMun", "xMun", "CEP"}
_FLAGS = ("active", "may_issue", "ie_required")


def run(store, command):
    """Do ``command``; returns what is told back. Raises ValueError saying what is wrong with it."""
    if not isinstance(command, dict) or command.get("do") not in _COMMANDS:
        raise ValueError(f"do must be one of {', '.join(_COMMANDS)}")
    arguments = {key: value for key, value in command.items() if key != "do"}
    try:
        _COMMANDS[command["do"]](store, **arguments)
    except TypeError as error:  # an argument too many, too few, or of another type
        raise ValueError(f"{command['do']}: {error}") from error
    contributors, voided, closed = store.registers.counts()
    return {"contributors": contributors, "voided": voided, "closed": closed}


def _contributors(store, rows):
    store.registers.add([_contributor(row) for row in rows])


def _contributor(row):
    unknown = set(row) - _FIELDS
    if unknown:
        raise ValueError(f"a contributor has no {', '.join(sorted(unknown))}")
    missing = {"uf", "ie", "holder"} - {key for key, value in row.items() if value}
    if missing:
        raise ValueError(f"a contributor needs {', '.join(sorted(missing))}")
    for name in row:
        expected = bool if name in _FLAGS else str
        if not isinstance(row[name], expected):
            raise ValueError(f"{name} must be {'true or false' if expected is bool else 'text'}")
    one = Contributor(**row)
    _state(one.uf)
    if one.situation not in SITUATIONS:
        raise ValueError(f"situation must be one of {', '.join(SITUATIONS)}")
    return one


def _state(uf):
    """cUF of a state."""
    row = reference.uf_by_sigla().get(uf)
    if row is None:
        raise ValueError(f"there is no state {uf}")
    return row["cUF"]


def _technician(store, uf, cnpj, csrt_id, csrt, revoked=False):
    _state(uf)
    if not all(isinstance(value, str) and value for value in (cnpj, csrt_id, csrt)):
        raise ValueError("cnpj, csrt_id and csrt are text")
    store.registers.add_technician(uf, cnpj, csrt_id, csrt, bool(revoked))


def _close(store, uf, closed=True):
    _state(uf)
    store.registers.close(uf, closed)


def _svc(store, uf, enabled=True):
    _state(uf)
    store.registers.enable_svc(uf, bool(enabled))


def _void(store, uf, emitter, series, first, last, model="55"):
    if not all(isinstance(value, int) and not isinstance(value, bool) for value in (series, first, last)):
        raise ValueError("series, first and last are whole numbers")
    code, _row = store.registers.void(model, _state(uf), emitter, series, first, last)
    if code:
        raise ValueError(f"{code} {reference.motive(code)}")


def _describe(store, holder, details):
    if not isinstance(details, dict) or not set(details) <= _DETAILS:
        raise ValueError(f"details may be {', '.join(sorted(_DETAILS))}")
    if not all(isinstance(value, str) for value in details.values()):
        raise ValueError("details are text")
    store.registers.describe(holder, details)


def _mark(store, access_key, kind):
    if kind not in MARKS:
        raise ValueError(f"kind must be one of {', '.join(MARKS)}")
    _held(store, access_key)
    store.events.mark(access_key, kind)


def _age(store, access_key, hours):
    if isinstance(hours, bool) or not isinstance(hours, int | float) or hours < 0:
        raise ValueError("hours must be a number, 0 or more")
    held = _held(store, access_key)
    moment = datetime.now(UTC) - timedelta(hours=hours)
    store.events.age(access_key, moment.astimezone(held.received_at.tzinfo))


def _held(store, access_key):
    held = store.events.document(access_key)
    if held is None:
        raise ValueError(f"there is no NF-e {access_key}")
    return held


def _hasten(store):
    store.lots.hasten()


def _clock(store, seconds):
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ValueError("seconds must be a number")
    store.clock = timedelta(seconds=seconds)


def _clear(store):
    store.registers.clear()
    store.clock = timedelta(0)


_COMMANDS = {
    "contributors": _contributors,
    "technician": _technician,
    "close": _close,
    "svc": _svc,
    "void": _void,
    "describe": _describe,
    "mark": _mark,
    "age": _age,
    "hasten": _hasten,
    "clock": _clock,
    "clear": _clear,
}
