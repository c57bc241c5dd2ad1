"""Sealing every stored secret anew, with the newest key."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from cube_demper.kernel.sealing import SealedField, is_newest, renew_seal

_BATCH = 200


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that holds secrets, by its names in the database."""

    name: str  # as we call it: kaspi.Session.jar
    table: str
    column: str
    key: str


def sealed_columns() -> Iterator[SealedColumn]:
    """Every column that holds secrets, of every model."""
    for model in apps.get_models():
        meta = model._meta  # noqa: SLF001 -- Django's documented way to ask a model
        for field in meta.local_concrete_fields:
            if isinstance(field, SealedField):
                name = f"{meta.label}.{field.name}"
                yield SealedColumn(name, meta.db_table, str(field.column), str(meta.pk.column))


def reseal(sealed: SealedColumn) -> int:
    """Seal one column anew, a batch at a time; return how many secrets that were.

    What is sealed with the newest key already is passed over, so an interrupted run goes on where
    it stopped. A secret that is written meanwhile stays as written. Raises SealBroken at the first
    that none of the keys opens.
    """
    quoted = connection.ops.quote_name
    table, column, key = quoted(sealed.table), quoted(sealed.column), quoted(sealed.key)
    # Past the field, which would open them: what is compared is what is stored.
    select = f"SELECT {key}, {column} FROM {table} WHERE {column} <> ''"  # noqa: S608 -- our names
    update = f"UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s"  # noqa: S608 -- our names
    changed, after = 0, ""
    last: list[Any] = []
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{select} {after} ORDER BY {key} LIMIT {_BATCH}", last)
            rows = cursor.fetchall()
            for pk, text in rows:
                if not is_newest(text):
                    cursor.execute(update, [renew_seal(text), pk, text])
                    changed += cursor.rowcount
        if len(rows) < _BATCH:
            return changed
        after, last = f"AND {key} > %s", [rows[-1][0]]
