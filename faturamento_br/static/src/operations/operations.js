import { Component, onWillStart, useState } from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const CHECKS = { right: _t("All right"), wrong: _t("Something is wrong"), running: _t("Running") };

/** How issuing goes, company by company: what waits, how fast SEFAZ answers, what it refuses, what is due. */
export class Operations extends Component {
    static template = "faturamento_br.Operations";
    static components = { Layout };
    static props = { ...standardActionServiceProps };
    static displayName = _t("Operations");
    static path = "nfe-operations";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ companies: [] });
        onWillStart(() => this.load());
    }

    get display() {
        return { controlPanel: {} };
    }

    async load() {
        this.state.companies = await this.orm.call("res.company", "fbr_get_operations", []);
    }

    moment(value) {
        return value ? formatDateTime(deserializeDateTime(value)) : _t("never");
    }

    seconds(value) {
        return value === null ? "–" : _t("%s s", value.toLocaleString(undefined, { maximumFractionDigits: 2 }));
    }

    check(value) {
        return CHECKS[value] || _t("not yet");
    }

    open(name) {
        this.action.doAction(`faturamento_br.${name}`);
    }
}

registry.category("actions").add("faturamento_br.operations", Operations);
