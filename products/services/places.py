"""How many listings a seller has repriced, and whether the plan has a place for one more."""

from datetime import datetime

from django.conf import settings

from accounts.models import User
from billing.services.entitlements import check_room
from billing.terms import Limit
from products import jobs
from products.models import Product


def wanted_rows(user_id: int) -> list[tuple[int, int]]:
    """The rows that a seller wants repriced, each with its listing's id, the oldest listing first.

    A listing and the rows of its further cities take one place.
    """
    own = Product.objects.for_user(User(pk=user_id)).wanted()
    rows = own.values_list("pk", "listing")
    return sorted(((pk, listing or pk) for pk, listing in rows), key=lambda row: (row[1], row[0]))


def take_place(*, user: User, product: Product, now: datetime) -> None:
    """Let one more listing be repriced. Raises PlanLimitReached where the plan has no place."""
    if settings.BILLING_MODE == "off":
        return
    listings = {listing for _, listing in wanted_rows(user.pk)}
    taken = len(listings - {product.listing_id or product.pk})
    check_room(user.pk, Limit.REPRICED_PRODUCTS, taken=taken, now=now)


def is_wanted(product: Product) -> bool:
    """Whether its seller wants it repriced."""
    return product.floor is not None and not product.is_paused


def reckon_places(user_id: int) -> None:
    """Have it reckoned anew what rests: a seller wants something else repriced than before."""
    if settings.BILLING_MODE != "off":
        jobs.rest_by_plan(user_id=user_id)
