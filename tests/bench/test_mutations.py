"""The mistakes that are made on purpose."""

from pathlib import Path

import pytest

from bench.equivalent import EQUIVALENT
from bench.mutations import mutants_of

pytestmark = pytest.mark.unit
HEART = Path(__file__).resolve().parents[2] / "products" / "pricing"


def mistakes(source):
    return [f"{mutant.before} → {mutant.after}" for mutant in mutants_of("heart", source)]


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("x = a < b", ["a < b → a <= b", "a < b → a >= b"]),
        ("x = a - b", ["a - b → a + b"]),
        ("x = a and b", ["a and b → a or b", "a and b → b", "a and b → a"]),
        ("x = not a", ["not a → a"]),
        ("x = f(2)", ["f(2) → f(3)", "f(2) → f(1)"]),
        ("x = True", ["x = True → x = False"]),
        ("x = {a, b}", ["a → nothing", "b → nothing"]),
        ("x = {a: b}", ["a → nothing"]),
        ("x = min(a, key=b)", ["min(a, key=b) → max(a, key=b)", "min(a, key=b) → min(a)"]),
        ("x = [a for a in b if a]", ["for a in b if a → for a in b"]),
        ("x = a if b else c", ["a if b else c → a if not b else c"]),
        (
            "def f(a):\n    if a:\n        g(a)\n    return a",
            ["if a: → pass", "if a: → if not a:", "g(a) → pass", "return a → return None"],
        ),
        ("for a in b:\n    continue", ["continue → break"]),
        ('"""A docstring."""\nimport a\nx: int', []),
        ('def f() -> int:\n    raise Wrong("because")', ["raise Wrong('because') → pass"]),
    ],
)
def test_each_kind_of_code_has_its_mistakes(source, made):
    assert mistakes(source) == made


def test_a_mutant_is_the_whole_module_with_one_mistake():
    first, second = [
        mutant for mutant in mutants_of("heart", "x = 1\ny = f(a < b)") if "<" in mutant.before
    ]

    assert (first.source, second.source) == ("x = 1\ny = f(a <= b)", "x = 1\ny = f(a >= b)")
    assert (first.lines, first.key) == (range(2, 3), "heart.: a < b → a <= b")


def test_mistakes_that_read_the_same_have_names_of_their_own():
    keys = [mutant.key for mutant in mutants_of("heart", "x = [a + b, a + b]")]

    assert "heart.: a + b → a - b" in keys
    assert "heart.: a + b → a - b #2" in keys
    assert len(set(keys)) == len(keys)


def test_every_mutant_that_is_called_equivalent_is_one_of_the_heart():
    modules = {name.split(".")[0] for name in EQUIVALENT}

    made = {
        mutant.key
        for module in modules
        for mutant in mutants_of(module, (HEART / f"{module}.py").read_text(encoding="utf-8"))
    }

    assert set(EQUIVALENT) - made == set()
