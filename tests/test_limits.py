"""The operator's page and command of request budgets."""

from io import StringIO

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.test import Client
from redis import Redis

from accounts.models import Operation
from cube_demper.kernel.limiting.redis import FROZEN, RATES

pytestmark = pytest.mark.db


@pytest.fixture
def redis():
    with Redis.from_url(django_settings.REDIS_URL) as redis:
        redis.delete(FROZEN, RATES)
        yield redis
        redis.delete(FROZEN, RATES)


@pytest.fixture
def frozen(redis) -> str:
    """An address that is frozen for a minute."""
    opens_at = (redis.time()[0] + 60) * 1_000_000
    redis.hset(FROZEN, "kaspi:offers:direct", f"{opens_at} {opens_at + 10_000_000} 60000000")
    return "kaspi:offers:direct"


def test_the_page_shows_the_budget_and_what_is_frozen(admin_site, frozen):
    page = admin_site.get("/admin/limits/").content.decode()

    assert "the line is the budget of 120" in page
    assert frozen in page
    assert "<svg" in page


def test_the_admins_first_page_leads_there(admin_site, redis):
    assert 'href="/admin/limits/"' in admin_site.get("/admin/").content.decode()


def test_an_operator_opens_a_frozen_bucket_and_it_is_remembered_who_did(
    admin_site, operator, frozen, redis
):
    response = admin_site.post("/admin/limits/", {"key": frozen, "lift": "1"}, follow=True)

    assert "Opened kaspi:offers:direct." in response.content.decode()
    assert not redis.hexists(FROZEN, frozen)
    [entry] = Operation.objects.all()
    assert (entry.actor, entry.subject_id) == (operator, frozen)
    assert entry.changes == {"done": [None, "Opened kaspi:offers:direct."]}


def test_an_operator_sets_a_rate_and_takes_it_back(admin_site, operator, redis):
    admin_site.post("/admin/limits/", {"key": "fleet", "rps": "60"})
    set_to = redis.hget(RATES, "fleet")
    shown = admin_site.get("/admin/limits/").content.decode()
    admin_site.post("/admin/limits/", {"key": "fleet"})

    assert set_to == b"16667"
    assert "the line is the budget of 60" in shown
    assert f"<td>{operator.email}</td>" in shown
    assert not redis.hexists(RATES, "fleet")


@pytest.mark.parametrize(("rps", "says"), [("much", "no number"), ("0", "A rate is from")])
def test_a_rate_that_makes_no_sense_is_refused(admin_site, redis, rps, says):
    response = admin_site.post("/admin/limits/", {"key": "fleet", "rps": rps}, follow=True)

    assert says in response.content.decode()
    assert not redis.hexists(RATES, "fleet")


def test_a_seller_does_not_see_it(seller):
    client = Client()
    client.force_login(seller)

    assert client.get("/admin/limits/").status_code == 302


def test_without_redis_the_page_says_so(admin_site, settings):
    settings.REDIS_URL = "unix:///nonexistent/valkey.sock?db=0"

    response = admin_site.get("/admin/limits/")

    assert response.status_code == 503
    assert "Redis does not answer" in response.content.decode()


def test_the_command_shows_lifts_and_sets(frozen, redis, operator):
    out = StringIO()

    call_command("limits", rate=["fleet", "100"], by=operator.email, stdout=out)
    call_command("limits", lift=frozen, rate=["fleet", "default"], stdout=StringIO())

    assert "of 100\n" in out.getvalue()
    assert f"{frozen}: frozen until " in out.getvalue()
    assert f"fleet: 100 a second, set by {operator.email}, " in out.getvalue()
    assert (redis.hgetall(FROZEN), redis.hgetall(RATES)) == ({}, {})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"lift": "kaspi:offers:nowhere"}, "is not frozen"),
        ({"rate": ["fleet", "much"]}, "neither a number"),
        ({"rate": ["fleet", "0"]}, "A rate is from"),
        ({"rate": ["flet", "60"]}, "is no bucket"),
        ({"rate": ["fleet", "60"], "by": "nobody@example.kz"}, "is no operator"),
        ({"rate": ["fleet", "60"], "by": "seller@example.kz"}, "is no operator"),
    ],
)
def test_the_command_says_what_it_can_not_do(redis, seller, options, says):
    with pytest.raises(CommandError, match=says):
        call_command("limits", **options, stdout=StringIO())
