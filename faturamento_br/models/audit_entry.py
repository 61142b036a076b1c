from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.http import STORED_SESSION_BYTES, request

SCREEN, API, JOB, SERVER = "screen", "api", "job", "server"
#: Where Odoo's own screens call the server, and the plain pages and forms of its site.
SCREEN_PATHS = ("/web/", "/my/", "/odoo", "/mail/")


def asked_by(env):
    """The id of the user for whom the present work is done: the present one, or whoever had the system do it.

    Only the system itself may say so, in its context: a client's context is its own claim.
    """
    return env.uid if env.uid != SUPERUSER_ID else env.context.get("fbr_asked_by") or env.uid


class AuditEntry(models.Model):
    """Who did what with fiscal force, when and from where. Written once by :meth:`_note`; nobody changes a line.

    Where from is what Odoo's own list of devices knows of a session (``res.device.log``): address, system, browser and
    the beginning of the session's name, which opens nothing.
    """

    _name = "faturamento_br.audit_entry"
    _description = "Audit trail"
    _order = "id desc"
    _rec_name = "record_name"
    _log_access = False  # it says itself who and when

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    happened_at = fields.Datetime("When", required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Who", required=True, readonly=True, index=True)
    act = fields.Selection(
        [
            ("issue", "NF-e signed to be issued"),
            ("cancel", "Cancellation signed"),
            ("correct", "CC-e signed"),
            ("epec", "EPEC signed"),
            ("void", "Numbers voided"),
            ("environment", "Environment changed"),
            ("certificate_loaded", "Certificate loaded"),
            ("certificate_used", "Certificate put to use"),
            ("certificate_users", "Who may use the certificate"),
            ("certificate_removed", "Certificate deleted"),
        ],
        "What",
        required=True,
        readonly=True,
        index=True,
    )
    res_model = fields.Char("Model", readonly=True)
    res_id = fields.Many2oneReference("Record number", model_field="res_model", readonly=True)
    record_name = fields.Char("Record", readonly=True, help="As it was called then.")
    detail = fields.Char(readonly=True)
    origin = fields.Selection(
        [(SCREEN, "Odoo's screens"), (API, "API"), (JOB, "Scheduled job"), (SERVER, "Server's command line")],
        "From where",
        required=True,
        readonly=True,
    )
    ip_address = fields.Char("IP address", readonly=True)
    device = fields.Char(readonly=True, help="System and browser, as in the user's list of devices.")
    session_identifier = fields.Char(
        "Session",
        readonly=True,
        groups="base.group_system",
        help="The beginning of the session's name, as in the list of devices.",
    )

    _of_record = models.Index("(res_model, res_id)")

    @api.model
    def _note(self, act, records, detail=""):
        """Write down that the present user, or who asked for it, did ``act`` with each of ``records``: one insert.

        :param act: a value of the field ``act``.
        :param records: companies, or records of one model with ``company_id``.
        :param detail: what is worth knowing besides: a text, or one for each record, by the record.
        """
        here = {"act": act, "happened_at": fields.Datetime.now(), "user_id": asked_by(self.env), **self._whence()}
        details = detail if isinstance(detail, dict) else dict.fromkeys(records, detail)
        self.sudo().create(
            [
                {
                    **here,
                    "company_id": (record if record._name == "res.company" else record.company_id).id,
                    "res_model": record._name,
                    "res_id": record.id,
                    "record_name": record.display_name,
                    "detail": details[record],
                }
                for record in records.sudo()
            ]
        )

    @api.model
    def _whence(self):
        """Where the present call comes from, as the fields that tell it."""
        if not request:
            return {"origin": JOB if "cron_id" in self.env.context else SERVER}
        asked, session = request.httprequest, request.session
        agent = asked.user_agent
        return {
            "origin": SCREEN if asked.path.startswith(SCREEN_PATHS) else API,
            "ip_address": asked.remote_addr,
            "device": " ".join(part.capitalize() for part in (agent.platform, agent.browser) if part) or agent.string,
            "session_identifier": (session.sid or "")[:STORED_SESSION_BYTES],
        }

    def write(self, vals):  # pylint: disable=method-required-super
        """Refused to everybody, the system too."""
        raise UserError(self.env._("The audit trail is never changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The audit trail is never deleted."))

    def action_open(self):
        """Open what the line speaks of.

        :raises UserError: it is not there any more.
        """
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id).exists()
        if not record:
            raise UserError(self.env._("%s does not exist any more.", self.record_name))
        return record._get_records_action(name=self.record_name)
