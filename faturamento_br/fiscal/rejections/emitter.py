"""Who issues: the company, its registration, its technical contact."""

from ..problems import _
from .cures import CFOP_RULE, CITY, COMPANY_IE, EMITTER_OFFICE, ICMS_RULE, READERS, REFORM_RULE, TECHNICIAN
from .rejection import Kind, Rejection

ROWS = (
    Rejection("157", Kind.MEND, "emitter.ie", _("An emitter needs a state registration (IE) or a CNPJ."), COMPANY_IE),
    Rejection(
        "158",
        Kind.MEND,
        "emitter.ie",
        _("A substitute's registration (IEST) was given by an emitter without IE."),
        COMPANY_IE,
    ),
    Rejection("159", Kind.MEND, "items[].cfop", _("An emitter of IBS and CBS only cannot use this CFOP."), CFOP_RULE),
    Rejection("161", Kind.MEND, "items[].rules", _("An emitter without IE cannot state ICMS."), ICMS_RULE),
    Rejection("162", Kind.MEND, "items[].rules", _("An emitter without IE must fill IBS and CBS."), REFORM_RULE),
    Rejection(
        "163",
        Kind.MEND,
        "emitter.ie",
        _("The company has an active state registration (IE) that the document does not state."),
        COMPANY_IE,
    ),
    Rejection("164", Kind.ASK, "", _("The company is in an irregular situation in its state."), EMITTER_OFFICE),
    Rejection("166", Kind.MEND, "emitter.ie", _("An emitter without IE issues only at SEFAZ Virtual RS."), COMPANY_IE),
    Rejection(
        "178",
        Kind.ASK,
        "emitter.tax_id",
        _("Receita Federal does not know the company's CNPJ."),
        _("Correct the CNPJ in the company's contact. If it is right, settle it with Receita Federal."),
    ),
    Rejection(
        "179",
        Kind.ASK,
        "emitter.tax_id",
        _("The company's CNPJ is not active at Receita Federal."),
        _("Settle the CNPJ with Receita Federal, with the accountant's help. Nothing needs to change in the invoice."),
    ),
    Rejection(
        "180",
        Kind.ASK,
        "emitter.crt",
        _("The company's tax regime (CRT) is not the one that Receita Federal has."),
        _(
            "Correct the tax regime (CRT) in Settings, Faturamento BR, with the accountant, or settle"
            " the option with Receita Federal."
        ),
    ),
    Rejection(
        "203",
        Kind.ASK,
        "",
        _("The company is not accredited at its SEFAZ to issue NF-e."),
        _(
            "Ask for the accreditation on the state's portal, or have the accountant do it. "
            "Homologação and production are accredited apart in some states."
        ),
    ),
    Rejection(
        "207",
        Kind.MEND,
        "emitter.tax_id",
        _("The company's CNPJ is not valid."),
        _("Correct the CNPJ in the company's contact."),
    ),
    Rejection(
        "209",
        Kind.MEND,
        "emitter.ie",
        _("The company's state registration (IE) is not valid for its state."),
        COMPANY_IE,
    ),
    Rejection("229", Kind.MEND, "emitter.ie", _("The company's state registration (IE) is missing."), COMPANY_IE),
    Rejection(
        "230",
        Kind.ASK,
        "emitter.ie",
        _("SEFAZ does not know the company's state registration (IE)."),
        _("Correct the IE in the company's contact. If it is right, settle the registration with SEFAZ."),
    ),
    Rejection(
        "231",
        Kind.ASK,
        "emitter.ie",
        _("At SEFAZ this state registration (IE) belongs to another CNPJ."),
        _(
            "Correct the IE or the CNPJ in the company's contact. If both are right, settle the "
            "registration with SEFAZ."
        ),
    ),
    Rejection(
        "245",
        Kind.ASK,
        "emitter.tax_id",
        _("SEFAZ does not know the company's CNPJ."),
        _("Correct the CNPJ in the company's contact. If it is right, settle the registration with SEFAZ."),
    ),
    Rejection(
        "270",
        Kind.MEND,
        "emitter.address.city_code",
        _("The IBGE code of the city of the operation does not exist."),
        CITY,
    ),
    Rejection(
        "271",
        Kind.MEND,
        "emitter.address.city_code",
        _("The city of the operation is not in the company's state."),
        CITY,
    ),
    Rejection(
        "272", Kind.MEND, "emitter.address.city_code", _("The IBGE code of the company's city does not exist."), CITY
    ),
    Rejection(
        "273",
        Kind.MEND,
        "emitter.address.city_code",
        _("The company's city is not in its state."),
        _("Choose city and state of the company's address so that they agree."),
    ),
    Rejection("301", Kind.ASK, "", _("The company is in an irregular fiscal situation at its SEFAZ."), EMITTER_OFFICE),
    Rejection(
        "323", Kind.MEND, "authorized_readers", _("A CNPJ among those who may download the XML is not valid."), READERS
    ),
    Rejection(
        "324",
        Kind.MEND,
        "authorized_readers",
        _("The customer is among those who may download the XML; it may do so anyway."),
        READERS,
    ),
    Rejection(
        "325", Kind.MEND, "authorized_readers", _("A CPF among those who may download the XML is not valid."), READERS
    ),
    Rejection(
        "326",
        Kind.MEND,
        "authorized_readers",
        _("The customer is among those who may download the XML; it may do so anyway."),
        READERS,
    ),
    Rejection(
        "480",
        Kind.ASK,
        "emitter.address.city_code",
        _("The company's city is not the one in its registration at SEFAZ."),
        _("Correct the city in the company's address, or have the registration at SEFAZ brought up to date."),
    ),
    Rejection(
        "481",
        Kind.ASK,
        "emitter.crt",
        _("The company's tax regime (CRT) is not the one in its registration at SEFAZ."),
        _(
            "Correct the tax regime (CRT) in Settings, Faturamento BR, with the accountant, or have "
            "the registration at SEFAZ brought up to date."
        ),
    ),
    Rejection(
        "486",
        Kind.MEND,
        "authorized_readers",
        _("This state wants the accountant among those who may download the XML."),
        READERS,
    ),
    Rejection(
        "487",
        Kind.MEND,
        "authorized_readers",
        _("The first of those who may download the XML is not an accountant registered at SEFAZ."),
        READERS,
    ),
    Rejection(
        "488", Kind.ASK, "", _("The company's sales have passed the yearly limit of its size at SEFAZ."), EMITTER_OFFICE
    ),
    Rejection(
        "554", Kind.MEND, "emitter.ie", _("An emitter of NF-e cannot be exempt from state registration."), COMPANY_IE
    ),
    Rejection(
        "590",
        Kind.MEND,
        "emitter.crt",
        _("The company is of Simples Nacional (CRT 1 or 4), but an item has a CST, not a CSOSN."),
        _(
            "Correct the tax regime (CRT) in Settings, Faturamento BR; if it is right, give the tax "
            "rule a CSOSN. Then reset the invoice to draft and confirm it again."
        ),
    ),
    Rejection(
        "591",
        Kind.MEND,
        "emitter.crt",
        _("The company is not of Simples Nacional, but an item has a CSOSN, not a CST."),
        _(
            "Correct the tax regime (CRT) in Settings, Faturamento BR; if it is right, give the tax "
            "rule a CST. Then reset the invoice to draft and confirm it again."
        ),
    ),
    Rejection(
        "972",
        Kind.MEND,
        "technician",
        _("This state wants to know who answers for the program (technical contact)."),
        TECHNICIAN,
    ),
    Rejection("973", Kind.MEND, "technician.cnpj", _("The technical contact's CNPJ is not valid."), TECHNICIAN),
    Rejection(
        "974",
        Kind.MEND,
        "technician.cnpj",
        _("The technical contact's CNPJ is not the one registered at SEFAZ for this company."),
        TECHNICIAN,
    ),
    Rejection(
        "975",
        Kind.MEND,
        "technician.csrt_id",
        _("This state wants the technical contact's security code (CSRT) and its number."),
        TECHNICIAN,
    ),
    Rejection(
        "976",
        Kind.MEND,
        "technician.csrt_id",
        _("SEFAZ does not know the number of the security code (CSRT)."),
        TECHNICIAN,
    ),
    Rejection("977", Kind.MEND, "technician.csrt_id", _("The security code (CSRT) was revoked."), TECHNICIAN),
    Rejection(
        "978", Kind.MEND, "technician.csrt", _("The security code (CSRT) is not the one that SEFAZ has."), TECHNICIAN
    ),
)
