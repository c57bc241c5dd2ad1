"""Writing many rows at once."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)
_SERIAL = {"serial": "integer", "bigserial": "bigint"}  # no types of values, only of columns


def rewrite(rows: "models.Manager[M]", changed: Collection[M], columns: Sequence[str]) -> None:
    """Write these columns of rows that the caller has locked: one ``UPDATE … FROM unnest(…)``.

    What ``bulk_update`` does, for a tenth of the processor: that one builds an expression for each
    value. Other columns need not be loaded.
    """
    if not changed:
        return
    meta = rows.model._meta  # noqa: SLF001 -- Django's documented way to a model's fields
    fields: list[Any] = [meta.pk, *(meta.get_field(name) for name in columns)]
    quote = connection.ops.quote_name
    names = [quote(field.column) for field in fields]
    values = [
        [field.get_db_prep_save(getattr(row, field.attname), connection) for row in changed]
        for field in fields
    ]
    arrays = ", ".join(f"%s::{_type(field)}[]" for field in fields)
    assignments = ", ".join(f"{name} = v.{name}" for name in names[1:])
    statement = (  # of names of ours only: what rows hold goes as values
        f"UPDATE {quote(meta.db_table)} AS t SET {assignments}"  # noqa: S608 -- the same
        f" FROM unnest({arrays}) AS v({', '.join(names)}) WHERE t.{names[0]} = v.{names[0]}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _type(field: Any) -> str:
    kind = str(field.rel_db_type(connection) if field.primary_key else field.db_type(connection))
    kind = kind.split("(", maxsplit=1)[0]
    return _SERIAL.get(kind, kind)
