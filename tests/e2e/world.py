"""A company that issues NF-e, on a database of its own: what the tests of certainty stand on.

Users and jobs work here as Odoo lets them work: each request and each run of a job in a cursor of its own, tried again
when it lost a race, committed for real. Other workers are processes, forked as Odoo's server forks its own, so that
they can be killed at any moment. The simulator is the installation's; a company of its own CNPJ tells the worlds apart.
"""

import base64
import copy
import multiprocessing
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from freezegun import freeze_time
from stdnum.br import cnpj as cnpj_numbers

from dev.odoo_runner import Odoo
from dev.simulator import control
from dev.template import Templates

ADDON = "faturamento_br"
AUTHORIZE, QUERY = "NFeAutorizacao4", "NFeConsultaProtocolo4"
FORK = multiprocessing.get_context("fork")
WAIT_SECONDS = 180  # on a machine that has other work
_roots = count(40_000_001)

DOCUMENT = (
    *("state", "number", "series", "environment", "access_key", "numeric_code", "protocolo", "cStat", "xMotivo"),
    *("next_try_at", "issued_at", "issue_date", "amount_total", "mail_settings"),
)
ATTEMPT = ("sequence", "access_key", "signed_xml", "sendings", "queries", "result", "cStat", "protocolo")


def cnpj_of(root: int, branch: int = 1) -> str:
    """A valid CNPJ."""
    number = f"{root:08}{branch:04}"
    return number + cnpj_numbers.calc_check_digits(number)


class World:
    """One database, its demo company under a CNPJ of its own, and the simulator."""

    def __init__(self, odoo: Odoo, database: str):
        self.odoo, self.database = odoo, database
        self.root = next(_roots)
        self.cnpj = cnpj_of(self.root)
        self.load()
        self.request(self._found_company, "admin")

    def load(self) -> None:
        """Make Odoo of this process work for this installation."""
        os.environ.update(self.odoo.environment)
        if str(self.odoo.source.path) not in sys.path:
            sys.path.append(str(self.odoo.source.path))
        from odoo import tools

        # The command line wins over the file; 0 cron threads and no HTTP, for this is not a server.
        options = ["-c", str(self.odoo.config), "-d", self.database, "--no-http", "--max-cron-threads=0"]
        tools.config.parse_config([*options, "--log-level=critical"], setup_logging=False)

    def _found_company(self, env: Any) -> None:
        from odoo.addons.faturamento_br.models import simulator_service

        simulator_service.start(env)
        company = env.ref(f"{ADDON}.demo_company").sudo()
        company.vat = self.cnpj
        self.give_certificate(company)
        company._fbr_use_simulator()

    def give_certificate(self, company: Any, cnpj: str = "", **validity: Any) -> Any:
        """Put to use a certificate of the simulator's authority, valid for long enough to travel in time.

        :param cnpj: whom it says it is for; the company itself, if empty.
        """
        values = {"not_before": datetime.now(UTC) - timedelta(days=500), "days": 1000, **validity}
        pfx, password = self.authority.issue_certificate(
            self.state, cnpj or company._fbr_tax_id(), company.name, **values
        )
        upload = {"pfx_upload": base64.b64encode(pfx), "password_upload": password, "company_id": company.id}
        return company.env["faturamento_br.certificate"].create(upload)

    def elsewhere(self, database: str) -> "World":
        """The same company in another database: a copy of this one."""
        other = copy.copy(self)
        other.database = database
        return other

    def let_go(self) -> None:
        """Leave the database alone, so that it can be copied, renamed or dropped."""
        from odoo import sql_db
        from odoo.modules.registry import Registry

        self.hang_up()
        Registry.delete(self.database)
        sql_db.close_db(self.database)

    # --- Odoo at work -------------------------------------------------------------------------------------------

    @contextmanager
    def env(self, login: str = "", **context: Any) -> Iterator[Any]:
        """An environment with a cursor of its own: the superuser's, or that of the user who logs in so."""
        from odoo import SUPERUSER_ID, api
        from odoo.modules.registry import Registry

        with Registry(self.database).cursor() as cursor:
            env = api.Environment(cursor, SUPERUSER_ID, {})
            if login:
                env = env(user=env["res.users"].search([("login", "=", login)]).id)
                env = env(context={**env["res.users"].context_get(), **context})
            yield env

    def request(self, work: Callable[[Any], Any], login: str = "faturamento", **context: Any) -> Any:
        """What a click does: ``work(env)`` as that user, again if it lost a race, then commit."""
        from odoo.service.model import retrying

        with self.env(login, **context) as env:
            return retrying(partial(work, env), env)

    def run_job(self, name: str) -> None:
        """Run one of the add-on's jobs as Odoo's scheduler does."""
        with self.env() as env:
            env.ref(name if "." in name else f"{ADDON}.{name}").method_direct_trigger()

    def run_transmit(self, rounds: int = 20) -> None:
        """Run the job that sends, again while it gets on: Odoo ends it after ten seconds, and goes on with it later."""
        left = -1
        for _round in range(rounds):
            self.run_job("cron_transmit")
            before, left = left, self.due()
            if left in (0, before):
                return

    def due(self) -> int:
        """How many documents the job could go on with."""
        with self.env() as env:
            now = env["faturamento_br.document"]._fields["next_try_at"].now()
            return env["faturamento_br.document"].search_count([("next_try_at", "<=", now)])

    def settle(self, *moves: int, rounds: int = 20) -> None:
        """Let the hours pass, as far as documents are concerned, until all of these are authorized."""
        for _round in range(rounds):
            if all(self.document(move).state == "authorized" for move in moves):
                return
            self.hasten(*moves)
            self.run_transmit()

    def hasten(self, *moves: int) -> None:
        """Make the time of the next try come now."""
        with self.env() as env:
            env["account.move"].browse(moves).fbr_document_ids.filtered("next_try_at").next_try_at = datetime(
                2020, 1, 1
            )
            env["faturamento_br.authorizer.health"].search([("retry_at", "!=", False)]).retry_at = datetime(2020, 1, 1)
            env.cr.commit()

    # --- What users do ------------------------------------------------------------------------------------------

    def post(
        self, login: str = "faturamento", products: tuple[str, ...] = ("demo_product_chair",), **values: Any
    ) -> int:
        """A posted invoice; returns its id."""
        return self.request(lambda env: self.draft(env, products, **values), login, posted=True)

    def post_many(self, number: int, login: str = "faturamento") -> list[int]:
        """So many posted invoices, made together: a fraction of the time of one by one; their ids, by number."""

        def make(env: Any) -> list[int]:
            first = env["account.move"].browse(self.draft(env(context={**env.context, "posted": False})))
            [values] = first.copy_data({"invoice_date": False})
            moves = first + env["account.move"].create([values] * (number - 1))
            moves.action_post()
            return moves.sorted("name").ids

        return self.request(make, login)

    def draft(self, env: Any, products: tuple[str, ...] = ("demo_product_chair",), **values: Any) -> int:
        """A draft invoice, posted if the context says so; inside a request."""
        lines = [(0, 0, {"product_id": env.ref(f"{ADDON}.{name}").id, "quantity": 2}) for name in products]
        customer = values.pop("customer", None) or env.ref(f"{ADDON}.demo_customer_sp")
        invoice = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_line_ids": lines,
                **values,
            }
        )
        if env.context.get("posted"):
            invoice.action_post()
        return invoice.id

    def issue(self, *moves: int, login: str = "faturamento", **context: Any) -> Any:
        """Press the button on these invoices; what is signed is sent before this returns."""
        return self.request(lambda env: env["account.move"].browse(moves).action_fbr_issue(), login, **context)

    def sign(self, *moves: int) -> None:
        """Press the button, and die (in a process of its own) right after the commit, before anything is sent."""
        process = self.fork(self._sign_and_die, *moves)
        process.join(WAIT_SECONDS)
        assert process.exitcode == -9, process.exitcode

    def _sign_and_die(self, *moves: int) -> None:
        from odoo.addons.faturamento_br.models import document_queue

        document_queue._run_alone = lambda *_: os.kill(os.getpid(), 9)
        self.issue(*moves)

    # --- What is committed --------------------------------------------------------------------------------------

    def document(self, move: int) -> SimpleNamespace:
        """The newest document of an invoice as others see it, with its ``attempts`` (oldest first), ``problems``."""
        with self.env() as env:
            env = env(context={"lang": "pt_BR"})
            document = env["account.move"].browse(move).fbr_document_id
            seen = SimpleNamespace(**{name: document[name] for name in DOCUMENT}, id=document.id)
            seen.label = document.display_name
            seen.attempts = [
                SimpleNamespace(**{name: attempt[name] for name in ATTEMPT})
                for attempt in document.attempt_ids.sorted("sequence")
            ]
            seen.problems = [(problem.code, problem.message, problem.cure) for problem in document.problem_ids]
            seen.said = " ".join(f"{message} {cure}" for _code, message, cure in seen.problems)
            return seen

    def move(self, move: int, *names: str) -> SimpleNamespace:
        with self.env() as env:
            record = env["account.move"].browse(move)
            return SimpleNamespace(**{name: record[name] for name in names})

    # --- Other processes ----------------------------------------------------------------------------------------

    def fork(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Start ``work`` in a process of its own, which takes over none of our connections. No cursor may be open."""
        from odoo import sql_db

        self.hang_up()
        sql_db.close_all()
        process = FORK.Process(target=work, args=arguments, daemon=True)
        process.start()
        return process

    def hang_up(self) -> None:
        """Close this process's connections to the authorizer."""
        from odoo.addons.faturamento_br.models.res_company_authorizer import _kept

        while _kept:
            _kept.popitem()[1][1].close()

    def together(self, *works: Callable[[], Any], seconds: float = WAIT_SECONDS * 5) -> list[Any]:
        """Do these at the same moment, each in a process of its own; what each gave, or the exception it died of."""
        gate, results = FORK.Barrier(len(works)), FORK.SimpleQueue()

        def run(place: int, work: Callable[[], Any]) -> None:
            gate.wait()
            try:
                results.put((place, work()))
            except Exception as error:
                results.put((place, RuntimeError(repr(error))))

        processes = [self.fork(run, place, work) for place, work in enumerate(works)]
        for process in processes:
            process.join(seconds)
            assert process.exitcode == 0, f"a worker ended with {process.exitcode}"
        return [result for _place, result in sorted((results.get() for _work in works), key=lambda pair: pair[0])]

    def all_together(self, *works: Callable[[], Any], **options: Any) -> list[Any]:
        """:meth:`together`, where nothing may fail."""
        results = self.together(*works, **options)
        failed = [result for result in results if isinstance(result, Exception)]
        assert not failed, failed
        return results

    # --- The authorizer -----------------------------------------------------------------------------------------

    @property
    def authority(self) -> Any:
        """The module that issues the simulator's certificates."""
        from fiscal.simulator import authority

        return authority

    @property
    def state(self) -> Path:
        """The simulator's folder."""
        return self.odoo.data_dir / ADDON / "simulator"

    def fault(self, kind: str, service: str = "", times: int | None = 1, **options: Any) -> None:
        control.set_fault(self.state, kind, service, times, **options)

    def calm_faults(self) -> None:
        """Take all faults back."""
        control.clear_faults(self.state)

    def calm(self) -> None:
        """Take all faults back, and what the registers and the health of the authorizer were told."""
        self.calm_faults()
        control.clear_registers(self.state)
        with self.env() as env:
            if "faturamento_br.authorizer.health" in env:  # a test may have uninstalled the add-on
                env["faturamento_br.authorizer.health"].search([]).unlink()
                env.cr.commit()

    def faults(self) -> list[Any]:
        return self._rows("SELECT kind FROM fault")

    def _rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        with closing(sqlite3.connect(self.state / "simulator.sqlite3", timeout=30)) as link:
            link.row_factory = sqlite3.Row
            rows = link.execute(query, values).fetchall()
            link.commit()
            return rows

    def authorised(self, number: int | None = None) -> list[sqlite3.Row]:
        """What the authorizer authorised for this company (under one number)."""
        query = "SELECT * FROM nfe WHERE substr(emitter, 1, 8) = ? AND (? IS NULL OR number = ?) ORDER BY id"
        return self._rows(query, self.cnpj[:8], number, number)

    def received(self, key: str, service: str) -> list[sqlite3.Row]:
        """What the authorizer was asked about a key, oldest first."""
        return self._rows("SELECT * FROM received WHERE access_key = ? AND service = ? ORDER BY id", key, service)

    def take_number(self, number: int, series: int = 1) -> None:
        """Another system of this company gets this number authorised."""
        key = f"3511{self.cnpj}55{series:03}{number:09}1999999990"
        self._rows(
            "INSERT INTO nfe (access_key, model, cUF, emitter, series, number, cStat, digest, received_at, protocolo,"
            " prot, xml) VALUES (?, '55', '35', ?, ?, ?, '100', '', '', ?, '', '')",
            *(key, self.cnpj, series, number, f"other-{self.cnpj}-{series}-{number}"),
        )

    def registered(self, **values: Any) -> None:
        """What the state's register of contributors says of this company from now on (``may_issue=False``: 203)."""
        with self.env() as env:
            partner = env.ref(f"{ADDON}.demo_company").partner_id
            row = {"uf": partner.state_id.code, "ie": partner.l10n_br_ie_code, "holder": self.cnpj}
        control.register(self.state, {**row, **values})


def long(*variants: str) -> list[Any]:
    """Variants of a test, for ``parametrize``, that ``make prove`` alone tries."""
    return [pytest.param(variant, marks=pytest.mark.prove) for variant in variants]


def until(condition: Callable[[], Any], seconds: float = WAIT_SECONDS) -> Any:
    """Wait until something holds; returns it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def world(odoo: Odoo, templates: Templates, copy_database: Callable[[str], str]) -> Iterator[World]:
    """A world that the tests of a module share: each makes its own invoices."""
    made = World(odoo, copy_database(templates.demo_company()))
    yield made
    made.let_go()
    control.stop(made.state)


@pytest.fixture
def calm(world: World) -> Iterator[None]:
    """No fault outlives its test."""
    yield
    world.calm()


@pytest.fixture
def impatient(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait one second for an answer, not sixty: the same time-out, sooner."""
    from odoo.addons.faturamento_br.fiscal.authorizer import Authorizer
    from odoo.addons.faturamento_br.fiscal.transport import Timeout

    world.hang_up()
    monkeypatch.setitem(Authorizer.__init__.__kwdefaults__, "timeout", Timeout(5, 1))


@pytest.fixture
def clock() -> Iterator[Any]:
    """A clock that goes on from now, and can be moved: ``clock.tick(timedelta)``, ``clock.move_to(moment)``."""
    with freeze_time(datetime.now(UTC), tick=True, ignore=["_pytest"]) as frozen:
        yield frozen
