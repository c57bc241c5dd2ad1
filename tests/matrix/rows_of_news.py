"""The matrix: what sellers are told."""

from tests.matrix.rows import Kind, Row

ROWS = [
    Row("get", "events", Kind.READ),
    Row("get", "recent-events", Kind.READ),
]
