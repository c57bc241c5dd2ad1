"""Small mistakes made on purpose: each way in which one place of a module could be wrong.

Annotations, decorators, docstrings, imports and the words of a ``raise`` stay as they are: what is
wrong there is a matter of the type checker, or of nobody.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_RECKONED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}
_LEFT_ALONE = {"annotation", "returns", "decorator_list", "bases", "exc"}
_REMOVED = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.If, ast.For, ast.Raise, ast.Continue)
_DISPLAYS = (ast.Dict, ast.List, ast.Set, ast.Tuple, ast.JoinedStr)
_NAMED = (ast.FunctionDef, ast.ClassDef)
_LONGEST = 100
_T = TypeVar("_T")


@dataclass(frozen=True)
class Mutant:
    """The source of a module with one mistake in it, where ``before`` became ``after``.

    ``where`` is the function or class around it, empty for the module itself; ``lines`` are those
    of its place, as they are counted in the module without the mistake. ``nth`` tells apart what
    reads the same.
    """

    module: str
    where: str
    lines: range
    before: str
    after: str
    nth: int
    source: str

    @property
    def key(self) -> str:
        """Its name, which outlives a change of lines elsewhere."""
        again = f" #{self.nth}" if self.nth > 1 else ""
        return f"{self.module}.{self.where}: {self.before} → {self.after}{again}"


@dataclass(frozen=True)
class _Place:
    """A node, and where it hangs."""

    node: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    around: tuple[ast.AST, ...]

    def hang(self, node: ast.AST) -> None:
        """Put another here."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def mutants_of(module: str, source: str) -> Iterator[Mutant]:
    """Every mutant of a module, always in the same order."""
    tree = ast.parse(source)
    seen: dict[tuple[str, str, str], int] = {}
    for place in _places(tree, (tree,)):
        for other in _variants(place):
            shown = _shown(place)
            before = _text(shown)
            place.hang(other)
            after = _text(other if shown is place.node else shown)
            if isinstance(place.node, ast.Set | ast.List | ast.Dict):
                before, after = _gone(place.node, other), "nothing"
            mutated = ast.unparse(ast.fix_missing_locations(tree))
            place.hang(place.node)
            named = [node for node in place.around if isinstance(node, _NAMED)]
            where = ".".join(node.name for node in named)
            told = (where, before, after)
            seen[told] = seen.get(told, 0) + 1
            yield Mutant(
                module,
                where,
                _lines(place),
                before,
                after,
                seen[told],
                mutated,
            )


def _lines(place: _Place) -> range:
    statements = [node for node in (*place.around, place.node) if isinstance(node, ast.stmt)]
    whole = statements[-1]
    last = whole.body[0].lineno - 1 if isinstance(whole, ast.If | ast.For) else whole.end_lineno
    return range(whole.lineno, (last or whole.lineno) + 1)


def _shown(place: _Place) -> ast.AST:
    """What tells a reader enough: a number alone does not, a whole table is too much."""
    if isinstance(place.node, ast.Constant) and not isinstance(place.parent, _DISPLAYS):
        return place.parent
    return place.node


def _gone(whole: ast.AST, rest: ast.AST) -> str:
    """The entry that a display has lost."""
    left = _entries(rest)
    return next(_text(entry) for entry in _entries(whole) if entry not in left)


def _entries(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Dict(keys=keys):
            return [key for key in keys if key is not None]
        case ast.Set(elts=entries) | ast.List(elts=entries) | ast.Tuple(elts=entries):
            return entries
    return []


def _text(node: ast.AST) -> str:
    text = ast.unparse(node).strip()
    first = text.splitlines()[0] if text else "nothing"
    return first if len(first) <= _LONGEST else f"{first[:_LONGEST]}…"


def _places(node: ast.AST, around: tuple[ast.AST, ...]) -> Iterator[_Place]:
    for field, value in ast.iter_fields(node):
        if field in _LEFT_ALONE:
            continue
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if isinstance(child, ast.AST) and not _is_left_alone(child):
                yield _Place(child, node, field, index, around)
                yield from _places(child, (*around, child))


def _is_left_alone(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
    return False


def _variants(place: _Place) -> Iterator[ast.AST]:
    node = place.node
    if isinstance(node, ast.stmt):
        yield from _other_statements(place, node)
    elif isinstance(node, ast.Constant):
        yield from (ast.Constant(value) for value in _other_values(node.value))
    elif isinstance(node, ast.Compare | ast.BinOp | ast.BoolOp | ast.UnaryOp | ast.IfExp):
        yield from _other_sums(node)
    elif isinstance(node, ast.Call):
        yield from _other_calls(node)
    elif isinstance(node, ast.Set | ast.List | ast.Dict):
        yield from _without_one(node)
    elif isinstance(node, ast.comprehension):
        for index in range(len(node.ifs)):
            yield _with(node, ifs=_cut(node.ifs, index))


def _other_statements(place: _Place, node: ast.stmt) -> Iterator[ast.AST]:
    is_in_function = any(isinstance(one, ast.FunctionDef) for one in place.around)
    if is_in_function and (
        isinstance(node, _REMOVED)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
    ):
        yield ast.Pass()
    if isinstance(node, ast.Break | ast.Continue):
        yield ast.Continue() if isinstance(node, ast.Break) else ast.Break()
    if isinstance(node, ast.If) and not isinstance(node.test, ast.Compare | ast.UnaryOp):
        yield _with(node, test=_not(node.test))
    if isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield ast.Return(ast.Constant(None))
        if isinstance(node.value, ast.BoolOp):
            yield ast.Return(_not(node.value))


def _other_values(value: object) -> Iterator[str | float | bool]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
        yield value - 1
    elif isinstance(value, str):
        yield "" if value else "something"


def _other_sums(
    node: ast.Compare | ast.BinOp | ast.BoolOp | ast.UnaryOp | ast.IfExp,
) -> Iterator[ast.AST]:
    match node:
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                for other in _COMPARED[type(operator)]:
                    ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
                    yield _with(node, ops=ops)
        case ast.BinOp() if type(node.op) in _RECKONED:
            yield _with(node, op=_RECKONED[type(node.op)]())
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
            for index in range(len(node.values)):
                rest = _cut(node.values, index)
                yield rest[0] if len(rest) == 1 else _with(node, values=rest)
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            yield node.operand
        case ast.IfExp() if not isinstance(node.test, ast.Compare | ast.UnaryOp):
            yield _with(node, test=_not(node.test))


def _other_calls(node: ast.Call) -> Iterator[ast.AST]:
    if isinstance(node.func, ast.Name) and node.func.id in _CALLED:
        yield _with(node, func=ast.Name(_CALLED[node.func.id], ast.Load()))
    for index in range(len(node.keywords)):
        yield _with(node, keywords=_cut(node.keywords, index))


def _without_one(node: ast.Set | ast.List | ast.Dict) -> Iterator[ast.AST]:
    if isinstance(node, ast.Dict):
        for index in range(len(node.keys)):
            yield _with(node, keys=_cut(node.keys, index), values=_cut(node.values, index))
        return
    for index in range(len(node.elts)):
        rest = _cut(node.elts, index)
        yield _with(node, elts=rest) if rest or isinstance(node, ast.List) else ast.Tuple([])


def _not(node: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), node)


def _cut(items: list[_T], index: int) -> list[_T]:
    return [*items[:index], *items[index + 1 :]]


def _with(node: ast.AST, **fields: object) -> ast.AST:
    other = copy.copy(node)
    for name, value in fields.items():
        setattr(other, name, value)
    return other
