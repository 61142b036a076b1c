{
    "name": "Faturamento BR",
    "summary": "Brazilian billing: NF-e by SOAP with SEFAZ, taxes, DANFE, from the quotation to the payment",
    "version": "19.0.1.0.0",
    "category": "Accounting/Localizations/EDI",
    "license": "LGPL-3",
    "author": "faturamento_br",
    "countries": ["br"],
    "depends": ["account", "sale_management", "sale_crm", "l10n_br", "l10n_br_sales"],
    "external_dependencies": {
        "python": ["brazilfiscalreport", "cryptography", "lxml", "nfelib", "stdnum", "xmltodict", "zeep"],
    },
    "data": [
        "security/certificate/ir.model.access.csv",
        "security/certificate_rules.xml",
        "views/certificate_views.xml",
        "wizards/production_wizard_views.xml",
    ],
    "demo": [],
    "application": True,
    "installable": True,
}
