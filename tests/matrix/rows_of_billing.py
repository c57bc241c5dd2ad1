"""The matrix: plans, and what a seller pays."""

from tests.matrix.rows import Kind, Row

ROWS = [
    Row("get", "billing-plans", Kind.OPEN),
]
