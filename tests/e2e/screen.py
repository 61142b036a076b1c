"""A user at Odoo's web client: what the browser tests say instead of clicks and selectors.

Selectors are names of fields, buttons and classes, never labels: the tests hold in any language. Nothing sleeps: each
step waits for what it needs.
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from dev.paths import ROOT

SECONDS = 120  # the longest wait for anything, on a machine that has other work
DOCS = ROOT / "docs" / "pictures"
# What the browser's Back and Forward do; the view that is left is marked, so that one can wait for the next.
GO_TO = """path => {
    for (const view of document.querySelectorAll(".o_action_manager .o_content")) view.dataset.left = "";
    history.pushState({}, "", path);
    window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}"""
LOADING = ".o_blockUI, .o_loading_indicator, .o_list_button_save.disabled"


class Screen:
    """One logged-in user's browser tab.

    :param page: playwright's page.
    :param url: the server's address.
    :param picture: gives the file of a picture's name.
    """

    def __init__(self, page: Any, url: str, picture: Any):
        self.page = page
        self.url = url
        self._picture = picture
        self.script_errors: list[str] = []
        self._loaded = False  # whether this page came to rest in the web client
        page.set_default_timeout(SECONDS * 1000)
        page.on("pageerror", lambda error: self.script_errors.append(str(error)))
        self._asked: set[Any] = set()  # requests of the page that have no answer yet
        page.on("request", lambda request: request.resource_type in ("xhr", "fetch") and self._asked.add(request))
        for answered in ("requestfinished", "requestfailed"):
            page.on(answered, lambda request: self._asked.discard(request))
        self._rehearse_a_busy_machine()

    def _rehearse_a_busy_machine(self) -> None:
        """Late answers and a slow processor, when asked for: a test that hurries fails here before it fails in CI."""
        latency, slowdown = (float(os.environ.get(f"FATURAMENTO_BR_{name}", "0")) for name in ("LATENCY", "SLOWDOWN"))
        devtools = self.page.context.new_cdp_session(self.page) if latency or slowdown else None
        if devtools and latency:
            conditions = {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1}
            devtools.send("Network.emulateNetworkConditions", conditions)
        if devtools and slowdown:
            devtools.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})

    def take_script_errors(self) -> list[str]:
        """The script errors since they were last asked for."""
        errors, self.script_errors = self.script_errors, []
        return errors

    # --- The server, with this user's rights -----------------------------------------------------------------------

    def call(self, model: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a model's method as the web client does."""
        params = {"model": model, "method": method, "args": arguments, "kwargs": options}
        answer = self.page.request.post(
            f"{self.url}/web/dataset/call_kw/{model}/{method}", data={"jsonrpc": "2.0", "params": params}
        ).json()
        if "error" in answer:
            raise AssertionError(f"{model}.{method}: {answer['error']['data']['message']}")
        return answer.get("result")

    def read(self, model: str, record: int, field: str) -> Any:
        return self.call(model, "read", [record], [field])[0][field]

    def find(self, model: str, field: str, value: Any) -> int:
        """The only record whose ``field`` is ``value``."""
        [found] = self.call(model, "search", [(field, "=", value)])
        return found

    # --- Going somewhere -------------------------------------------------------------------------------------------

    def open(self, path: str) -> None:
        """Open a page of the web client, and wait until its view shows.

        Inside the web client, once it is loaded, as a click in a menu does: loading it anew costs four seconds.
        """
        if self._loaded:
            self.page.evaluate(GO_TO, f"/odoo/{path}")
        else:
            self.page.goto(f"{self.url}/odoo/{path}")
            self._loaded = True
        self.wait(".o_action_manager .o_content:not([data-left])")
        self.settle()

    def switch(self, view: str) -> None:
        """Show the same records as list, kanban, graph or pivot."""
        self.click(f"button.o_switch_view.o_{view}")
        self.wait(f".o_{view}_view")
        self.settle()

    def tab(self, name: str) -> None:
        """Open a tab of a form."""
        self.click(f".o_notebook .nav-link[name={name}]")
        self.wait(f".o_notebook .nav-link[name={name}].active")

    def record_id(self) -> int:
        """The id of the record in a form, from the address."""
        self.page.wait_for_url(re.compile(r"/\d+$"))
        return int(self.page.url.rsplit("/", 1)[1])

    # --- Seeing ----------------------------------------------------------------------------------------------------

    def one(self, selector: str) -> Any:
        """The first visible element."""
        return self.page.locator(selector).locator("visible=true").first

    def wait(self, selector: str) -> Any:
        found = self.one(selector)
        found.wait_for(state="visible")
        return found

    def wait_gone(self, selector: str) -> None:
        self.page.wait_for_function("selector => !document.querySelector(selector)", arg=selector)

    def count(self, selector: str) -> int:
        return self.page.locator(selector).locator("visible=true").count()

    def wait_count(self, selector: str, number: int) -> None:
        self.page.wait_for_function(
            "([selector, number]) => document.querySelectorAll(selector).length === number", arg=[selector, number]
        )

    def text(self, selector: str) -> str:
        return self.wait(selector).inner_text()

    def until(self, true: Callable[[], Any]) -> None:
        """Wait for what the server does on its own."""
        deadline = time.monotonic() + SECONDS
        while not true():
            assert time.monotonic() < deadline, f"still not so after {SECONDS} s"
            self.page.wait_for_timeout(100)

    def settle(self) -> None:
        """Wait until the page has all its answers and has drawn them."""
        self.until(lambda: not self._asked)
        self.wait_gone(LOADING)
        self.page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        self.until(lambda: not self._asked)

    # --- Doing -----------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Leave the field that is being typed into, and wait for what follows from it.

        Odoo reads a field when it is left, and draws the form anew. A click on a button leaves the field when the mouse
        goes down; if the button is another one when the mouse comes up, or elsewhere, there was no click.
        """
        self.page.evaluate("() => document.activeElement?.blur()")
        self.settle()

    def click(self, selector: str) -> None:
        """Click on something once the form has come to rest; see :meth:`leave`."""
        self.leave()
        self.one(selector).click()

    def press(self, name: str) -> None:
        """Press a button by the name of its method or action."""
        self.click(f"button[name='{name}']")

    def add_row(self, lines: str, field: str) -> str:
        """Add a row to a list inside a form, and give its selector once ``field`` can be typed into."""
        number = self.count(f"{lines} tr.o_data_row") + 1
        self.click(f"{lines} .o_field_x2many_list_row_add a")
        row = f"{lines} tr.o_data_row:nth-child({number})"
        self.wait(f"{row} [name={field}] input")
        return row

    def fill(self, field: str, value: str, within: str = "") -> None:
        """Type a value, once the form shows what followed from the one before."""
        self.settle()
        self.one(f"{within} [name={field}] input").fill(value)

    def choose(self, field: str, text: str, within: str = "") -> None:
        """Choose a record in a many2one field by what its name contains.

        The list opens with the first records there are; the one typed may be among them, but what is chosen before the
        answer to the typing is there is followed by it: a list that opens again, and stays.
        """
        self.settle()
        entry = self.one(f"{within} [name={field}] input")
        entry.click()
        with self.page.expect_response(lambda answer: self._is_search(answer.request, text)):
            entry.fill(text)
        self.settle()
        self.wait(f".o-autocomplete--dropdown-item:has-text('{text}')").click()
        self.wait_gone(".o-autocomplete--dropdown-menu")

    def suggest(self, selector: str, text: str, entry: str) -> None:
        """Type into a field that suggests, and wait until what it offers contains ``entry`` and comes to rest.

        What is suggested before that is drawn anew with the last answer.
        """
        self.settle()
        self.one(selector).fill(text)
        self.wait(f".o-autocomplete--dropdown-item:has-text('{entry}')")
        self.settle()

    def take(self, selector: str, text: str, entry: str) -> None:
        """Type into a field that suggests, and take the suggestion that contains ``entry``."""
        self.suggest(selector, text, entry)
        self.one(f".o-autocomplete--dropdown-item:has-text('{entry}')").click()
        self.settle()

    def pick(self, field: str, label: str, within: str = "") -> None:
        """Choose a value of a selection by what its user reads."""
        self.click(f"{within} [name={field}] input")
        self.wait(f".o_select_menu_item:has-text('{label}')")
        self.settle()
        self.one(f".o_select_menu_item:has-text('{label}')").click()
        self.settle()

    def search(self, text: str) -> None:
        """Search a list by its first field, as Enter does once the search bar has drawn what it offers.

        Enter before that is lost: the keys are listened to by the menu, and it opens after the typing.
        """
        self.settle()
        self.one(".o_searchview_input").fill(text)
        self.wait(f".o_searchview_autocomplete .o-dropdown-item.focus:has-text('{text}')")
        self.page.keyboard.press("Enter")
        self.wait(f".o_searchview_facet:has-text('{text}')")
        self.settle()

    @staticmethod
    def _is_search(request: Any, text: str) -> bool:
        return request.url.endswith("name_search") and json.loads(request.post_data)["params"]["kwargs"]["name"] == text

    def save(self) -> None:
        self.click(".o_form_button_save")
        self.until(self._is_saved)

    def _is_saved(self) -> bool:
        """Whether nothing waits to be saved; a click that Odoo lost while it read a field is made again."""
        self.settle()
        return not self.page.evaluate(
            "selector => { const button = document.querySelector(selector); button?.click(); return Boolean(button); }",
            ".o_form_status_indicator_buttons:not(.invisible) .o_form_button_save:not([disabled])",
        )

    def tick_rows(self, texts: Iterable[str]) -> None:
        """Select the rows of a list that show these texts."""
        for text in texts:
            self.one(f"tr.o_data_row:has-text('{text}') .o_list_record_selector input").check()

    # --- Pictures --------------------------------------------------------------------------------------------------

    def picture(self, name: str, docs: str = "", height: int = 0) -> Path:
        """Keep what is on the screen in var/pictures; for the documentation too when FATURAMENTO_BR_PICTURES=1.

        :param docs: name of the picture in docs/pictures; none by default.
        :param height: how much of the window, from its top, the documentation's picture shows; all by default.
        """
        self.settle()
        file = self._picture(name)
        self.page.screenshot(path=file, animations="disabled")
        if docs and os.environ.get("FATURAMENTO_BR_PICTURES") == "1":
            DOCS.mkdir(parents=True, exist_ok=True)
            size = self.page.viewport_size
            part = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"]}
            self.page.screenshot(path=DOCS / f"{docs}.png", animations="disabled", clip=part)
        return file
