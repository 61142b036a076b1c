"""What ``make verify`` says in Portuguese."""

from decimal import Decimal

import pytest
from fiscal.problems import Problem, Text
from fiscal.verify import words
from fiscal.verify.__main__ import main

PO = """
msgid ""
msgstr ""
"Language: pt_BR\\n"

#. module: x
msgid "The %(what)s is %(value)s."
msgstr ""
"O valor de %(what)s "
"é %(value)s."

msgid "total"
msgstr "soma"

msgid "Not yet"
msgstr ""

msgid "This is not a file."
msgstr "Isto não é um arquivo."

msgid "%(files)s files, %(problems)s problems"
msgstr "%(files)s arquivos, %(problems)s problemas"
"""
PROBLEM = Problem(
    "x", "total", Text("The %(what)s is %(value)s."), params={"what": Text("total"), "value": Decimal("1.50")}
)


@pytest.fixture(autouse=True)
def translation(tmp_path, monkeypatch):
    file = tmp_path / "pt_BR.po"
    file.write_text(PO, encoding="utf-8")
    monkeypatch.setattr(words, "TRANSLATION", file)
    words._translations.cache_clear()
    yield
    words._translations.cache_clear()


@pytest.mark.parametrize(
    ("environ", "portuguese"),
    [
        ({"LANG": "pt_BR.UTF-8"}, True),
        ({"LANG": "pt_PT"}, True),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "pt_BR.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "C", "LC_MESSAGES": "pt_BR.UTF-8"}, True),
        ({"LANG": "pt_BR", "LC_ALL": ""}, True),
        ({}, False),
    ],
)
def test_the_environment_chooses(environ, portuguese):
    assert words.wants_portuguese(environ) is portuguese


def test_a_problem_in_portuguese():
    assert words.told(PROBLEM, portuguese=True) == "total: O valor de soma é 1,50."
    assert words.told(PROBLEM, portuguese=False) == "total: The total is 1.50."


def test_what_has_no_translation_stays_english(tmp_path, monkeypatch):
    assert words.say("Not yet", portuguese=True) == "Not yet"
    assert words.say("Never heard of", portuguese=True) == "Never heard of"
    monkeypatch.setattr(words, "TRANSLATION", tmp_path / "none.po")
    words._translations.cache_clear()
    assert words.told(PROBLEM, portuguese=True) == "total: The total is 1,50."


def test_the_command_speaks_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LC_ALL", "pt_BR.UTF-8")
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == f"{tmp_path}: Isto não é um arquivo.\n1 arquivos, 1 problemas\n"
