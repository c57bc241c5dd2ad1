"""Every way to log in, and every way to fail."""

from typing import Any

import pytest

from sandbox.people import CODE, PASSWORD

pytestmark = pytest.mark.flow

PHONE = "+7 (701) 000-00-01"


def a_password(email: str) -> dict[str, Any]:
    return {"_u": email, "_p": PASSWORD, "_r_d": False}


async def test_a_password_alone_lets_an_ordinary_seller_in(visitor):
    await visitor.begin_walk()

    answer = await visitor.say(**a_password("aigerim@demo.kz"))

    assert answer == (200, {"redirectUrl": f"{visitor.identity}/"})


async def test_an_account_with_a_second_factor_is_told_where_the_code_went(visitor):
    answer = await visitor.say(**a_password("code@demo.kz"))

    assert answer == (200, {"email": "c***@demo.kz"})


async def test_the_mailed_code_lets_in(visitor):
    await visitor.say(**a_password("code@demo.kz"))

    answer = await visitor.say(_u="code@demo.kz", _m_c=CODE, _r_d=True)

    assert answer == (200, {"redirectUrl": "/"})


async def test_a_remembered_device_needs_no_code(visitor):
    await visitor.say(**a_password("code@demo.kz"))
    await visitor.say(_u="code@demo.kz", _m_c=CODE, _r_d=True)

    answer = await visitor.say(**a_password("code@demo.kz"))

    assert answer == (200, {"redirectUrl": "/"})


async def test_a_device_not_remembered_needs_a_code_again(visitor):
    await visitor.say(**a_password("code@demo.kz"))
    await visitor.say(_u="code@demo.kz", _m_c=CODE, _r_d=False)

    answer = await visitor.say(**a_password("code@demo.kz"))

    assert answer == (200, {"email": "c***@demo.kz"})


async def test_a_wrong_code_kills_the_code_that_was_sent(visitor):
    await visitor.say(**a_password("code@demo.kz"))

    wrong = await visitor.say(_u="code@demo.kz", _m_c="000000")
    late = await visitor.say(_u="code@demo.kz", _m_c=CODE)

    assert wrong == (401, {"errorCode": "SECURITY_CODE_INVALID"})
    assert late == (401, {"errorCode": "FAILED"})


async def test_the_third_wrong_code_ends_the_login(visitor):
    answers = []
    for _ in range(3):
        await visitor.say(**a_password("code@demo.kz"))
        answers.append(await visitor.say(_u="code@demo.kz", _m_c="000000"))

    assert [body["errorCode"] for _, body in answers] == [
        "SECURITY_CODE_INVALID",
        "SECURITY_CODE_INVALID",
        "MFA_CODE_ATTEMPT_LIMIT",
    ]


async def test_codes_asked_for_too_often_are_refused_for_a_while(visitor):
    for _ in range(5):
        await visitor.say(**a_password("code@demo.kz"))

    answer = await visitor.say(**a_password("code@demo.kz"))

    flood = {"errorCode": "MFA_CODE_TOO_MANY_SEND", "errorData": {"breakTimeSeconds": 120}}
    assert answer == (401, flood)


async def test_a_code_that_lay_too_long_is_no_longer_good(visitor):
    await visitor.say(_u="code@demo.kz", _p=PASSWORD)
    await visitor.order("POST", "clock", {"advance_s": 601})

    answer = await visitor.say(_u="code@demo.kz", _m_c=CODE)

    assert answer == (401, {"errorCode": "TIMEOUT_EXCEEDED"})


async def test_a_telephone_gets_a_code_and_no_password_is_asked(visitor):
    sent = await visitor.say(_ph=PHONE)

    answer = await visitor.say(_c=CODE)

    assert sent == (200, {"phone": "+7 (701) ***-**-01"})
    assert answer == (200, {"redirectUrl": "/"})


async def test_telephone_codes_asked_for_too_often_are_refused_for_a_while(visitor):
    for _ in range(5):
        await visitor.say(_ph=PHONE)

    answer = await visitor.say(_ph=PHONE)

    assert answer == (401, {"error": {"code": "SECURITY_CODE_SMS_FLOOD"}, "breakTimeSeconds": 120})


async def test_a_login_with_two_shops_has_to_choose(visitor):
    asked = await visitor.say(**a_password("two@demo.kz"))

    foreign = await visitor.say(_s_m="30112233")
    chosen = await visitor.say(_s_m="30700033")

    assert [shop["merchantId"] for shop in asked[1]["su"]] == ["30700022", "30700033"]
    assert foreign == (401, {"errorCode": "INSUFFICIENT_PERMISSIONS"})
    assert chosen == (200, {"redirectUrl": "/"})


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"_u": "aigerim@demo.kz", "_p": "wrong"}, {"code": "CREDENTIALS_INVALID"}),
        ({"_u": "stranger@demo.kz", "_p": PASSWORD}, {"code": "CREDENTIALS_INVALID"}),
        ({"_u": PHONE, "_p": PASSWORD}, {"code": "CREDENTIALS_INVALID"}),
        ({"_u": 5, "_p": PASSWORD}, {"code": "CREDENTIALS_INVALID"}),
        ({"_u": "nobody@demo.kz", "_p": PASSWORD}, {"error": {"code": "NO_MERCHANTS"}}),
        ({"_u": "staff@demo.kz", "_p": PASSWORD}, {"errorCode": "INSUFFICIENT_PERMISSIONS"}),
        (
            {"_u": "flood@demo.kz", "_p": PASSWORD},
            {"errorCode": "MFA_SEND_FLOOD", "errorData": {"breakTimeSeconds": 120}},
        ),
        ({"_ph": "+7 (777) 777-77-77"}, {"errorCode": "CREDENTIALS_INVALID"}),
        ({"_ph": "87010000001"}, {"errorCode": "FAILED"}),
        ({"_c": CODE}, {"errorCode": "FAILED"}),
        ({"_m_c": CODE}, {"errorCode": "FAILED"}),
        ({"_s_m": "30112233"}, {"errorCode": "FAILED"}),
        ({"_u": "aigerim@demo.kz"}, {"errorCode": "FAILED"}),
        ({}, {"errorCode": "FAILED"}),
    ],
    ids=str,
)
async def test_a_refused_step_says_why_with_status_401(visitor, body, answer):
    assert await visitor.say(**body) == (401, answer)


async def test_the_wall_is_403_with_html(visitor):
    status, text = await visitor.say(**a_password("wall@demo.kz"))

    assert (status, "<h1>403 Forbidden</h1>" in text) == (403, True)


async def test_the_older_form_is_understood(visitor):
    answer = await visitor.client.post(
        f"{visitor.identity}/api/p/login", data={"_u": "daulet@demo.kz", "_p": PASSWORD}
    )

    assert await answer.json() == {"redirectUrl": "/"}


async def test_a_body_that_is_no_json_is_not_understood(visitor):
    answer = await visitor.client.post(f"{visitor.identity}/api/p/login", data=b"{")

    assert (answer.status, await answer.json()) == (401, {"errorCode": "FAILED"})
