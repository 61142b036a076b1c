import base64
import binascii
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from cryptography import x509
from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..fiscal import certificate as core
from ..fiscal.digits import format_tax_id
from ..fiscal.problems import FiscalError
from ..fiscal.simulator.authority import MARK
from ..fiscal.spec import Environment
from . import secret_store
from .audit_entry import asked_by
from .problem_text import user_error

EXPIRING = timedelta(days=30)


class Certificate(models.Model):
    """An A1 certificate of a company.

    The PKCS#12 file and its password are stored encrypted by a key that lives outside the database (instance.py), in
    fields that nobody reads through RPC. They come in through two fields that are never stored nor given back, and
    leave only through :meth:`_load`, inside the server. A branch uses its own certificate, or its head office's.
    """

    _name = "faturamento_br.certificate"
    _description = "Digital certificate"
    _order = "valid_to desc, id desc"
    _check_company_domain = models.check_company_domain_parent_of

    name = fields.Char(help="Left empty, it takes the holder's name from the file.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    throwaway = fields.Boolean(
        "Simulator only",
        readonly=True,
        copy=False,
        help="Issued by the SEFAZ simulator: it is worth nothing anywhere else.",
    )

    user_ids = fields.Many2many(
        "res.users",
        "faturamento_br_certificate_user_rel",
        "certificate_id",
        "user_id",
        "Who may use it",
        copy=False,
        domain="[('company_ids', 'child_of', company_id), ('share', '=', False)]",
        help="Only these sign with it or ask SEFAZ by it; a job does it for who asked. Empty: whoever may issue.",
    )

    # Read from the file when it is uploaded.
    tax_id = fields.Char("CNPJ", readonly=True, copy=False)
    subject = fields.Char(readonly=True, copy=False)
    fingerprint = fields.Char("SHA-256 fingerprint", readonly=True, copy=False)
    valid_from = fields.Datetime(readonly=True, copy=False)
    valid_to = fields.Datetime("Valid until", readonly=True, copy=False)
    state = fields.Selection(
        [("valid", "Valid"), ("expiring", "Expires soon"), ("expired", "Expired")], compute="_compute_state"
    )

    pfx_encrypted = fields.Binary(attachment=False, copy=False, groups=fields.NO_ACCESS)
    password_encrypted = fields.Binary(attachment=False, copy=False, groups=fields.NO_ACCESS)

    # Write-only: create() and write() take them out of the values before the ORM sees them.
    pfx_upload = fields.Binary(
        "Certificate file", compute="_compute_upload", inverse="_inverse_upload", copy=False, groups="base.group_system"
    )
    pfx_filename = fields.Char(compute="_compute_upload", inverse="_inverse_upload", groups="base.group_system")
    password_upload = fields.Char(
        "Password", compute="_compute_upload", inverse="_inverse_upload", copy=False, groups="base.group_system"
    )

    @api.depends("valid_to")
    def _compute_state(self):
        now = fields.Datetime.now()
        for record in self:
            if not record.valid_to or record.valid_to < now:
                record.state = "expired"
            else:
                record.state = "expiring" if record.valid_to - now <= EXPIRING else "valid"

    def _compute_upload(self):
        self.pfx_upload = False
        self.pfx_filename = False
        self.password_upload = False

    def _inverse_upload(self):
        """Nothing: see create() and write(). It is here for the fields to be editable."""

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create([_without_upload(vals) for vals in vals_list])
        for record, vals in zip(records, vals_list, strict=True):
            record._store_upload(vals)
            record._put_to_use("user_ids" in vals)
        return records

    def write(self, vals):
        self.check_access("write")
        if "company_id" in vals and any(record.company_id.id != vals["company_id"] for record in self):
            raise UserError(self.env._("A certificate stays with its company: upload the file again in the other one."))
        result = super().write(_without_upload(vals))
        if "user_ids" in vals:
            self._audit_users()
        if vals.get("pfx_upload") or vals.get("password_upload"):
            for record in self:
                record._store_upload(vals)
        return result

    @api.ondelete(at_uninstall=False)
    def _audit_removal(self):
        for record in self:
            record._audit("certificate_removed", record._audited())

    def _store_upload(self, vals):
        """Keep an uploaded file and its password, encrypted, and the facts the file holds.

        :raises UserError: it does not open, or it is not good for the company now.
        """
        try:
            pfx = base64.b64decode(vals.get("pfx_upload") or b"", validate=True)
        except binascii.Error as error:
            raise UserError(self.env._("The certificate file did not arrive whole. Choose it again.")) from error
        if not pfx:
            raise UserError(self.env._("Choose the certificate file (.pfx or .p12) and type its password."))
        password = vals.get("password_upload") or ""
        try:
            opened = core.Certificate.load(pfx, password)
            self.company_id._fbr_check_certificate(opened)
            self.sudo().write(
                {
                    "name": vals.get("name") or _holder(opened),
                    "throwaway": _is_throwaway(opened),
                    "tax_id": format_tax_id(opened.tax_id),
                    "subject": opened.subject,
                    "fingerprint": sha256(opened.der).hexdigest(),
                    "valid_from": _naive(opened.not_before),
                    "valid_to": _naive(opened.not_after),
                    "pfx_encrypted": self._encrypt("pfx", pfx),
                    "password_encrypted": self._encrypt("password", password.encode()),
                }
            )
        except FiscalError as error:
            raise user_error(self.env, error.problems) from None  # a cause could carry what was typed
        self._audit("certificate_loaded", self._audited())

    def _put_to_use(self, users_given):
        """Make it its company's certificate, unless the simulator is in use and knows only the current one.

        :param users_given: whether it came with who may use it; otherwise those of the one before may, so that a
            renewal opens it to nobody else.
        """
        company = self.company_id
        real = [("company_id", "=", company.id), ("throwaway", "=", False), ("id", "!=", self.id)]
        before = self.sudo().search(real, order="id desc", limit=1)
        if users_given:
            self._audit_users()
        elif before.user_ids and not self.throwaway:
            self.user_ids = before.user_ids
        simulated = company.fbr_environment == Environment.SIMULATOR and company.fbr_certificate_id.throwaway
        if self.throwaway or not simulated:
            company.fbr_certificate_id = self

    def _load(self):
        """The opened certificate, from this process's cache when it is there. For the server's own use only.

        Whether it is still good is the company's to ask (:meth:`res.company._fbr_check_certificate`).

        :rtype: fiscal.certificate.Certificate
        :raises UserError: the key that encrypted it is lost or belongs to another server.
        """
        self.ensure_one()
        stored = self.sudo().with_context(bin_size=False)
        try:
            pfx = stored._decrypt("pfx", stored.pfx_encrypted)
            password = stored._decrypt("password", stored.password_encrypted)
            return core.load_cached(pfx, password.decode())
        except FiscalError as error:
            raise user_error(self.env, error.problems) from None

    def _check_may_use(self):
        """Whether the present user, or who asked for it, may sign with it or ask SEFAZ by it. The system itself may.

        :raises UserError: it is reserved to others.
        """
        asked = self.env["res.users"].browse(asked_by(self.env))
        if asked.id == SUPERUSER_ID:
            return
        users = self.sudo().user_ids
        if users and asked not in users:
            raise UserError(
                self.env._(
                    "%(user)s may not use the certificate %(certificate)s: it is reserved. Ask one of those who may "
                    "(%(users)s), or an administrator, in Digital certificates, Who may use it.",
                    user=asked.sudo().name,
                    certificate=self.sudo().name,
                    users=", ".join(users.mapped("name")),
                )
            )

    def _audit_users(self):
        for record in self:
            names = ", ".join(record.sudo().user_ids.mapped("name"))
            record._audit("certificate_users", names or self.env._("Whoever may issue"))

    def _audit(self, act, detail):
        self.env["faturamento_br.audit_entry"]._note(act, self, detail)

    def _audited(self):
        """Which file it is, for the audit trail; "–" when there is none."""
        if not self:
            return "–"
        return f"{self.name}, {format_date(self.env, self.valid_to)}, SHA-256 {self.fingerprint[:16]}"

    def _encrypt(self, what, plain):
        """Base64, bound to the company: moved by SQL to another one's certificate, it does not open."""
        return base64.b64encode(secret_store.encrypt(plain, f"certificate.{what}.{self.company_id.id}"))

    def _decrypt(self, what, stored):
        return secret_store.decrypt(base64.b64decode(stored or b""), f"certificate.{what}.{self.company_id.id}")


def _without_upload(vals):
    return {
        name: value for name, value in vals.items() if name not in ("pfx_upload", "pfx_filename", "password_upload")
    }


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _holder(opened) -> str:
    """The holder's name: the common name without the CNPJ that the ICP-Brasil appends to it."""
    names = x509.load_der_x509_certificate(opened.der).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    name = str(names[0].value) if names else opened.subject
    return name.rpartition(":")[0] or name


def _is_throwaway(opened) -> bool:
    """Whether a simulator issued it: its authority says so in its own name."""
    issuer = x509.load_der_x509_certificate(opened.der).issuer
    return any(name.value == MARK for name in issuer.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME))
