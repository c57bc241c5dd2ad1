"""The work that may be ordered here. Done in ``tasks.py``."""

from uuid import UUID

from cube_demper.kernel.jobs import Job, enqueue

WALK_LOGIN = Job("kaspi.walk_login")
LOGIN_PATIENCE_S = 60.0  # nobody took the login up for so long: the person has gone


def walk_login(*, login_id: UUID) -> None:
    """Walk through Kaspi's login pages in a browser."""
    enqueue(WALK_LOGIN, expires_s=LOGIN_PATIENCE_S, login_id=str(login_id))
