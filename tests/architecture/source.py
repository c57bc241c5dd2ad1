"""The project's own source, as text and as trees."""

import ast
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
APPS = (
    *("accounts", "ai", "billing", "cube_demper", "kaspi", "news", "preorders", "products"),
    "whatsapp",
)
FOLDERS = (*APPS, "bench", "deploy", "sandbox", "tests")


@dataclass(frozen=True)
class Module:
    """One file of ours."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(HOME))

    @property
    def text(self) -> str:
        return self.path.read_text()

    @property
    def is_test(self) -> bool:
        return self.name.startswith("tests/")

    @property
    def is_migration(self) -> bool:
        return "/migrations/" in self.name

    def tree(self) -> ast.Module:
        return _parsed(self.path)

    def comments(self) -> Iterator[tuple[int, str]]:
        """Give every comment with its line number."""
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string

    def place(self, line: int) -> str:
        return f"{self.name}:{line}"


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def modules(*folders: str) -> list[Module]:
    """List the files under these folders, or under all of ours; migrations left out."""
    found = [
        Module(path)
        for folder in folders or FOLDERS
        for path in sorted((HOME / folder).rglob("*.py"))
    ]
    return [module for module in found if not module.is_migration]


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Find the calls of a function or a method by its last name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_name(node.func) in names:
            yield node


def last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def length(node: ast.AST) -> int:
    """Count the lines of a definition, from its decorators to its end."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        raise TypeError(f"{node} has no length")
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return (node.end_lineno or first) - first + 1
