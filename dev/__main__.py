"""``python3 -m dev COMMAND``: run it with any Python 3.11 or newer; it goes on inside the project's environment."""

import os
import signal
import sys

if sys.version_info[:2] < (3, 11):  # noqa: UP036 - this file is read by whatever Python is here
    sys.exit("FAILED: Python 3.11 or newer is needed\n  do:   install it, and name it: make PYTHON=python3.11 demo")

from . import console, venv


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whatever was started is ended in order
    try:
        if not venv.active():
            python = venv.ensure()
            os.execve(python, [str(python), "-m", "dev", *arguments], venv.environment(dict(os.environ)))
        from .commands import dispatch  # needs the packages of the environment

        return dispatch(arguments)
    except console.Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
