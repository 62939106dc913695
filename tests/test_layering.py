"""The arrows between modules point one way: portal → accounts → conditions → libraries."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APPS = ["portal", "accounts", "conditions"]  # each may import those to its right
# Inside conditions: each floor may import those below it.
FLOORS = [
    {"urls"},
    {"admin"},  # it shows the pages of readers before they have them
    {"pages", "templatetags", "management", "dashboard"},
    {"loading"},
    {"addresses"},
    {"serving", "publishing", "reviewing", "assigning"},
    {"workflow", "sharing", "unsaved"},
    {"checking"},
    {"audit", "changes", "contents"},
    {"demand", "link_check"},
    {"finding"},
    {"models"},
    {"pictures", "plain_language"},
    {"overlap", "drawings", "reading", "glossary", "merging", "comparing"},
    {"text", "codes", "lay_words", "progress"},
]


def imports(path):
    """Yield the dotted modules that a file imports from this project."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def modules(app):
    return sorted((ROOT / app).rglob("*.py"))


@pytest.mark.parametrize("app", APPS)
def test_no_app_imports_one_to_its_left(app):
    forbidden = APPS[: APPS.index(app)]
    found = [(str(path), name) for path in modules(app) for name in imports(path) if name.split(".")[0] in forbidden]
    assert not found


def floor(name):
    return next(place for place, floor in enumerate(FLOORS) if name in floor)


def test_inside_conditions_the_arrows_point_down():
    found = []
    for path in modules("conditions"):
        own = path.relative_to(ROOT / "conditions").with_suffix("").parts[0]
        if own in ("__init__", "apps", "migrations"):
            continue
        below = [name.split(".")[1] for name in imports(path) if name.startswith("conditions.")]
        found += [(str(path), name) for name in below if name != own and floor(name) <= floor(own)]
    assert not found


@pytest.mark.parametrize(
    "name", ["codes", "lay_words", "text", "overlap", "comparing", "merging", "reading", "glossary", "plain_language"]
)
def test_the_pure_modules_know_no_django(name):
    assert not [module for module in imports(ROOT / "conditions" / f"{name}.py") if module.startswith("django")]


def test_no_import_hides_in_a_function():
    hidden = [
        f"{path}:{node.lineno}"
        for app in APPS
        for path in modules(app)
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not hidden
