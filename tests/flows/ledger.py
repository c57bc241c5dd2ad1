"""What the database says, past the API: only for what no seller may see."""

from typing import Any

import psycopg
from psycopg.rows import dict_row

OPEN = "state IN ('PENDING', 'SENDING', 'SENT')"


class Ledger:
    """Questions to the running system's own PostgreSQL."""

    def __init__(self, *, url: str) -> None:
        self._url = url

    def changes_of(self, product_id: int) -> list[dict[str, Any]]:
        """Return a product's changes, oldest first."""
        return self._rows(
            "SELECT id, state, price / 100 AS tenge, failure FROM products_change"
            " WHERE product_id = %s ORDER BY id",
            product_id,
        )

    def jars(self) -> list[str]:
        """Return every session's cookies, sealed as they lie there."""
        return [row["jar"] for row in self._rows("SELECT jar FROM kaspi_session")]

    def open_changes(self) -> list[dict[str, Any]]:
        return self._rows(f"SELECT * FROM products_change WHERE {OPEN}")  # noqa: S608 -- our own words

    def lease_on(self, product_id: int) -> str:
        """Return the lease under which some worker has the product's market; empty if none has."""
        rows = self._rows(
            "SELECT lease FROM products_market JOIN products_product p ON p.market_id ="
            " products_market.id WHERE p.id = %s AND leased_until > now()",
            product_id,
        )
        return "".join(row["lease"] for row in rows)

    def shard_of(self, product_id: int) -> int:
        (row,) = self._rows(
            "SELECT shard FROM products_market JOIN products_product p ON p.market_id ="
            " products_market.id WHERE p.id = %s",
            product_id,
        )
        shard: int = row["shard"]
        return shard

    def corridors(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return floor and ceiling in tenge by merchant and sku."""
        rows = self._rows(
            "SELECT merchant_id, sku, floor / 100 AS floor, ceiling / 100 AS ceiling"
            " FROM products_product p JOIN kaspi_store s ON s.id = p.store_id"
            " WHERE floor IS NOT NULL"
        )
        return {(r["merchant_id"], r["sku"]): (r["floor"], r["ceiling"]) for r in rows}

    def _rows(self, question: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self._url, row_factory=dict_row) as connection:
            return connection.execute(question, values).fetchall()
