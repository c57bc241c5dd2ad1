"""The OAuth walk over two hosts, and the session at its end."""

import pytest
from yarl import URL

from sandbox.people import PASSWORD
from sandbox.run import Options
from tests.sandbox.visitor import a_client, visiting

pytestmark = pytest.mark.flow


def cookies_of(visitor) -> set[str]:
    return {cookie.key for cookie in visitor.client.cookie_jar}


async def test_without_a_session_the_cabinet_says_401_with_nothing_but_a_balancer_cookie(visitor):
    answer = await visitor.client.get(f"{visitor.cabinet}/s/m")

    assert (answer.status, await answer.read()) == (401, b"")
    assert cookies_of(visitor) == {"mc-session"}


async def test_the_walk_leads_a_stranger_to_the_login_page(visitor):
    answer = await visitor.begin_walk()

    assert [step.status for step in answer.history] == [302, 302]
    assert str(answer.url) == f"{visitor.identity}/login"
    assert cookies_of(visitor) == {"mc-session", "mc_arr", "MS_AUTH_SSO"}


async def test_after_login_the_walk_ends_at_the_cabinets_page_with_a_session(visitor):
    await visitor.begin_walk()
    _, answer = await visitor.say(_u="aigerim@demo.kz", _p=PASSWORD)

    end = await visitor.client.get(answer["redirectUrl"])

    assert str(end.url) == f"{visitor.shop}/mc/"
    assert cookies_of(visitor) == {"mc-session", "MS_AUTH_SSO", "mc-sid", "XSRF-TOKEN"}
    assert await visitor.read("/s/m") == {
        "merchants": [{"uid": "30112233", "name": "Aigerim Store"}]
    }


async def test_a_login_without_the_first_step_fails_at_the_callback(visitor):
    await visitor.say(_u="aigerim@demo.kz", _p=PASSWORD)

    answer = await visitor.client.get(f"{visitor.identity}/")

    assert answer.status == 401
    assert answer.url.path == "/login/oauth2/code/1"
    assert "mc-sid" not in cookies_of(visitor)


async def test_after_such_a_failure_the_whole_walk_lets_in_without_a_password(visitor):
    await visitor.say(_u="aigerim@demo.kz", _p=PASSWORD)
    await visitor.client.get(f"{visitor.identity}/")

    answer = await visitor.begin_walk()

    assert str(answer.url) == f"{visitor.shop}/mc/"
    assert "mc-sid" in cookies_of(visitor)


async def test_a_live_sign_on_makes_a_new_session_without_credentials(aigerim):
    await aigerim.order("POST", "sessions/expire", {})

    dead = await aigerim.client.get(f"{aigerim.cabinet}/s/m")
    await aigerim.begin_walk()
    alive = await aigerim.client.get(f"{aigerim.cabinet}/s/m")

    assert (dead.status, alive.status) == (401, 200)


async def test_with_the_sign_on_gone_too_the_walk_ends_at_the_login_page(aigerim):
    await aigerim.order("POST", "sessions/expire", {"merchant_id": "30112233", "sso": True})

    answer = await aigerim.begin_walk()

    assert str(answer.url) == f"{aigerim.identity}/login"


async def test_expiring_one_merchants_sessions_leaves_the_others(aigerim):
    _, answer = await aigerim.order("POST", "sessions/expire", {"merchant_id": "30445566"})

    still = await aigerim.client.get(f"{aigerim.cabinet}/s/m")

    assert (answer, still.status) == ({"expired": 0}, 200)


async def test_opening_the_cabinets_page_makes_no_session(visitor):
    answer = await visitor.client.get(f"{visitor.shop}/mc/")

    assert answer.status == 200
    assert cookies_of(visitor) == set()


async def test_a_code_is_good_once(visitor):
    await visitor.begin_walk()
    await visitor.say(_u="aigerim@demo.kz", _p=PASSWORD)
    end = await visitor.client.get(f"{visitor.identity}/")
    callback = end.history[-1].url

    again = await visitor.client.get(callback)

    assert callback.path == "/login/oauth2/code/1"
    assert again.status == 401


@pytest.mark.parametrize("name", ["code", "state"])
async def test_a_callback_with_something_changed_opens_no_session(visitor, name):
    await visitor.begin_walk()
    await visitor.say(_u="aigerim@demo.kz", _p=PASSWORD)
    answer = await visitor.client.get(f"{visitor.identity}/", allow_redirects=False)
    callback = URL(answer.headers["Location"])

    end = await visitor.client.get(callback.update_query({name: "changed"}))

    assert end.status == 401
    assert "mc-sid" not in cookies_of(visitor)


async def test_the_walk_leads_nowhere_but_home(visitor):
    await visitor.say(_u="aigerim@demo.kz", _p=PASSWORD)

    answer = await visitor.client.get(
        f"{visitor.cabinet}/oauth2/authorization/1", params={"redirectUrl": "http://127.0.0.2/"}
    )

    assert str(answer.url) == f"{visitor.shop}/mc/"


async def test_a_session_ends_when_its_time_is_up():
    options = Options(still=True, session_ttl_s=100, time_scale=1_000)
    async with visiting(options) as visitor:
        await visitor.log_in("aigerim@demo.kz")

        session = next(iter(visitor.world.sessions.cabinet.values()))
        session.expires_at = visitor.world.clock.now()

        answer = await visitor.client.get(f"{visitor.cabinet}/s/m")

    assert answer.status == 401


async def test_an_old_session_is_renewed_on_an_ordinary_answer(aigerim):
    await aigerim.order("POST", "settings", {"renew_sid_after_s": 0.000001})

    answer = await aigerim.client.get(f"{aigerim.cabinet}/s/m")
    again = await aigerim.client.get(f"{aigerim.cabinet}/s/m")

    assert (answer.status, "mc-sid" in answer.cookies, again.status) == (200, True, 200)


async def test_three_hosts_on_one_port_let_in_too():
    async with visiting(Options(still=True)) as lonely:
        port = int(lonely.shop.rpartition(":")[2])
    shared = Options(still=True, identity_port=port, cabinet_port=port, shop_port=port)

    async with visiting(shared) as visitor:
        await visitor.log_in("aigerim@demo.kz")
        merchants = await visitor.read("/s/m")
        market = await visitor.client.get(f"{visitor.shop}/")

    assert merchants["merchants"][0]["uid"] == "30112233"
    assert market.status == 200


@pytest.mark.parametrize("role", ["identity", "shop"])
async def test_a_host_does_not_answer_for_another(aigerim, role):
    answer = await aigerim.client.get(f"{getattr(aigerim, role)}/s/m")

    assert answer.status == 404


async def test_whoever_is_no_browser_meets_the_wall(visitor):
    async with a_client(**{"User-Agent": "python"}) as robot:
        answer = await robot.get(f"{visitor.cabinet}/s/m")

        assert (answer.status, answer.content_type) == (403, "text/html")


async def test_without_the_version_header_even_a_live_session_is_refused(aigerim):
    answer = await aigerim.client.get(f"{aigerim.cabinet}/s/m", headers={"x-auth-version": "2"})

    assert (answer.status, await answer.read()) == (401, b"")


async def test_the_missing_token_is_refused_when_the_switch_is_on(aigerim):
    await aigerim.order("POST", "settings", {"require_xsrf": True})
    token = next(c.value for c in aigerim.client.cookie_jar if c.key == "XSRF-TOKEN")

    without = await aigerim.client.get(f"{aigerim.cabinet}/s/m")
    with_it = await aigerim.client.get(f"{aigerim.cabinet}/s/m", headers={"X-XSRF-TOKEN": token})

    assert (without.status, with_it.status) == (403, 200)
