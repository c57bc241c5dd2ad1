"""What outlives a container: logins, configs, chats, settings."""

import pytest

from tests.sandbox.waha.visitor import BUYER

pytestmark = pytest.mark.flow


async def test_on_the_same_volume_a_session_works_again(visit, tmp_path):
    async with visit(store=tmp_path) as visitor:
        await visitor.log_in(metadata={"tenant": "7"})

    async with visit(store=tmp_path, restarts_all=True) as visitor:
        await visitor.until("WORKING")
        _, session = await visitor.get("/api/sessions/default")

    assert session["config"] == {"metadata": {"tenant": "7"}}


async def test_without_the_volume_there_is_a_new_code_to_scan(visit, tmp_path):
    async with visit(store=tmp_path / "lost") as visitor:
        await visitor.log_in()

    async with visit(store=tmp_path / "new", start_sessions=("default",)) as visitor:
        await visitor.until("SCAN_QR_CODE")

        assert (await visitor.order("GET", "health"))["working"] == 0


async def test_what_was_stopped_stays_so_unless_it_is_named(visit, tmp_path):
    async with visit(store=tmp_path) as visitor:
        await visitor.log_in("runs")
        await visitor.log_in("rests", phone="77019999998")
        await visitor.post("/api/sessions/rests/stop")

    async with visit(store=tmp_path, restarts_all=True) as visitor:
        await visitor.until("WORKING", "runs")
        rests = await visitor.status("rests")
    async with visit(store=tmp_path, start_sessions=("rests",)) as visitor:
        await visitor.until("WORKING", "rests")
        runs = await visitor.status("runs")

    assert (rests, runs) == ("STOPPED", "STOPPED")


async def test_chats_are_kept_with_the_login_and_go_with_it(visit, tmp_path):
    async with visit(store=tmp_path) as visitor:
        await visitor.log_in()
        await visitor.send("a")
        await visitor.order("POST", "messages", **{"from": BUYER, "text": "b"})

    async with visit(store=tmp_path, restarts_all=True) as visitor:
        kept = [one["text"] for one in await visitor.chat()]
        await visitor.post("/api/sessions/default/logout")
    async with visit(store=tmp_path, restarts_all=True) as visitor:
        await visitor.until("SCAN_QR_CODE")
        after = await visitor.chat()

    assert (kept, after) == (["a", "b"], [])


async def test_what_is_deleted_is_gone_from_the_volume(visit, tmp_path):
    async with visit(store=tmp_path) as visitor:
        await visitor.log_in()
        await visitor.ask("DELETE", "/api/sessions/default")

    assert list(tmp_path.iterdir()) == []


async def test_settings_may_hold_for_the_next_container_too(visit, tmp_path):
    async with visit(store=tmp_path) as visitor:
        await visitor.log_in()
        await visitor.order("POST", "settings", stuck_starts=1, keep=True)

    async with visit(store=tmp_path, restarts_all=True) as visitor:
        await visitor.until("STARTING")
        await visitor.order("POST", "clock", advance_s=600)
        stuck = await visitor.status()
    async with visit(store=tmp_path, restarts_all=True) as visitor:
        await visitor.until("WORKING")

    assert stuck == "STARTING"


async def test_memory_that_is_taken_is_kept(visitor):
    told = [await visitor.order("POST", "memory", megabytes=2) for _ in range(2)]

    assert told == [{"megabytes": 2.0}, {"megabytes": 4.0}]


async def test_two_containers_on_one_login_are_one_too_many(visit, tmp_path):
    async with visit(store=tmp_path) as first:
        await first.log_in()
        async with visit(store=tmp_path, restarts_all=True) as second:
            await second.until("WORKING")

            await first.order("POST", "clock", advance_s=2)
            await second.order("POST", "clock", advance_s=2)
            assert (await first.status(), await second.status()) == ("FAILED", "WORKING")

            await first.post("/api/sessions/default/restart")
            await first.until("FAILED")


async def test_who_wrote_before_is_still_known_by_linked_id(visit, tmp_path):
    async with visit(store=tmp_path) as visitor:
        await visitor.log_in()
        await visitor.order("POST", "messages", **{"from": BUYER, "text": "a"})
        lid = (await visitor.chat())[0]["address"]

    async with visit(store=tmp_path, restarts_all=True) as visitor:
        await visitor.until("WORKING")
        _, told = await visitor.get(f"/api/default/lids/{lid.replace('@', '%40')}")

    assert told == {"lid": lid, "pn": f"{BUYER}@c.us"}


async def test_many_sessions_start_one_after_the_other(visit):
    names = ("a", "b", "c")
    async with visit(start_sessions=names, start_delay_s=60) as visitor:
        await visitor.until("SCAN_QR_CODE", "a")
        first = [await visitor.status(name) for name in names]
        await visitor.order("POST", "clock", advance_s=120)
        await visitor.until("SCAN_QR_CODE", "c")

    assert first == ["SCAN_QR_CODE", "STOPPED", "STOPPED"]
