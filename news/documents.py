"""An event as it leaves the house, on whichever way."""

from news.models import Event


def document(event: Event) -> dict[str, object]:
    return {
        "id": event.pk,
        "kind": event.kind.lower(),
        "told_at": event.told_at.isoformat().replace("+00:00", "Z"),
        "payload": event.payload,
    }
