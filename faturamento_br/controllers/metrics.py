import hmac
from hashlib import sha256

from odoo import http
from odoo.http import Response, request

from ..models.res_config_settings import METRICS_TOKEN as TOKEN

#: name -> (help, the figure's key); all are gauges, labelled by company and environment.
GAUGES = {
    "waiting": ("Documents on their way", "waiting"),
    "authorized_24h": ("Documents authorized in 24 hours", "authorized"),
    "rejected_24h": ("Documents rejected in 24 hours", "rejected"),
    "answer_seconds_p50": ("Median seconds to the authorizer's answer in 24 hours", "p50"),
    "answer_seconds_p95": ("95th percentile of the seconds to the authorizer's answer in 24 hours", "p95"),
    "authorizer_failures": ("Failures in a row of the authorizer", "failures"),
    "contingency": ("1 while NF-e are issued in contingency", "in_contingency"),
    "clock_error_seconds": ("How far the server's clock is ahead of the authorizer's", "clock_error"),
    "certificate_days": ("Days until the certificate ends", "certificate_days"),
    "gaps": ("Numbers to void", "gaps"),
}


class Metrics(http.Controller):
    """The figures of the page *Operations* for Prometheus, behind a token of their own."""

    @http.route("/faturamento_br/metrics", type="http", auth="none", readonly=True, save_session=False)
    def metrics(self):
        """Text format 0.0.4; 404 without a token in the settings, 401 for another."""
        env = request.env(su=True)
        wanted = env["ir.config_parameter"].get_param(TOKEN)
        if not wanted:
            return Response(status=404)
        given = request.httprequest.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(sha256(given.encode()).hexdigest(), wanted):
            return Response(status=401)
        companies = env["res.company"].search([("fbr_nfe_enabled", "=", True)])
        return Response(text_of(companies._fbr_figures()), content_type="text/plain; version=0.0.4; charset=utf-8")


def text_of(figures):
    """The figures as Prometheus reads them; one that is not known is left out."""
    lines = []
    for name, (told, key) in GAUGES.items():
        lines += [f"# HELP faturamento_br_{name} {told}", f"# TYPE faturamento_br_{name} gauge"]
        for each in figures:
            if each[key] not in (None, False):
                labels = f'company="{each["id"]}",environment="{each["environment"]}"'
                lines.append(f"faturamento_br_{name}{{{labels}}} {float(each[key]):g}")
    return "\n".join(lines) + "\n"
