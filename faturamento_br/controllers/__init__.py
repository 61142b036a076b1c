from . import metrics, portal, portal_documents, tax_rule_template
