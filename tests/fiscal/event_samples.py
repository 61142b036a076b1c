"""Events of the samples' document, right as they are; tests spoil them one by one."""

from datetime import datetime, timedelta
from decimal import Decimal

import nfe_samples as samples
from fiscal import access_key
from fiscal.events import Cancellation, Correction, Epec
from fiscal.spec import Environment

AT = datetime(2026, 11, 23, 10, 30, tzinfo=samples.BRASILIA)
KEY = access_key.build("35", AT, samples.EMITTER.tax_id, "55", 1, 42, "1", "87654321")
EPEC_KEY = access_key.build("35", AT, samples.EMITTER.tax_id, "55", 1, 42, "4", "87654321")
PROTOCOL = "135260000000042"
REASON = "Cliente desistiu da compra antes da saída"
TEXT = "Onde se lê transportadora Rápido, leia-se transportadora Veloz Ltda."


def common(**changes):
    return {
        "access_key": KEY,
        "tax_id": samples.EMITTER.tax_id,
        "environment": Environment.SIMULATOR,
        "at": AT,
    } | changes


def cancellation(**changes):
    return Cancellation(**common(protocol=PROTOCOL, reason=REASON, authorized_at=AT - timedelta(hours=1)) | changes)


def correction(**changes):
    return Correction(**common(text=TEXT) | changes)


def epec(**changes):
    values = {
        "access_key": EPEC_KEY,
        "software": "faturamento_br",
        "issued_at": AT,
        "ie": "110042490114",
        "recipient_uf": "SP",
        "recipient_tax_id": "11444777000161",
        "total": Decimal("100.00"),
        "icms": Decimal("18.00"),
        "icms_st": Decimal(0),
    }
    return Epec(**common(**values) | changes)
