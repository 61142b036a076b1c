from base64 import b64encode
from dataclasses import asdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fiscal import connection, cstat, endpoints, registry_query
from ..fiscal.authorizer import Authorizer
from ..fiscal.digits import normalize_tax_id
from ..fiscal.ie import normalize_ie
from ..fiscal.problems import FiscalError, Problem
from ..fiscal.registry_query import RegistryVerdict
from ..fiscal.rejections import shown
from ..fiscal.spec import Environment
from ..fiscal.transport import TransportError
from . import simulator_service
from .document_use_limits import BLOCKED, IMPROPER_USE, LEEWAY
from .problem_text import text_of, user_error
from .res_company_authorizer import authorities
from .res_company_connection import PATIENCE

REGISTRY, KEY = "registry", "key"


class Question(models.Model):
    """What a user asked SEFAZ beside issuing, and its answer: of a contributor, or of an NF-e by its key.

    It is what is known of a customer's registration, and what the limits of use are counted by. Users only read it.
    """

    _name = "faturamento_br.question"
    _description = "Question to SEFAZ"
    _order = "id desc"
    _rec_name = "subject"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    environment = fields.Selection(
        selection=lambda self: self.env["faturamento_br.document"]._environments(), required=True, readonly=True
    )
    service = fields.Selection(
        [(REGISTRY, "Register of contributors"), (KEY, "NF-e by its access key")], "About", required=True, readonly=True
    )
    uf = fields.Char("UF", required=True, readonly=True)
    subject = fields.Char("CNPJ, CPF, IE or key", required=True, readonly=True)
    asked_at = fields.Datetime("Asked on", required=True, readonly=True, default=fields.Datetime.now)
    cStat = fields.Char("cStat", readonly=True)
    xMotivo = fields.Char("Answer", readonly=True)
    verdict = fields.Char(readonly=True, help="What the answer means; empty when there was none.")
    found = fields.Json(readonly=True, help="The registrations, as the register tells them.")
    response = fields.Binary(attachment=False, readonly=True, help="The answer, as received.")

    _by_subject = models.Index("(company_id, service, subject, id)")

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Questions to SEFAZ are kept: its limits of use are counted by them."))

    # --- Asking -------------------------------------------------------------------------------------------------

    @api.model
    def _check_may_ask(self):
        if not (self.env.su or self.env.user.has_group("account.group_account_invoice")):
            raise UserError(self.env._("Only who may create invoices may ask SEFAZ."))

    @api.model
    def _check_not_blocked(self, company, service):
        """Nothing is asked for an hour after SEFAZ answered 656, by whoever asks with the same certificate.

        :raises UserError: with the moment from which it may be asked again.
        """
        hour = timedelta(seconds=cstat.limit("blocked_after_656").seconds) + LEEWAY
        told = self.sudo().search(
            [
                ("service", "=", service),
                ("cStat", "=", IMPROPER_USE),
                ("environment", "=", company.sudo().fbr_environment),
                ("asked_at", ">", fields.Datetime.now() - hour),
            ]
        )
        certificate = company._fbr_get_certificate()
        for question in told:
            if question.company_id == company or question.company_id._fbr_get_certificate() == certificate:
                problem = Problem("use_blocked", "", *BLOCKED, {"until": question.asked_at + hour})
                raise user_error(self.env, [problem])

    @api.model
    def _ask_registry(self, company, asked):
        """Ask the register of a UF about a contributor, with ``company``'s certificate, in its environment.

        What SEFAZ answered is kept, a failure too: whoever calls this shows it and raises nothing afterwards.

        :param asked: a :class:`~..fiscal.registry_query.RegistryQuestion`.
        :raises UserError: the question is wrong, the UF offers no such query, it must not be asked now, or there is
            no way to it (certificate, simulator).
        """
        self._check_may_ask()
        if wrong := registry_query.problems(asked):
            raise user_error(self.env, wrong)
        self._check_not_blocked(company, REGISTRY)
        values = {"service": REGISTRY, "uf": asked.uf, "subject": asked.cnpj or asked.cpf or asked.ie}
        try:
            endpoints.registry_authorizer(asked.uf)
            authorizer = company._fbr_authorizer_of(asked.uf)
        except FiscalError as error:
            raise user_error(self.env, error.problems) from error
        try:
            outcome, exchange = authorizer.query_registration(asked)
        except TransportError as error:
            exchange = error.exchange
            values["xMotivo"] = text_of(self.env, connection.explain(error))
        else:
            found = [_plain(one) for one in outcome.registrations]
            values |= {"verdict": outcome.verdict.value, "found": found, "cStat": outcome.cStat}
            values["xMotivo"] = shown(outcome.xMotivo)
        finally:
            authorizer.close()
        return self._keep(company, exchange, values)

    @api.model
    def _keep(self, company, exchange, values):
        environment = company.sudo().fbr_environment
        kept = {"company_id": company.id, "environment": environment, "response": b64encode(exchange.response)}
        return self.sudo().create({**kept, **values})

    # --- What is known ------------------------------------------------------------------------------------------

    @api.model
    def _known(self, company, partners):
        """What the register last said of each partner, by its CNPJ, CPF or IE as they are now.

        :return: ``{partner: (question, situation)}``, situation being ``active``, ``inactive`` or ``nobody``; without
            those of whom nothing is known.
        """
        subjects = {partner: _subjects(partner) for partner in partners}
        wanted = [subject for found in subjects.values() for subject in found]
        if not wanted:
            return {}
        domain = [
            ("company_id", "=", company.id),
            ("environment", "=", company.sudo().fbr_environment),
            ("service", "=", REGISTRY),
            ("subject", "in", wanted),
            ("verdict", "in", (RegistryVerdict.FOUND, RegistryVerdict.NOBODY)),
        ]
        known = {}
        for question in self.sudo().search(domain):
            for partner, found in subjects.items():
                if partner not in known and question.subject in found and question.uf == partner.state_id.code:
                    known[partner] = (question, question._situation(partner))
        return known

    def _situation(self, partner):
        """Whether ``partner`` may buy as a contributor: its own registration's state, or that of any of them."""
        ie = normalize_ie(partner.l10n_br_ie_code or "")
        own = [one for one in self.found or () if one["ie"].lstrip("0") == ie.lstrip("0")]
        states = [one["active"] for one in own or self.found or ()]
        return "nobody" if not states else "active" if any(states) else "inactive"


class ResCompany(models.Model):
    _inherit = "res.company"

    def _fbr_authorizer_of(self, uf):
        """An authorizer of another UF than the company's own, for one question; to be closed.

        :raises UserError: this database must not speak to the company's environment, there is no good certificate, or
            the simulator is not running.
        :raises FiscalError: nobody authorizes for ``uf``.
        """
        self.ensure_one()
        environment = self._fbr_checked_environment()
        certificate, simulator = self._fbr_load_certificate(), {}
        if environment is Environment.SIMULATOR:
            running = simulator_service.required(self.env)
            simulator = {"simulator_url": running.url, "simulator_ca": str(running.ca_pem_path)}
        return Authorizer(environment, uf, certificate, ca=authorities(), timeout=PATIENCE, **simulator)


def _subjects(partner):
    """By what a partner may have been asked about."""
    found = (normalize_tax_id(partner.vat or ""), normalize_ie(partner.l10n_br_ie_code or ""))
    return [text for text in found if text]


def _plain(registration):
    """A registration as JSON keeps it."""
    return {
        name: value if isinstance(value, bool) else str(value or "") for name, value in asdict(registration).items()
    }
