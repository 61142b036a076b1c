"""One simulator per state directory: the lock, the address it writes when ready, and its supervision.

``lock`` is held (flock) by the process that owns the directory: the server itself, or its supervisor. ``ready.json``
exists while the server listens. A server under supervision reads a pipe from its supervisor and ends when that does,
so that none is left behind, whatever kills it.
"""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time

from . import authority
from .server import Server, tls_context
from .services import Sefaz
from .store import Store

LOCK, READY, TOKEN, PORT, LOG = "lock", "ready.json", "token", "port", "simulator.log"
RESTART_SECONDS = (0.1, 0.5, 1, 2, 5)  # waits before the first, second... restart in a row
STEADY_SECONDS = 30  # a server that lived this long starts the row anew


@contextlib.contextmanager
def lock(folder, kind=fcntl.LOCK_EX):
    """Yields whether this process now owns ``folder``; never waits."""
    with (folder / LOCK).open("ab") as file:
        os.fchmod(file.fileno(), 0o600)
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def is_owned(folder):
    """Whether a process owns ``folder``. The look is shared: those who look do not take each other for owners."""
    with lock(folder, fcntl.LOCK_SH) as free:
        return not free


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's, but alive
    return True


def read_ready(folder):
    """What a listening server wrote, or ``None``."""
    try:
        return json.loads((folder / READY).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def token(folder):
    """The secret that lets its holder set faults; made on first use."""
    path = folder / TOKEN
    if not path.exists():
        authority.write_private(path, secrets.token_urlsafe(24).encode())
    return path.read_text()


def _listen(folder, host, port, sefaz, secret, tls):
    """The HTTPS listener. Port 0 takes the last port again, so that its address outlives a restart, or any free one."""
    remembered = (folder / PORT).read_text() if (folder / PORT).exists() else ""
    if port or not remembered:
        return Server((host, port), sefaz, secret, tls)
    try:
        return Server((host, int(remembered)), sefaz, secret, tls)
    except OSError:  # somebody else has it now
        return Server((host, 0), sefaz, secret, tls)


def serve(folder, host, port, ready_file=None, supervisor=None):
    """Serve until SIGTERM, SIGINT, or the supervisor's end. ``supervisor`` is the read end of its pipe."""
    os.umask(0o077)
    store = Store(folder / "simulator.sqlite3")
    sefaz = Sefaz(folder, store)
    secret = token(folder)
    tls = tls_context(authority.issue_server(folder, host), folder / "ca.pem")
    main = _listen(folder, host, port, sefaz, secret, tls)
    control = Server(("127.0.0.1", 0), sefaz, secret)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if supervisor is not None:
        threading.Thread(target=_watch, args=(supervisor, ended), daemon=True).start()
    for listener in (main, control):
        threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    ready = _ready(folder, host, main.server_port, control.server_port)
    authority.write_private(folder / PORT, str(main.server_port).encode())
    authority.write_private(folder / READY, json.dumps(ready).encode())
    if ready_file:
        authority.write_private(ready_file, json.dumps(ready).encode())
    if supervisor is None:
        print(json.dumps(ready), flush=True)
    ended.wait()
    # An orphan of a killed supervisor ends while the next server starts: that one's address is not its to take away.
    if read_ready(folder) == ready:
        (folder / READY).unlink(missing_ok=True)
    main.stop()
    control.stop()
    store.close()


def _ready(folder, host, port, control_port):
    name = "127.0.0.1" if host in {"0.0.0.0", "::"} else host
    return {
        "url": f"https://{name}:{port}",
        "ca": str((folder / "ca.pem").resolve()),
        "pid": os.getpid(),
        "port": port,
        "page": f"http://127.0.0.1:{control_port}/",
        "control_url": f"http://127.0.0.1:{control_port}/control/faults",
    }


def _watch(descriptor, ended):
    """End when the pipe does."""
    with os.fdopen(descriptor, "rb") as pipe:
        pipe.read()
    ended.set()


def supervise(folder, host, port, ready_file=None):
    """Keep a server running until SIGTERM or SIGINT; restart one that dies, on the same port."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    deaths, announced = 0, False
    while not ended.is_set():
        written = [folder / READY, *filter(None, [ready_file])]
        for file in written:
            file.unlink(missing_ok=True)
        reader, writer = os.pipe()
        started = time.monotonic()
        with _child(folder, host, port, ready_file, reader) as child:
            os.close(reader)
            while child.poll() is None and not ended.wait(0.05):
                if not announced and all(file.exists() for file in written) and (ready := read_ready(folder)):
                    print(json.dumps(ready), flush=True)
                    announced = True
            os.close(writer)  # tells a living child to stop
        if ended.is_set():
            break
        if child.returncode and not announced:
            return child.returncode  # it never came up: restarting would not help
        deaths = 0 if time.monotonic() - started > STEADY_SECONDS else deaths
        ended.wait(RESTART_SECONDS[min(deaths, len(RESTART_SECONDS) - 1)])
        deaths += 1
    (folder / READY).unlink(missing_ok=True)
    return 0


def _child(folder, host, port, ready_file, reader):
    command = [sys.executable, "-m", __package__, "--state", str(folder), "--host", host, "--port", str(port)]
    command += ["--ready-file", str(ready_file)] if ready_file else []
    return subprocess.Popen([*command, "--supervisor", str(reader)], pass_fds=[reader], stdin=subprocess.DEVNULL)
