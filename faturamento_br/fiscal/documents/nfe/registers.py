"""What a customer's register lacks for an NF-e, told before there is any sale."""

from collections.abc import Iterator
from datetime import datetime

from ...problems import Problem
from ...spec import Address, Environment, Invoice, Party
from . import check_parties
from .findings import Findings

_NOBODY = Party("", "", Address("", "", "", "", "", ""))


def recipient_problems(recipient: Party) -> Iterator[Problem]:
    """The problems that any sale to ``recipient`` would have, by the very checks that a sale's recipient passes.

    Paths begin with ``recipient``. Who is not an ICMS contributor is taken for a final consumer, as every sale does.
    """
    found = Findings()
    sale = Invoice(
        environment=Environment.SIMULATOR,
        series=1,
        number=1,
        numeric_code="",
        issued_at=datetime.min,
        nature="",
        emitter=_NOBODY,
        recipient=recipient,
        items=(),
        payments=(),
        final_consumer=recipient.ie_indicator != "1",
    )
    check_parties.check_recipient(sale, found)
    return (problem for problem in found if problem.path.startswith("recipient"))
