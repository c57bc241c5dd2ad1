"""What a session goes through, from its first start to its end."""

from collections import Counter

import pytest

from tests.sandbox.waha.visitor import SELLER

pytestmark = pytest.mark.flow


async def test_a_new_session_starts_and_offers_a_code(visitor, listener):
    status, made = await visitor.post(
        "/api/sessions", name="default", config={"webhooks": [listener.hook()]}
    )
    await visitor.until("SCAN_QR_CODE")

    assert (status, made["status"], made["me"]) == (201, "STARTING", None)
    told = await listener.hears_status("SCAN_QR_CODE")
    assert [one["status"] for one in told["payload"]["statuses"]] == ["STARTING", "SCAN_QR_CODE"]


async def test_a_session_whose_code_is_scanned_works_and_knows_whose_it_is(visitor):
    await visitor.log_in(phone=SELLER)

    _, me = await visitor.get("/api/sessions/default/me")

    assert (me["id"], await visitor.status()) == (f"{SELLER}@c.us", "WORKING")


async def test_a_session_without_a_name_gets_one(visitor):
    _, made = await visitor.post("/api/sessions", start=False)

    assert (made["name"][:8], made["status"]) == ("session_", "STOPPED")


async def test_a_session_cannot_be_created_twice(visitor):
    await visitor.create()

    status, answer = await visitor.post("/api/sessions", name="default")

    assert (status, answer["message"]) == (
        422,
        "Session 'default' already exists. Use PUT to update it.",
    )


@pytest.mark.parametrize("name", ["../up", "a b", "", "x" * 55, 7])
async def test_a_name_that_cannot_be_a_folder_is_refused_or_replaced(visitor, name):
    status, answer = await visitor.post("/api/sessions", name=name, start=False)

    assert (status, str(answer.get("name", ""))[:8]) in [(400, ""), (201, "session_")]


async def test_only_running_sessions_are_listed_unless_all_are_asked_for(visitor):
    await visitor.create("runs")
    await visitor.post("/api/sessions", name="rests", start=False)

    _, running = await visitor.get("/api/sessions")
    _, everyone = await visitor.get("/api/sessions?all=true")

    assert [one["name"] for one in running] == ["runs"]
    assert [one["name"] for one in everyone] == ["runs", "rests"]


async def test_a_changed_config_replaces_the_old_one_whole_and_restarts_the_session(visitor):
    await visitor.log_in(metadata={"a": "1"}, ignore={"groups": True})

    status, answer = await visitor.ask(
        "PUT", "/api/sessions/default", {"config": {"metadata": {"b": "2"}}}
    )
    await visitor.until("WORKING")

    assert (status, answer["status"], answer["config"]) == (
        200,
        "STARTING",
        {"metadata": {"b": "2"}},
    )


async def test_starting_and_stopping_twice_is_no_mistake(visitor):
    await visitor.log_in()

    started = await visitor.post("/api/sessions/default/start")
    stopped = [await visitor.post("/api/sessions/default/stop") for _ in range(2)]

    assert (started[0], started[1]["status"]) == (201, "WORKING")
    assert [(code, one["status"]) for code, one in stopped] == [(201, "STOPPED")] * 2


async def test_a_stopped_session_starts_again_without_a_code(visitor):
    await visitor.log_in()
    await visitor.post("/api/sessions/default/stop")

    await visitor.post("/api/sessions/default/start")
    await visitor.until("WORKING")

    assert await visitor.status() == "WORKING"


async def test_logging_out_forgets_the_login_and_keeps_the_config(visitor):
    await visitor.log_in(metadata={"a": "1"})

    status, _ = await visitor.post("/api/sessions/default/logout")
    await visitor.until("SCAN_QR_CODE")
    _, session = await visitor.get("/api/sessions/default")

    assert (status, session["me"], session["config"]) == (201, None, {"metadata": {"a": "1"}})


async def test_deleting_forgets_everything_and_may_be_done_again(visitor):
    await visitor.log_in()

    first, _ = await visitor.ask("DELETE", "/api/sessions/default")
    again, _ = await visitor.ask("DELETE", "/api/sessions/default")
    gone, answer = await visitor.get("/api/sessions/default")

    assert (first, again, gone) == (200, 200, 404)
    assert answer == {"message": "Session not found", "error": "Not Found", "statusCode": 404}


@pytest.mark.parametrize("call", ["start", "stop", "restart", "logout"])
async def test_what_is_not_there_is_404(visitor, call):
    status, answer = await visitor.post(f"/api/sessions/nobody/{call}")

    assert (status, answer["message"]) == (404, "Session not found")


async def test_a_code_nobody_scans_rotates_and_then_the_session_fails(visitor, listener):
    await visitor.create(webhooks=[listener.hook("session.status")])
    await visitor.until("SCAN_QR_CODE")

    codes = [await visitor.get("/api/default/auth/qr?format=raw")]
    for seconds in (61, 21):
        await visitor.order("POST", "clock", advance_s=seconds)
        codes.append(await visitor.get("/api/default/auth/qr?format=raw"))
    await visitor.order("POST", "clock", advance_s=81)
    await visitor.until("FAILED")

    assert len({code["value"] for _, code in codes}) == 3
    told = await listener.hears("session.status", 8)
    counted = Counter(one["payload"]["status"] for one in told)
    assert counted == {"STARTING": 1, "SCAN_QR_CODE": 6, "FAILED": 1}


async def test_a_failed_session_needs_a_restart_for_a_new_code(visitor):
    await visitor.create()
    await visitor.until("SCAN_QR_CODE")
    await visitor.order("POST", "clock", advance_s=200)

    _, started = await visitor.post("/api/sessions/default/start")
    await visitor.post("/api/sessions/default/restart")
    await visitor.until("SCAN_QR_CODE")

    assert started["status"] == "FAILED"


async def test_what_the_phone_logged_out_fails_until_it_is_logged_out_here_too(visitor):
    await visitor.log_in()
    await visitor.order("POST", "sessions/unlink")
    unlinked = await visitor.status()

    await visitor.post("/api/sessions/default/restart")
    await visitor.until("FAILED")
    await visitor.post("/api/sessions/default/logout")
    await visitor.until("SCAN_QR_CODE")

    assert unlinked == "FAILED"


async def test_what_the_phone_logged_out_may_offer_a_code_at_once(visitor):
    await visitor.log_in()
    await visitor.order("POST", "settings", unlinked_becomes="SCAN_QR_CODE")

    await visitor.order("POST", "sessions/unlink")

    assert await visitor.status() == "SCAN_QR_CODE"


async def test_after_thirty_days_a_session_may_fail_and_only_a_restart_helps(visitor):
    await visitor.order("POST", "settings", fails_after_s=30 * 86_400)
    await visitor.log_in()
    await visitor.order("POST", "clock", advance_s=30 * 86_400 + 1)
    worn = await visitor.status()

    refused, answer = await visitor.post("/api/sessions/default/start")
    await visitor.post("/api/sessions/default/restart")
    await visitor.until("WORKING")

    assert (worn, refused) == ("FAILED", 422)
    assert answer["message"] == "Session 'default' is already started."


async def test_a_start_may_stick_and_the_next_one_not(visitor):
    await visitor.order("POST", "settings", stuck_starts=1)
    await visitor.create()
    await visitor.order("POST", "clock", advance_s=600)
    stuck = await visitor.status()

    await visitor.post("/api/sessions/default/restart")
    await visitor.until("SCAN_QR_CODE")

    assert stuck == "STARTING"


async def test_a_passkey_is_signed_in_a_browser_and_confirmed(visitor, listener):
    await visitor.order("POST", "settings", passkey=True)
    await visitor.create(webhooks=[listener.hook("session.status")])
    await visitor.until("SCAN_QR_CODE")
    await visitor.order("POST", "sessions/scan", phone=SELLER)

    _, challenge = await visitor.get("/api/default/auth/passkey/challenge")
    signed, _ = await visitor.post(
        "/api/default/auth/passkey",
        id="x",
        rawId="x",
        type="public-key",
        response={"clientDataJSON": "x", "authenticatorData": "x", "signature": "x"},
    )
    _, compared = await visitor.get("/api/default/auth/passkey/confirmation")
    confirmed, _ = await visitor.post("/api/default/auth/passkey/confirm")

    assert (challenge["rpId"], signed, confirmed) == ("web.whatsapp.com", 201, 201)
    assert await visitor.status() == "WORKING"
    told = await listener.hears_status("PASSKEY_CONFIRMATION_REQUIRED")
    assert told["payload"]["data"] == {"code": compared["code"]}


async def test_a_person_may_finish_in_the_browser_without_us(visitor):
    await visitor.order("POST", "settings", passkey=True)
    await visitor.create()
    await visitor.until("SCAN_QR_CODE")
    await visitor.order("POST", "sessions/scan", phone=SELLER)
    before = await visitor.status()

    await visitor.order("POST", "sessions/passkey")

    assert (before, await visitor.status()) == ("PASSKEY_REQUIRED", "WORKING")
