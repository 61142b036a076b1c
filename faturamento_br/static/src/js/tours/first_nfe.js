import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { markup } from "@odoo/owl";

const INVOICES = ".o_list_view:has(th[data-name=fbr_document_state])"; // and not, say, the list of products
const CUSTOMER = "div[name=partner_id]";
const LINES = "div[name=invoice_line_ids]";
const PRODUCT = `${LINES} .o_selected_row div[name=product_id]`;
const PATIENCE = 60000; // ms: a server of little power, an authorizer that takes its time

// An option of the list that answers what was typed. Odoo shows a list at the click already, with an entry "Loading"
// that takes no click, and draws it anew a quarter of a second after the last letter: what is clicked before is lost.
// Only the list that knows the letters marks them.
const found = (field, text) => `${field} .o-autocomplete--dropdown-item a:has(.text-primary:contains(${text}))`;

// From the empty list of invoices to an authorized NF-e. Every trigger is a name, so that it holds in any language; a
// step shows when its turn has come: no line without a customer, no Confirm without a line that has its taxes. Steps
// for "auto" are those that a user does alone (to choose what was typed), and the tests must do.
const steps = () => [
    {
        trigger: `${INVOICES} .o_list_button_add`,
        content: _t("Let's make the first invoice."),
        tooltipPosition: "bottom",
        run: "click",
    },
    {
        trigger: `${CUSTOMER} input`,
        content: _t("Who buys? Type a part of the name, or create the customer here."),
        tooltipPosition: "bottom",
        run: "edit Hotel",
    },
    { isActive: ["auto"], trigger: found(CUSTOMER, "Hotel"), run: "click" },
    {
        trigger: `.o_form_view:has(${CUSTOMER} .o_external_button) ${LINES} .o_field_x2many_list_row_add a`,
        content: _t("Add what was sold."),
        tooltipPosition: "bottom",
        run: "click",
    },
    {
        trigger: `${PRODUCT} input`,
        content: markup(_t("Choose a product <b>with NCM</b>: quantity, price and taxes come along.")),
        tooltipPosition: "bottom",
        run: "edit Cadeira",
    },
    { isActive: ["auto"], trigger: found(PRODUCT, "Cadeira"), run: "click" },
    {
        trigger: `.o_form_view:has(${LINES} td[name=tax_ids] .o_tag) button[name=action_post]`,
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
    { isActive: ["auto"], trigger: "button[name=action_fbr_open_danfe]" },
    {
        isActive: ["manual"], // a robot that is done cannot be asked for a file
        trigger: "button[name=action_fbr_open_danfe]",
        content: _t("Authorized! Here is the DANFE, that travels with the goods. Send has it e-mailed with the XML."),
        tooltipPosition: "bottom",
        run: "click",
    },
];

registry.category("web_tour.tours").add("faturamento_br_first_nfe", {
    url: "/odoo/customer-invoices",
    steps: () => steps().map((step) => ({ timeout: PATIENCE, ...step })),
});
