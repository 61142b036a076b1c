from . import metrics, portal, portal_documents, portal_proformas, tax_rule_template
