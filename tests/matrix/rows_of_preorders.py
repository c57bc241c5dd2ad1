"""The matrix: products that are sold before they are in stock."""

from tests.matrix.rows import Kind, Row
from tests.matrix.world import Things


def _preorder(things: Things) -> dict[str, int]:
    return {"preorder_id": things.preorder}


ROWS = [
    Row("get", "preorders", Kind.READ),
    Row(
        *("post", "preorders", Kind.WRITE),
        ok=201,
        others=404,
        body=lambda things: {"product_id": things.product, "point_id": "PP2", "days": 14},
    ),
    Row(
        *("post", "preorders-bulk", Kind.WRITE),  # a stranger's is declined
        body=lambda things: {"product_ids": [things.product], "point_ids": ["PP2"], "days": 14},
    ),
    Row(
        *("post", "preorders-bulk-end", Kind.WRITE),
        body=lambda things: {"ids": [things.preorder]},
    ),
    Row("get", "preorder", Kind.READ, parts=_preorder),
    Row("patch", "preorder", Kind.WRITE, parts=_preorder, body=lambda _: {"days": 14}),
    Row("delete", "preorder", Kind.WRITE, ok=202, parts=_preorder),
]
