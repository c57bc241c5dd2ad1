"""What becomes news for a seller, out of sessions, stores and jobs."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from kaspi.models import Job, Session, Store
from news.models import EventKind
from news.services.telling import News, tell, tell_all


def tell_of_session(session: Session, kind: EventKind, *, now: datetime, **more: Any) -> None:
    """Tell that a session was lost or is back, and of which stores."""
    stores = Store.rows.filter(session=session).order_by("pk").values_list("pk", flat=True)
    payload = {"session_id": session.pk, "store_ids": list(stores), **more}
    tell(user_id=session.user_id, kind=kind, payload=payload, now=now)


def tell_of_stores(store_ids: Iterable[int], kind: EventKind, *, now: datetime) -> None:
    """Tell that stores stand still, or go on: why, and until when, as their rows say by now."""
    stores = Store.rows.filter(pk__in=list(store_ids)).order_by("pk")
    tell_all((News(store.user_id, kind, _standstill(store)) for store in stores), now=now)


def _standstill(store: Store) -> dict[str, Any]:
    until = store.attention_until
    return {
        "store_id": store.pk,
        "attention": str(store.attention),
        "cause": store.attention_cause,
        "until": until and until.isoformat().replace("+00:00", "Z"),
    }


def tell_of_job(job: Job, kind: EventKind, *, now: datetime, **more: Any) -> None:
    """Tell how a reading of a catalogue goes, or how it ended."""
    payload = {
        "job_id": str(job.pk),
        "job_kind": job.kind.lower(),
        "store_id": job.store_id,
        **more,
    }
    tell(user_id=job.store.user_id, kind=kind, payload=payload, now=now)
