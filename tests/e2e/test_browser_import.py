"""Customers from a spreadsheet: three of twenty are wrong, told by line; mended, all arrive; who is not ready yet."""

import csv
import io

import pytest

HEADER = ("name", "is_company", "vat", "l10n_br_ie_code", "street", "zip", "city", "state_id", "email")
WRONG = {4: {"vat": "11.444.777/0001-62"}, 9: {"zip": "", "city": "Bom Jesus"}, 17: {"zip": "1310100", "city": ""}}
MESSAGES = ".o_import_data_content .alert"
BUTTON = ".o_control_panel .o_control_panel_main_buttons button"


def spreadsheet(wrong):
    """Twenty customers as CSV; the last three have no street and no district yet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for index in range(1, 21):
        row = {
            "name": f"Mercearia {index:02}",
            "is_company": "1",
            "vat": "11.444.777/0001-61",
            "l10n_br_ie_code": "isento",
            "street": f"Rua das Laranjeiras, {index} - Centro" if index < 18 else "",
            "zip": f"13010-{index:03}",
            "city": "CAMPINAS",
            "state_id": "",
            "email": f"mercearia{index}@example.com",
            **wrong.get(index, {}),
        }
        writer.writerow([row[name] for name in HEADER])
    return {"name": "clientes.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode()}


def upload(screen, wrong):
    screen.page.locator("input[type=file]").first.set_input_files(spreadsheet(wrong))
    screen.wait(".o_import_data_content table")
    screen.settle()


def imported(screen):
    return screen.call("res.partner", "search_count", [("name", "like", "Mercearia ")])


@pytest.mark.prove
def test_twenty_customers_three_wrong(user):
    screen = user("faturamento")
    screen.open("customers")
    screen.click(".o_cp_action_menus .dropdown-toggle, .o_control_panel_breadcrumbs .o_cp_action_menus button")
    screen.wait(".o_import_menu").click()
    screen.wait(".o_import_file")
    upload(screen, WRONG)
    screen.click(f"{BUTTON}.btn-primary")  # Test
    screen.wait(MESSAGES)
    screen.settle()
    said = " ".join(screen.page.locator(MESSAGES).all_inner_texts())
    for name in ("Mercearia 04", "Mercearia 09", "Mercearia 17"):
        assert name in said
    assert "Mercearia 05" not in said
    screen.picture("import-wrong", docs="importar-clientes")
    assert imported(screen) == 0

    upload(screen, {})
    screen.click(f"{BUTTON}.btn-primary")  # Test
    screen.wait(f"{MESSAGES}.alert-info, {MESSAGES}.alert-success")
    screen.picture("import-right")
    screen.click(f"{BUTTON}.btn-primary")  # Import
    screen.until(lambda: imported(screen) == 20)
    screen.wait(".o_list_view .o_data_row")

    screen.open("nfe-customers")
    screen.wait(".o_list_view .o_data_row:has-text('Mercearia 18')")
    assert not screen.count(".o_data_row:has-text('Mercearia 01')")
    screen.picture("customers-not-ready", docs="clientes-nao-prontos", height=480)
    mend_together(screen, [f"Mercearia {index}" for index in (18, 19, 20)])
    mend_one(screen, screen.find("res.partner", "name", "Mercearia 20"))


def mend_together(screen, names):
    """Fill in one value in all the selected rows."""
    screen.tick_rows(names)
    screen.click(f"tr.o_data_row:has-text('{names[0]}') td[name=street2]")
    screen.one("td[name=street2] input").fill("Cambuí")
    screen.page.keyboard.press("Enter")
    screen.wait(".modal-footer .btn-primary")
    screen.picture("customers-mend-together")
    screen.click(".modal-footer .btn-primary")
    screen.wait_gone(".modal")
    screen.settle()
    partners = screen.call("res.partner", "search_read", [("name", "in", names)], ["street2"])
    assert {partner["street2"] for partner in partners} == {"Cambuí"}


def mend_one(screen, partner):
    """The form says what is missing until it is there; the CEP brings the city."""
    screen.open(f"nfe-customers/{partner}")
    screen.wait("[name=fbr_not_ready]")
    screen.picture("customer-not-ready")
    screen.fill("zip", "20040020")
    screen.page.keyboard.press("Tab")
    screen.settle()
    assert screen.one("[name=city_id] input").input_value() == "Rio de Janeiro"
    screen.fill("street_name", "Avenida Rio Branco")
    screen.fill("street_number", "1")
    screen.save()
    screen.wait_gone("[name=fbr_not_ready]")
    screen.picture("customer-ready")
    assert screen.read("res.partner", partner, "fbr_is_ready")
