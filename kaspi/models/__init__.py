"""What we keep of Kaspi, a file for each kind."""

from kaspi.models.jobs import OPEN_JOB_STATES, Job, JobState
from kaspi.models.logins import OPEN_LOGIN_STATES, Login, LoginState
from kaspi.models.stores import ALMATY, Attention, Session, SessionState, Store, StoreQuerySet

__all__ = [
    "ALMATY",
    "OPEN_JOB_STATES",
    "OPEN_LOGIN_STATES",
    "Attention",
    "Job",
    "JobState",
    "Login",
    "LoginState",
    "Session",
    "SessionState",
    "Store",
    "StoreQuerySet",
]
