"""News from the apps below."""

from datetime import datetime
from typing import Any

from django.dispatch import receiver

from preorders import jobs
from preorders.services.steering import take_settled
from products.models import PreorderChange
from products.signals import preorder_change_settled


@receiver(preorder_change_settled)
def take_preorder_days(*, change: PreorderChange, now: datetime, **_: Any) -> None:
    take_settled(change, now=now)
    jobs.steer(product_id=change.product_id)
