"""What can be told of an emitter's set-up before there is anything to invoice."""

from datetime import datetime

from ...problems import Problem
from ...spec import Environment, Invoice, Party, Technician
from . import check_access, check_parties
from .findings import Findings


def setup_problems(
    emitter: Party, technician: Technician | None, readers: tuple[str, ...], moment: datetime
) -> list[Problem]:
    """Everything wrong with the emitter (emit), who answers for the software (infRespTec) and who may read (autXML).

    The same checks that an NF-e passes, by the same paths (``emitter.ie``, ``technician.email``), so that a green
    set-up is one that documents do not fail at.

    :param moment: when an NF-e would be issued, aware: some states ask for more from a day on.
    """
    nothing_sold = Invoice(
        environment=Environment.SIMULATOR,
        series=1,
        number=1,
        numeric_code="",
        issued_at=moment,
        nature="",
        emitter=emitter,
        recipient=Party(name="", tax_id="", address=emitter.address),
        items=(),
        payments=(),
        authorized_readers=readers,
        technician=technician,
    )
    found = Findings()
    check_parties.check_emitter(nothing_sold, found)
    check_access.check_readers(nothing_sold, found)
    check_access.check_technician(nothing_sold, found)
    return list(found)
