import hashlib
import hmac
from datetime import UTC

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..fiscal import certificate as core_certificate
from ..fiscal.digits import is_cnpj, is_cpf, normalize_tax_id
from ..fiscal.problems import FiscalError
from ..fiscal.spec import Environment
from .instance import IDENTITY
from .problem_text import user_error

PRODUCTION = Environment.PRODUCTION.value


class ResCompany(models.Model):
    """Where a company's documents go, and the certificate that signs them.

    Production is sealed: the wizard stores an HMAC, keyed by this installation's identity (a secret outside the
    database), of the database's uuid, its name, the company and its CNPJ. A copy of the database, however it was
    made, has a seal that does not match, and cannot send. The seal also guards the field: production cannot be
    written without it, and no RPC client can compute it.
    """

    _inherit = "res.company"

    fbr_environment = fields.Selection(
        [
            (Environment.SIMULATOR.value, "Simulator"),
            (Environment.HOMOLOGATION.value, "Homologation (SEFAZ tests)"),
            (PRODUCTION, "Production"),
        ],
        "NF-e environment",
        default=Environment.SIMULATOR.value,
        required=True,
        copy=False,
    )
    fbr_production_seal = fields.Char(copy=False, groups=fields.NO_ACCESS)
    fbr_certificate_id = fields.Many2one(
        "faturamento_br.certificate",
        "Digital certificate",
        copy=False,
        ondelete="restrict",
        groups="base.group_system,account.group_account_invoice,account.group_account_readonly",
    )

    @api.constrains("fbr_certificate_id")
    def _check_fbr_certificate(self):
        for company in self.sudo():
            certificate = company.fbr_certificate_id
            if certificate and certificate.company_id not in company.parent_ids:
                raise ValidationError(
                    self.env._(
                        "The certificate %(certificate)s belongs to another company: upload it in %(company)s.",
                        certificate=certificate.name,
                        company=company.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("fbr_environment") == PRODUCTION for vals in vals_list):
            raise self._fbr_production_refused()
        return super().create(vals_list)

    def write(self, vals):
        if "fbr_environment" in vals:
            if vals["fbr_environment"] != PRODUCTION:
                vals = {**vals, "fbr_production_seal": False}
            elif not all(company._fbr_seal_matches(vals.get("fbr_production_seal")) for company in self):
                raise self._fbr_production_refused()
        if not vals.keys() & {"fbr_environment", "fbr_certificate_id"}:
            return super().write(vals)
        before = {company: (company.fbr_environment, company.fbr_certificate_id) for company in self.sudo()}
        result = super().write(vals)
        self._fbr_audit_changes(before)
        return result

    def _fbr_audit_changes(self, before):
        """Who moved companies to another environment, or had another certificate sign for them.

        :param before: ``{company: (environment, certificate)}`` before the change.
        """
        names = dict(self._fields["fbr_environment"]._description_selection(self.env))
        moved, signed = {}, {}
        for company, (environment, certificate) in before.items():
            if company.fbr_environment != environment:
                moved[company] = f"{names[environment]} → {names[company.fbr_environment]}"
            if company.fbr_certificate_id != certificate:
                signed[company] = " → ".join(each._audited() for each in (certificate, company.fbr_certificate_id))
        for act, details in (("environment", moved), ("certificate_used", signed)):
            if details:
                self.env["faturamento_br.audit_entry"]._note(act, self.browse().concat(*details), details)

    def _fbr_production_refused(self):
        return UserError(
            self.env._(
                "Production is switched on by an administrator, in Settings: Faturamento BR, Switch production on."
            )
        )

    # --- Production ---------------------------------------------------------------------------------------------

    def _fbr_switch_production_on(self):
        """Seal production to this database on this server. The wizard has asked and checked the rights."""
        self.ensure_one()
        try:
            seal = self._fbr_seal(IDENTITY.obtain())
        except FiscalError as error:
            raise user_error(self.env, error.problems) from error
        self.sudo().write({"fbr_environment": PRODUCTION, "fbr_production_seal": seal})

    def _fbr_checked_environment(self):
        """The company's environment, where production is proved to be this database's own.

        To be asked before each contact with an authorizer.

        :rtype: fiscal.spec.Environment
        :raises UserError: production was switched on in another database or on another server.
        """
        self.ensure_one()
        company = self.sudo()
        if company.fbr_environment == PRODUCTION and not company._fbr_seal_matches(company.fbr_production_seal):
            raise UserError(
                self.env._(
                    "%(company)s cannot send to production from here: production was switched on in another database "
                    "or on another server, and this looks like a copy of it (or it was renamed, moved or restored, or "
                    "the company's CNPJ changed). If this is the real system, an administrator switches production on "
                    "again in Settings, Faturamento BR. If it is a copy, choose the simulator there.",
                    company=company.name,
                )
            )
        return Environment(company.fbr_environment)

    def _fbr_seal_matches(self, seal):
        try:
            identity = IDENTITY.find()
        except FiscalError as error:
            raise user_error(self.env, error.problems) from error
        return bool(seal and identity) and hmac.compare_digest(self._fbr_seal(identity), seal)

    def _fbr_seal(self, identity):
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        sealed = "\n".join(("production", str(uuid), self.env.cr.dbname, str(self.id), self._fbr_tax_id()))
        return hmac.new(identity, sealed.encode(), hashlib.sha256).hexdigest()

    # --- Certificate --------------------------------------------------------------------------------------------

    def _fbr_tax_id(self):
        """The company's CNPJ (or a rural producer's CPF) without punctuation, "" without one."""
        return normalize_tax_id(self.sudo().vat or "")

    def _fbr_get_certificate(self):
        """The company's certificate record, or the nearest head office's of the same CNPJ root; empty without any.

        Odoo's branches may be other companies' establishments (a holding's): a certificate signs only for the first 8
        characters of its CNPJ (cStat 213), so another's is not even tried.
        """
        self.ensure_one()
        own = self.sudo().fbr_certificate_id
        if own:
            return own
        offices = self.sudo().parent_ids[::-1]
        shared = (office.fbr_certificate_id for office in offices if self._fbr_shares_certificates(office))
        return next(filter(None, shared), self.env["faturamento_br.certificate"])

    def _fbr_shares_certificates(self, office):
        """Whether ``office`` has this company's CNPJ root, so that its certificate signs here too."""
        tax_id = self._fbr_tax_id()
        return len(tax_id) == 14 and tax_id[:8] == office._fbr_tax_id()[:8]

    def _fbr_real_certificate(self):
        """The newest certificate that is worth something at SEFAZ and not expired, its own or its head office's."""
        current = self._fbr_get_certificate()
        if current and not current.throwaway:
            return current
        offices = self.sudo().parent_ids.filtered(
            lambda office: office == self or self._fbr_shares_certificates(office)
        )
        real = [
            ("company_id", "in", offices.ids),
            ("throwaway", "=", False),
            ("valid_to", ">", fields.Datetime.now()),
        ]
        return self.env["faturamento_br.certificate"].sudo().search(real, limit=1)

    def _fbr_take_real_certificate(self):
        """Put the newest real certificate in the place of a simulator's one; none, if there is no real one."""
        self.ensure_one()
        if self._fbr_get_certificate().throwaway:
            self.fbr_certificate_id = self._fbr_real_certificate()

    def _fbr_check_certificate(self, opened):
        """Whether an opened certificate may sign for this company now.

        :param fiscal.certificate.Certificate opened:
        :raises UserError: it expired, it is another's, or the company has no CNPJ.
        """
        self.ensure_one()
        tax_id = self._fbr_tax_id()
        if not (is_cnpj(tax_id) or is_cpf(tax_id)):
            raise UserError(
                self.env._("%(company)s has no valid CNPJ: fill it in the company's form first.", company=self.name)
            )
        found = core_certificate.problems(opened, tax_id, fields.Datetime.now().replace(tzinfo=UTC))
        if found:
            raise user_error(self.env, found)

    def _fbr_load_certificate(self):
        """The opened certificate, for the present user to sign this company's documents or to speak to SEFAZ with.

        :rtype: fiscal.certificate.Certificate
        :raises UserError: the user may not use it, or as :meth:`_fbr_open_certificate`.
        """
        self._fbr_get_certificate()._check_may_use()
        return self._fbr_open_certificate()

    def _fbr_open_certificate(self):
        """The opened certificate of this company, only to look at or to test: whose right it is, is not asked.

        :rtype: fiscal.certificate.Certificate
        :raises UserError: there is none, it cannot be opened, it expired, or it is not good for this company.
        """
        self.ensure_one()
        record = self._fbr_get_certificate()
        if not record:
            raise UserError(
                self.env._(
                    "%(company)s has no digital certificate: an administrator uploads it in Settings, Faturamento BR.",
                    company=self.name,
                )
            )
        if record.throwaway and self.sudo().fbr_environment != Environment.SIMULATOR:
            raise UserError(
                self.env._(
                    "The certificate of %(company)s was issued by the simulator and is worth nothing at SEFAZ: an "
                    "administrator uploads the company's A1 certificate in Settings, Faturamento BR.",
                    company=self.name,
                )
            )
        opened = record._load()
        self._fbr_check_certificate(opened)
        return opened
