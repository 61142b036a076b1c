"""Which records a visitor of the portal may see, where portal users have no right to the model itself."""

from hmac import compare_digest

from odoo import SUPERUSER_ID
from odoo.addons.portal.controllers.portal import pager
from odoo.http import request


def own_or_by_link(model, record_id, access_token, own):
    """The record that this visitor may see, as the superuser has it; for them nobody else's exists.

    What follows from the visit is the superuser's, as in Odoo's own portal: what the public user creates, users of a
    company may not even look at.

    :param model: name of a model with ``access_token``.
    :param access_token: of the link by which they came, if any.
    :param own: domain of what belongs to the customer who is logged in.
    :raises werkzeug.exceptions.NotFound: there is none, or it is not theirs.
    """
    found = request.env[model].sudo().search([("id", "=", record_id)])
    if found and access_token and compare_digest(found.access_token or "", access_token):
        return found.with_user(SUPERUSER_ID)
    if found and not request.env.user._is_public() and found.filtered_domain(own):
        return found.with_user(SUPERUSER_ID)
    raise request.not_found()


def customer():
    """Domain of what belongs to the company of whom is logged in."""
    return [("commercial_partner_id", "=", request.env.user.partner_id.commercial_partner_id.id)]


def page_of(records, domain, url, page, step, order=None):
    """One page of a list, and its pager.

    :param records: the model, with the rights to read it.
    :param url: of the list.
    :param step: records a page.
    """
    pages = pager(url=url, total=records.search_count(domain), page=page, step=step, url_args={})
    return records.search(domain, order=order, limit=step, offset=pages["offset"]), pages
