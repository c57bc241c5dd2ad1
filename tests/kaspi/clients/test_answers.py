import pytest

from kaspi.clients.answers import Answer, read_cabinet, read_push, read_storefront
from kaspi.errors import (
    KaspiUnavailable,
    PushBanned,
    PushRejected,
    PushUnanswered,
    RequestRefused,
    SessionDead,
    WalledOff,
)

pytestmark = pytest.mark.unit

HTML = b"<!DOCTYPE html><html><body>403 Forbidden</body></html>"
LOGIN_PAGE = b'<html><body><input id="user_email_field"></body></html>'


def an_answer(status, body=b"", **headers):
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def cabinet(answer):
    return read_cabinet(answer, wall_s=10)


def storefront(answer):
    return read_storefront(answer, wall_s=10)


def push(answer):
    return read_push(answer, wall_s=10, ban_s=1800)


@pytest.mark.parametrize("read", [cabinet, storefront])
def test_json_is_read_even_behind_a_byte_order_mark(read):
    answer = an_answer(200, b'\xef\xbb\xbf{"total": 1}')

    assert read(answer) == {"total": 1}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(an_answer(401), SessionDead, id="401"),
        pytest.param(an_answer(403), SessionDead, id="403 empty"),
        pytest.param(an_answer(403, b'{"message": "no"}'), SessionDead, id="403 json"),
        pytest.param(an_answer(403, HTML), WalledOff, id="403 html"),
        pytest.param(an_answer(405, HTML), WalledOff, id="405"),
        pytest.param(an_answer(429), WalledOff, id="429"),
        pytest.param(an_answer(302, location="https://x/login"), SessionDead, id="to the login"),
        pytest.param(an_answer(302, location="https://x/y"), KaspiUnavailable, id="elsewhere"),
        pytest.param(an_answer(200, LOGIN_PAGE), SessionDead, id="login page with 200"),
        pytest.param(an_answer(200, HTML), KaspiUnavailable, id="some page with 200"),
        pytest.param(an_answer(200), KaspiUnavailable, id="empty 200"),
        pytest.param(an_answer(200, b'{"total": 1, "da'), KaspiUnavailable, id="cut json"),
        pytest.param(an_answer(404), RequestRefused, id="404"),
        pytest.param(an_answer(500), KaspiUnavailable, id="500"),
        pytest.param(an_answer(503, HTML), KaspiUnavailable, id="503 html"),
        pytest.param(an_answer(999), KaspiUnavailable, id="no status at all"),
    ],
)
def test_the_cabinets_answers_have_their_meanings(answer, error):
    with pytest.raises(error) as caught:
        cabinet(answer)

    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(an_answer(403, HTML), WalledOff, id="403 html"),
        pytest.param(an_answer(403), WalledOff, id="403 empty"),
        pytest.param(an_answer(405), WalledOff, id="405"),
        pytest.param(an_answer(429, HTML), WalledOff, id="429"),
        pytest.param(an_answer(200, HTML), KaspiUnavailable, id="captcha with 200"),
        pytest.param(an_answer(400), RequestRefused, id="400"),
        pytest.param(an_answer(502), KaspiUnavailable, id="502"),
    ],
)
def test_the_storefronts_answers_have_their_meanings(answer, error):
    with pytest.raises(error) as caught:
        storefront(answer)

    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(an_answer(429), PushBanned, id="429"),
        pytest.param(an_answer(400), PushRejected, id="400"),
        pytest.param(an_answer(401), SessionDead, id="401"),
        pytest.param(an_answer(403), SessionDead, id="403 empty"),
        pytest.param(an_answer(403, HTML), WalledOff, id="403 html"),
        pytest.param(an_answer(500), PushUnanswered, id="500"),
        pytest.param(an_answer(200, HTML), PushUnanswered, id="a page with 200"),
        pytest.param(an_answer(200), PushUnanswered, id="empty 200"),
        pytest.param(an_answer(200, b"{}"), PushUnanswered, id="no job id"),
    ],
)
def test_the_answers_to_a_push_have_their_meanings(answer, error):
    with pytest.raises(error) as caught:
        push(answer)

    assert type(caught.value) is error


def test_an_accepted_push_has_a_job():
    answer = an_answer(200, b'{"id": "65f0c0ffee00112233445566"}')

    assert push(answer) == "65f0c0ffee00112233445566"


@pytest.mark.parametrize(
    ("answer", "read", "wait_s"),
    [
        pytest.param(an_answer(403, HTML), storefront, 10, id="wall"),
        pytest.param(an_answer(429, retry_after="60"), storefront, 60, id="wall that says"),
        pytest.param(an_answer(429, retry_after="soon"), storefront, 10, id="wall that mumbles"),
        pytest.param(an_answer(429), push, 1800, id="ban"),
        pytest.param(an_answer(429, retry_after="900"), push, 900, id="ban that says"),
    ],
)
def test_walls_and_bans_say_how_long_to_stay_away(answer, read, wait_s):
    with pytest.raises((WalledOff, PushBanned)) as caught:
        read(answer)

    assert caught.value.wait_s == wait_s
    assert caught.value.retry_at is not None
