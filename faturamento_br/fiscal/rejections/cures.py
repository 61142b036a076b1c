"""What to do, where several rejections are cured alike."""

from ..problems import _

DEFECT = _(
    "Your data are not the cause. Tell your administrator, who sends this code and the XML of"
    " the attempt to the program's support."
)
COMPUTE = _(
    "Reset the invoice to draft and confirm it again, so that its amounts are computed anew. "
    "Should it come back, tell your administrator: it is the program that adds up."
)
SENT = _("Nothing needs to be done: it is sent again by itself.")
ASKED = _("Nothing needs to be done: the access key is queried by itself until the answer is certain.")
NEXT = _(
    "The number is lost to this invoice. Issue again: it takes the next number of its series,"
    " and this one is never used again."
)
CERTIFICATE = _(
    "An administrator uploads the company's valid A1 certificate (e-CNPJ, ICP-Brasil) in Settings, Faturamento BR."
)
ICMS_RULE = _(
    "Correct the ICMS of the tax rule with the accountant; then reset the invoice to draft and confirm it again."
)
RULE = _("Correct the tax rule with the accountant; then reset the invoice to draft and confirm it again.")
TERMS = _("Correct the payment terms of the invoice: reset it to draft, change them and confirm again.")
REFORM_RULE = _(
    "Correct the CST and the cClassTrib of IBS/CBS in the tax rule with the accountant; then "
    "reset the invoice to draft and confirm it again."
)
NOT_YET = _("This version issues no such document: issue it elsewhere, or correct the invoice if it is a mistake.")
RECIPIENT_REGISTER = _(
    "Compare the customer's CNPJ and IE with the state's register (Sintegra or CCC), or ask "
    "the customer for its current registration."
)
CARRIER = _("Correct the carrier.")
GTIN = _("Correct the barcode in the product, or clear it if the product has no GTIN of GS1.")
GTIN_CCG = _(
    "The owner of the brand registers the GTIN at GS1 (CNP). Until then correct the barcode "
    "in the product, or clear it if it is not a GTIN of GS1."
)
BENEFIT = _(
    "Correct the benefit code (cBenef) in the tax rule, from the table of your state; then "
    "reset the invoice to draft and confirm it again."
)
EMITTER_OFFICE = _(
    "Settle it with the state's tax office (SEFAZ), with the accountant's help. Nothing needs to change in the invoice."
)
TECHNICIAN = _("Correct the technical contact in Settings, Faturamento BR.")
READERS = _("Correct who may download the XML, in Settings, Faturamento BR.")
CITY = _("Choose the city from the list again; it brings its IBGE code.")
COMPANY_IE = _("Correct the state registration (IE) in the company's contact.")
CUSTOMER_IE = _("Correct the state registration (IE) and the ICMS contributor field of the customer.")
CFOP_RULE = _("Correct the CFOP in the tax rule; then reset the invoice to draft and confirm it again.")
FINAL = _("Reset the invoice to draft, mark it as for the final consumer and confirm it again.")
DATE = _("Reset the invoice to draft, correct its date and confirm it again.")
PRODUCT_NCM = _("Correct the NCM in the product; the accountant or the supplier's invoice has it.")
PAYMENT = _("Choose the right payment method on the invoice.")
