"""Whether what an authorizer holds under a key is what we keep of it: state, protocol, bytes and events.

Asked by hand (NFeConsultaProtocolo4), of a document that was decided long ago; nothing is changed by it.
"""

from collections.abc import Collection

from .authorizer import outcome_matches
from .events.cancellation import CANCELLATION
from .outcome import Outcome, Verdict
from .problems import Problem, _

#: Our state and the authorizer's verdict, where they differ: what is wrong, what to do.
STATES = {
    ("authorized", Verdict.CANCELLED): (
        _("SEFAZ holds this NF-e as cancelled, and here it is authorized: it was cancelled elsewhere."),
        _("Find out who cancelled it. Keep the goods here, and have the accountant undo the invoice in the books."),
    ),
    ("authorized", Verdict.NOT_FOUND): (
        _("SEFAZ does not hold this NF-e, and here it is authorized."),
        _("Ask again tomorrow: SEFAZ may be catching up after a contingency. If it stays so, show SEFAZ the kept XML."),
    ),
    ("cancelled", Verdict.AUTHORIZED): (
        _("SEFAZ holds this NF-e as authorized, and here it is cancelled."),
        _("Show the accountant the kept event of cancellation; without one the sale is still valid."),
    ),
    ("cancelled", Verdict.NOT_FOUND): (
        _("SEFAZ does not hold this NF-e, and here it is cancelled."),
        _("Ask again tomorrow; then show the accountant the kept event of cancellation."),
    ),
}
DENIED = (
    _("SEFAZ holds this NF-e as denied (%(cStat)s %(xMotivo)s)."),
    _("Show it to the accountant: the sale has no valid document."),
)
PROTOCOL = (
    _("The protocol differs: %(theirs)s at SEFAZ, %(ours)s here."),
    _("Show both to the accountant before the NF-e is cancelled or corrected."),
)
BYTES = (
    _("SEFAZ holds another document under this key: its digest is not that of the XML kept here."),
    _("Another system may have issued it with the same number: have the accountant compare both."),
)
EVENT = (
    _("SEFAZ shows an event that is not known here: %(code)s, number %(sequence)s, protocol %(protocol)s."),
    _("It was made elsewhere, by another system or by the customer: ask for its XML and keep it with the NF-e."),
)


def disagreements(
    outcome: Outcome, state: str, signed: bytes, protocol: str, events: Collection[tuple[str, int]]
) -> list[Problem]:
    """What of the authorizer's answer to a query by key is not as we keep it; empty when all agrees.

    :param state: our document's, ``authorized`` or ``cancelled``.
    :param signed: the signed NFe element that we keep.
    :param protocol: nProt as we keep it.
    :param events: code and sequence of each event registered by us.
    """
    found = []
    if outcome.verdict is Verdict.REJECTED:
        params = {"cStat": outcome.cStat, "xMotivo": outcome.xMotivo}
        found.append(Problem("agreement_denied", "", *DENIED, params))
    elif texts := STATES.get((state, outcome.verdict)):
        found.append(Problem("agreement_state", "", *texts))
    if outcome.protocolo and protocol and outcome.verdict is Verdict.AUTHORIZED and outcome.protocolo != protocol:
        params = {"theirs": outcome.protocolo, "ours": protocol}
        found.append(Problem("agreement_protocol", "", *PROTOCOL, params))
    if outcome.digest and not outcome_matches(outcome, signed):
        found.append(Problem("agreement_bytes", "", *BYTES))
    for event in outcome.events:
        ours = state == "cancelled" and event.code == CANCELLATION.code
        if (event.code, event.sequence) not in events and not ours:
            params = {"code": event.code, "sequence": event.sequence, "protocol": event.protocolo}
            found.append(Problem("agreement_event", "", *EVENT, params))
    return found
