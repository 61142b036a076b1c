import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const TOUR = "faturamento_br_first_nfe";
const LOOK = {
    done: { icon: "fa-check-circle text-success", title: _t("Done") },
    warning: { icon: "fa-exclamation-triangle text-warning", title: _t("May stay so, but look") },
    missing: { icon: "fa-times-circle text-danger", title: _t("Missing") },
};
const FOCUS_TRIES = 40;

/** What is there and what is missing before a company's first NF-e; each line has the button that mends it. */
export class Checklist extends Component {
    static template = "faturamento_br.Checklist";
    static components = { Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("First NF-e");
    static path = "primeira-nfe";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.look = LOOK;
        this.groups = [
            { name: "company", title: _t("Company") },
            { name: "sending", title: _t("Sending the NF-e") },
            { name: "sale", title: _t("First sale") },
        ];
        this.state = useState({ lines: [], company: "", done: 0, total: 0, ready: false, busy: "" });
        onWillStart(() => this.load());
    }

    get display() {
        return { controlPanel: {} };
    }

    get percent() {
        return this.state.total ? Math.round((100 * this.state.done) / this.state.total) : 0;
    }

    linesOf(group) {
        return this.state.lines.filter((line) => line.group === group);
    }

    async load() {
        const company = user.activeCompany.id;
        Object.assign(this.state, await this.orm.call("res.company", "fbr_get_checklist", [company]));
    }

    /** Do what the line's button says; a dialog gets the cursor in the field to mend, then the list is looked at anew. */
    async mend(line) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = line.key;
        try {
            const company = user.activeCompany.id;
            const action = await this.orm.call("res.company", "action_fbr_checklist_mend", [company, line.key]);
            if (action) {
                await this.action.doAction(action, { onClose: () => this.load() });
                focus(line.field);
            } else {
                await this.load();
            }
        } finally {
            this.state.busy = "";
        }
    }
}

/** Put the cursor in a field of the view that is about to show. */
function focus(field, tries = FOCUS_TRIES) {
    const place = field && document.querySelector(`.o_form_view [name="${field}"]`);
    if (place) {
        place.scrollIntoView({ block: "center" });
        place.querySelector("input, textarea, select, button")?.focus();
    } else if (field && tries) {
        requestAnimationFrame(() => focus(field, tries - 1));
    }
}

registry.category("actions").add("faturamento_br.checklist", Checklist);
registry.category("actions").add("faturamento_br.start_tour", (env) =>
    env.services.tour_service.startTour(TOUR, { mode: "manual" })
);
