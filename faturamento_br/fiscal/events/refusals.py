"""What a refusal of an event, of a voiding or of a question to the register means, and what to do next.

Meanings as in the MOC 7.0, Visão Geral, 5.3 and 5.8, and NT 2011.003, 2011.006 and 2012.003. A code that is not here
has its row in the dictionary of documents (``fiscal.rejections``), or only the authorizer's own words.
"""

from .. import cstat
from ..problems import Problem, _
from ..rejections import rejection, shown

_COMPANY = _("Correct the data of the company, then try again.")
_OFFICIAL = _("Your data are not the cause. Tell your administrator, who sends this code to the program's support.")
_RETURN = _(
    "Have the goods returned: a customer who is a contributor issues its own NF-e, else you issue an entry NF-e that"
    " names this one."
)
_SETTLE = _("Nothing needs to be done: the access key is queried by itself until the answer is certain.")
_CLOCK = _("The administrator sets the server's clock right (NTP); then try again.")

#: cStat -> (what is wrong, what to do).
ROWS: dict[str, tuple[str, str]] = {
    "201": (_("The range has more than 10,000 numbers."), _("Make several requests.")),
    "218": (_("SEFAZ holds this document as cancelled already."), _SETTLE),
    "219": (_("The goods were seen in transit by a tax office, so the document is not cancelled."), _RETURN),
    "220": (_("The time limit to cancel has passed."), _RETURN),
    "221": (_("The customer confirmed to SEFAZ that the goods were received, so it is not cancelled."), _RETURN),
    "222": (
        _("The protocol of the authorization is not the one that SEFAZ has."),
        _("Query the access key, so that the protocol is taken from SEFAZ; then cancel again."),
    ),
    "224": (_("The first number of the range is higher than the last."), _("Write the lowest number first.")),
    "241": (
        _("A number of the range was used by a document that SEFAZ holds."),
        _("Query the documents of these numbers, and leave out of the range those that exist."),
    ),
    "256": (
        _("A number of the range was voided before."),
        _("Leave out of the range the numbers that are voided already."),
    ),
    "250": (_("The event went to the tax office of another state."), _OFFICIAL),
    "258": (_("The CNPJ that was asked about is wrong."), _("Correct the CNPJ of the customer.")),
    "259": (
        _("This CNPJ is no ICMS contributor of the state."),
        _("Ask the customer, and mark it as no contributor if that is so."),
    ),
    "261": (_("This IE is not registered in the state."), _("Ask the customer for its state registration.")),
    "262": (_("The state answers no question by CPF."), _("Ask by the state registration (IE).")),
    "263": (_("The CPF that was asked about is wrong."), _("Correct the CPF of the customer.")),
    "264": (
        _("This CPF is no ICMS contributor of the state."),
        _("Ask the customer, and mark it as no contributor if that is so."),
    ),
    "265": (_("The question went to the tax office of another state."), _OFFICIAL),
    "266": (_("The series is not one of a company's own."), _("Use a series from 0 to 889.")),
    "420": (_("SEFAZ holds this document as cancelled already."), _SETTLE),
    "453": (_("The year of the numbers lies in the future."), _CLOCK),
    "454": (_("The year of the numbers lies before 2006."), _("Write the year in which the numbers were skipped.")),
    "455": (_("The event went to the tax office of another state."), _OFFICIAL),
    "484": (
        _("The document was not issued in contingency by EPEC."),
        _("Issue the sale in contingency by EPEC: it takes a new number and a new key."),
    ),
    "485": (_("Another EPEC has this number already."), _("Issue the sale again: it takes a new number.")),
    "489": (_("The CNPJ of the company is wrong."), _COMPANY),
    "490": (_("The CPF of the emitter is wrong."), _COMPANY),
    "491": (_("SEFAZ does not know this type of event."), _OFFICIAL),
    "492": (_("SEFAZ does not know this version of the event."), _OFFICIAL),
    "493": (_("The event does not follow its official layout."), _OFFICIAL),
    "494": (
        _("SEFAZ does not hold the document that the event is about."),
        _("Query the access key; an event can only follow an authorized document."),
    ),
    "501": (_("The time limit to cancel has passed."), _RETURN),
    "563": (_("This very range was voided before: nothing is left to do."), ""),
    "572": (_("The event does not repeat its own data in its Id."), _OFFICIAL),
    "573": (_("SEFAZ holds an event of this type and sequence already."), _SETTLE),
    "574": (
        _("The event is not by the company that issued the document."),
        _("Make it in the company that issued it."),
    ),
    "577": (_("The event is dated before the document."), _CLOCK),
    "578": (_("The event is dated in the future, by SEFAZ's clock."), _CLOCK),
    "579": (_("The event is dated before the document's authorization."), _CLOCK),
    "580": (_("SEFAZ does not hold the document as authorized: it may be cancelled."), _SETTLE),
    "594": (
        _("No more events of this type can be registered for this document."),
        _("Correct it by another document, with the accountant."),
    ),
    "690": (
        _("A transport document (CT-e) was issued for these goods, so the document is not cancelled."),
        _("Have the carrier cancel the CT-e first, or have the goods returned."),
    ),
}

#: After these SEFAZ does not cancel any more: what is left is a return of the goods.
RETURN_INSTEAD = frozenset({"690", *(code for code, row in ROWS.items() if row[1] == _RETURN)})


def problem_of(code: str, words: str) -> Problem:
    """What an authorizer answered, told so that its user knows what to do next.

    :param code: the cStat. :param words: the xMotivo as it was received.
    """
    params = {"cStat": code, "xMotivo": shown(words) or cstat.meaning(code).text}
    row = rejection(code)
    known = ROWS.get(code) or ((row.meaning, row.cure) if row else None)
    if known is None:
        cure = _("Mend what it names and try again.")
        return Problem(f"cstat_{code}", "", _("The authorizer answered %(cStat)s: %(xMotivo)s"), cure, params)
    message = _("%(meaning)s SEFAZ says: %(cStat)s %(xMotivo)s")
    return Problem(f"cstat_{code}", "", message, known[1], params | {"meaning": known[0]})
