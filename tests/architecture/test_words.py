"""What may not stand in the source, or only with a reason."""

import ast
import re

import pytest

from tests.architecture.source import Module, calls, modules

pytestmark = pytest.mark.unit

UNDONE = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
SUPPRESSIONS = {
    "noqa": re.compile(r"noqa: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* -- \S+"),
    "type: ignore": re.compile(r"type: ignore\[[a-z-]+(, ?[a-z-]+)*\]  # \S+"),
    "pragma: no": re.compile(r"pragma: no (cover|branch) -- \S+"),
}
# Tasks that outlive the function that starts them, and who ends them.
OWNED_TASKS = {
    "bench/limiter.py": 1,  # callers that can't be cancelled end with their process
    "cube_demper/kernel/limiting/hearing.py": 1,  # the listener, ended by its close
    "cube_demper/kernel/limiting/waiting.py": 2,  # the limiter's errands, ended by its close
    "kaspi/clients/browser.py": 1,  # the browser's janitor, ended by its close
    "kaspi/clients/chromium.py": 1,  # its driver's start, awaited to its end
    "kaspi/clients/contexts.py": 1,  # a context's start, awaited to its end
}
JUNK_DRAWERS = {"utils.py", "helpers.py", "common.py", "misc.py"}


def test_nothing_is_left_for_later():
    undone = [
        module.place(line)
        for module in modules()
        for line, comment in module.comments()
        if UNDONE.search(comment)
    ]

    assert undone == []


@pytest.mark.parametrize("kind", SUPPRESSIONS)
def test_a_suppression_says_why(kind):
    silent = [
        f"{module.place(line)} {comment}"
        for module in modules()
        for line, comment in module.comments()
        if re.search(rf"#\s*{kind}", comment) and not SUPPRESSIONS[kind].search(comment)
    ]

    assert silent == []


def test_an_import_inside_a_function_says_why():
    silent = [
        module.place(node.lineno)
        for module in modules()
        for node in inner_imports(module)
        if " -- " not in module.text.splitlines()[node.lineno - 1]
    ]

    assert silent == []


def inner_imports(module: Module) -> list[ast.stmt]:
    functions = [
        node
        for node in ast.walk(module.tree())
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return [
        node
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def test_concurrency_has_a_shape():
    bare = {
        module.name: len(found)
        for module in modules()
        if not module.is_test and (found := list(bare_tasks(module)))
    }

    assert bare == OWNED_TASKS


def bare_tasks(module: Module) -> list[ast.Call]:
    """Find work that is started outside a group, where its failure could go unseen."""
    return [
        call
        for call in calls(module.tree(), "create_task", "ensure_future", "gather")
        if isinstance(call.func, ast.Name)
        or (
            isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id in {"asyncio", "loop"}
        )
    ]


def test_every_file_has_a_name_that_says_something():
    assert [module.name for module in modules() if module.path.name in JUNK_DRAWERS] == []


def test_nothing_of_ours_is_replaced_in_a_test():
    patched = [
        module.place(call.lineno)
        for module in modules("tests")
        for call in calls(module.tree(), "setattr", "patch", "object")
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in {"monkeypatch", "mock", "mocker", "patch"}
        and re.search(
            r"\b(accounts|cube_demper|kaspi|news|products|sandbox)\.", ast.unparse(call.args[0])
        )
    ]

    assert patched == []
