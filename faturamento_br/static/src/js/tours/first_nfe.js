import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { markup } from "@odoo/owl";

const LINES = "div[name=invoice_line_ids]";
const OPTION = ".o-autocomplete--dropdown-item:not(.o_m2o_dropdown_option):not(.o_m2o_no_result) a";
const PATIENCE = 60000; // ms: a server of little power, an authorizer that takes its time

// From the empty list of invoices to an authorized NF-e. Every trigger is a name, so that it holds in any language;
// steps for "auto" are those that a user does alone (to choose what was typed), and the tests must do.
const steps = () => [
    {
        trigger: ".o_control_panel .o_list_button_add, .o_control_panel .o-kanban-button-new",
        content: _t("Let's make the first invoice."),
        tooltipPosition: "bottom",
        run: "click",
    },
    {
        trigger: "div[name=partner_id] input",
        content: _t("Who buys? Type a part of the name, or create the customer here."),
        tooltipPosition: "bottom",
        run: "click",
    },
    { isActive: ["auto"], trigger: "div[name=partner_id] input", run: "edit Hotel" },
    { isActive: ["auto"], trigger: `div[name=partner_id] ${OPTION}:contains(Hotel)`, run: "click" },
    {
        trigger: `${LINES} .o_field_x2many_list_row_add a`,
        content: _t("Add what was sold."),
        tooltipPosition: "bottom",
        run: "click",
    },
    {
        trigger: `${LINES} .o_selected_row div[name=product_id] input, ${LINES} .o_selected_row div[name=product_id] textarea`,
        content: markup(_t("Choose a product <b>with NCM</b>: quantity, price and taxes come along.")),
        tooltipPosition: "bottom",
        run: "click",
    },
    { isActive: ["auto"], trigger: `${LINES} div[name=product_id] ${OPTION}`, run: "click" },
    { isActive: ["auto"], trigger: `${LINES} .o_data_row td[name=tax_ids] .o_tag` },
    {
        trigger: "button[name=action_post]",
        content: _t("Look at the taxes and the total, then confirm: the invoice takes the number of its NF-e."),
        tooltipPosition: "bottom",
        run: "click",
    },
    {
        trigger: "button[name=action_fbr_issue]",
        content: _t("Issue it: what is missing, if anything, is told at once, each with the button that mends it."),
        tooltipPosition: "bottom",
        run: "click",
    },
    {
        trigger: "button[name=action_fbr_open_danfe]",
        content: _t("Authorized! Here is the DANFE, that travels with the goods. Send has it e-mailed with the XML."),
        tooltipPosition: "bottom",
        run: "hover",
    },
];

registry.category("web_tour.tours").add("faturamento_br_first_nfe", {
    url: "/odoo/customer-invoices",
    steps: () => steps().map((step) => ({ timeout: PATIENCE, ...step })),
});
