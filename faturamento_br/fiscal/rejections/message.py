"""The message, its file, its key and its date."""

from ..problems import _
from .cures import CERTIFICATE, DATE, DEFECT
from .rejection import Kind, Rejection

ROWS = (
    Rejection(
        "202",
        Kind.MEND,
        "emitter.certificate",
        _("SEFAZ could not confirm who signed the document or that nobody changed it."),
        CERTIFICATE,
    ),
    Rejection(
        "212",
        Kind.MEND,
        "issued_at",
        _("The document is dated in the future, by SEFAZ's clock."),
        _("Wait some minutes; if it comes back, the administrator sets the server's clock right (NTP)."),
    ),
    Rejection(
        "213",
        Kind.MEND,
        "emitter.certificate",
        _("The certificate belongs to another company: the first 8 characters of its CNPJ are not the emitter's."),
        _("Upload the certificate of this company or of its head office, or correct the CNPJ of the company."),
    ),
    Rejection(
        "214",
        Kind.MEND,
        "",
        _("The file is larger than SEFAZ accepts (500 KB)."),
        _("Split the invoice into two, with fewer lines each."),
    ),
    Rejection(
        "215",
        Kind.MEND,
        "",
        _(
            "The file does not follow the official layout: a field is missing, is in excess or has a "
            "form that is not allowed."
        ),
        _(
            "Correct the field that SEFAZ names. If it names none, tell your administrator, who sends"
            " this code and the XML of the attempt to the program's support."
        ),
    ),
    Rejection(
        "225",
        Kind.MEND,
        "",
        _(
            "The file does not follow the official layout: a field is missing, is in excess or has a "
            "form that is not allowed."
        ),
        _(
            "Correct the field that SEFAZ names. If it names none, tell your administrator, who sends"
            " this code and the XML of the attempt to the program's support."
        ),
    ),
    Rejection(
        "226",
        Kind.MEND,
        "emitter.address.uf",
        _("The company's state is not the one of the SEFAZ that got the document."),
        _("Correct the state in the company's address."),
    ),
    Rejection(
        "227", Kind.MEND, "emitter.certificate", _("The CPF of the certificate is not the emitter's."), CERTIFICATE
    ),
    Rejection(
        "228", Kind.MEND, "issued_at", _("The document is dated too far in the past for SEFAZ to take it."), DATE
    ),
    Rejection("236", Kind.DEFECT, "", _("The check digit of the access key is wrong."), DEFECT),
    Rejection("238", Kind.DEFECT, "", _("SEFAZ does not know this version of the layout."), DEFECT),
    Rejection("239", Kind.DEFECT, "", _("SEFAZ no longer takes this version of the layout."), DEFECT),
    Rejection("242", Kind.DEFECT, "", _("The header of the message is not as SEFAZ wants it."), DEFECT),
    Rejection("243", Kind.DEFECT, "", _("SEFAZ could not read the file as XML."), DEFECT),
    Rejection(
        "244",
        Kind.MEND,
        "series",
        _("This series is reserved for documents issued by the tax office."),
        _("Choose a series from 0 to 889 in the journal; then reset the invoice to draft and confirm it again."),
    ),
    Rejection(
        "247",
        Kind.MEND,
        "emitter.address.uf",
        _("The company's state is not the one of the SEFAZ that got the document."),
        _("Correct the state in the company's address."),
    ),
    Rejection(
        "252",
        Kind.MEND,
        "environment",
        _("The document was made for another environment (production or tests) than the service that got it."),
        _("An administrator checks the environment in Settings, Faturamento BR, and sends a test of the connection."),
    ),
    Rejection("253", Kind.DEFECT, "", _("The check digit of the access key is wrong."), DEFECT),
    Rejection(
        "266",
        Kind.MEND,
        "series",
        _("This series is not allowed in this service."),
        _("Choose a series from 0 to 889 in the journal; then reset the invoice to draft and confirm it again."),
    ),
    Rejection(
        "280",
        Kind.MEND,
        "emitter.certificate",
        _("SEFAZ does not accept the certificate of the connection."),
        CERTIFICATE,
    ),
    Rejection(
        "281",
        Kind.MEND,
        "emitter.certificate",
        _("The certificate of the connection has expired or is not valid yet."),
        CERTIFICATE,
    ),
    Rejection(
        "282", Kind.MEND, "emitter.certificate", _("The certificate of the connection has no CNPJ."), CERTIFICATE
    ),
    Rejection(
        "283",
        Kind.MEND,
        "emitter.certificate",
        _("SEFAZ does not know the authority that issued the certificate."),
        CERTIFICATE,
    ),
    Rejection(
        "284", Kind.MEND, "emitter.certificate", _("The certificate of the connection was revoked."), CERTIFICATE
    ),
    Rejection("285", Kind.MEND, "emitter.certificate", _("The certificate is not of ICP-Brasil."), CERTIFICATE),
    Rejection(
        "286",
        Kind.MEND,
        "",
        _("SEFAZ could not check whether the certificate was revoked."),
        _("Nothing is wrong in your data: wait some minutes."),
    ),
    Rejection(
        "289",
        Kind.MEND,
        "emitter.address.uf",
        _("The state in the message is not the one that was asked."),
        _("Correct the state in the company's address."),
    ),
    Rejection(
        "290",
        Kind.MEND,
        "emitter.certificate",
        _("SEFAZ does not accept the certificate that signed the document."),
        CERTIFICATE,
    ),
    Rejection(
        "291",
        Kind.MEND,
        "emitter.certificate",
        _("The certificate that signed the document has expired or is not valid yet."),
        CERTIFICATE,
    ),
    Rejection(
        "292", Kind.MEND, "emitter.certificate", _("The certificate that signed the document has no CNPJ."), CERTIFICATE
    ),
    Rejection(
        "293",
        Kind.MEND,
        "emitter.certificate",
        _("SEFAZ does not know the authority of the certificate that signed the document."),
        CERTIFICATE,
    ),
    Rejection(
        "294", Kind.MEND, "emitter.certificate", _("The certificate that signed the document was revoked."), CERTIFICATE
    ),
    Rejection(
        "295",
        Kind.MEND,
        "emitter.certificate",
        _("The certificate that signed the document is not of ICP-Brasil."),
        CERTIFICATE,
    ),
    Rejection(
        "296",
        Kind.MEND,
        "",
        _("SEFAZ could not check whether the certificate was revoked."),
        _("Nothing is wrong in your data: wait some minutes."),
    ),
    Rejection("297", Kind.DEFECT, "", _("The signature does not fit the document."), DEFECT),
    Rejection("298", Kind.DEFECT, "", _("The signature is not made as SEFAZ asks."), DEFECT),
    Rejection(
        "315", Kind.MEND, "issued_at", _("The document is dated before the state began to authorize NF-e."), DATE
    ),
    Rejection("402", Kind.DEFECT, "", _("The file is not encoded in UTF-8."), DEFECT),
    Rejection("404", Kind.DEFECT, "", _("The file uses a prefix that SEFAZ does not allow."), DEFECT),
    Rejection("410", Kind.DEFECT, "", _("The message went to a service that does not serve this state."), DEFECT),
    Rejection("416", Kind.DEFECT, "", _("SEFAZ could not unpack the file."), DEFECT),
    Rejection("450", Kind.DEFECT, "", _("The document is not an NF-e, model 55."), DEFECT),
    Rejection("452", Kind.DEFECT, "", _("A single document must be sent for an immediate answer."), DEFECT),
    Rejection(
        "479",
        Kind.MEND,
        "issued_at",
        _("The document is dated before the company was accredited or opened at SEFAZ."),
        DATE,
    ),
    Rejection("502", Kind.DEFECT, "", _("The access key does not agree with the fields of the document."), DEFECT),
    Rejection(
        "503",
        Kind.MEND,
        "series",
        _("This series is not for an emitter with a CNPJ."),
        _("Choose a series from 0 to 889 in the journal; then reset the invoice to draft and confirm it again."),
    ),
    Rejection("504", Kind.MEND, "issued_at", _("The date of leaving is too late."), DATE),
    Rejection("505", Kind.MEND, "issued_at", _("The date of leaving is too early."), DATE),
    Rejection("506", Kind.MEND, "issued_at", _("The date of leaving is before the date of issue."), DATE),
    Rejection("516", Kind.DEFECT, "", _("The file does not begin as the layout asks."), DEFECT),
    Rejection(
        "526",
        Kind.ASK,
        "",
        _("SEFAZ answers questions about documents of the last six months only, and this one is older."),
        _("Look the access key up on the national NF-e portal."),
    ),
    Rejection("561", Kind.MEND, "issued_at", _("The month in the access key is not the month of the document."), DATE),
    Rejection("570", Kind.DEFECT, "", _("The type of emission does not fit the service that was used."), DEFECT),
    Rejection("587", Kind.DEFECT, "", _("The file does not use the official namespace alone."), DEFECT),
    Rejection("588", Kind.DEFECT, "", _("The file has blanks or line breaks between its tags."), DEFECT),
    Rejection("598", Kind.DEFECT, "", _("In homologação the customer's name must be SEFAZ's test text."), DEFECT),
    Rejection(
        "703",
        Kind.MEND,
        "issued_at",
        _("The document is dated in the future, by SEFAZ's clock."),
        _("Wait some minutes; if it comes back, the administrator sets the server's clock right (NTP)."),
    ),
    Rejection("710", Kind.DEFECT, "", _("The format of the DANFE is not one for an NF-e."), DEFECT),
    Rejection("711", Kind.DEFECT, "", _("An NF-e cannot be issued in off-line contingency."), DEFECT),
    Rejection("764", Kind.DEFECT, "", _("Several documents in one lot cannot ask for an immediate answer."), DEFECT),
    Rejection(
        "897", Kind.DEFECT, "", _("The numeric code of the access key is one that SEFAZ does not allow."), DEFECT
    ),
    Rejection("927", Kind.DEFECT, "", _("The items are not numbered in order."), DEFECT),
)
