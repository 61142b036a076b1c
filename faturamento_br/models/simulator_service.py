"""The SEFAZ simulator of this installation, as Odoo uses it.

One process for the whole installation, apart from Odoo's workers: it has its own session, goes on when a worker ends,
and keeps its state in the add-on's folder outside the database. ``fiscal.simulator.control`` starts, finds and stops
it; its address is asked for at each use, for it changes when it is started again.
"""

import base64
import resource
from contextlib import closing, contextmanager
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from odoo import models
from odoo.exceptions import UserError

from ..fiscal.problems import FiscalError
from ..fiscal.simulator import authority, control
from ..fiscal.simulator.store import Store
from ..fiscal.spec import Environment
from . import instance
from .problem_text import user_error

DATABASE = "simulator.sqlite3"


def state_dir(env):
    """Where the simulator keeps its authority, its documents and its address.

    :raises UserError: the add-on's folder cannot be used.
    """
    try:
        return instance.folder() / "simulator"
    except FiscalError as error:
        raise user_error(env, error.problems) from error


def running(env):
    """The simulator's address and process, or None when it is not running."""
    return control.running(state_dir(env))


def required(env):
    """The running simulator.

    :raises UserError: it is not running.
    """
    found = running(env)
    if found is None:
        raise UserError(
            env._("The SEFAZ simulator is not running: an administrator starts it in Settings, Faturamento BR.")
        )
    return found


def start(env):
    """The simulator, started if it was not running.

    :raises UserError: it could not be started.
    """
    folder = state_dir(env)
    try:
        with _unlimited():
            return control.start(folder)
    except (control.SimulatorError, OSError) as error:
        raise UserError(env._("The SEFAZ simulator could not be started: %s", error)) from error


def stop(env):
    """Stop the simulator; what it authorised stays on disk for its next start.

    :raises UserError: it does not stop.
    """
    try:
        control.stop(state_dir(env))
    except (control.SimulatorError, OSError) as error:
        raise UserError(env._("The SEFAZ simulator could not be stopped: %s", error)) from error


@dataclass(frozen=True)
class Status:
    """What the settings show of the simulator; empty when it is not running."""

    url: str = ""
    page: str = ""  # the status page, on the loopback of the server
    received: int = 0  # messages, since ever
    authorized: int = 0  # NF-e


def status(env):
    """How the simulator is doing."""
    found = running(env)
    if found is None:
        return Status()
    with closing(Store(state_dir(env) / DATABASE)) as store:
        return Status(found.url, found.page, *store.counts())


@contextmanager
def _unlimited():
    """Let a child process be born without the limits of an Odoo worker.

    A worker of the multi-process server limits its own CPU time to the current request's (and its memory), and its
    children inherit that: the simulator would be killed after a minute's work.
    """
    limits = {which: resource.getrlimit(which) for which in (resource.RLIMIT_CPU, resource.RLIMIT_AS)}
    for which, (_soft, hard) in limits.items():
        resource.setrlimit(which, (hard, hard))
    try:
        yield
    finally:
        for which, limit in limits.items():
            resource.setrlimit(which, limit)


class ResCompany(models.Model):
    """A company at the simulator."""

    _inherit = "res.company"

    def _fbr_use_simulator(self):
        """Send this company's documents to the simulator: start it, and see that it knows the company's certificate.

        A company without a certificate of this simulator gets a throwaway one for its CNPJ, kept beside its real one,
        which homologation and production take up again.

        :return: the running simulator.
        :raises UserError: it could not be started, or the company has no CNPJ.
        """
        self.ensure_one()
        simulator = start(self.env)
        company = self.sudo()
        company.fbr_environment = Environment.SIMULATOR.value
        if not company._fbr_known_to_simulator():
            pfx, password = authority.issue_certificate(
                state_dir(self.env), company._fbr_tax_id(), company.name, uf=company.state_id.code or ""
            )
            values = {"company_id": company.id, "pfx_upload": base64.b64encode(pfx), "password_upload": password}
            company.env["faturamento_br.certificate"].create(values)
        return simulator

    def _fbr_use_homologation(self):
        """Send this company's documents to SEFAZ's test environment, with its real certificate, if it has one."""
        self.ensure_one()
        self.sudo()._fbr_take_real_certificate()
        self.sudo().fbr_environment = Environment.HOMOLOGATION.value

    def _fbr_known_to_simulator(self):
        """Whether the current certificate was issued by the simulator that is running, and is still good."""
        if not self._fbr_get_certificate().throwaway:
            return False
        root, _key = authority.load(state_dir(self.env))
        try:
            opened = self._fbr_open_certificate()
            x509.load_der_x509_certificate(opened.der).verify_directly_issued_by(root)
        except (UserError, ValueError, InvalidSignature):
            return False  # expired, of a former CNPJ, its key lost, or of another simulator: a new one costs nothing
        return True
