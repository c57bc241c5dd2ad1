"""News from the apps below."""

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from billing.signals import terms_changed
from kaspi.models import JobKind
from kaspi.signals import sync_ordered
from products import jobs


@receiver(sync_ordered)
def read_the_catalogue(*, job_id: UUID, kind: JobKind, **_: Any) -> None:
    if kind == JobKind.IMPORT:
        jobs.import_catalogue(job_id=job_id)
    else:
        jobs.sync_catalogue(job_id=job_id)


@receiver(terms_changed)
def rest_or_wake(*, user_id: int, **_: Any) -> None:
    jobs.rest_by_plan(user_id=user_id)
