from odoo import http
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.exceptions import UserError
from odoo.http import request

from .visitor import customer, own_or_by_link, page_of

SHOWN = [("state", "!=", "draft")]


class ContractPortal(CustomerPortal):
    """The customer's contracts: what is billed, what comes next, what was billed; asking for a change or the end."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "fbr_contract_count" in counters:
            contracts = request.env["faturamento_br.contract"].sudo()
            values["fbr_contract_count"] = contracts.search_count([*SHOWN, *customer()], limit=1)
        return values

    @http.route(["/my/contracts", "/my/contracts/page/<int:page>"], type="http", auth="user", website=True)
    def portal_my_contracts(self, page=1, **_options):
        """The list, newest first."""
        everybody, mine = request.env["faturamento_br.contract"].sudo(), [*SHOWN, *customer()]
        contracts, pages = page_of(everybody, mine, "/my/contracts", page, self._items_per_page)
        values = {
            **self._prepare_portal_layout_values(),
            "contracts": contracts,
            "page_name": "fbr_contracts",
            "default_url": "/my/contracts",
            "pager": pages,
        }
        return request.render("faturamento_br.portal_my_contracts", values)

    def _fbr_contract(self, contract_id, access_token):
        contract = own_or_by_link("faturamento_br.contract", contract_id, access_token, customer())
        if not contract.filtered_domain(SHOWN):
            raise request.not_found()
        return contract

    @http.route("/my/contracts/<int:contract_id>", type="http", auth="public", website=True)
    def portal_contract(self, contract_id, access_token=None, said=None, **_options):
        """One, with its next charges and its invoices."""
        contract = self._fbr_contract(contract_id, access_token)
        values = {
            "contract": contract,
            "access_token": contract._portal_ensure_token(),
            "page_name": "fbr_contracts",
            "said": said if said in ("asked", "late") else None,
            "no_footer": True,
        }
        return request.render("faturamento_br.portal_contract", values)

    @http.route("/my/contracts/<int:contract_id>/ask", type="http", auth="public", methods=["POST"])
    def portal_contract_ask(self, contract_id, what="", text="", access_token=None, **_options):
        """Ask for a change or the end; what is not possible now is told, not an error page."""
        contract = self._fbr_contract(contract_id, access_token)
        if what not in ("change", "end"):
            raise request.not_found()
        visitor = request.env.user
        author = contract.partner_id if visitor._is_public() else visitor.partner_id
        contract = contract.with_context(lang=contract.company_id.partner_id.lang)
        said = "asked"
        try:
            contract._ask(author, what, text)
        except UserError:
            said = "late"
        return request.redirect(contract.get_portal_url(query_string=f"&said={said}"))
