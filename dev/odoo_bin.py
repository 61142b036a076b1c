"""Odoo's command line, as a file: a server with workers starts its process for live messages from this same file."""

import sys
from pathlib import Path

# Python puts this folder first, as it does for every file it runs: our modules must not hide others of their name.
HERE = Path(__file__).resolve().parent
sys.path[:] = [folder for folder in sys.path if not folder or Path(folder).resolve() != HERE]

import odoo.cli  # noqa: E402

if __name__ == "__main__":
    odoo.cli.main()
