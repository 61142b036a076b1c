"""What the service says of itself, of a sending, and of the number."""

from ..problems import _
from .cures import ASKED, NEXT, SENT
from .rejection import Kind, Rejection

ROWS = (
    Rejection("103", Kind.WAIT, "", _("SEFAZ received it and has not decided yet."), ASKED),
    Rejection("105", Kind.WAIT, "", _("SEFAZ is still processing it."), ASKED),
    Rejection("106", Kind.WAIT, "", _("SEFAZ does not find what was sent."), ASKED),
    Rejection("108", Kind.WAIT, "", _("SEFAZ stopped its service for a short while."), SENT),
    Rejection("109", Kind.WAIT, "", _("SEFAZ stopped its service and does not say until when."), SENT),
    Rejection(
        "110",
        Kind.ASK,
        "",
        _("SEFAZ denied the document: emitter or customer is in an irregular situation."),
        _("Settle the situation at SEFAZ with the accountant, or ask the customer to settle its own."),
    ),
    Rejection("113", Kind.WAIT, "", _("The contingency service is about to be switched off."), SENT),
    Rejection("114", Kind.WAIT, "", _("The contingency service is switched off: the state's own is back."), SENT),
    Rejection(
        "204",
        Kind.WAIT,
        "",
        _("SEFAZ already has this very document."),
        _(
            "Nothing needs to be done: the access key is queried, and when it is this document, it is"
            " shown as authorized."
        ),
    ),
    Rejection("205", Kind.NUMBER, "", _("SEFAZ holds a denied document under this number."), NEXT),
    Rejection(
        "206", Kind.NUMBER, "", _("This number was voided (inutilizada) at SEFAZ: no document can have it."), NEXT
    ),
    Rejection("217", Kind.WAIT, "", _("SEFAZ does not have this document: the sending never arrived."), SENT),
    Rejection(
        "218",
        Kind.NUMBER,
        "",
        _("The document with this number was authorized and then cancelled at SEFAZ."),
        _("Nothing can be mended in a cancelled document. Issue again: the invoice takes the next number."),
    ),
    Rejection(
        "539",
        Kind.NUMBER,
        "",
        _("Another document was authorized under this number, by another system or before this database existed."),
        _(
            "Issue again: the invoice takes the next number. Give each system a series of its own, or"
            " set the series' next number behind the other system's last."
        ),
    ),
    Rejection("562", Kind.NUMBER, "", _("SEFAZ has this number under another access key."), NEXT),
    Rejection("613", Kind.NUMBER, "", _("SEFAZ has this number under another access key."), NEXT),
    Rejection(
        "635", Kind.WAIT, "", _("A document with this number was sent before and SEFAZ is still processing it."), ASKED
    ),
    Rejection(
        "656",
        Kind.WAIT,
        "",
        _("SEFAZ blocked the company for an hour: too many repeated requests (improper use)."),
        _(
            "Nothing needs to be done: it goes on by itself after the hour. If another system also "
            "issues for this company, see that it does not insist."
        ),
    ),
    Rejection(
        "692",
        Kind.NUMBER,
        "",
        _("Another system registered a contingency (EPEC) for this number."),
        _(
            "Deliver that document from the system that made the EPEC. Issue this invoice again: it "
            "takes the next number."
        ),
    ),
    Rejection("999", Kind.WAIT, "", _("An error of SEFAZ's own, which it does not explain."), ASKED),
)
