"""The matrix: a seller's WhatsApp."""

from tests.matrix.rows import Kind, Row
from tests.matrix.world import Things

_NOBODYS = {"an operator": 404}  # who has connected nothing


def _hook(things: Things) -> dict[str, object]:
    return {"connection_id": things.connection}


def _message(things: Things) -> dict[str, object]:
    return {"message_id": things.message}


def _template(things: Things) -> dict[str, object]:
    return {"template_id": things.template}


def _broadcast(things: Things) -> dict[str, object]:
    return {"broadcast_id": things.broadcast}


ROWS = [
    Row("get", "whatsapp-session", Kind.READ),
    Row("post", "whatsapp-connect", Kind.SECRET, ok=202),
    # Its gateway does not answer yet: whoever may have the code is told so.
    Row("get", "whatsapp-code", Kind.SECRET, ok=409, said=_NOBODYS),
    Row(
        *("post", "whatsapp-pairing", Kind.SECRET),
        ok=409,
        body=lambda _: {"phone": "77017654321"},
        said=_NOBODYS,
    ),
    Row("post", "whatsapp-logout", Kind.SECRET, ok=409, said=_NOBODYS),
    Row("delete", "whatsapp-session", Kind.SECRET, ok=204, said=_NOBODYS),
    Row(
        *("post", "whatsapp-send", Kind.WRITE),
        ok=202,
        body=lambda _: {"to": "87011112233", "text": "Здравствуйте!"},
        said=_NOBODYS,
    ),
    Row("get", "whatsapp-messages", Kind.READ),
    Row("get", "whatsapp-message", Kind.READ, parts=_message),
    Row("delete", "whatsapp-message", Kind.WRITE, parts=_message),
    Row("get", "whatsapp-contacts", Kind.READ),
    Row("get", "whatsapp-templates", Kind.READ),
    Row(
        *("post", "whatsapp-templates", Kind.WRITE),
        ok=201,
        body=lambda _: {"name": "Принят", "texts": {"ru": "Заказ {order} в пути."}},
    ),
    Row("get", "whatsapp-template", Kind.READ, parts=_template),
    Row(
        *("patch", "whatsapp-template", Kind.WRITE),
        parts=_template,
        body=lambda _: {"name": "Другое имя"},
    ),
    Row("delete", "whatsapp-template", Kind.WRITE, ok=204, parts=_template),
    Row(
        *("post", "whatsapp-template-preview", Kind.READ),
        parts=_template,
        body=lambda _: {"variables": {"order": "17"}},
    ),
    Row("get", "whatsapp-broadcasts", Kind.READ),
    Row(
        *("post", "whatsapp-broadcasts", Kind.WRITE),
        ok=201,
        body=lambda _: {"name": "a", "text": "a", "to": ["77011112233"], "has_consent": True},
        said=_NOBODYS,
    ),
    Row("get", "whatsapp-broadcast", Kind.READ, parts=_broadcast),
    Row("post", "whatsapp-broadcast-start", Kind.WRITE, parts=_broadcast),
    Row("post", "whatsapp-broadcast-pause", Kind.WRITE, ok=409, parts=_broadcast),
    Row("post", "whatsapp-broadcast-end", Kind.WRITE, parts=_broadcast),
    Row("get", "whatsapp-preferences", Kind.READ),
    Row(
        *("patch", "whatsapp-preferences", Kind.SECRET),
        body=lambda _: {"alerts": ["price-war"]},
    ),
    Row("post", "whatsapp-hook", Kind.OPEN, ok=401, others=401, parts=_hook, body=lambda _: {}),
]
