"""Connections for tests."""

from typing import Any

from accounts.models import User
from cube_demper.kernel.sealing import Secret
from tests.factories import NOW, make_user
from whatsapp.models import Connection, Phase


def make_connection(*, user: User, hook_key: str = "a-hook-key", **fields: Any) -> Connection:
    """Make a connection whose gateway answers, and whose phone is logged in."""
    defaults = {
        "api_key": Secret("an-api-key"),
        "hook_key": Secret(hook_key),
        "phase": Phase.READY,
        "session_status": "WORKING",
        "session_status_at": NOW,
        "used_at": NOW,
        "created_at": NOW,
        "connecting_since": NOW,
    }
    given = {"session_status_at": None, "session_status": ""} if not fields else {}
    return Connection.rows.create(user=user, **{**defaults, **given, **fields})


def make_waiting(user: User | None = None, **fields: Any) -> Connection:
    """Make a connection that was asked for just now: nothing of it stands."""
    usual = {"phase": Phase.WAITING, "session_status": "", "session_status_at": None}
    return make_connection(user=user or make_user(), **{**usual, **fields})
