"""Every menu of the add-on, walked from ``ir.ui.menu`` itself: a new one is covered without a line of test.

In Portuguese, as who has the rights: each opens without an error, and each list, when empty, says what to do.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from dev.paths import ADDON

from .screen import Screen

USERS = ("faturamento", "contabilidade", "admin")  # the first who sees a menu opens it; the others ask the server
DOCUMENTS = "action-faturamento_br.document_action"
NEWEST = 3  # so many of those that a user is the first to see are opened in make test
WINDOW = "ir.actions.act_window"
#: Opens an action as a menu does, with a domain that lets nothing through when asked to.
OPEN = """async ([id, nothing]) => {
    for (const view of document.querySelectorAll(".o_action_manager .o_content")) view.dataset.left = "";
    const { action } = odoo.__WOWL_DEBUG__.root.env.services;
    const loaded = await action.loadAction(id);
    if (nothing) Object.assign(loaded, { domain: [["id", "=", 0]], id: false, xml_id: false, path: false });
    await action.doAction(loaded, { clearBreadcrumbs: true });
}"""
#: What the screen says that is the add-on's or Odoo's, not a record's.
SAID = """() => [...document.querySelectorAll(
    ".o_control_panel, .o_action_manager th, .o_action_manager label, .o_nocontent_help, .o_view_nocontent"
)].flatMap(element => element.innerText.split("\\n")).map(text => text.trim()).filter(Boolean)"""


def menus_of(screen: Screen) -> dict[str, dict[str, Any]]:
    """The add-on's menus that this user sees and that open something, by their external id."""
    menus = screen.page.request.get(f"{screen.url}/web/webclient/load_menus").json().values()
    ours = (menu for menu in menus if (menu["xmlid"] or "").startswith(f"{ADDON.name}."))
    return {menu["xmlid"]: menu for menu in ours if menu["actionID"] and menu["id"] != menu["appID"]}


@pytest.mark.prove
def test_every_menu(user):
    """Opened full and empty by the first who sees it; the others may read what it shows."""
    walk(user, set)


def test_some_menus(user):
    """The first of each application and those that came last are opened; what the others show is read."""
    walk(user, some_of)


def some_of(menus: dict[str, dict[str, Any]]) -> set[str]:
    """The first menu of each application, and the newest ones."""
    by_age = sorted(menus, key=lambda name: menus[name]["id"])
    first = {menus[name]["appID"]: name for name in reversed(by_age)}
    return {*first.values(), *by_age[-NEWEST:]}


def walk(user: Callable[[str], Screen], chosen: Callable[[dict[str, dict[str, Any]]], set[str]]) -> None:
    english, seen, told = english_of_the_addon(), set(), []
    for login in USERS:
        screen = user(login)
        screen.open("action-account.action_move_out_invoice_type")
        menus = menus_of(screen)
        assert menus, f"{login} sees no menu of the add-on"
        screen.open(DOCUMENTS)  # the web client, whichever test comes first
        opened = chosen({name: menus[name] for name in menus.keys() - seen})
        for name in sorted(opened):
            told += [f"{login}: {name}: {problem}" for problem in wrong_with(screen, menus[name], english)]
        for name in menus.keys() - opened:
            read_as(screen, menus[name]["actionID"])
        seen |= menus.keys()
    assert len(seen) >= 15, "menus are no longer found"
    assert not told, "\n".join(told)


def wrong_with(screen: Screen, menu: dict[str, Any], english: set[str]) -> list[str]:
    """Open it, then empty, and tell what its user would mind."""
    told = [f"in English: {text}" for text in {menu["name"]} & english]
    name = menu["xmlid"].partition(".")[2]
    listed = menu["actionModel"] == WINDOW and action_of(screen, menu["actionID"])["view_mode"].startswith("list")
    for nothing in (False, True) if listed else (False,):
        screen.page.evaluate(OPEN, [menu["actionID"], nothing])
        screen.wait(".o_action_manager .o_content:not([data-left])")
        screen.settle()
        screen.picture(f"menu-{name}{'-empty' * nothing}")
        if screen.count(".o_error_dialog"):
            told.append("an error")
        told += [f"in English: {text}" for text in english.intersection(screen.page.evaluate(SAID))]
        help_shown = nothing and screen.page.locator(".o_view_nocontent .o_nocontent_help").all_inner_texts()
        if nothing and len(" ".join(help_shown or []).strip()) < 40:
            told.append("says nothing when it is empty")
    return told + [f"script error: {error}" for error in screen.take_script_errors()]


def action_of(screen: Screen, action: int) -> dict[str, Any]:
    answer = screen.page.request.post(f"{screen.url}/web/action/load", data={"params": {"action_id": action}}).json()
    assert "error" not in answer, answer["error"]["data"]["message"]
    return answer["result"]


def read_as(screen: Screen, action: int) -> None:
    """The action, its views and its records, with this user's rights."""
    loaded = action_of(screen, action)
    if loaded["type"] == WINDOW:
        screen.call(loaded["res_model"], "get_views", [[False, kind] for kind in loaded["view_mode"].split(",")])
        screen.call(loaded["res_model"], "search_read", [], ["display_name"], limit=1)


def english_of_the_addon() -> set[str]:
    """The English of the add-on that is other words in Portuguese."""
    text = (ADDON / "i18n" / "pt_BR.po").read_text()
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', text, re.MULTILINE)
    portuguese = {translated for _english, translated in pairs}
    found = {english for english, translated in pairs if english != translated} - portuguese
    assert len(found) > 500
    return found
