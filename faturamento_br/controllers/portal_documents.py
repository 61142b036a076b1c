from odoo import http
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.exceptions import AccessError, MissingError
from odoo.http import request

from .visitor import page_of

#: What a customer may fetch for ever; also when the sale was cancelled.
OFFERED = ("authorized", "cancelled")
FILES = {"xml": "xml_attachment_id", "danfe": "danfe_attachment_id"}


class DocumentPortal(CustomerPortal):
    """The customer's fiscal documents: XML and DANFE, for ever.

    Portal users have no right to the documents themselves. Which are theirs is decided here alone, by the customer of
    the document or of its invoice: everybody of the same company sees all of that company.
    """

    def _fbr_documents_domain(self):
        customer = request.env.user.partner_id.commercial_partner_id.id
        return [
            ("state", "in", OFFERED),
            ("xml_attachment_id", "!=", False),
            "|",
            ("partner_id.commercial_partner_id", "=", customer),
            ("move_id.commercial_partner_id", "=", customer),
        ]

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "fbr_document_count" in counters:
            documents = request.env["faturamento_br.document"].sudo()
            values["fbr_document_count"] = documents.search_count(self._fbr_documents_domain(), limit=1)
        return values

    @http.route(["/my/nfe", "/my/nfe/page/<int:page>"], type="http", auth="user", website=True)
    def portal_my_fiscal_documents(self, page=1, **_options):
        """The list, newest first."""
        every, mine = request.env["faturamento_br.document"].sudo(), self._fbr_documents_domain()
        documents, pages = page_of(every, mine, "/my/nfe", page, self._items_per_page)
        values = {
            **self._prepare_portal_layout_values(),
            "documents": documents,
            "page_name": "fbr_documents",
            "default_url": "/my/nfe",
            "pager": pages,
        }
        return request.render("faturamento_br.portal_my_fiscal_documents", values)

    @http.route("/my/nfe/<int:document_id>/<string:kind>", type="http", auth="user", website=True)
    def portal_fiscal_document_file(self, document_id, kind, **_options):
        """The XML or the DANFE of one of the customer's own documents; anybody else's does not exist for them."""
        found = [("id", "=", document_id), *self._fbr_documents_domain()]
        return self._fbr_stream(request.env["faturamento_br.document"].sudo().search(found), kind)

    @http.route("/my/invoices/<int:invoice_id>/nfe/<string:kind>", type="http", auth="public", website=True)
    def portal_invoice_file(self, invoice_id, kind, access_token=None, **_options):
        """The same, from the invoice's own page, or by the link with a token that its e-mail carries."""
        try:
            invoice = self._document_check_access("account.move", invoice_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        document = invoice.sudo().fbr_document_ids.filtered(lambda each: each.state in OFFERED).sorted("id")[-1:]
        return self._fbr_stream(document, kind)

    def _fbr_stream(self, document, kind):
        attachment = document[FILES[kind]] if kind in FILES else None
        if not attachment:
            raise request.not_found()
        return request.env["ir.binary"]._get_stream_from(attachment).get_response(as_attachment=kind == "xml")
