import { Component, reactive, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

const MESSAGE = "faturamento_br.batch";
const SECONDS_AT_THE_END = 10; // a batch without problems needs nobody: its card goes by itself

/** What is known of the batches that this user started, newest message each, until it is dismissed. */
export const batchService = {
    dependencies: ["bus_service"],
    start(env, { bus_service }) {
        const batches = reactive({});
        bus_service.subscribe(MESSAGE, (progress) => {
            batches[progress.id] = progress;
            if (progress.finished && !progress.problem_count) {
                setTimeout(() => delete batches[progress.id], SECONDS_AT_THE_END * 1000);
            }
        });
        return { batches, dismiss: (id) => delete batches[id] };
    },
};

/** A card in the corner: how far a batch is, whatever screen its user is on. */
export class BatchProgress extends Component {
    static template = "faturamento_br.BatchProgress";
    static props = {};

    setup() {
        this.service = useService("faturamento_br.batch");
        this.action = useService("action");
        this.batches = useState(this.service.batches);
    }

    get shown() {
        return Object.values(this.batches);
    }

    open(batch) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "faturamento_br.batch",
            res_id: batch.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("services").add("faturamento_br.batch", batchService);
registry.category("main_components").add("faturamento_br.BatchProgress", { Component: BatchProgress });
