"""The limiter's numbers, as Prometheus reads them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client
from redis import Redis

from cube_demper.kernel.limiting.desk import Frozen, Snapshot, Told
from cube_demper.kernel.limiting.redis import FROZEN, RATES, TOLD
from cube_demper.metrics import exposition, exposition_of_news
from news.bells import Bell

TOKEN = "a-token-of-at-least-thirty-two-letters"


@pytest.fixture
def redis():
    names = (FROZEN, RATES, TOLD)
    with Redis.from_url(django_settings.REDIS_URL) as redis:
        redis.delete(*names)
        yield redis
        redis.delete(*names)


def read(token: str = TOKEN):
    return Client().get("/metrics", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.db
def test_what_was_told_is_answered_by_budget(redis, settings):
    settings.METRICS_TOKEN = TOKEN
    opens_at = redis.time()[0] + 60
    told = {"turns": 3, "waited_us": 1_500_000, "late": 1}
    redis.hset(TOLD, mapping={f"kaspi:push {name}": number for name, number in told.items()})
    redis.hset(TOLD, mapping={"kaspi:push:30112233 freezes": 1, "kaspi:push:30112234 freezes": 2})
    redis.hset(FROZEN, "kaspi:push:30112233", f"{opens_at}000000 {opens_at + 10}000000 60000000")
    redis.hset(RATES, "fleet", 20_000)

    response = read()

    lines = set(response.content.decode().splitlines())
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert lines >= {
        'demper_limiter_turns_total{budget="kaspi:push"} 3',
        'demper_limiter_wait_seconds_total{budget="kaspi:push"} 1.5',
        'demper_limiter_refusals_total{budget="kaspi:push"} 1',
        'demper_limiter_freezes_total{budget="kaspi:push"} 3',
        'demper_limiter_rate_per_second{bucket="fleet"} 50.0',
        f'demper_limiter_frozen_until_seconds{{bucket="kaspi:push:30112233"}} {opens_at}.0',
        f'demper_limiter_open_from_seconds{{bucket="kaspi:push:30112233"}} {opens_at + 10}.0',
    }


@pytest.mark.unit
def test_every_line_is_as_prometheus_reads_it():
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    snapshot = Snapshot(
        at=at,
        used=[120, 60],
        ahead=7,
        told=[Told('a "b\\c\n', turns=1)],
        frozen=[Frozen("a", at, at + timedelta(seconds=10))],
        rates={},
    )

    text = exposition(snapshot, fleet_rps=120)

    sample = r'demper_limiter_\w+\{(budget|bucket)="([^"\\\n]|\\["\\n])*"\} \d+(\.\d+)?'
    lines = text.splitlines()
    assert text.endswith("\n")
    assert [line for line in lines if line[0] != "#" and not re.fullmatch(sample, line)] == []
    assert r'demper_limiter_turns_total{budget="a \"b\\c\n"} 1' in lines
    assert 'demper_limiter_used_per_second{budget="fleet"} 90.0' in lines
    assert 'demper_limiter_used_most_per_second{budget="fleet"} 120' in lines
    assert 'demper_limiter_turns_ahead{budget="fleet"} 7' in lines
    assert 'demper_limiter_rate_per_second{bucket="fleet"} 120' in lines
    described = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(described) == len(set(described)) == 10


@pytest.mark.unit
@pytest.mark.parametrize(("known", "brought"), [(TOKEN, "another"), (TOKEN, ""), ("", "")])
def test_without_the_token_nobody_reads(settings, known, brought):
    settings.METRICS_TOKEN = known

    response = read(brought)

    assert (response.status_code, response.json()["code"]) == (401, "not-authenticated")
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.unit
def test_without_redis_there_are_no_numbers(settings):
    settings.METRICS_TOKEN = TOKEN
    settings.REDIS_URL = "unix:///nonexistent/valkey.sock?db=0"

    response = read()

    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.db
def test_streams_are_counted_over_all_that_are_open(redis, settings):
    settings.METRICS_TOKEN = TOKEN

    with Bell(7), Bell(7), Bell(8):
        [line] = [line for line in read().content.decode().splitlines() if "{state=" in line]

    name, number = line.split()
    assert name == 'demper_news_streams{state="open"}'
    assert int(number) >= 3  # tests that run beside this one may follow events too


@pytest.mark.unit
def test_tries_are_told_by_outcome():
    lines = exposition_of_news(tries={"delivered": 3, "receiver-silent": 1}, streams=0).splitlines()

    assert [line for line in lines if line.startswith("demper_news_tries")] == [
        'demper_news_tries_total{outcome="delivered"} 3',
        'demper_news_tries_total{outcome="receiver-silent"} 1',
    ]
