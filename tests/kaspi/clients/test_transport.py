"""The transport against scripted answers, over real sockets."""

import asyncio
import random
from contextlib import aclosing

import pytest
from structlog.testing import capture_logs

from cube_demper.kernel.limiting.ports import Bucket
from kaspi.clients.answers import read_cabinet, read_push, read_storefront
from kaspi.clients.config import DIRECT, KaspiConfig
from kaspi.clients.transport import Call, Transport
from kaspi.errors import (
    KaspiUnavailable,
    PushBanned,
    SessionDead,
    WalledOff,
)
from kaspi.ports import Cookie, CookieJar
from tests.kaspi.clients.stand_ins import BROWSER, Unlimited, hangs_up, says, scripted, stalls

pytestmark = pytest.mark.flow

ADDRESS = Bucket("kaspi:cabinet:direct", 20)
STORE = Bucket("kaspi:push:12345678", 1.5)
JAR = CookieJar((Cookie("mc-sid", "the-session", "127.0.0.1"),))


def a_transport(limiter=None, on_wall=None):
    config = KaspiConfig(
        identity_url="",
        cabinet_url="",
        shop_url="",
        user_agent=BROWSER,
        retry_pause_s=0.001,
        connect_timeout_s=1,
        read_timeout_s=0.2,
    )
    return Transport(
        config=config,
        limiter=limiter or Unlimited(),
        on_wall=on_wall,
        dice=random.Random(7),
    )


def cabinet(answer):
    return read_cabinet(answer, wall_s=10)


def storefront(answer):
    return read_storefront(answer, wall_s=10)


def push(answer):
    return read_push(answer, wall_s=10, ban_s=1800)


def talk(*answers, judge=cabinet, is_write=False, limiter=None, jar=JAR, on_wall=None):
    """One call to scripted answers: what came of it, the requests made, the jar afterwards."""

    async def talked():
        transport = a_transport(limiter, on_wall)
        async with (
            aclosing(transport),
            scripted(*answers) as script,
            transport.session(jar) as session,
        ):
            call = Call("test", "POST", f"{script.url}/x", walls=ADDRESS, bans=STORE, body=b"{}")
            do = session.write if is_write else session.read
            try:
                outcome = await do(call, judge)
            except Exception as error:  # noqa: BLE001 -- the outcome under test
                outcome = error
        return outcome, script.requests, session

    return asyncio.run(talked())


@pytest.mark.parametrize(
    "trouble",
    [hangs_up, stalls, says(b"", status=503), says(b"<html></html>")],
    ids=["reset", "stalled", "503", "a page"],
)
def test_a_read_forgives_trouble_twice(trouble):
    outcome, requests, _ = talk(trouble, trouble, says({"total": 1}))

    assert (outcome, len(requests)) == ({"total": 1}, 3)


def test_a_read_gives_up_after_its_budget():
    outcome, requests, _ = talk(says(b"", status=503))

    assert (type(outcome), len(requests)) == (KaspiUnavailable, 3)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (says(b"", status=401), SessionDead),
        (says(b"<html></html>", status=403), WalledOff),
        (says(b"", status=302, Location="/login"), SessionDead),
    ],
    ids=["session dead", "wall", "redirect to the login"],
)
def test_a_read_is_not_repeated_where_that_can_not_help(answer, error):
    outcome, requests, _ = talk(answer)

    assert (type(outcome), len(requests)) == (error, 1)


def test_turns_are_taken_from_the_narrowest_budget_to_the_widest():
    limiter = Unlimited()

    talk(says({"id": "1"}), judge=push, is_write=True, limiter=limiter)

    assert (limiter.turns, limiter.writes) == ([(STORE.key, ADDRESS.key, "fleet")], 1)


def test_a_retry_takes_a_turn_of_its_own():
    limiter = Unlimited()

    talk(hangs_up, says({}), limiter=limiter)

    assert len(limiter.turns) == 2


@pytest.mark.parametrize(
    ("answer", "judge", "error", "frozen"),
    [
        (says(b"<html>", status=403), storefront, WalledOff, (ADDRESS.key, 10)),
        (says(b"", status=429, Retry_After="30"), storefront, WalledOff, (ADDRESS.key, 30)),
        (says(b"", status=429), push, PushBanned, (STORE.key, 1800)),
    ],
    ids=["wall", "wall that says how long", "ban"],
)
def test_who_meets_a_wall_or_a_ban_stops_everyone(answer, judge, error, frozen):
    limiter = Unlimited()

    outcome, _, _ = talk(answer, judge=judge, is_write=True, limiter=limiter)

    assert (type(outcome), limiter.frozen) == (error, [frozen])


def test_a_wall_is_told_with_the_address_that_met_it():
    met = []

    talk(
        says(b"<html>", status=403),
        says({}),
        judge=storefront,
        on_wall=lambda *wall: met.append(wall),
    )

    assert met == [(DIRECT, 10)]


def test_the_balancers_cookie_renews_nothing():
    _, _, session = talk(says({}, cookies=["mc-session=1790.5|abc; Path=/; HttpOnly"]))

    assert not session.is_renewed


def test_the_log_tells_what_happened_and_no_secret():
    with capture_logs() as lines:
        talk(hangs_up, says({"secret": "body"}))

    calls = [line for line in lines if line["event"] == "kaspi.call"]
    assert [(line["call"], line["outcome"]) for line in calls] == [
        ("test", "ServerDisconnectedError"),
        ("test", 200),
    ]
    assert "the-session" not in repr(lines)
    assert "body" not in repr(lines)
