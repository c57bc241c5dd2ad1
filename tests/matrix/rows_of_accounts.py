"""The matrix: who comes in, and what people have for themselves."""

from tests.factories import PASSWORD
from tests.matrix.rows import HELPERS, Kind, Row

_NEW_PASSWORD = {"current": PASSWORD, "password": "better-price-2027"}
_NO_TOKEN = {"token": "made-up"}

ROWS = [
    Row(
        *("post", "register", Kind.OPEN),
        ok=202,
        body=lambda things: {"email": things.user.email, "password": "better-price-2027"},
    ),
    Row(
        *("post", "login", Kind.OPEN),
        ok=401,
        body=lambda things: {"email": things.user.email, "password": "wrong-price-2027"},
        # The known way to come in is one device's and one account's; the sixth has to wait.
        said=dict.fromkeys(
            ("a writing key", "a stranger", "an operator", "anybody", "the seller, blocked"), 429
        ),
    ),
    Row("post", "refresh", Kind.OPEN, ok=401, body=lambda _: {"refresh": "made-up"}),
    Row(
        "post",
        "password-reset",
        Kind.OPEN,
        ok=202,
        body=lambda things: {"email": things.user.email},
    ),
    Row(
        *("post", "password-reset-confirm", Kind.OPEN),
        ok=422,
        body=lambda _: {**_NO_TOKEN, "password": "better-price-2027"},
    ),
    Row("post", "email-verify", Kind.OPEN, ok=422, body=lambda _: _NO_TOKEN),
    Row("post", "logout", Kind.PERSONAL, ok=204),
    Row("get", "me", Kind.SELF),
    Row(
        *("patch", "me", Kind.SELF),
        body=lambda _: {"name": "Renamed"},
        said={"a reading key": 403},
    ),
    Row("post", "password-change", Kind.PERSONAL, ok=204, body=lambda _: _NEW_PASSWORD),
    Row("post", "email-proof", Kind.PERSONAL, ok=202, changed_by=frozenset()),
    Row("get", "api-keys", Kind.PERSONAL),
    Row(
        *("post", "api-keys", Kind.PERSONAL),
        ok=201,
        body=lambda _: {"name": "Script", "scope": "write"},
    ),
    Row("delete", "api-key", Kind.PERSONAL, ok=204, parts=lambda things: {"key_id": things.key}),
    Row("get", "sessions", Kind.PERSONAL),
    Row(
        *("delete", "session", Kind.PERSONAL),
        ok=204,
        parts=lambda things: {"session_id": things.session},
    ),
    Row("get", "helped-sellers", Kind.PERSONAL),
    Row(
        *("delete", "helped-seller", Kind.PERSONAL),
        ok=404,  # nobody helps themselves
        parts=lambda things: {"seller_id": things.user.pk},
        said=dict.fromkeys(HELPERS.values(), 204),
        changed_by=frozenset(HELPERS.values()),
    ),
    Row("post", "team-accept", Kind.PERSONAL, ok=422, body=lambda _: _NO_TOKEN),
    Row("get", "team", Kind.READ, said=dict.fromkeys(("a reading key", "a writing key"), 403)),
    Row(
        *("post", "team", Kind.TEAM),
        ok=201,
        body=lambda _: {"email": "new-helper@example.kz", "role": "viewer"},
    ),
    Row(
        *("patch", "helper", Kind.TEAM),
        parts=lambda things: {"helper_id": things.helper},
        body=lambda _: {"role": "manager"},
    ),
    Row("delete", "helper", Kind.TEAM, ok=204, parts=lambda things: {"helper_id": things.helper}),
    Row("get", "audit", Kind.READ),
]
