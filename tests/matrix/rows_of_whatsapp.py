"""The matrix: a seller's WhatsApp."""

from tests.matrix.rows import Kind, Row
from tests.matrix.world import Things

_NOBODYS = {"an operator": 404}  # who has connected nothing


def _hook(things: Things) -> dict[str, object]:
    return {"connection_id": things.connection}


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
    Row("post", "whatsapp-hook", Kind.OPEN, ok=401, others=401, parts=_hook, body=lambda _: {}),
]
