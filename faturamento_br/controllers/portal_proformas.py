from odoo import http
from odoo.addons.account_payment.controllers.portal import PortalAccount
from odoo.exceptions import UserError
from odoo.http import request

from .visitor import customer, own_or_by_link, page_of

SHOWN = ("open", "accepted", "refused", "expired", "converted")


class ProformaPortal(PortalAccount):
    """The customer's pro-formas: see, accept, refuse, pay.

    Odoo hides drafts from the portal, and portal users have no right to them. Which are theirs is decided here alone:
    by the link's token, or by the customer's company.
    """

    def _fbr_proformas_domain(self):
        return [("fbr_proforma_state", "in", SHOWN), *customer()]

    def _fbr_proforma(self, move_id, access_token):
        """The pro-forma that this visitor may see; nobody else's exists for them."""
        move = own_or_by_link("account.move", move_id, access_token, self._fbr_proformas_domain())
        if not move.fbr_proforma_number:
            raise request.not_found()
        return move

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "fbr_proforma_count" in counters:
            moves = request.env["account.move"].sudo()
            values["fbr_proforma_count"] = moves.search_count(self._fbr_proformas_domain(), limit=1)
        return values

    @http.route(["/my/proformas", "/my/proformas/page/<int:page>"], type="http", auth="user", website=True)
    def portal_my_proformas(self, page=1, **_options):
        """The list, newest first."""
        moves, mine = request.env["account.move"].sudo(), self._fbr_proformas_domain()
        proformas, pages = page_of(moves, mine, "/my/proformas", page, self._items_per_page, order="id desc")
        values = {
            **self._prepare_portal_layout_values(),
            "proformas": proformas,
            "page_name": "fbr_proformas",
            "default_url": "/my/proformas",
            "pager": pages,
        }
        return request.render("faturamento_br.portal_my_proformas", values)

    @http.route("/my/proformas/<int:move_id>", type="http", auth="public", website=True)
    def portal_proforma(self, move_id, access_token=None, said=None, **_options):
        """One, with what the customer can do about it now."""
        move = self._fbr_proforma(move_id, access_token)
        token = move._portal_ensure_token()
        values = {
            "move": move,
            "access_token": token,
            "page_name": "fbr_proformas",
            "payable": move._fbr_proforma_payable(),
            "said": said if said in ("accepted", "refused", "late") else None,
            "no_footer": True,
        }
        if values["payable"]:
            due = move._fbr_proforma_due()
            values["amount"] = due  # what Odoo's payment form asks for
            values |= self._get_common_page_view_values(
                invoices_data={
                    "partner": move.partner_id,
                    "company": move.company_id,
                    "total_amount": due,
                    "currency": move.currency_id,
                    "landing_route": move._fbr_proforma_url(),
                    "transaction_route": f"/invoice/transaction/{move.id}",
                },
                access_token=token,
            )
        return request.render("faturamento_br.portal_proforma", values)

    @http.route("/my/proformas/<int:move_id>/pdf", type="http", auth="public", website=True)
    def portal_proforma_pdf(self, move_id, access_token=None, **_options):
        """The PDF of the version in force, as it was sent."""
        version = self._fbr_proforma(move_id, access_token)._fbr_proforma_last()
        if not version.attachment_id:
            raise request.not_found()
        return request.env["ir.binary"]._get_stream_from(version.attachment_id).get_response()

    @http.route("/my/proformas/<int:move_id>/<any(accept,refuse):answer>", type="http", auth="public", methods=["POST"])
    def portal_proforma_answer(self, move_id, answer, access_token=None, reason="", **_options):
        """What the customer says of it; too late is told, not an error page."""
        move = self._fbr_proforma(move_id, access_token)
        visitor = request.env.user
        author = move.partner_id if visitor._is_public() else visitor.partner_id
        move = move.with_context(lang=move.company_id.partner_id.lang)
        try:
            if answer == "accept":
                move._fbr_proforma_accept(author)
            else:
                move._fbr_proforma_refuse(author, reason.strip()[:500])
        except UserError:
            return request.redirect(move._fbr_proforma_url(said="late"))
        return request.redirect(move._fbr_proforma_url(said="accepted" if answer == "accept" else "refused"))
