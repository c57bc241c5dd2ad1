"""The work that may be ordered here. Done in ``tasks.py``."""

from uuid import UUID

from cube_demper.kernel.jobs import Job, enqueue

WALK_LOGIN = Job("kaspi.walk_login")
READ_ORDERS = Job("kaspi.read_orders")
ORDERS_PATIENCE_S = 30.0  # ordered anew as often, while it is due
RENEW_SESSION = Job("kaspi.renew_session")
LOGIN_PATIENCE_S = 60.0  # nobody took the login up for so long: the person has gone


def walk_login(*, login_id: UUID) -> None:
    """Walk through Kaspi's login pages in a browser."""
    enqueue(WALK_LOGIN, expires_s=LOGIN_PATIENCE_S, login_id=str(login_id))


def read_orders(*, store_id: int) -> None:
    """Read what is new among a store's orders."""
    enqueue(READ_ORDERS, expires_s=ORDERS_PATIENCE_S, store_id=store_id)


def renew_session(*, session_id: int) -> None:
    """Try to renew a session that Kaspi ended, in a browser, without its seller."""
    enqueue(RENEW_SESSION, expires_s=LOGIN_PATIENCE_S, session_id=session_id)
