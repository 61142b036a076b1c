# ruff: noqa: I001  (a model comes after the mixin it inherits)
from . import goods, goods_reform, official_code
from . import (
    audit_entry,
    certificate,
    res_company_environment,
    simulator_service,
    res_company_authorizer,
    res_config_settings,
)
from . import (
    account_chart_template,
    account_payment_method_line,
    account_tax,
    fiscal_line,
    line_taxes,
    fiscal_source,
    fiscal_source_amounts,
    fiscal_explanation,
    fiscal_hand,
    fiscal_source_places,
    fiscal_source_problems,
    fiscal_notes,
    fiscal_others,
    fiscal_export,
    fiscal_payment,
    fiscal_preflight,
    fiscal_source_spec,
    fiscal_transport,
    fiscal_issuer,
    account_payment_term_line,
    operation,
    operation_ready,
    ncm,
    cest,
    cfop,
    benefit_code,
    tax_situation,
    product_category,
    product,
    product_ready,
    st_retained,
    goods_fuel,
    res_city,
    res_company,
    res_company_reform,
    res_company_technician,
    res_company_trade,
    res_country_state,
    res_partner,
    res_partner_address,
    res_partner_checks,
    res_partner_trade,
    tax_rule,
    tax_rule_book,
    tax_rule_icms,
    tax_rule_states,
    tax_rule_import,
    tax_rule_weight,
    tax_rule_internal,
    tax_rule_federal,
    tax_rule_credit,
    tax_rule_reform,
    tax_rule_fuel,
    reform_rate,
    fiscal_questions,
    uom_uom,
)
from . import (
    account_move_fiscal,
    account_move_line,
    account_move_spec,
    sale_order,
    sale_order_invoicing,
    sale_order_whatif,
)  # after what they inherit
from . import approximate_table, fiscal_approximate, account_move_approximate
from . import goods_law  # what products and categories say, after both are there
from . import goods_withholding, res_partner_withholding, res_partner_government
from . import res_partner_readiness, substitute_registration  # they read customers and companies as the XML does
from . import series, series_number, document, document_attempt, document_item, document_party, document_problem
from . import document_files, document_rejections, document_sending, document_signing, document_use_limits
from . import authorizer_health, authorizer_clock, batch, document_queue, document_waiting
from . import contingency, contingency_documents, epec, res_company_contingency
from . import kept_file, document_keeping, keeping_check, document_export, export, res_company_keeping
from . import certificate_expiry
from . import account_move_cancel, event, event_sending, voiding, voiding_keeping, number_gap, operations_figures
from . import rejection
from . import account_move, account_move_alerts, account_move_send, account_move_split, sale_order_documents
from . import account_move_withholding  # what it refuses comes beside the invoice's own
from . import account_move_preflight, sale_order_preflight
from . import operation_shipment, shipment, shipment_line, shipment_issue, shipment_pending, shipment_return
from . import shipment_sale, shipment_import, shipment_import_books
from . import document_delivery  # it sends what invoices and remittances issue
from . import account_move_complement, account_move_line_return, account_move_return, account_move_return_key
from . import purchase, account_move_purchase_return
from . import contract, contract_line, contract_change, contract_period
from . import contract_facts, contract_plan, contract_run, contract_follow_up, contract_preview, contract_portal
from . import contract_fine, contract_held, contract_import, contract_rehearsal
from . import account_move_contract, res_partner_contract
from . import recurrence, sale_order_contract, crm_lead_contract
from . import usage_plan, usage, contract_usage, mrr_move
from . import index_value, contract_adjustment, adjustment, adjustment_line
from . import contract_renewal, res_company_situation, res_partner_situation, sale_order_situation
from . import (
    proforma,
    proforma_company,
    proforma_paper,
    proforma_payment,
    proforma_sale,
    proforma_step,
    proforma_version,
)
from . import ir_module_module, ir_ui_menu
from . import checkup_finding  # it reads what all others are
from . import (
    res_company_activity,
    res_company_branch,
    res_company_checklist,
    res_company_checklist_mend,
    res_company_connection,
    web_tour_tour,
)
from . import question, question_key, res_partner_registry  # asked as the connection test asks
