"""The accountant's month on the screen: export it, see that it adds up, and prove that it could be given back."""

import base64

from .selling import CHAIR, document_of, invoice

EXPORTS = "action-faturamento_br.export_action"
EXPORT, CHECK = "faturamento_br.export", "faturamento_br.keeping_check"


def test_the_month_is_exported_and_checked(user):
    clerk, accountant = user("faturamento"), user("contabilidade")
    move = invoice(clerk, CHAIR)
    clerk.open(f"customer-invoices/{move}")
    clerk.press("action_fbr_issue")
    clerk.until(lambda: document_of(clerk, move)["state"] == "authorized")
    document = document_of(clerk, move)

    accountant.open(EXPORTS)
    accountant.picture("exports-empty")
    accountant.click(".o_control_panel button.btn-primary:visible")
    accountant.wait(".modal button[name=action_export]")  # it proposes the oldest month that waits
    accountant.picture("export-wizard")
    accountant.press("action_export")
    accountant.wait("button[name=action_download]")
    accountant.wait_gone(".modal")
    export = accountant.record_id()
    accountant.picture("export", docs="exportacao")
    assert accountant.read(EXPORT, export, "documents") > 0
    [attachment, _name] = accountant.read(EXPORT, export, "attachment_id")
    raw = accountant.page.request.get(f"{accountant.url}/web/content/{attachment}?download=true").body()

    values = {"zip": base64.b64encode(raw).decode(), "zip_name": accountant.read(EXPORT, export, "name")}
    wizard = accountant.call("faturamento_br.export.check", "create", [values])
    report = accountant.call("faturamento_br.export.check", "action_check", wizard)["res_id"]
    accountant.open(f"action-faturamento_br.keeping_check_action/{report}")
    accountant.wait(".o_form_view .alert-success")
    accountant.picture("export-check", docs="guarda")
    assert accountant.read(CHECK, report, "state") == "right"
    accountant.open("action-faturamento_br.kept_file_action")
    accountant.wait(".o_list_view .o_data_row")
    accountant.picture("kept-files")
    accountant.open(f"action-faturamento_br.document_action/{document['id']}")
    accountant.wait("[name=mail_state]")
    accountant.picture("document-delivery")
