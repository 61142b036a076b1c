"""What holds across the whole project, proved by reading it: no code is imported here."""

import ast
import csv
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ADDON = ROOT / "faturamento_br"
CORE = ADDON / "fiscal"
BILLING = ADDON / "billing"
QUEUE_ADDON = ROOT / "faturamento_br_queue"
LONGEST = 400  # lines
LONGEST_TEST = 600  # a table of cases may be long
# Package registries and mirrors, put together here so that this file does not name them either.
REGISTRIES = [
    "".join(parts)
    for parts in (("pypi", ".org"), ("pythonhosted", ".org"), ("deb.debian", ".org"), ("debian", ".org/debian"))
] + ["npmjs" + ".com", "registry" + ".npmjs"]
# What recurring billing may import from the fiscal core: problems are told alike.
SHARED_WITH_BILLING = {"fiscal.problems"}
# What the core may import from inside the core; anything not named is free (spec, problems, tables…).
FORBIDDEN_INSIDE = {
    "spec_trade": {"spec", "taxes", "documents", "transport", "soap", "authorizer", "simulator", "verify"},
    "spec": {"taxes", "documents", "transport", "soap", "authorizer", "simulator", "verify"},
    "problems": {"spec", "taxes", "documents", "transport", "soap", "authorizer", "simulator", "verify"},
    "taxes": {"documents", "transport", "soap", "authorizer", "simulator", "verify"},
    "documents": {"transport", "soap", "authorizer", "simulator", "verify"},
    "transport": {"spec", "taxes", "documents", "simulator", "verify"},
    "simulator": {"documents", "taxes", "transport", "soap", "authorizer", "sign", "schema", "verify"},
}


def python_files(*folders: Path) -> list[Path]:
    return sorted(file for folder in folders for file in folder.rglob("*.py"))


def source_files() -> Iterator[Path]:
    """Everything written by hand: code, views, set-up, documents."""
    suffixes = {".py", ".xml", ".js", ".scss", ".md", ".toml", ".txt", ".sql", ""}
    for top in ("dev", "bench", "docs", "tests", ADDON.name, QUEUE_ADDON.name, ".ci"):
        for file in sorted((ROOT / top).rglob("*")):
            parts = file.relative_to(ROOT / top).parts
            made = any(part.startswith(".") or part == "__pycache__" for part in parts)
            if file.is_file() and file.suffix in suffixes and not made:
                yield file
    yield from (file for file in ROOT.glob("*") if file.is_file() and file.name not in {"LICENSE", ".git"})


def relative(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def imports(file: Path) -> list[tuple[str, int, int]]:
    """Each imported name, with dots for parents: (``odoo.api``, level, line). ``from . import a`` gives ``a``, 1."""
    found: list[tuple[str, int, int]] = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found += ((alias.name, 0, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found += ((name, node.level, node.lineno) for name in names)
    return found


def test_the_core_does_not_know_odoo():
    found = [
        f"{relative(file)}:{line} imports {name}"
        for file in python_files(CORE, BILLING)
        for name, level, line in imports(file)
        if level == 0 and name.split(".")[0] in {"odoo", ADDON.name}
    ]
    assert not found, "\n".join(found)


def test_the_core_stays_inside_itself():
    """A relative import that leaves the folder fiscal/ would break where the core is used alone."""
    found = [
        f"{relative(file)}:{line} leaves fiscal/"
        for file in python_files(CORE)
        for name, level, line in imports(file)
        if level > len(file.relative_to(CORE).parts)
    ]
    assert not found, "\n".join(found)


def test_recurring_billing_knows_of_the_core_how_problems_are_told_and_nothing_else():
    found = [
        f"{relative(file)}:{line} imports {name}"
        for file in python_files(BILLING)
        for name, level, line in imports(file)
        if level > len(file.relative_to(BILLING).parts) and name not in SHARED_WITH_BILLING
    ]
    found += [
        f"{relative(file)}:{line} knows recurring billing"
        for file in python_files(CORE)
        for name, _level, line in imports(file)
        if BILLING.name in name.split(".")
    ]
    assert python_files(BILLING)
    assert not found, "\n".join(found)


def test_dependencies_of_the_core_go_one_way():
    found = []
    for file in python_files(CORE):
        inside = file.relative_to(CORE)
        part = inside.parts[0].removesuffix(".py")
        for name, level, line in imports(file):
            # Only an import relative to fiscal/ itself names another part.
            if level == len(inside.parts) and name.split(".")[0] in FORBIDDEN_INSIDE.get(part, ()):
                found.append(f"{relative(file)}:{line} imports {name}")
    assert not found, "\n".join(found)


def test_only_models_and_the_rest_of_odoo_know_odoo():
    """The add-on imports no tests, and production code does not know the set-up."""
    found = [
        f"{relative(file)}:{line} imports {name}"
        for file in python_files(ADDON, QUEUE_ADDON)
        if "tests" not in file.relative_to(ROOT).parts[1:]
        for name, _level, line in imports(file)
        if name.split(".")[0] in {"dev", "tests", "pytest", "bench"}
    ]
    assert not found, "\n".join(found)


def test_the_queue_stays_beside():
    """The add-on works without OCA's queue, and the small one that brings it has no model, right or text of its own."""
    found = [
        f"{relative(file)}:{line} imports {name}"
        for file in python_files(ADDON)
        for name, _level, line in imports(file)
        if {"queue_job", QUEUE_ADDON.name} & set(name.split("."))
    ]
    for file in python_files(QUEUE_ADDON):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "_":
                found.append(f"{relative(file)}:{node.lineno} has a text: it needs a translation (i18n)")
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_name":
                found.append(f"{relative(file)}:{node.lineno} makes a model: it needs rights")
    assert python_files(QUEUE_ADDON)
    assert not found, "\n".join(found)


def test_no_file_is_long():
    examples = (ROOT / "tests/fiscal/golden", ROOT / "tests/fiscal/data")  # documents, not code
    files = [file for file in source_files() if not any(file.is_relative_to(folder) for folder in examples)]
    code = [file for file in files if file.suffix in {".py", ".xml", ".js", ".scss"}]
    long = [
        f"{relative(file)}: {lines}"
        for file in code
        if (lines := len(file.read_text().splitlines())) > (LONGEST_TEST if file.stem.startswith("test_") else LONGEST)
    ]
    assert code
    assert not long, "\n".join(long)


def test_no_registry_and_no_path_of_a_machine_is_named():
    paths = re.compile(r"(?<![\w.])/(?:work|root|home/\w+)/")
    found = []
    for file in source_files():
        text = file.read_text(errors="replace")
        found += [f"{relative(file)} names {name}" for name in REGISTRIES if name in text]
        found += [f"{relative(file)} names {hit}" for hit in paths.findall(text)]
    assert not found, "\n".join(found)


# --- Rights -----------------------------------------------------------------------------------------------------


class Model:
    """A model class as its source shows it."""

    def __init__(self, file: Path, node: ast.ClassDef):
        self.file = relative(file)
        self.attributes = {}
        for statement in node.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                self.attributes[statement.targets[0].id] = statement.value
        self.bases = {base.attr for base in node.bases if isinstance(base, ast.Attribute)}

    @property
    def name(self) -> str | None:
        value = self.attributes.get("_name")
        return value.value if isinstance(value, ast.Constant) else None

    @property
    def stored(self) -> bool:
        return "AbstractModel" not in self.bases


@cache
def models() -> list[Model]:
    """The add-on's own stored models. A class that gives a mixin to one of Odoo's models repeats that one's name."""
    found = [
        Model(file, node)
        for file in python_files(ADDON / "models", ADDON / "wizards")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ClassDef)
    ]
    return [model for model in found if model.stored and (model.name or "").startswith(f"{ADDON.name}.")]


def loaded_files(suffix: str) -> list[Path]:
    manifest = ast.literal_eval((ADDON / "__manifest__.py").read_text())
    return [ADDON / name for name in manifest["data"] if name.endswith(suffix)]


@cache
def models_with_rights() -> set[str]:
    rows = [row for file in loaded_files("ir.model.access.csv") for row in csv.DictReader(file.open())]
    return {row["model_id:id"].split(".")[-1] for row in rows}


@cache
def models_with_rules() -> dict[str, str]:
    """Model's XML id: the domains of its rules."""
    rules: dict[str, str] = {}
    for file in loaded_files(".xml"):
        for record in ET.parse(file).iter("record"):
            if record.get("model") == "ir.rule":
                fields = {field.get("name"): field for field in record.iter("field")}
                model = fields["model_id"].get("ref", "").split(".")[-1]
                rules[model] = rules.get(model, "") + (fields["domain_force"].text or "")
    return rules


def xml_id(model: Model) -> str:
    return f"model_{model.name.replace('.', '_')}"


def test_there_are_models():
    assert len(models()) > 1


@pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
def test_model_has_access_rights(model: Model):
    assert xml_id(model) in models_with_rights(), f"{model.file}: {model.name} has no line in an ir.model.access.csv"


def with_company() -> list[Model]:
    # A wizard's rows belong to the user who made them: Odoo itself hides them from others.
    return [model for model in models() if "company_id" in model.attributes and "TransientModel" not in model.bases]


@pytest.mark.parametrize("model", with_company(), ids=lambda model: model.name)
def test_model_with_a_company_has_a_rule(model: Model):
    domain = models_with_rules().get(xml_id(model), "")
    assert "company_id" in domain, f"{model.file}: {model.name} has no ir.rule on company_id"
    assert "company_ids" in domain or "child_of" in domain or "parent_of" in domain
