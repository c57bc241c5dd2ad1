"""Many rows alike, made by the database out of one."""

from django.db import connection, models

BASE = 1_000_000  # the n-th copy's id is this and n, where ids are numbers of its own


def copy_row(row: models.Model, number: int, **columns: str) -> None:
    """Copy a row so many times; ``columns`` are expressions of ``n``, which counts from 1."""
    of = row._meta
    if isinstance(of.pk, models.AutoField):
        columns = {of.pk.attname: f"{BASE} + n", **columns}
    names = [field.attname for field in of.concrete_fields if not field.generated]
    values = ", ".join(columns.get(name, f'one."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{of.db_table}" ({listed}) SELECT {values} FROM "{of.db_table}" AS one,'  # noqa: S608 -- our own words
            f' generate_series(1, {number}) AS n WHERE one."{of.pk.attname}" = %s',
            [row.pk],
        )
        if isinstance(of.pk, models.AutoField):
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s)",
                [of.db_table, of.pk.attname, BASE + number],
            )
        cursor.execute(f'ANALYZE "{of.db_table}"')  # as the server does by itself in a while
