from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock

import certifi
import certifi_icpbr
from odoo import models
from odoo.exceptions import UserError
from odoo.tools import config

from ..fiscal.authorizer import NATIONAL, Authorizer
from ..fiscal.problems import FiscalError
from ..fiscal.spec import Environment
from . import simulator_service
from .problem_text import user_error

# (database, company, tpEmis of an SVC or the Ambiente Nacional) -> (what it was made of, Authorizer). A TLS connection
# costs 12 ms, so each process keeps one session per company and authorizer; another environment, certificate, UF or
# address takes its place.
_kept = {}
_lock = Lock()


@cache
def authorities():
    """PEM of the authorities that a SEFAZ's server may be certified by.

    Many of them are certified by ICP-Brasil, which no system trusts by itself. A newer root is added by the option
    ``faturamento_br_ca`` of Odoo's configuration: the path of a PEM file.
    """
    own = config.get("faturamento_br_ca")
    paths = [certifi.where(), certifi_icpbr.where(), *([own] if own else [])]
    return b"\n".join(Path(path).read_bytes() for path in paths)


class ResCompany(models.Model):
    """The company's way to its authorizer."""

    _inherit = "res.company"

    def _fbr_authorizer(self, environment=None, svc=None, national=False):
        """The authorizer of this company in its environment, with this process's session.

        Environment, seal and certificate are checked at each call: ask again before each contact, keep none.

        :param environment: the environment of the document it is asked for (a value of ``Environment``): one that was
            signed for another than the company's present one must be neither sent nor looked for here.
        :param svc: tpEmis of the SVC to ask; None for the authorizer of the company's state.
        :param national: whether it is the Ambiente Nacional that is asked, for an EPEC.
        :rtype: fiscal.authorizer.Authorizer
        :raises UserError: ``environment`` is not the company's present one, production is not this database's, there
            is no good certificate, the company has no UF, or the simulator is not running.
        """
        self.ensure_one()
        current = self._fbr_checked_environment()
        if environment and environment != current:
            names = dict(self._fields["fbr_environment"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "The document was made for another environment (%(document)s) than the company's present one "
                    "(%(company)s): it waits until the company is there again.",
                    document=names[environment],
                    company=names[current],
                )
            )
        certificate = self._fbr_load_certificate()
        uf = self.sudo().state_id.code
        if not uf:
            raise UserError(self.env._("%(company)s has no state (UF): fill in its address.", company=self.name))
        place, simulator = (self.env.cr.dbname, self.id, svc or national), {}
        if current is Environment.SIMULATOR:
            running = simulator_service.required(self.env)
            simulator = {"simulator_url": running.url, "simulator_ca": str(running.ca_pem_path)}
        made_of = (current, uf, sha256(certificate.der).digest(), *simulator.values())
        with _lock:
            before, authorizer = _kept.get(place, (None, None))
            if before != made_of:
                if authorizer:
                    authorizer.close()  # its pool only: a call under way in another thread goes on
                try:
                    options = {"contingency": svc, "ca": authorities(), **simulator}
                    authorizer = Authorizer(current, NATIONAL if national else uf, certificate, **options)
                except FiscalError as error:
                    raise user_error(self.env, error.problems) from error
                _kept[place] = (made_of, authorizer)
        return authorizer
