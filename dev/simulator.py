"""The SEFAZ simulator, from the outside: its own package starts, finds and stops it."""

import shutil
import subprocess
import sys
from pathlib import Path

from .paths import ADDON, VAR

sys.path.append(str(ADDON))  # for the package `fiscal`, which needs no Odoo

from fiscal.simulator import control


def run(arguments: list[str]) -> int:
    """simulator [OPTION…]   the SEFAZ simulator alone, until Ctrl-C (--help tells its options)"""
    state = VAR / "simulator"
    state.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "fiscal.simulator", "--state", state, *arguments]
    return subprocess.run(command, cwd=ADDON).returncode


def stop(state: Path) -> None:
    """Stop the simulator of a state folder, if one runs."""
    if state.exists():
        control.stop(state)


def forget(state: Path) -> None:
    """Stop it, and remove all it remembers."""
    stop(state)
    shutil.rmtree(state, ignore_errors=True)
