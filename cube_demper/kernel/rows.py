"""Writing many rows at once: as one JSON document, which PostgreSQL takes apart.

What ``bulk_create`` and ``bulk_update`` do, for a tenth of the processor: those build an expression
for each value. What is written needs only the fields' attributes: it may be an instance, or not.
"""

from collections.abc import Collection, Sequence
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, connections, models

_JSON_ITSELF = {models.JSONField, models.CharField, models.TextField, models.BooleanField}
_SERIAL = {"serial": "integer", "bigserial": "bigint"}  # no types of values, only of columns


def rewrite(
    rows: "models.Manager[Any]", changed: Collection[object], columns: Sequence[str]
) -> None:
    """Write these columns of rows that the caller has locked: one ``UPDATE … FROM``.

    Other columns need not be loaded.
    """
    if not changed:
        return
    fields = _fields(rows.model, (rows.model._meta.pk.name, *columns))  # noqa: SLF001 -- Django's documented way to a model's fields
    key, *names = _names(fields)
    assignments = ", ".join(f"{name} = v.{name}" for name in names)
    _execute(
        f"UPDATE {_table(rows.model)} AS t SET {assignments}"  # noqa: S608 -- of names of ours only: what rows hold goes as values
        f" FROM {_values(fields)} WHERE t.{key} = v.{key}",
        fields,
        changed,
    )


def write_new(rows: "models.Manager[Any]", new: Collection[object], columns: Sequence[str]) -> None:
    """Write new rows: one ``INSERT``. Name every column but the key; ids are not told."""
    if not new:
        return
    fields = _fields(rows.model, columns)
    names = ", ".join(_names(fields))
    _execute(
        f"INSERT INTO {_table(rows.model)} ({names}) SELECT {names} FROM {_values(fields)}",  # noqa: S608 -- of names of ours only: what rows hold goes as values
        fields,
        new,
    )


def _fields(model: type[models.Model], names: Sequence[str]) -> list[Any]:
    return [model._meta.get_field(name) for name in names]  # noqa: SLF001 -- Django's documented way to a model's fields


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)  # noqa: SLF001 -- the same


def _names(fields: Sequence[Any]) -> list[str]:
    return [connection.ops.quote_name(field.column) for field in fields]


def _values(fields: Sequence[Any]) -> str:
    types = ", ".join(f"{name} {_type(field)}" for name, field in zip(_names(fields), fields))  # noqa: B905 -- the same fields
    return f"json_to_recordset(%s::json) AS v({types})"


def _execute(statement: str, fields: Sequence[Any], rows: Collection[object]) -> None:
    columns = [(field.column, field.attname, _value_of(field)) for field in fields]
    document = [
        {name: told(getattr(row, attribute)) for name, attribute, told in columns} for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, [orjson.dumps(document, default=str).decode()])


def _value_of(field: Any) -> Any:
    """What makes a value of this field one of a JSON document."""
    if type(field) in _JSON_ITSELF:  # a field of ours that builds on one may say otherwise
        return _as_it_is
    prepared, real = field.get_db_prep_save, connections[DEFAULT_DB_ALIAS]
    return lambda value: None if value is None else prepared(value, real)


def _as_it_is(value: Any) -> Any:
    return value


def _type(field: Any) -> str:
    kind = str(field.rel_db_type(connection) if field.primary_key else field.db_type(connection))
    kind = kind.split("(", maxsplit=1)[0]
    return _SERIAL.get(kind, kind)
