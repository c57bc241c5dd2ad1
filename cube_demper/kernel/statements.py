"""Queries that are built once: only what differs from time to time is filled in.

Building a long query costs the ORM more than running it costs the database. It is built with a
*mark* in each place that differs, an unlikely value of the right kind, and run with others there.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL and its parameters; each of ``slots`` is a mark's name, or empty where one is fixed."""

    sql: str
    parameters: tuple[Any, ...]
    slots: tuple[str, ...]

    def rows(self, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run it with these values, by the names of the marks."""
        filled = [
            values[slot] if slot else fixed
            for slot, fixed in zip(self.slots, self.parameters, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, filled)
            return list(cursor.fetchall())


def built(query: "QuerySet[Any, Any]", marks: Mapping[str, Any]) -> Statement:
    """Keep what the ORM makes of a query of plain values.

    Raises ValueError for a mark that is not in it.
    """
    sql, parameters = query.query.sql_with_params()
    names = {mark: name for name, mark in marks.items()}
    slots = tuple(names.get(one, "") if isinstance(one, Hashable) else "" for one in parameters)
    if missing := set(marks) - set(slots):
        raise ValueError(f"{sorted(missing)} are not in the query")
    return Statement(sql, tuple(parameters), slots)
