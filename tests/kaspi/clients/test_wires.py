"""What every wire keeps: one suite over HTTP of our own and over a browser's.

Through the transport, against scripted answers, over real sockets.
"""

import asyncio
import gzip
import sys
import zlib

import brotli
import pytest
from structlog.testing import capture_logs

from kaspi.clients.config import Address
from kaspi.errors import KaspiUnavailable, PushUnanswered, SessionDead
from kaspi.ports import Cookie, CookieJar
from tests.kaspi.clients.lines import JAR
from tests.kaspi.clients.processes import gone
from tests.kaspi.clients.stand_ins import (
    BROWSER,
    by_path,
    cuts,
    forwards,
    hangs_up,
    says,
    scripted,
    stalls,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

pytestmark = pytest.mark.flow

FACTS = b'{"total": 1}'


PACKED = {
    "gzip": gzip.compress(FACTS),
    "deflate": zlib.compress(FACTS),
    "br": brotli.compress(FACTS),
    "zstd": zstd.compress(FACTS),
}


@pytest.mark.parametrize("packing", PACKED)
def test_an_answer_is_read_however_it_is_packed(line, packing):
    outcome, _, _ = line.talk(says(PACKED[packing], Content_Encoding=packing))

    assert outcome == {"total": 1}


def test_a_byte_order_mark_is_no_part_of_an_answer(line):
    outcome, _, _ = line.talk(says(b"\xef\xbb\xbf" + FACTS))

    assert outcome == {"total": 1}


def test_every_packing_is_asked_for_that_can_be_unpacked(line):
    _, [(_, headers, _)], _ = line.talk(says({}))

    assert headers["accept-encoding"] == "gzip, deflate, br, zstd"


def test_a_request_arrives_as_it_was_made(line):
    _, [(path, headers, body)], _ = line.talk(
        says({}),
        method="POST",
        body="цена".encode(),
        params={"t": "a b&c", "p": "0"},
        headers={"Content-Type": "application/json", "Referer": "https://kaspi.kz/"},
    )

    named = ("content-type", "referer", "user-agent", "accept", "accept-language")
    assert (path, body) == ("/x?t=a+b%26c&p=0", "цена".encode())
    assert [headers[name] for name in named] == [
        "application/json",
        "https://kaspi.kz/",
        BROWSER,
        "application/json, text/plain, */*",
        "ru-RU,ru;q=0.9,kk;q=0.8",
    ]


def test_a_read_without_a_body_sends_none(line):
    _, [(_, headers, body)], _ = line.talk(says({}), method="GET", body=None)

    assert (body, "content-type" in headers) == (b"", False)


TROUBLES = {
    "reset": hangs_up,
    "stalled": stalls,
    "cut short": cuts,
    "503": says(b"", status=503),
    "a page": says(b"<html></html>"),
    "half a body": says(b'{"da'),
    "broken gzip": says(b"not gzip", Content_Encoding="gzip"),
    "broken brotli": says(b"not brotli", Content_Encoding="br"),
    "broken zstd": says(b"not zstd", Content_Encoding="zstd"),
    "half a gzip": says(gzip.compress(FACTS)[:-12], Content_Encoding="gzip"),
    "half a zstd": says(zstd.compress(FACTS)[:-4], Content_Encoding="zstd"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_read_forgives_trouble(line, trouble):
    outcome, requests, _ = line.talk(TROUBLES[trouble], says({"total": 1}))

    assert (outcome, len(requests)) == ({"total": 1}, 2)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_push_is_sent_once_and_doubt_is_called_doubt(line, trouble):
    outcome, requests, _ = line.talk(TROUBLES[trouble], says({"id": "1"}), is_write=True)

    assert (type(outcome), len(requests)) == (PushUnanswered, 1)


def test_a_kept_connection_that_breaks_is_no_reason_to_send_again(line):
    async def talked():
        async with (
            scripted(says({"total": 1}), hangs_up) as script,
            line.transport.session(JAR) as session,
        ):
            how = {"method": "GET", "body": None}
            await line.outcome(session, f"{script.url}/x", **how)
            broken = await line.outcome(session, f"{script.url}/x", is_write=True, **how)
        return broken, script.requests

    broken, requests = line.loop.run(talked())

    assert (type(broken), len(requests)) == (PushUnanswered, 2)


def test_a_push_that_found_no_listener_was_not_sent(line):
    async def pushed():
        async with scripted(says({})) as script:
            nobody_there = script.url
        async with line.transport.session(JAR) as session:
            return await line.outcome(session, f"{nobody_there}/x", is_write=True)

    assert type(line.loop.run(pushed())) is KaspiUnavailable


def test_a_redirect_is_an_answer_and_is_not_followed(line):
    outcome, requests, _ = line.talk(says(b"", status=302, Location="/login"), says({}))

    assert (type(outcome), len(requests)) == (SessionDead, 1)


def test_the_sessions_cookies_are_sent_and_the_xsrf_token_is_echoed(line):
    jar = CookieJar((*JAR.cookies, Cookie("XSRF-TOKEN", "token", "127.0.0.1")))

    _, [(_, headers, _)], _ = line.talk(says({}), jar=jar)

    assert headers["cookie"] == "mc-sid=the-session; XSRF-TOKEN=token"
    assert headers["x-xsrf-token"] == "token"


def test_an_answer_renews_the_session(line):
    renewal = says(
        b"", status=503, cookies=["mc-sid=renewed; Path=/", "a=1; Path=/y", "b=2; Domain=kaspi.kz"]
    )

    _, requests, session = line.talk(renewal, says({}))

    assert session.is_renewed
    assert session.jar.cookies == (
        Cookie("mc-sid", "renewed", "127.0.0.1"),
        Cookie("a", "1", "127.0.0.1", path="/y"),
    )
    assert [headers["cookie"] for _, headers, _ in requests] == [
        "mc-sid=the-session",
        "mc-sid=renewed",
    ]


def test_a_cookie_that_was_taken_back_is_not_sent_again(line):
    taken_back = says(b"", status=503, cookies=["mc-sid=; Path=/; Max-Age=0"])

    _, requests, session = line.talk(taken_back, says({}))

    assert session.jar == CookieJar()
    assert "cookie" not in requests[1][1]


def test_a_session_without_a_seller_keeps_no_cookies(line):
    _, requests, session = line.talk(
        says(b"", status=503, cookies=["challenge=1; Path=/"]), says({}), jar=None
    )

    assert session.jar == CookieJar()
    assert ["cookie" in headers for _, headers, _ in requests] == [False, False]


def test_two_sellers_never_share_a_cookie(line):
    async def both():
        first = CookieJar((Cookie("mc-sid", "first", "127.0.0.1"),))
        second = CookieJar((Cookie("mc-sid", "second", "127.0.0.1"),))
        async with (
            scripted(says({}, cookies=["mine=first; Path=/"]), says({})) as script,
            line.transport.session(first, owner="session:1") as one,
            line.transport.session(second, owner="session:2") as other,
            line.transport.session(None) as nobody,
        ):
            for session in (one, other, nobody, one):
                await line.outcome(session, f"{script.url}/x")
        return [headers.get("cookie") for _, headers, _ in script.requests]

    assert line.loop.run(both()) == [
        "mc-sid=first",
        "mc-sid=second",
        None,
        "mc-sid=first; mine=first",
    ]


def test_a_seller_who_logged_in_anew_leaves_the_old_session_behind(line):
    async def both():
        old = CookieJar((Cookie("mc-sid", "old", "127.0.0.1"), Cookie("su", "1", "127.0.0.1")))
        new = CookieJar((Cookie("mc-sid", "new", "127.0.0.1"),))
        async with scripted(says({})) as script:
            for jar in (old, new):
                async with line.transport.session(jar, owner="session:3") as session:
                    await line.outcome(session, f"{script.url}/x")
        return [headers["cookie"] for _, headers, _ in script.requests]

    assert line.loop.run(both()) == ["mc-sid=old; su=1", "mc-sid=new"]


def test_a_caller_who_gives_up_disturbs_nobody(line):
    async def given_up():
        answers = by_path(slow=stalls, quick=says({"total": 1}))
        async with scripted(answers) as script, line.transport.session(JAR) as session:
            slow = asyncio.gather(*(line.outcome(session, f"{script.url}/slow") for _ in range(3)))
            await gone(lambda: len(script.requests) == 3)
            slow.cancel()
            await asyncio.wait({slow})
            return await line.outcome(session, f"{script.url}/quick"), len(script.requests)

    assert line.loop.run(given_up()) == ({"total": 1}, 4)


def test_many_at_once_each_get_their_own_answer(line):
    async def echo(request):
        return await says({"total": int(request.query["n"])})(request)

    async def many():
        async with scripted(echo) as script, line.transport.session(JAR) as session:
            urls = [f"{script.url}/x?n={number}" for number in range(30)]
            return await asyncio.gather(*(line.outcome(session, url) for url in urls))

    assert line.loop.run(many()) == [{"total": number} for number in range(30)]


def test_a_request_leaves_through_its_address(line):
    async def through_proxy():
        async with scripted(says({"total": 1})) as script, forwards() as proxy:
            url = proxy.url.replace("://", "://user:p%40ss@")
            async with line.transport.session(JAR, address=Address("almaty-1", url)) as session:
                outcome = await line.outcome(session, f"{script.url}/x")
                return outcome, proxy.keys, session.address.name, repr(session.address)

    # user:p@ss, and the password in nobody's repr
    assert line.loop.run(through_proxy()) == (
        {"total": 1},
        {"Basic dXNlcjpwQHNz"},
        "almaty-1",
        "Address(name='almaty-1', offers_rps=None)",
    )


def test_a_push_through_an_address_that_is_gone_was_not_sent(line):
    async def pushed():
        async with scripted(says({"id": "1"})) as script:
            async with forwards() as proxy:
                gone = Address("gone", proxy.url)
            async with line.transport.session(JAR, address=gone) as session:
                outcome = await line.outcome(session, f"{script.url}/x", is_write=True)
            return type(outcome), script.requests

    assert line.loop.run(pushed()) == (KaspiUnavailable, [])


def test_the_log_tells_what_happened_and_no_secret(line):
    with capture_logs() as lines:
        line.talk(hangs_up, stalls, says({"secret": "body"}))

    calls = [line for line in lines if line["event"] == "kaspi.call"]
    assert [line["call"] for line in calls] == ["test"] * 3
    assert calls[-1]["outcome"] == 200
    assert "the-session" not in repr(lines)
    assert "body" not in repr(lines)
