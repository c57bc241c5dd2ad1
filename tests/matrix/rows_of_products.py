"""The matrix: products, their rules, and what is done with many at once."""

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.matrix.rows import Kind, Row
from tests.matrix.world import ASTANA, SHYMKENT, Things

_CORRIDOR = {"floor_tiyn": 95000, "ceiling_tiyn": 140000}
_TABLE = "Артикул;Минимум\nSKU-1;950\n"


def _product(things: Things) -> dict[str, int]:
    return {"product_id": things.product}


def _edit(things: Things) -> dict[str, int]:
    return {"edit_id": things.bulk_edit}


def _a_table(things: Things) -> dict[str, object]:
    return {
        "file": SimpleUploadedFile("products.csv", _TABLE.encode()),
        "store_id": things.store,
    }


ROWS = [
    Row("get", "products", Kind.READ),
    Row("get", "products-export", Kind.READ),
    Row(
        *("post", "products-import", Kind.WRITE),
        others=404,
        body=_a_table,
        form="multipart",
    ),
    Row(
        *("post", "bulk-update", Kind.WRITE),  # a stranger's edit refuses the seller's product
        body=lambda things: {"ids": [things.product], "changes": {"is_paused": True}},
    ),
    Row("post", "bulk-update-undo", Kind.WRITE, said={"an operator": 409}),
    Row("get", "bulk-edits", Kind.READ),
    Row("get", "bulk-edit", Kind.READ, parts=_edit),
    Row("get", "bulk-rows", Kind.READ, parts=_edit),
    Row("get", "account-rules", Kind.READ),
    Row("patch", "account-rules", Kind.WRITE, body=lambda _: {"ending": "50"}),
    Row("get", "proposals", Kind.READ),
    Row("post", "proposal-approve", Kind.WRITE, parts=_product),
    Row("post", "proposal-reject", Kind.WRITE, parts=_product),
    Row("get", "product-rules", Kind.READ, parts=_product),
    Row("patch", "product-rules", Kind.WRITE, parts=_product, body=lambda _: {"ending": "50"}),
    Row("get", "product", Kind.READ, parts=_product),
    Row("patch", "product", Kind.WRITE, parts=_product, body=lambda _: _CORRIDOR),
    Row("get", "product-cities", Kind.READ, parts=_product),
    Row(
        *("put", "product-city", Kind.WRITE),
        parts=lambda things: {**_product(things), "city_id": ASTANA},
        body=lambda _: _CORRIDOR,
    ),
    Row(
        *("delete", "product-city", Kind.WRITE),
        ok=204,
        parts=lambda things: {**_product(things), "city_id": SHYMKENT},
    ),
    Row("post", "product-preview", Kind.READ, parts=_product),
    Row("post", "product-backtest", Kind.READ, parts=_product),
    Row("get", "product-rivals", Kind.READ, parts=_product),
    Row("get", "product-explain", Kind.READ, parts=_product),
    Row("get", "product-chart", Kind.READ, parts=_product),
    Row("get", "product-history", Kind.READ, parts=_product),
    Row(
        *("get", "product-decision", Kind.READ),
        parts=lambda things: {**_product(things), "decision_id": things.decision},
    ),
]
