"""Writing many rows at once."""

from collections.abc import Collection, Sequence
from typing import TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


def rewrite(rows: "models.Manager[M]", changed: Collection[M], columns: Sequence[str]) -> None:
    """Write these columns of rows that the caller has locked, in one statement.

    What ``bulk_update`` does, for a tenth of the processor: that one builds an expression for each
    value. A row that is gone would be made anew, which is why they must be locked.
    """
    rows.bulk_create(
        changed, update_conflicts=True, unique_fields=["pk"], update_fields=list(columns)
    )
