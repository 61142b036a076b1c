"""What the tests of both pure packages, fiscal and billing, share.

Tests with ``@given`` need no ``@settings``: a few dozen examples in ``make test``, thousands in ``make prove``.
"""

import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from .paths import ADDON

SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}  # a loaded machine proves nothing


def sample(cases: Sequence[Any], one_in: int) -> list[Any]:
    """For ``parametrize``, of one argument or several: one case in so many is in ``make test``, the others in prove."""
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)), marks=[pytest.mark.prove] if place % one_in else []
        )
        for place, case in enumerate(cases)
    ]


def load_profile() -> None:
    settings.register_profile("usual", max_examples=30, **SLOW)
    settings.register_profile("prove", max_examples=5_000, **SLOW)
    settings.load_profile(os.environ.get("FATURAMENTO_BR_EXAMPLES", "usual"))


def without_odoo() -> None:
    """Let ``faturamento_br.billing`` be imported where there is no Odoo: the add-on's own ``__init__`` needs it."""
    package = ModuleType(ADDON.name)
    package.__path__ = [str(ADDON)]
    sys.modules.setdefault(ADDON.name, package)
