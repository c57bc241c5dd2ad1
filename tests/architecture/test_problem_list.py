"""Whoever reads a code in an answer finds it in docs/problems.md."""

import importlib
import re
from collections.abc import Iterator

import pytest
from rest_framework import exceptions

from cube_demper.kernel.errors import DomainError
from cube_demper.kernel.problems import (
    FRAMEWORK_PROBLEMS,
    INTERNAL_ERROR,
    MALFORMED_REQUEST,
    Problem,
    describe,
)
from tests.architecture.source import APPS, HOME, modules

pytestmark = pytest.mark.unit

PAGE = (HOME / "docs" / "problems.md").read_text()
ROW = re.compile(
    r"^\| `(?P<code>[a-z-]+)` \| (?P<status>\d{3}) \| (?P<title>[^|]+?) \|", re.MULTILINE
)
FIELD_ROW = re.compile(r"^\| `(?P<code>[a-z-]+)` \| [^\d|]", re.MULTILINE)


def load_errors() -> None:
    for module in modules(*APPS):
        if module.path.name in {"errors.py", "jobs.py", "sealing.py"}:
            importlib.import_module(module.name.removesuffix(".py").replace("/", "."))


def kinds_of(family: type[DomainError]) -> Iterator[type[DomainError]]:
    for kind in family.__subclasses__():
        if kind.__module__.split(".")[0] in APPS:
            yield kind
            yield from kinds_of(kind)


def domain_rows() -> set[tuple[str, int, str]]:
    load_errors()
    raised = [problem for kind in kinds_of(DomainError) if (problem := described(kind))]
    return {(problem.code, problem.status, problem.title) for problem in raised}


def described(kind: type[DomainError]) -> Problem | None:
    """Describe an error of this kind, whatever its own constructor wants."""
    error = kind.__new__(kind)
    DomainError.__init__(error)
    return describe(error)


def framework_rows() -> set[tuple[str, int, str]]:
    rows = {(one.code, one.status, one.title) for one in (INTERNAL_ERROR, MALFORMED_REQUEST)}
    for kind, (code, title) in FRAMEWORK_PROBLEMS.items():
        error = kind("PUT") if kind in TAKES_A_WORD else kind()
        problem = describe(error)
        assert problem is not None
        rows.add((code, problem.status, title))
    return rows


TAKES_A_WORD = {exceptions.MethodNotAllowed, exceptions.UnsupportedMediaType}


def test_the_page_lists_every_problem_and_no_other():
    listed = {(row["code"], int(row["status"]), row["title"]) for row in ROW.finditer(PAGE)}

    assert listed == domain_rows() | framework_rows()


def test_the_page_lists_each_problem_once():
    codes = [row["code"] for row in ROW.finditer(PAGE)]

    assert sorted(codes) == sorted(set(codes))


def test_two_problems_never_share_a_code():
    load_errors()
    kinds = {kind for kind in kinds_of(DomainError) if described(kind)}
    families = {"invalid", "not-authenticated", "not-found", "forbidden"}  # also the framework's

    own = [kind.code for kind in kinds if kind.code not in families]
    assert sorted(own) == sorted(set(own))


def test_the_page_lists_every_word_for_a_field():
    doors = [HOME / "cube_demper/kernel/api.py", *HOME.glob("*/api/serializers.py")]
    spoken = {
        word for door in doors for word in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', door.read_text())
    }

    assert spoken <= {row["code"] for row in FIELD_ROW.finditer(PAGE)}


def test_every_code_is_a_word_for_an_address():
    assert [
        code for code, _, _ in domain_rows() if not re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    ] == []
