import secrets
from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import UserError

from . import simulator_service

METRICS_TOKEN = "faturamento_br.metrics_token_sha256"  # only the hash of the token is kept


class ResConfigSettings(models.TransientModel):
    """Faturamento BR: the company's NF-e, its environment, its certificate, and the simulator."""

    _inherit = "res.config.settings"

    fbr_nfe_enabled = fields.Boolean(related="company_id.fbr_nfe_enabled", readonly=False)
    fbr_crt = fields.Selection(related="company_id.fbr_crt", readonly=False)
    fbr_pays_ipi = fields.Boolean(related="company_id.fbr_pays_ipi", readonly=False)
    fbr_pis_cofins_regime = fields.Selection(related="company_id.fbr_pis_cofins_regime", readonly=False)

    fbr_checklist_done = fields.Integer(compute="_compute_fbr_checklist")
    fbr_checklist_total = fields.Integer(compute="_compute_fbr_checklist")
    fbr_checklist_missing = fields.Char(compute="_compute_fbr_checklist")

    fbr_environment = fields.Selection(related="company_id.fbr_environment")
    fbr_production_refused = fields.Char(compute="_compute_fbr_production_refused")

    fbr_certificate_id = fields.Many2one(related="company_id.fbr_certificate_id", readonly=False)
    fbr_certificate_state = fields.Selection(related="company_id.fbr_certificate_id.state", string="Certificate state")
    fbr_certificate_valid_to = fields.Datetime(related="company_id.fbr_certificate_id.valid_to")
    fbr_certificate_throwaway = fields.Boolean(related="company_id.fbr_certificate_id.throwaway")

    fbr_technician_cnpj = fields.Char(related="company_id.fbr_technician_cnpj", readonly=False)
    fbr_technician_contact = fields.Char(related="company_id.fbr_technician_contact", readonly=False)
    fbr_technician_email = fields.Char(related="company_id.fbr_technician_email", readonly=False)
    fbr_technician_phone = fields.Char(related="company_id.fbr_technician_phone", readonly=False)
    fbr_technician_csrt_id = fields.Char(related="company_id.fbr_technician_csrt_id", readonly=False)
    fbr_technician_csrt = fields.Char(related="company_id.fbr_technician_csrt", readonly=False)
    fbr_technician_csrt_kept = fields.Boolean(related="company_id.fbr_technician_csrt_kept")
    fbr_authorized_readers = fields.Char(related="company_id.fbr_authorized_readers", readonly=False)

    fbr_simulator_url = fields.Char("Simulator address", compute="_compute_fbr_simulator")
    fbr_simulator_page = fields.Char("Simulator page", compute="_compute_fbr_simulator")
    fbr_simulator_problem = fields.Char("Simulator problem", compute="_compute_fbr_simulator")
    fbr_simulator_received = fields.Integer("Messages received", compute="_compute_fbr_simulator")
    fbr_simulator_authorized = fields.Integer("NF-e authorized", compute="_compute_fbr_simulator")

    @api.depends("company_id", "fbr_environment")
    def _compute_fbr_checklist(self):
        """How far the company is on the way to its first NF-e, and what is missing, in words."""
        for settings in self:
            brazilian = settings.company_id.account_fiscal_country_id.code == "BR"
            lines = settings.company_id._fbr_checklist() if brazilian else []
            missing = [line.label for line in lines if line.state == "missing"]
            settings.fbr_checklist_done = len(lines) - len(missing)
            settings.fbr_checklist_total = len(lines)
            settings.fbr_checklist_missing = ", ".join(missing)

    @api.depends("company_id", "fbr_environment")
    def _compute_fbr_production_refused(self):
        """Why production cannot be used from here; empty when it can, or is not on."""
        for settings in self:
            settings.fbr_production_refused = False
            try:
                settings.company_id._fbr_checked_environment()
            except UserError as error:
                settings.fbr_production_refused = str(error)

    @api.depends("company_id")
    def _compute_fbr_simulator(self):
        """The settings open whatever happens to the simulator; what happened is shown in its place."""
        brazilian = self.filtered(lambda settings: settings.company_id.account_fiscal_country_id.code == "BR")
        status, problem = simulator_service.Status(), False
        if brazilian:
            try:
                status = simulator_service.status(self.env)
            except UserError as error:
                problem = str(error)
        for settings in self:
            settings.fbr_simulator_url = status.url
            settings.fbr_simulator_page = status.page
            settings.fbr_simulator_received = status.received
            settings.fbr_simulator_authorized = status.authorized
            settings.fbr_simulator_problem = problem

    # --- Buttons ------------------------------------------------------------------------------------------------

    def action_fbr_use_simulator(self):
        self._fbr_check_may_configure()
        self.company_id._fbr_use_simulator()
        return _reload()

    def action_fbr_use_homologation(self):
        self._fbr_check_may_configure()
        self.company_id._fbr_use_homologation()
        return _reload()

    def action_fbr_switch_production_on(self):
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("faturamento_br.production_wizard_action"),
            "context": {"default_company_id": self.company_id.id},
        }

    def action_fbr_upload_certificate(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Upload certificate"),
            "res_model": "faturamento_br.certificate",
            "view_mode": "form",
            "target": "new",
            "context": {"default_company_id": self.company_id.id},
        }

    def action_fbr_start_simulator(self):
        self._fbr_check_may_configure()
        simulator_service.start(self.env)
        return _reload()

    def action_fbr_stop_simulator(self):
        self._fbr_check_may_configure()
        simulator_service.stop(self.env)
        return _reload()

    def action_fbr_test_connection(self):
        self._fbr_check_may_configure()
        return self.env["faturamento_br.connection.test"]._fbr_open(self.company_id)

    def action_fbr_new_metrics_token(self):
        """Make the token of the metrics address anew; it is shown once, and only its hash is kept."""
        self._fbr_check_may_configure()
        token = secrets.token_urlsafe(32)
        self.env["ir.config_parameter"].sudo().set_param(METRICS_TOKEN, sha256(token.encode()).hexdigest())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "sticky": True,
                "title": self.env._("Token of the metrics address"),
                "message": self.env._("Copy it now, it is not shown again: %s", token),
            },
        }

    def _fbr_check_may_configure(self):
        """Public methods are callable by RPC on an empty recordset, where no access right is asked for."""
        self.ensure_one()
        self.check_access("write")


def _reload():
    return {"type": "ir.actions.client", "tag": "reload"}
