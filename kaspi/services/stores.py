"""What a seller sets on a store."""

from datetime import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import audit
from kaspi.errors import StoreMissing
from kaspi.models import Store


def rename_store(*, user: User, store_id: int, name: str, now: datetime) -> None:
    """Call a store by a name of its seller's. Raises StoreMissing, also for a foreign id."""
    with transaction.atomic():
        own = Store.objects.for_user(user).filter(pk=store_id)
        store: Store | None = own.select_for_update(of=("self",)).first()
        if store is None:
            raise StoreMissing
        audit.record(
            seller=user,
            action="store.renamed",
            subject="store",
            subject_id=store.pk,
            changes={"name": (store.name, name)},
            now=now,
        )
        store.name, store.is_named = name, True
        store.save(update_fields=["name", "is_named"])
