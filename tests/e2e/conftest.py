"""What the end-to-end tests stand on: copies of the template database, real Odoo servers, a simulator, a browser.

Every test has a database of its own, in which everything is really committed. Logs go to var/log, pictures to
var/pictures.
"""

import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dev import postgres, system_tools
from dev import simulator as simulator_process
from dev.odoo_runner import Odoo
from dev.paths import ADDON, VAR, log_file
from dev.template import Templates

from .http_client import Visitor
from .screen import Screen
from .world import calm, clock, impatient, world  # noqa: F401 - fixtures

PICTURES = VAR / "pictures"
SERVER_SECONDS = 300  # on a machine that has other work
SIMULATOR_SECONDS = 120
BRAZILIAN = {"locale": "pt-BR", "timezone_id": "America/Sao_Paulo", "reduced_motion": "reduce"}
DESK = {**BRAZILIAN, "viewport": {"width": 1366, "height": 768}}
PHONE = {**BRAZILIAN, "viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="session")
def odoo() -> Iterator[Odoo]:
    """Odoo's source and the database server; its data folder is this run's own."""
    found = Odoo.ensure(f"e2e-{os.getpid()}")
    yield found
    shutil.rmtree(found.data_dir, ignore_errors=True)
    found.config.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def templates(odoo: Odoo) -> Templates:
    return Templates(odoo)


@pytest.fixture(scope="session")
def template_db(templates: Templates) -> str:
    """Name of the template with the add-on installed, without demo data."""
    return os.environ.get("FATURAMENTO_BR_TEMPLATE") or templates.addon()


@pytest.fixture(scope="session")
def copy_database(templates: Templates) -> Iterator[Callable[[str], str]]:
    """``copy_database(template)`` gives the name of a new database; all are dropped at the end of the session."""
    made: list[str] = []

    def copy(template: str) -> str:
        name = f"fbr_e2e_{uuid.uuid4().hex[:8]}"
        made.append(name)
        templates.copy(template, name)
        return name

    yield copy
    for name in made:
        templates.drop(name)


def put_off_jobs(database: str) -> None:
    """Scheduled jobs ran a moment ago, as on a server that is in use: a new database would run all fifty at once.

    What is asked for at once (``_trigger``) still runs at once.
    """
    with postgres.connection(database) as cursor:
        cursor.execute("UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'")


@pytest.fixture
def database(template_db: str, copy_database: Callable[[str], str], templates: Templates) -> Iterator[str]:
    """A copy of the template with the add-on, dropped after the test."""
    name = copy_database(template_db)
    yield name
    templates.drop(name)


@dataclass(frozen=True)
class Server:
    """A running Odoo."""

    url: str
    process: subprocess.Popen
    log: Path


@pytest.fixture
def serve(odoo: Odoo, request: pytest.FixtureRequest) -> Iterator[Callable[..., Server]]:
    """``serve(database, *options)`` starts a real Odoo process on a free port and waits until it answers."""
    with ExitStack() as servers:
        count = itertools.count()

        def start(database: str, *options: str) -> Server:
            log = log_file(f"{file_name(request.node.name)}-{next(count)}")
            return servers.enter_context(serving(odoo, database, log, *options))

        yield start


@contextmanager
def serving(odoo: Odoo, database: str, log: Path, *options: str) -> Iterator[Server]:
    """A real Odoo process for one database on a free port, until the end of the block."""
    port = free_port()
    only = (f"--db-filter=^{database}$", f"--http-port={port}", "--workers=0", "--max-cron-threads=0")
    with log.open("wb") as output:
        process = subprocess.Popen(
            odoo.command("-d", database, *only, *options),  # no "server": workers' own process would not understand
            env=odoo.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(f"{url}/web/login"), process, log, SERVER_SECONDS)
        yield Server(url, process, log)
    finally:
        end(process)


@pytest.fixture
def odoo_server(serve: Callable[..., Server], database: str) -> Server:
    """An Odoo server on the test's database."""
    return serve(database)


@pytest.fixture
def open_env(odoo: Odoo) -> Iterator[Callable[..., Any]]:
    """``with open_env(database) as env``: an environment in this process; what is committed is really committed."""
    os.environ.update(odoo.environment)
    sys.path.insert(0, str(odoo.source.path))
    from odoo import SUPERUSER_ID, api, sql_db, tools
    from odoo.modules.registry import Registry

    opened: set[str] = set()

    @contextmanager
    def opening(database: str, user: int = SUPERUSER_ID) -> Iterator[Any]:
        # The command line wins over the file; 0 cron threads and no HTTP, for this is not a server.
        options = ["-c", str(odoo.config), "-d", database, "--no-http", "--max-cron-threads=0", "--log-level=error"]
        tools.config.parse_config(options, setup_logging=False)
        opened.add(database)
        with Registry(database).cursor() as cursor:
            yield api.Environment(cursor, user, {})

    yield opening
    for database in opened:
        Registry.delete(database)
        sql_db.close_db(database)
    sys.path.remove(str(odoo.source.path))


@pytest.fixture
def odoo_env(open_env: Callable[..., Any], database: str) -> Iterator[Any]:
    """An environment on the test's database, as the superuser. Nothing is undone: commit what others must see."""
    with open_env(database) as env:
        yield env


@dataclass(frozen=True)
class Simulator:
    """A running simulator: ``ready`` is what it wrote when it came up (url, ca, page…)."""

    ready: dict[str, Any]
    state: Path
    process: subprocess.Popen


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    """A SEFAZ simulator on a free port, with a state of its own."""
    state, ready = tmp_path / "simulator", tmp_path / "ready.json"
    log = log_file(f"simulator-{tmp_path.name}")
    command = [sys.executable, "-m", "fiscal.simulator", "--state", str(state), "--ready-file", str(ready)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ADDON, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        wait_for(ready.exists, process, log, SIMULATOR_SECONDS)
        yield Simulator(json.loads(ready.read_text()), state, process)
    finally:
        end(process)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium, driven by playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=system_tools.command("browser"),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
            env={name: value for name, value in os.environ.items() if name not in ("LD_PRELOAD", "FAKETIME")},
        )
        yield found
        found.close()


@pytest.fixture
def browser(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """``browser(server, login, password)`` gives a page, 1366 × 768 in Portuguese, logged in as that user.

    Each call is a new session. When the test fails, what every page showed is in var/pictures.
    """
    pages: list[Any] = []
    with ExitStack() as contexts:

        def log_in(server: Server, login: str, password: str) -> Any:
            context = chromium.new_context(**DESK)
            contexts.callback(context.close)
            page = context.new_page()
            pages.append(page)
            log_into(page, server, login, password)
            return page

        yield log_in
        if getattr(request.node, "failed", False):
            for number, page in enumerate(pages):
                page.screenshot(path=picture(f"{request.node.name}-failed-{number}"))


def log_into(page: Any, server: Server, login: str, password: str) -> None:
    """Give the page that user's session; nothing is loaded yet. What the form shows is test_browser_screens' affair."""
    address, form = f"{server.url}/web/login", {"login": login, "password": password}
    shown = page.request.get(address, timeout=SERVER_SECONDS * 1000).text()
    form["csrf_token"] = re.search(r'name="csrf_token" value="(\w+)"', shown)[1]
    answer = page.request.post(address, form=form, max_redirects=0, timeout=SERVER_SECONDS * 1000)
    assert answer.status == 303, f"{login} may not log in: {answer.status}"


@pytest.fixture(scope="session")
def shop(
    odoo: Odoo, templates: Templates, copy_database: Callable[[str], str], request: pytest.FixtureRequest
) -> Iterator[Server]:
    """The demo company on a real server with background jobs, and the simulator as its SEFAZ; for all browser tests."""
    state = odoo.data_dir / "faturamento_br" / "simulator"
    database = copy_database(templates.demo_company())
    put_off_jobs(database)
    log = log_file(f"shop-{request.session.items[0].path.stem}")  # parts of the suite run beside each other
    try:
        with serving(odoo, database, log, "--max-cron-threads=1") as server:
            administrator = Visitor(server.url).log_in(database, "admin")
            settings = administrator.call("res.config.settings", "create", [{}])
            administrator.call("res.config.settings", "action_fbr_use_simulator", settings)
            yield server
    finally:
        simulator_process.stop(state)


@pytest.fixture(scope="session")
def tabs(chromium: Any) -> Iterator[dict[tuple[str, bool], Screen]]:
    """The users that are logged in; they stay so from test to test, for a cold browser costs seconds."""
    opened: dict[tuple[str, bool], Screen] = {}
    yield opened
    for screen in opened.values():
        screen.page.context.close()


@pytest.fixture
def user(
    shop: Server, tabs: dict[tuple[str, bool], Screen], chromium: Any, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Screen]]:
    """``user(login)`` gives the screen of that user of the demo company; ``phone=True`` that of their phone.

    A script error on any screen fails the test. When a test fails, what every screen showed is in var/pictures.
    """
    used: dict[tuple[str, bool], Screen] = {}

    def log_in(login: str, phone: bool = False) -> Screen:
        key = (login, phone)
        if key not in tabs:
            page = chromium.new_context(**(PHONE if phone else DESK)).new_page()
            log_into(page, shop, login, login)
            tabs[key] = Screen(page, shop.url, picture)
        used[key] = tabs[key]
        return used[key]

    yield log_in
    if getattr(request.node, "failed", False):
        for (login, phone), screen in used.items():
            screen.page.screenshot(path=picture(f"{request.node.name}-failed-{login}{'-phone' * phone}"))
            tabs.pop((login, phone)).page.context.close()
    for screen in used.values():
        assert not screen.take_script_errors()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let fixtures see that their test failed."""
    report = yield
    if report.when == "call":
        item.failed = report.failed
    return report


def picture(name: str) -> Path:
    """Where a screenshot goes."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES / f"{file_name(name)}.png"


def file_name(text: str) -> str:
    return re.sub(r"[^\w-]+", "-", text)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30):
            return True
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{url} answered {error.code}") from error
    except OSError:
        return False


def wait_for(ready: Callable[[], bool], process: subprocess.Popen, log: Path, seconds: float) -> None:
    """Wait until something is ready; a process that died or a time that is over fails with the end of its log."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"{process.args[:6]} did not come up; {log}:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


def end(process: subprocess.Popen) -> None:
    """Kill a process and those it started, whatever they are at.

    Odoo would wait for open connections and jobs that sleep; what it committed survives, and nothing else counts here.
    """
    if process.poll() is None:
        process.send_signal(signal.SIGSTOP)  # so that a master starts no new worker
        group = os.getpgid(process.pid)
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(ProcessLookupError):
                if os.getpgid(child.pid) == group:  # not the simulator: it is there for all
                    os.kill(child.pid, signal.SIGKILL)
        process.kill()
    process.wait()
