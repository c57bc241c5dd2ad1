import pytest

from news.models import EventKind
from news.services.telling import tell
from tests.factories import NOW
from tests.news.receiver import Receiver


@pytest.fixture
def told(seller):
    """Tell the seller things, one for each price given."""

    def tell_prices(*prices, user=seller):
        for price in prices:
            payload = {"price_tiyn": price}
            tell(user_id=user.pk, kind=EventKind.PRICE_APPLIED, payload=payload, now=NOW)

    return tell_prices


@pytest.fixture
def receiver():
    """Somebody who is sent events."""
    receiver = Receiver()
    yield receiver
    receiver.close()
