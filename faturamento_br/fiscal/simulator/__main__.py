"""``python -m fiscal.simulator``: run the local SEFAZ by hand, or stop it."""

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path

from . import authority, control, process

WAIT_SECONDS = 60


def _arguments():
    parser = argparse.ArgumentParser(prog="python -m fiscal.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=0, help="0: the last one of this state, or any free one")
    parser.add_argument(
        "--state", type=Path, default=Path("var/simulator"), help="where it keeps its authority and data"
    )
    parser.add_argument("--ready-file", type=Path, help="write the JSON with its address here too")
    parser.add_argument("--supervise", action="store_true", help="restart the server when it dies")
    parser.add_argument(
        "--register", type=Path, metavar="CSV", help="put these contributors in the running one's register"
    )
    parser.add_argument("--stop", action="store_true", help="stop the one of this state")
    parser.add_argument("--supervisor", type=int, help=argparse.SUPPRESS)  # read end of the supervisor's pipe
    return parser.parse_args()


def _take_own_limits():
    """Raise the soft limits to the hard ones: a web worker that starts the simulator may limit its own CPU time."""
    for which in (resource.RLIMIT_CPU, resource.RLIMIT_AS):
        _soft, hard = resource.getrlimit(which)
        resource.setrlimit(which, (hard, hard))


def _own(arguments, folder):
    """Run as the owner of the state directory."""
    _take_own_limits()
    (folder / process.READY).unlink(missing_ok=True)
    authority.write_private(folder / "owner", str(os.getpid()).encode())
    if arguments.supervise:
        return process.supervise(folder, arguments.host, arguments.port, arguments.ready_file)
    process.serve(folder, arguments.host, arguments.port, arguments.ready_file)
    return 0


def _find(arguments, folder):
    """Tell where the one that owns the directory listens."""
    found = control.running(folder)
    if found is None:
        return None
    ready = json.dumps(process.read_ready(folder))
    if arguments.ready_file:
        authority.write_private(arguments.ready_file, ready.encode())
    print(ready, flush=True)
    return 0


def _register(arguments):
    """Fill the register of the simulator that runs."""
    try:
        print(json.dumps(control.register_csv(arguments.state, arguments.register)))
    except (control.SimulatorError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def main():
    arguments = _arguments()
    if arguments.stop:
        print("parado" if control.stop(arguments.state) else "não estava rodando")
        return 0
    if arguments.register:
        return _register(arguments)
    folder = authority.prepare(arguments.state).resolve()
    if arguments.supervisor is not None:
        process.serve(folder, arguments.host, arguments.port, arguments.ready_file, arguments.supervisor)
        return 0
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        # A look by control.running() holds the lock for an instant, so a failure is tried again.
        with process.lock(folder) as owned:
            if owned:
                return _own(arguments, folder)
        status = _find(arguments, folder)
        if status is not None:
            return status
        time.sleep(0.05)
    print(f"another process owns {folder} and does not answer", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
