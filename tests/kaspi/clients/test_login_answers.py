import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaspi.clients.answers import Answer
from kaspi.clients.login_answers import Ahead, LoginAnswer, read_login
from kaspi.errors import (
    CodesFlooded,
    CodeWrong,
    KaspiError,
    KaspiUnavailable,
    LoginRefused,
    LoginTimedOut,
    NoMerchant,
    WalledOff,
    WrongPassword,
)
from kaspi.ports import Merchant

pytestmark = pytest.mark.unit


def read(status, body, *, is_code_step=False):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_login(Answer(status, {}, raw), wall_s=10, is_code_step=is_code_step)


@pytest.mark.parametrize(
    ("body", "ahead"),
    [
        ({"redirectUrl": "/"}, Ahead.CABINET),
        ({"email": "a***@demo.kz"}, Ahead.CODE),
        ({"phone": "+7 (701) ***"}, Ahead.CODE),
        ({"something": "new"}, Ahead.UNKNOWN),
    ],
)
def test_an_answer_says_where_the_walk_goes_on(body, ahead):
    assert read(200, body) == LoginAnswer(ahead)


def test_a_choice_of_shops_is_read_with_their_names():
    body = {"su": [{"merchantId": "1", "name": "Первый"}, {"uid": 2}]}

    answer = read(200, body)

    assert answer == LoginAnswer(Ahead.MERCHANTS, (Merchant("1", "Первый"), Merchant("2")))


@pytest.mark.parametrize("place", ["errorCode", "code", "error"])
@pytest.mark.parametrize("is_inside", [False, True], ids=["root", "inside"])
def test_a_refusal_is_found_wherever_kaspi_puts_its_code(place, is_inside):
    body = {place: "CREDENTIALS_INVALID"}

    with pytest.raises(WrongPassword):
        read(401, {"error": body} if is_inside else body)


@pytest.mark.parametrize(
    ("code", "is_code_step", "error"),
    [
        ("INVALID_CREDENTIALS", False, WrongPassword),
        ("SECURITY_CODE_INVALID", True, CodeWrong),
        ("MFA_CODE_ATTEMPT_LIMIT", True, CodeWrong),
        ("FAILED", True, CodeWrong),
        ("FAILED", False, LoginRefused),
        ("NO_MERCHANTS", False, NoMerchant),
        ("INSUFFICIENT_PERMISSIONS", False, NoMerchant),
        ("TIMEOUT_EXCEEDED", False, LoginTimedOut),
        ("SOMETHING_NEW", False, LoginRefused),
        (None, False, LoginRefused),
    ],
)
def test_each_code_becomes_its_error(code, is_code_step, error):
    with pytest.raises(error) as caught:
        read(401, {"errorCode": code}, is_code_step=is_code_step)

    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("body", "wait_s"),
    [
        ({"errorCode": "MFA_SEND_FLOOD", "errorData": {"breakTimeSeconds": 120}}, 130),
        ({"error": {"code": "MFA_CODE_TOO_MANY_SEND", "breakTimeSeconds": 90.5}}, 100.5),
        ({"code": "SECURITY_CODE_SMS_FLOOD", "breakTimeSeconds": 120}, 130),
        ({"code": "MFA_SEND_FLOOD"}, 60),
        ({"code": "MFA_SEND_FLOOD", "breakTimeSeconds": "soon"}, 60),
    ],
)
def test_a_flood_says_how_long_to_wait(body, wait_s):
    with pytest.raises(CodesFlooded) as caught:
        read(401, body)

    assert caught.value.wait_s == wait_s


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, b"<html>403 Forbidden</html>", WalledOff),
        (405, b"", WalledOff),
        (404, b"<html>not found</html>", LoginRefused),
        (502, b"<html>bad gateway</html>", KaspiUnavailable),
        (200, b"<html>maintenance</html>", KaspiUnavailable),
    ],
)
def test_pages_where_an_answer_was_due_have_their_meanings(status, body, error):
    with pytest.raises(error) as caught:
        read(status, body)

    assert type(caught.value) is error


@given(
    status=st.sampled_from([200, 400, 401, 403, 500]),
    body=st.dictionaries(
        st.sampled_from(["error", "code", "errorCode", "errorData", "su", "email", "redirectUrl"]),
        st.none()
        | st.text(max_size=5)
        | st.integers()
        | st.lists(st.integers(), max_size=2)
        | st.dictionaries(st.sampled_from(["code", "breakTimeSeconds"]), st.integers()),
    ),
)
def test_any_answer_is_a_step_or_one_of_our_errors(status, body):
    with suppress(KaspiError):
        assert read(status, body).ahead in Ahead
