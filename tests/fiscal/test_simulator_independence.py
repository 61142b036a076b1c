"""The simulator shares nothing with the sender but the official XSDs, or it would agree with our own mistakes."""

import ast
from pathlib import Path

import pytest
from fiscal import simulator

ROOT = Path(simulator.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))


def imported(path):
    """(level, dotted name) of every import in a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.level, node.module or ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_stay_inside(path):
    depth = len(path.relative_to(ROOT).parts)  # 1 for simulator/x.py: one dot is simulator itself
    for level, name in imported(path):
        assert level <= depth, f"{path.name} reaches outside the simulator: {'.' * level}{name}"
        assert name.split(".")[0] not in {"fiscal", "odoo", "nfelib"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_short(path):
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= 400
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < 70, node.name
