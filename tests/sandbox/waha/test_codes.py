"""Codes: to scan, to type, and the wait for one."""

import base64

import pytest

from sandbox.waha.qr import png
from tests.sandbox.waha.visitor import BUYER, SELLER

pytestmark = pytest.mark.flow

QR = "/api/default/auth/qr"


async def test_a_code_comes_as_a_picture_as_one_in_json_and_as_text(visitor):
    await visitor.create()

    _, picture = await visitor.get(QR)
    _, wrapped = await visitor.ask("GET", QR, Accept="application/json")
    _, raw = await visitor.get(f"{QR}?format=raw")

    assert raw["value"].startswith("2@")
    assert picture == png(raw["value"])
    assert wrapped == {"mimetype": "image/png", "data": base64.b64encode(picture).decode()}


async def test_a_code_that_has_rotated_cannot_be_scanned(visitor):
    await visitor.create()
    _, old = await visitor.get(f"{QR}?format=raw")
    await visitor.order("POST", "clock", advance_s=61)

    answer = await visitor.order("POST", "sessions/scan", phone=SELLER, code=old["value"])

    assert answer == {"error": "This code is not on offer any more."}


async def test_asking_too_early_waits_for_the_code(visitor):
    await visitor.order("POST", "settings", start_s=2)
    await visitor.order("POST", "clock", scale=100)
    await visitor.create()
    early = await visitor.status()

    status, _ = await visitor.get(QR)

    assert (early, status) == ("STARTING", 200)


async def test_after_five_seconds_the_answer_is_the_state(visitor):
    await visitor.order("POST", "settings", stuck_starts=1)
    await visitor.create()
    # Its five seconds are a moment of ours.
    await visitor.order("POST", "clock", scale=1_000)

    answer = await visitor.get(QR)

    assert answer == (
        422,
        {
            "error": "Session status is not as expected. Try again later or restart the session",
            "session": "default",
            "status": "STARTING",
            "expected": ["SCAN_QR_CODE"],
        },
    )


async def test_a_session_that_works_offers_no_code(visitor):
    await visitor.order("POST", "settings", wait_s=0)
    await visitor.log_in()

    status, answer = await visitor.get(QR)

    assert (status, answer["status"], answer["expected"]) == (422, "WORKING", ["SCAN_QR_CODE"])


async def test_a_session_that_does_not_run_is_not_found(visitor):
    await visitor.post("/api/sessions", name="default", start=False)

    status, answer = await visitor.get(QR)

    assert (status, answer["message"].splitlines()[0]) == (
        404,
        "We didn't find a session with name 'default'.",
    )


async def test_a_phone_may_type_a_code_instead(visitor):
    await visitor.create()
    status, told = await visitor.post("/api/default/auth/request-code", phoneNumber=SELLER)

    foreign = await visitor.order("POST", "sessions/scan", phone=BUYER, code=told["code"])
    await visitor.order("POST", "sessions/scan", phone=SELLER, code=told["code"])
    await visitor.until("WORKING")

    assert (status, len(told["code"]), told["code"][4]) == (201, 9, "-")
    assert foreign == {"error": f"This pairing code is for {SELLER}."}


async def test_no_code_is_given_to_a_device_with_a_name_of_its_own(visitor):
    await visitor.create(client={"deviceName": "Cube Demper"})

    status, answer = await visitor.post("/api/default/auth/request-code", phoneNumber=SELLER)

    assert (status, answer["exception"]["code"]) == (500, 2)


@pytest.mark.parametrize("phone", [None, "+7 701 000 00 01", 77010000001])
async def test_no_code_is_given_to_what_is_no_number(visitor, phone):
    await visitor.create()

    status, _ = await visitor.post("/api/default/auth/request-code", phoneNumber=phone)

    assert status == 400


async def test_passkeys_are_for_one_engine(visit):
    async with visit(engine="NOWEB") as visitor:
        await visitor.create()

        status, _ = await visitor.get("/api/default/auth/passkey/challenge")

    assert status == 501
