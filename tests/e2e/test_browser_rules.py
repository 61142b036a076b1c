"""A rule written on the screen by the accountant, and the sale that it taxes, authorised by the simulator."""

from xml.etree import ElementTree

import pytest

from .selling import CHAIR, document_of, invoice

RULES = "action-faturamento_br.tax_rule_action"
TAXPAYER = "11144477735"
NFE = {"n": "http://www.portalfiscal.inf.br/nfe"}


def test_a_consumer_of_another_state(user):
    """The sale is refused by name until the accountant says the rate; then the NF-e has DIFAL, inside the price."""
    clerk, accountant = user("faturamento"), user("contabilidade")
    rio = clerk.call("res.country.state", "search", [("code", "=", "RJ"), ("country_id.code", "=", "BR")])[0]
    city = clerk.call("res.city", "search", [("name", "=", "Rio de Janeiro"), ("state_id", "=", rio)])[0]
    customer = {
        "name": "Consumidora do Rio",
        "vat": TAXPAYER,
        "is_company": False,
        "country_id": clerk.call("res.country", "search", [("code", "=", "BR")])[0],
        "state_id": rio,
        "city_id": city,
        "zip": "20040-002",
        "street_name": "Rua do Ouvidor",
        "street_number": "10",
        "street2": "Centro",
    }
    clerk.call("res.partner", "create", [customer])
    move = invoice(clerk, CHAIR, customer=TAXPAYER, post=False)
    clerk.open(f"action-account.action_move_out_invoice_type/{move}")
    clerk.wait(".alert:has-text('DIFAL')")
    clerk.picture("invoice-difal-missing")

    accountant.open(RULES)
    accountant.wait(".o_list_view .o_data_row")
    accountant.click(".o_list_button_add")
    accountant.wait(".o_form_view [name=ncm_prefix]")
    accountant.choose("state_id", "Rio de Janeiro")
    accountant.pick("difal_mode", "modal")
    accountant.pick("difal_base", "Única")
    accountant.fill("source", "Lei RJ 2.657/1996, art. 14")
    accountant.save()
    accountant.picture("tax-rule", docs="regra-difal")
    accountant.open(RULES)
    accountant.wait(".o_list_view .o_data_row td[name=state_id]")
    accountant.picture("tax-rules", docs="regras", height=420)

    clerk.call("account.move", "action_post", [move])
    clerk.call("account.move", "action_fbr_issue", [move])
    clerk.until(lambda: document_of(clerk, move)["state"] == "authorized")
    [attempt] = clerk.call(
        "faturamento_br.document.attempt",
        "read",
        document_of(clerk, move)["attempt_ids"],
        ["access_key"],
    )
    assert attempt["access_key"] == document_of(clerk, move)["access_key"]
    [booked] = clerk.call("account.move", "read", [move], ["amount_total", "amount_untaxed", "tax_totals"])
    assert booked["amount_total"] == booked["tax_totals"]["total_amount"]
    [files] = clerk.call("account.move", "read", [move], ["fbr_document_id"])
    xml = clerk.call("faturamento_br.document", "read", [files["fbr_document_id"][0]], ["xml_attachment_id"])[0]
    [attachment] = clerk.call("ir.attachment", "read", [xml["xml_attachment_id"][0]], ["raw"])
    total = ElementTree.fromstring(attachment["raw"]).find(".//n:total/n:ICMSTot", NFE)
    owed = float(total.findtext("n:vICMSUFDest", "0", NFE))
    assert owed > 0
    assert float(total.findtext("n:vNF", "0", NFE)) == booked["amount_total"]


@pytest.mark.prove
def test_the_screen_shows_what_a_situation_uses(user):
    """Fields come and go with the CST; what the old one said is forgotten; figures of the ST are on the product."""
    accountant = user("contabilidade")
    accountant.open(RULES)
    accountant.wait(".o_list_view .o_data_row")
    accountant.click(".o_list_button_add")
    accountant.wait(".o_form_view [name=ncm_prefix]")
    accountant.fill("ncm_prefix", "0101")
    accountant.pick("icms_cst", "51 -")
    accountant.fill("icms_deferral", "33,33")
    accountant.pick("icms_cst", "40 -")
    accountant.wait_gone("[name=icms_deferral]")
    accountant.pick("icms_relief_reason", "9 -")
    accountant.pick("icms_relief_method", "×")
    accountant.click("[name=icms_relief_deducts] input")
    accountant.save()
    accountant.picture("tax-rule-relief")
    rule = accountant.record_id()
    kept = accountant.call("faturamento_br.tax_rule", "read", [rule], ["icms_deferral", "icms_relief_deducts"])[0]
    assert (kept["icms_deferral"], kept["icms_relief_deducts"]) == (0.0, True)
    accountant.pick("icms_cst", "60 -")
    accountant.wait_gone("[name=icms_relief_reason]")
    accountant.fill("icms_effective_rate", "18")
    accountant.save()
    accountant.picture("tax-rule-withheld")
    accountant.call("faturamento_br.tax_rule", "unlink", [rule])

    product = accountant.find("product.template", "default_code", CHAIR)
    figures = {"day": "2026-10-01", "origin": "NF-e 1234", "base": 130.0, "rate": 18.0, "amount": 14.4, "substitute": 9}
    [row] = accountant.call("faturamento_br.st_retained", "create", [{"product_tmpl_id": product, **figures}])
    accountant.open("action-faturamento_br.st_retained_action")
    accountant.wait(".o_data_row:has-text('NF-e 1234')")
    accountant.picture("st-retained", height=420)
    accountant.open(f"action-product.product_template_action/{product}")
    accountant.tab("fbr_nfe")
    accountant.wait("[name=fbr_retained_ids] .o_data_row:has-text('NF-e 1234')").scroll_into_view_if_needed()
    accountant.picture("product-withheld")
    accountant.call("faturamento_br.st_retained", "unlink", [row])
