from odoo import fields, models

#: Natures of ``fiscal/tables/withholdings.csv`` that private payers withhold for.
PRIVATE_NATURES = [
    ("professional", "Professional services (IRRF 1.5 %, PIS, COFINS, CSLL)"),
    ("cleaning", "Cleaning, security, labour (IRRF 1 %, PIS, COFINS, CSLL)"),
    ("maintenance", "Maintenance (PIS, COFINS, CSLL)"),
    ("factoring", "Credit advice, factoring (IRRF, PIS, COFINS, CSLL)"),
    ("commission", "Commissions, brokerage (IRRF)"),
    ("auto_parts", "Vehicle parts to makers (Lei 10.485: PIS, COFINS)"),
]
#: Codes of Annex I of IN RFB 1.234/2012, by which public bodies withhold.
PUBLIC_CODES = [
    ("6147", "6147 - Goods in general, works and services with materials"),
    ("9060", "9060 - Fuels from refinery, producer or importer"),
    ("8739", "8739 - Fuels from distributor or filling station"),
    ("8767", "8767 - Medicines, perfumery and others from distributor or shop"),
    ("6175", "6175 - Passenger transport"),
    ("8850", "8850 - International passenger transport"),
    ("8863", "8863 - Goods at zero rate of income tax (shipyards and others)"),
    ("6188", "6188 - Services of banks, insurers and others"),
    ("6190", "6190 - Services in general"),
]
SOCIAL_SECURITY = [
    ("labour", "11 % of the service"),
    ("labour_payroll", "3.5 %: the company pays on its revenue"),
]


class Goods(models.AbstractModel):
    """What customers withhold for, of a product or a category."""

    _inherit = "faturamento_br.goods"

    fbr_public_code = fields.Selection(
        PUBLIC_CODES,
        "Withheld by public bodies",
        help="Code of Annex I of IN RFB 1.234/2012. Empty: the category's; when that is empty too, 6147 for goods and "
        "6190 for services.",
    )
    fbr_private_nature = fields.Selection(
        PRIVATE_NATURES,
        "Withheld by companies",
        help="Why a company withholds taxes when it pays this. Empty: the category's; when that is empty too, nothing.",
    )
    fbr_social_security = fields.Selection(
        SOCIAL_SECURITY,
        "INSS withheld",
        help="Labour assigned to the customer (Lei 8.212/1991 art. 31); of a company of Simples only services of Annex "
        "IV.",
    )
