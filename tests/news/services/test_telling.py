from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from news import bells, selectors
from news.bells import Bell
from news.models import Event, EventKind
from news.places import Place
from news.services.telling import forget_events, tell
from tests.factories import NOW

pytestmark = pytest.mark.db
START = Place(0, 0)


def await_what_is_open(event):
    """Other databases of the server have transactions of their own, which hold up what is shown."""
    with connection.cursor() as cursor:
        while selectors.present().xact <= event.xact:
            cursor.execute("SELECT pg_sleep(0.01)")


def heard(user, place=START):
    return [event.payload["price_tiyn"] for event in selectors.events_after(user, place, most=10)]


@pytest.mark.django_db(transaction=True)
def test_news_go_with_the_transaction_that_they_tell_of(seller, told):
    with transaction.atomic():
        told(1)
        transaction.set_rollback(True)

    assert heard(seller) == []


@pytest.mark.django_db(transaction=True)
def test_news_outside_a_transaction_are_a_mistake(seller):
    with pytest.raises(TransactionManagementError):
        tell(user_id=seller.pk, kind=EventKind.WAR_BEGUN, payload={}, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_shown_before_what_was_begun_earlier_has_ended(seller, told):
    """A row that is committed late, with a lower number, must not slip behind a reader's back."""

    def tell_meanwhile():
        with transaction.atomic():
            told(2)
        seen.extend(heard(seller))
        connection.close()

    seen: list[int] = []
    with transaction.atomic():
        told(1)
        meanwhile = Thread(target=tell_meanwhile)
        meanwhile.start()
        meanwhile.join()

    await_what_is_open(Event.rows.latest("xact"))
    assert seen == []
    assert heard(seller) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_the_present_is_behind_what_was_told_and_before_what_comes(seller, told):
    with transaction.atomic():
        told(1)
    await_what_is_open(Event.rows.get())
    now = selectors.present()
    with transaction.atomic():
        told(2)

    await_what_is_open(Event.rows.latest("xact"))
    assert heard(seller, now) == [2]


@pytest.mark.django_db(transaction=True)
def test_news_wake_whoever_waits_for_them(seller, stranger, told):
    rung = []
    with Bell(seller.pk) as bell, Bell(stranger.pk) as other:
        with transaction.atomic():
            told(1)
        rung = [bell.rings_within(5.0), other.rings_within(0.0)]

    assert rung == [True, False]


def test_without_redis_everybody_looks_from_time_to_time(settings, seller):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    bells.ring([seller.pk])
    with Bell(seller.pk) as bell:
        assert bell.rings_within(0.0) is False


def test_what_is_old_is_forgotten(seller, told):
    told(1, 2)
    Event.rows.filter(payload={"price_tiyn": 1}).update(told_at=NOW - timedelta(days=8))

    dropped = forget_events(now=NOW, kept=timedelta(days=7))

    assert (dropped, heard(seller)) == (1, [2])
