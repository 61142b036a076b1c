"""The core's tests import it as the package ``fiscal``, without Odoo."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "faturamento_br"))
