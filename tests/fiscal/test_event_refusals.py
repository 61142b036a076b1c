"""What a refusal of an event, a voiding or a question to the register means: every one that the simulator knows."""

import ast
from pathlib import Path

import pytest
from fiscal import cstat, simulator
from fiscal.events.refusals import ROWS, problem_of
from fiscal.problems import Text
from fiscal.rejections import rejection
from fiscal.simulator import reference

FOLDER = Path(simulator.__file__).parent
DONE = {"102", "111", "112", "128", "135", "136", "151", "155", "101", "563"}


def codes_of(name):
    """Every cStat written in a module of the simulator."""
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    constants = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return {value for value in constants if isinstance(value, str) and value in reference.cstat()} - DONE


@pytest.mark.parametrize("name", ["events", "event_store", "voiding", "registry"])
def test_every_refusal_of_the_simulator_is_explained(name):
    codes = codes_of(name)
    assert codes
    assert [code for code in codes if code not in ROWS and not rejection(code)] == []


@pytest.mark.parametrize("code", [*ROWS, "215", "999", "12345"])
def test_a_refusal_is_told_with_the_authorizers_own_words(code):
    problem = problem_of(code, "Rejeição:\n de SEFAZ")
    assert f"{code} Rejeição: de SEFAZ" in str(problem).replace(": Rejeição", " Rejeição")
    assert "%(" not in str(problem)
    assert problem.cure or code == "563"


def test_every_text_is_marked_and_every_code_official():
    for code, texts in ROWS.items():
        assert all(isinstance(text, Text) or not text for text in texts)
        assert cstat.meaning(code).text, code
