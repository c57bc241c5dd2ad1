"""Rates that an operator set outlive Redis's memory."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from redis import Redis
from redis.exceptions import RedisError

from cube_demper import rates
from cube_demper.kernel.errors import Invalid
from cube_demper.kernel.limiting.desk import Desk
from cube_demper.kernel.limiting.redis import RATES
from cube_demper.models import OperatorRate
from cube_demper.tasks import keep_rates
from kaspi.clients.config import DIRECT, KaspiConfig
from tests.factories import NOW
from tests.kernel.limiting.conftest import own_redis

__all__ = ["own_redis"]
pytestmark = pytest.mark.db
CONFIG = KaspiConfig(identity_url="", cabinet_url="", shop_url="", user_agent="")


@pytest.fixture
def redis():
    with Redis.from_url(django_settings.REDIS_URL) as redis:
        redis.delete(RATES)
        yield redis
        redis.delete(RATES)


@pytest.fixture
def desk(redis):
    return Desk(redis)


def test_a_rate_is_kept_with_who_set_it_and_when(desk, operator):
    rates.set_rate(desk, key="fleet", rps=30, by=operator, now=NOW)
    rates.set_rate(desk, key="fleet", rps=60, by=operator, now=NOW)

    [row] = OperatorRate.objects.all()
    assert (row.key, row.interval_us, row.set_by, row.set_at) == ("fleet", 16_667, operator, NOW)
    assert desk.intervals() == {"fleet": 16_667}


def test_a_rate_that_is_taken_back_is_gone_from_both(desk, db):
    rates.set_rate(desk, key="fleet", rps=60, by=None, now=NOW)

    rates.reset_rate(desk, key="fleet")

    assert (list(OperatorRate.objects.all()), desk.intervals()) == ([], {})


def test_what_redis_forgot_is_put_back(desk, redis, db):
    rates.set_rate(desk, key="fleet", rps=60, by=None, now=NOW)
    rates.set_rate(desk, key="kaspi:push:30112233", rps=1, by=None, now=NOW)
    redis.delete(RATES)

    keep_rates()

    assert desk.intervals() == {"fleet": 16_667, "kaspi:push:30112233": 1_000_000}


def test_a_rate_that_nobody_set_is_taken_out_of_redis(desk, db):
    desk.set_rate("fleet", rps=1000)

    keep_rates()

    assert desk.intervals() == {}


def test_a_redis_that_lost_its_memory_gets_the_rates_again(own_redis, settings, db):
    settings.REDIS_URL, start, stop = own_redis
    with Redis.from_url(settings.REDIS_URL) as redis:
        rates.set_rate(Desk(redis), key="fleet", rps=60, by=None, now=NOW)
        redis.flushall()
        keep_rates()
        after_a_flush = redis.hgetall(RATES)
        redis.flushall()
    stop()
    keep_rates()  # does nothing, and breaks nothing
    start()

    keep_rates()

    with Redis.from_url(settings.REDIS_URL) as redis:
        assert after_a_flush == redis.hgetall(RATES) == {b"fleet": b"16667"}


def test_without_redis_a_rate_is_not_kept_either(db):
    with Redis.from_url("unix:///nonexistent/valkey.sock?db=0") as redis:
        desk = Desk(redis)
        with pytest.raises(RedisError):
            rates.set_rate(desk, key="fleet", rps=60, by=None, now=NOW)

    assert list(OperatorRate.objects.all()) == []


@pytest.mark.django_db(transaction=True)
def test_what_is_just_being_set_is_not_undone(desk):
    OperatorRate.objects.create(key="fleet", interval_us=20_000, set_at=NOW)

    def put_back():
        try:
            keep_rates()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            rates._lock()
            undone = pool.submit(put_back)
            wait_until_somebody_waits_for_a_lock()
            rates.set_rate(desk, key="fleet", rps=60, by=None, now=NOW)
        undone.result()

    assert desk.intervals() == {"fleet": 16_667}


def wait_until_somebody_waits_for_a_lock():
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with connection.cursor() as cursor:
        while True:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return


@pytest.mark.parametrize(
    "key", ["", "flet", "kaspi:changes:30112233", "kaspi:push:", "kaspi:push:3 4", "fleet\n"]
)
def test_only_a_bucket_has_a_rate(desk, db, key):
    with pytest.raises(Invalid, match="is no bucket"):
        rates.set_rate(desk, key=key, rps=60, by=None, now=NOW)

    assert desk.intervals() == {}


@pytest.mark.parametrize("kind", ["offers", "cabinet", "logins", "orders"])
def test_every_bucket_of_an_address_has_a_rate(desk, db, kind):
    bucket = getattr(CONFIG, kind)(DIRECT)

    rates.set_rate(desk, key=bucket.key, rps=2, by=None, now=NOW)

    assert desk.intervals() == {bucket.key: 500_000}


def test_a_shops_pushes_have_a_rate_and_its_quota_has_none(desk, db):
    rates.set_rate(desk, key=CONFIG.pushes("30112233").key, rps=2, by=None, now=NOW)

    with pytest.raises(Invalid, match="is no bucket"):
        rates.set_rate(desk, key=CONFIG.changes("30112233").key, rps=2, by=None, now=NOW)
