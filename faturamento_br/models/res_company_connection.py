from dataclasses import dataclass
from datetime import datetime

from odoo import models
from odoo.exceptions import UserError

from ..fiscal import certificate as core_certificate
from ..fiscal import connection
from ..fiscal.authorizer import Authorizer
from ..fiscal.problems import FiscalError
from ..fiscal.simulator import authority
from ..fiscal.spec import Environment
from ..fiscal.transport import Timeout, TransportError
from . import simulator_service
from .problem_text import text_of, user_error
from .res_company_authorizer import authorities

#: Somebody is waiting at the screen: shorter than for a document.
PATIENCE = Timeout(5.0, 20.0)


@dataclass(frozen=True)
class Probe:
    """What was seen when an authorizer was asked for its status (NFeStatusServico4).

    :param result: ``up``, ``down`` (it answered that it does not work) or ``failed`` (no answer).
    :param told: the authorizer's words, or why there was no answer and what to do.
    """

    result: str
    told: str
    uf: str = ""
    address: str = ""
    milliseconds: int = 0
    cStat: str = ""
    tMed: int = 0  # mean time of an answer, seconds, as the authorizer tells it
    holder: str = ""  # of the certificate that was shown
    valid_to: datetime | None = None  # naive UTC


class ResCompany(models.Model):
    """Is the authorizer there? Asked for the set-up, without a document and without switching anything."""

    _inherit = "res.company"

    def _fbr_probe(self, environment):
        """Ask the authorizer of ``environment`` for its status, with the certificate that would be used there.

        The company's own environment stays as it is, and a status has no legal effect: production may be asked before
        it is switched on.

        :param environment: a value of ``Environment``.
        :rtype: Probe
        """
        self.ensure_one()
        environment = Environment(environment)
        uf = self.sudo().state_id.code or ""
        seen = {"uf": uf}
        try:
            certificate = self._fbr_probe_certificate(environment)
            seen |= {
                "holder": certificate.subject,
                "valid_to": certificate.not_after.replace(tzinfo=None),
            }
            authorizer = self._fbr_probe_authorizer(environment, uf, certificate)
        except UserError as error:
            return Probe("failed", str(error), **seen)
        try:
            status, exchange = authorizer.status()
        except TransportError as error:
            exchange = error.exchange
            told = text_of(self.env, connection.explain(error))
            milliseconds = round(exchange.seconds * 1000)
            return Probe("failed", told, address=exchange.url, milliseconds=milliseconds, **seen)
        finally:
            authorizer.close()
        return Probe(
            "up" if status.up else "down",
            status.xMotivo,
            address=exchange.url,
            milliseconds=round(exchange.seconds * 1000),
            cStat=status.cStat,
            tMed=status.tMed or 0,
            **seen,
        )

    def _fbr_probe_authorizer(self, environment, uf, certificate):
        if not uf:
            raise UserError(self.env._("%(company)s has no state (UF): fill in its address.", company=self.name))
        simulator = {}
        if environment is Environment.SIMULATOR:
            running = simulator_service.required(self.env)
            simulator = {"simulator_url": running.url, "simulator_ca": str(running.ca_pem_path)}
        elif self.env["ir.config_parameter"].sudo().get_param("database.is_neutralized"):
            raise UserError(self.env._("This is a neutralized copy of a database: it only speaks to the simulator."))
        try:
            return Authorizer(environment, uf, certificate, ca=authorities(), timeout=PATIENCE, **simulator)
        except FiscalError as error:
            raise user_error(self.env, error.problems) from error

    def _fbr_probe_certificate(self, environment):
        """The opened certificate for ``environment``: in the simulator one made for the question, if need be.

        :raises UserError: there is none that is good there.
        """
        if environment is not Environment.SIMULATOR:
            record = self._fbr_real_certificate()
            if not record:
                raise UserError(
                    self.env._(
                        "%(company)s has no certificate that is worth something at SEFAZ: upload its A1 certificate.",
                        company=self.name,
                    )
                )
            opened = record._load()
            self._fbr_check_certificate(opened)
            return opened
        simulator_service.required(self.env)
        if self._fbr_known_to_simulator():
            return self._fbr_open_certificate()
        tax_id = self._fbr_tax_id()
        if not tax_id:
            raise UserError(
                self.env._("%(company)s has no valid CNPJ: fill it in the company's form first.", company=self.name)
            )
        pfx, password = authority.issue_certificate(
            simulator_service.state_dir(self.env), tax_id, self.name, uf=self.sudo().state_id.code or ""
        )
        return core_certificate.Certificate.load(pfx, password)
