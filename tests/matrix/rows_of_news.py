"""The matrix: what sellers are told."""

from tests.matrix.rows import Kind, Row
from tests.matrix.world import Things


def _webhook(things: Things) -> dict[str, int]:
    return {"webhook_id": things.webhook}


ROWS = [
    Row("get", "events", Kind.READ),
    Row("get", "recent-events", Kind.READ),
    Row("get", "webhooks", Kind.READ),
    Row(
        *("post", "webhooks", Kind.SECRET),
        ok=201,
        body=lambda _: {"url": "https://example.com/another"},
    ),
    Row("get", "webhook", Kind.READ, parts=_webhook),
    Row("patch", "webhook", Kind.SECRET, parts=_webhook, body=lambda _: {"is_stopped": True}),
    Row("delete", "webhook", Kind.SECRET, ok=204, parts=_webhook),
    Row("post", "webhook-test", Kind.SECRET, ok=202, parts=_webhook),
    Row("post", "webhook-rotate-secret", Kind.SECRET, parts=_webhook),
    Row("get", "deliveries", Kind.READ, parts=_webhook),
]
