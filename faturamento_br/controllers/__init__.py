from . import metrics, portal, portal_contracts, portal_documents, portal_proformas, tax_rule_template
