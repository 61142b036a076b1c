"""Starting, finding and stopping the simulator, and setting its faults and registers, from Python.

Odoo's settings and the tests use this; the simulator itself always runs in a process of its own.
"""

import csv
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from . import authority, process

START_SECONDS = 60
STOP_SECONDS = 15
PACKAGE_ROOT = Path(__file__).resolve().parents[2]  # the folder that holds the package ``fiscal``


class SimulatorError(Exception):
    """The simulator could not be started, stopped, or asked."""


@dataclass(frozen=True)
class Running:
    """A simulator that listens."""

    url: str  # https://127.0.0.1:port
    ca_pem_path: str  # the authority its server certificate comes from
    pid: int  # the serving process (its supervisor, if any, is another)
    port: int
    page: str  # the status page without TLS, on the loopback
    control_url: str

    def service_url(self, service, uf=""):
        """The address of ``service`` (NFeAutorizacao4...): of the state ``uf``, or of any state."""
        return f"{self.url}/ws/{uf}/{service}" if uf else f"{self.url}/ws/{service}"


def running(state_dir):
    """The simulator of ``state_dir``, or ``None`` when none listens."""
    folder = Path(state_dir)
    if not folder.is_dir() or not process.is_owned(folder):
        return None
    ready = process.read_ready(folder)
    if ready is None or not process.is_alive(ready["pid"]):  # what a killed one left behind
        return None
    return Running(
        url=ready["url"],
        ca_pem_path=ready["ca"],
        pid=ready["pid"],
        port=ready["port"],
        page=ready["page"],
        control_url=ready["control_url"],
    )


def start(state_dir, port=0, host="127.0.0.1"):
    """Start a supervised simulator, or find the one that runs; returns once it listens.

    :param port: 0 takes the last port of this directory when it is free, else any free one.
    :raises SimulatorError: with the end of its log, when it does not come up within a minute.
    """
    found = running(state_dir)
    if found:
        return found
    folder = authority.prepare(state_dir).resolve()
    log = folder / process.LOG
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    search = os.pathsep.join(filter(None, (str(PACKAGE_ROOT), os.environ.get("PYTHONPATH"))))
    command = [sys.executable, "-m", "fiscal.simulator", "--state", str(folder), "--host", host, "--port", str(port)]
    with os.fdopen(descriptor, "ab") as output:
        child = subprocess.Popen(
            [*command, "--supervise"],
            cwd=PACKAGE_ROOT,
            env={**os.environ, "PYTHONPATH": search},  # the working folder alone is not searched under python -P
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # it outlives the one who starts it
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = running(folder)
        if found:
            return found
        # Exit status 0 means that another one owns the directory: its address comes in a moment.
        if child.poll():
            break
        time.sleep(0.05)
    tail = log.read_text(errors="replace")[-2000:]
    raise SimulatorError(f"the simulator did not start (state {folder}, exit {child.poll()}):\n{tail}")


def stop(state_dir):
    """Stop the simulator of ``state_dir``, cleanly; returns whether one ran."""
    folder = Path(state_dir)
    owner = _owner(folder)
    if owner is None:
        return False
    os.kill(owner, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if not process.is_owned(folder):
            return True
        time.sleep(0.05)
    raise SimulatorError(f"the simulator (process {owner}) does not stop")


def _owner(folder):
    """The process that holds the directory's lock, or ``None``."""
    if not folder.is_dir() or not process.is_owned(folder):
        return None
    try:
        return int((folder / "owner").read_text())
    except FileNotFoundError:
        return None


def _command(state_dir, command, which="faults"):
    found = running(state_dir)
    if found is None:
        raise SimulatorError("no simulator runs")
    request = urllib.request.Request(
        f"{found.page}control/{which}",
        data=json.dumps(command).encode(),
        headers={"Authorization": f"Bearer {process.token(Path(state_dir))}", "Content-Type": "application/json"},
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # the loopback needs no proxy
    try:
        with direct.open(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise SimulatorError(json.load(error)["error"]) from error


def set_fault(state_dir, kind, service="", times=1, **options):
    """Ask for a fault (see ``faults``); returns the faults now waiting.

    :param times: for the next so many requests; ``None`` until cleared.
    :raises SimulatorError: no simulator runs, or the fault is not one it knows.
    """
    return _command(state_dir, {"kind": kind, "service": service, "times": times, **options})["faults"]


def clear_faults(state_dir):
    """Take all faults back; whoever was shut out for improper use (656) is let in, and counted anew."""
    return _command(state_dir, {"clear": True})["faults"]


# --- Registers and lots -------------------------------------------------------------------------------------------
# Each returns how much the registers hold: {"contributors": 2, "voided": 1, "closed": 0}.


def register(state_dir, *rows):
    """Put contributors in the register, as dicts: ``uf``, ``ie``, ``holder`` (CNPJ or CPF), and what differs from the
    usual: ``active`` (False: 203, 306), ``may_issue`` (False: 203), ``situation`` ("bloqueado": 305, "vedado": 302,
    303), ``crt`` (481 when the XML says another), ``ie_required`` (False: a sale may leave the IE out, else 232).

    Whoever no row speaks of is registered as the XML says, unless the register of the state is closed.

    :raises SimulatorError: no simulator runs, or a row is wrong; then none was put.
    """
    return _command(state_dir, {"do": "contributors", "rows": list(rows)}, "registers")


def register_csv(state_dir, path):
    """:func:`register` the rows of a CSV with those columns; 1 and 0 for yes and no, an empty cell for the usual."""
    flags = {"active", "may_issue", "ie_required"}
    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = [
            {name: value == "1" if name in flags else value for name, value in row.items() if value}
            for row in csv.DictReader(file)
        ]
    return register(state_dir, *rows)


def describe(state_dir, holder, **details):
    """Name and address of a CNPJ or CPF in the registers, for ConsultaCadastro.

    :param details: by the tags of the layout: xNome, xFant, xRegApur, CNAE, dIniAtiv, dUltSit, dBaixa, xLgr, nro, xCpl,
        xBairro, cMun, xMun, CEP.
    """
    return _command(state_dir, {"do": "describe", "holder": holder, "details": details}, "registers")


def register_technician(state_dir, uf, cnpj, csrt_id, csrt, revoked=False):
    """Put a technician's security code (CSRT) in a register: idCSRT and hashCSRT are verified by it (976 to 978)."""
    command = {"do": "technician", "uf": uf, "cnpj": cnpj, "csrt_id": csrt_id, "csrt": csrt, "revoked": revoked}
    return _command(state_dir, command, "registers")


def close_register(state_dir, uf, closed=True):
    """From now on the state knows nobody but those in its register (230, 233); or, again, everybody."""
    return _command(state_dir, {"do": "close", "uf": uf, "closed": closed}, "registers")


def enable_svc(state_dir, uf, enabled=True):
    """From now on the SVC of the state authorises for it; or, again, answers 114: the state has not asked it to."""
    return _command(state_dir, {"do": "svc", "uf": uf, "enabled": enabled}, "registers")


def void_numbers(state_dir, uf, emitter, series, first, last=None):
    """Void numbers of model 55, as an inutilização does: an NF-e with one of them is refused (206).

    :raises SimulatorError: with the official code: a number is used (241) or voided already (256), or too many (201).
    """
    last = first if last is None else last
    command = {"do": "void", "uf": uf, "emitter": emitter, "series": series, "first": first, "last": last}
    return _command(state_dir, command, "registers")


def mark_document(state_dir, access_key, kind):
    """Let a third party have acted on an authorised NF-e, so that it cannot be cancelled.

    :param kind: "cte" (a CT-e was issued for it: 690), "circulation" (it passed a tax office's post: 219) or "receipt"
        (the addressee confirmed it: 221).
    :raises SimulatorError: there is no such NF-e, or no such kind.
    """
    return _command(state_dir, {"do": "mark", "access_key": access_key, "kind": kind}, "registers")


def age_document(state_dir, access_key, hours):
    """Let an NF-e have been authorised so many hours ago: later than its state allows, it is not cancelled (501).

    :raises SimulatorError: there is no such NF-e.
    """
    return _command(state_dir, {"do": "age", "access_key": access_key, "hours": hours}, "registers")


def move_clock(state_dir, seconds):
    """Let the simulator's clock be so many seconds ahead of the machine's, or behind: a sender's is wrong then."""
    return _command(state_dir, {"do": "clock", "seconds": seconds}, "registers")


def clear_registers(state_dir):
    """Forget contributors, technicians and voided numbers; every state is open again, the clock the machine's."""
    return _command(state_dir, {"do": "clear"}, "registers")


def hasten_lots(state_dir):
    """Let every lot that waits be judged now."""
    return _command(state_dir, {"do": "hasten"}, "registers")
