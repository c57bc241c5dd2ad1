"""Short functions, small files: the numbers are printed, the caps are kept."""

import ast
import statistics

import pytest

from tests.architecture.source import Module, length, modules

pytestmark = pytest.mark.unit

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
FUNCTIONS: tuple[type[Definition], ...] = (ast.FunctionDef, ast.AsyncFunctionDef)


def module_sizes(found):
    return {module.name: len(module.text.splitlines()) for module in found if module.text.strip()}


def sizes_of(found: list[Module], *kinds: type[Definition]) -> dict[str, int]:
    return {
        f"{module.place(node.lineno)} {node.name}": length(node)
        for module in found
        for node in ast.walk(module.tree())
        if isinstance(node, kinds)
    }


def product():
    return [module for module in modules() if not module.is_test]


def suite():
    return modules("tests")


@pytest.mark.parametrize(
    ("what", "measure", "cap"),
    [
        ("module", lambda: module_sizes(product()), 400),
        ("function", lambda: sizes_of(product(), *FUNCTIONS), 60),
        ("class", lambda: sizes_of(product(), ast.ClassDef), 200),
        ("test module", lambda: module_sizes(suite()), 400),
        ("test function", lambda: sizes_of(suite(), *FUNCTIONS), 60),
        ("test class", lambda: sizes_of(suite(), ast.ClassDef), 200),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_outgrows_its_cap(what, measure, cap):
    sizes = measure()

    lines = sorted(sizes.values())
    median, p95 = statistics.median(lines), lines[int(len(lines) * 0.95)]
    print(f"{what}: median {median:.0f}, p95 {p95}, longest {lines[-1]}, cap {cap}")  # noqa: T201 -- meant to be seen
    assert {name: size for name, size in sizes.items() if size > cap} == {}
