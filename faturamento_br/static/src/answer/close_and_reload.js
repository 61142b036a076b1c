import { registry } from "@web/core/registry";

/** Close the dialog, then show the document below it as it is now. */
async function closeAndReload(env) {
    await env.services.action.doAction({ type: "ir.actions.act_window_close" });
    return { type: "ir.actions.client", tag: "soft_reload" };
}

registry.category("actions").add("faturamento_br.close_and_reload", closeAndReload);
