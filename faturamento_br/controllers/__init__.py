from . import portal, tax_rule_template
