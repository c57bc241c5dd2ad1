"""Rows that PostgreSQL writes as JSON itself, passed through as they come.

For long lists: no row becomes an object of ours. Keys are names of API fields.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, F, Func, TextField
from django.db.models.sql.compiler import SQLCompiler
from typing_extensions import override

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Document(Func):
    """A JSON object as text: API field → column or expression."""

    def __init__(self, fields: Mapping[str, str | Expression]) -> None:
        if odd := [name for name in fields if not _NAME.fullmatch(name)]:
            raise ValueError(f"{odd} are no names of fields")
        values = [F(value) if isinstance(value, str) else value for value in fields.values()]
        super().__init__(*values, output_field=TextField())
        self.names = tuple(fields)

    @override
    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *_: Any, **__: Any
    ) -> Any:
        parts, params = list[str](), list[Any]()
        for name, value in zip(self.names, self.get_source_expressions(), strict=True):
            sql, own = compiler.compile(value)
            parts.append(f"'{name}', {sql}")
            params += own
        return f"json_build_object({', '.join(parts)})::text", params


class Moment(Func):
    """A time as the rest of the API writes it: ISO 8601 in UTC."""

    template = (
        "replace(to_char(%(expressions)s AT TIME ZONE 'UTC',"
        """ 'YYYY-MM-DD"T"HH24:MI:SS.US'), '.000000', '') || 'Z'"""
    )

    def __init__(self, column: str) -> None:
        super().__init__(F(column), output_field=TextField())
