import json

import pytest
import structlog
from celery import Celery
from django.conf import settings
from django.db import transaction
from redis import Redis

from accounts.models import User
from cube_demper.celery import app
from cube_demper.kernel.jobs import Job, QueueUnavailable, enqueue
from tests.factories import make_user

LOOK = Job("tests.look_at_markets")


def change_our_mind():
    with transaction.atomic():
        enqueue(LOOK, market_ids=[2])
        raise InterruptedError


@pytest.mark.unit
def test_a_job_is_called_by_its_name():
    assert str(LOOK) == "tests.look_at_markets"


@pytest.mark.db
def test_an_order_waits_for_the_commit(transactional_db, broker):
    with transaction.atomic():
        enqueue(LOOK, market_ids=[1, 2])
        ordered_inside = broker.take()

    assert ordered_inside == []
    assert [(order.task, order.queue, order.arguments) for order in broker.take()] == [
        ("tests.look_at_markets", "default", {"market_ids": [1, 2]})
    ]


@pytest.mark.db
def test_nothing_is_ordered_for_what_was_rolled_back(transactional_db, broker):
    with pytest.raises(InterruptedError):
        change_our_mind()

    assert broker.take() == []


@pytest.mark.db
def test_an_inner_rollback_takes_back_only_its_own_orders(transactional_db, broker):
    with transaction.atomic():
        enqueue(LOOK, market_ids=[1])
        with pytest.raises(InterruptedError):
            change_our_mind()

    assert [order.arguments for order in broker.take()] == [{"market_ids": [1]}]


@pytest.mark.db
def test_without_a_transaction_an_order_leaves_at_once(transactional_db, broker):
    enqueue(LOOK, queue="demper.3", shard=3)

    assert [(order.queue, order.arguments) for order in broker.take()] == [
        ("demper.3", {"shard": 3})
    ]


@pytest.mark.db
def test_an_order_expires_when_it_should(transactional_db, broker):
    enqueue(LOOK, expires_s=3600)
    enqueue(LOOK)

    assert [order.expires_s for order in broker.take()] == [3600, None]


@pytest.mark.db
def test_an_order_remembers_the_request_it_came_from(transactional_db, broker):
    with structlog.contextvars.bound_contextvars(request_id="call-7"), transaction.atomic():
        enqueue(LOOK)
    enqueue(LOOK)

    with Redis.from_url(settings.REDIS_URL) as redis:
        messages = [json.loads(raw) for raw in redis.lrange("default", 0, -1)]
    headers = [message["headers"].get("request_id") for message in reversed(messages)]
    assert headers == ["call-7", None]


@pytest.fixture
def queue_gone():
    """Work is ordered from an app whose broker is not there."""
    Celery("gone", broker="redis+socket:///nonexistent/valkey.sock").set_current()
    yield
    app.set_current()


@pytest.mark.db
def test_a_queue_that_is_gone_is_said_and_the_commit_stands(transactional_db, queue_gone, caplog):
    def join_and_order():
        with transaction.atomic():
            make_user(email="new@example.kz")
            enqueue(LOOK, market_ids=[1])

    with pytest.raises(QueueUnavailable):
        join_and_order()

    assert User.objects.filter(email="new@example.kz").exists()
    assert "jobs.queue.gone" in caplog.text
