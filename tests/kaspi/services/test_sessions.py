from datetime import timedelta

import pytest

from cube_demper.kernel.sealing import Secret
from kaspi.errors import StoreTaken
from kaspi.login_ports import Connected
from kaspi.models import Attention, Session, SessionState, Store
from kaspi.ports import Cookie, CookieJar, Merchant
from kaspi.services import sessions
from tests.factories import NOW, make_session, make_store

pytestmark = pytest.mark.db
EMAIL = "shop@example.kz"
JAR = CookieJar((Cookie("mc-sid", "secret-cookie", "127.0.0.1"),))


def open_session(user, *merchant_ids, jar=JAR, now=NOW):
    merchants = tuple(Merchant(id_, f"Shop {id_}") for id_ in merchant_ids)
    return sessions.open_session(
        user=user, account=EMAIL, connected=Connected(jar, merchants), now=now
    )


def raw_jar(session):
    return (
        Session.rows.extra(select={"raw": "jar"}).values_list("raw", flat=True).get(pk=session.pk)
    )


def test_a_login_becomes_a_session_and_a_store_for_every_shop(seller):
    stores = open_session(seller, "30000001", "30000002")

    session = Session.objects.for_user(seller).get()
    assert [(store.merchant_id, store.name) for store in stores] == [
        ("30000001", "Shop 30000001"),
        ("30000002", "Shop 30000002"),
    ]
    assert {store.session_id for store in stores} == {session.pk}
    assert session.jar == Secret(JAR.to_json())


def test_the_cookies_lie_sealed_in_the_database(seller):
    [store] = open_session(seller, "30000001")

    assert "secret-cookie" not in raw_jar(store.session)


def test_logging_in_again_wakes_the_store_and_clears_what_it_complained_of(seller):
    session = make_session(user=seller, account=EMAIL, state=SessionState.NEEDS_REAUTH)
    store = make_store(
        user=seller,
        session=session,
        merchant_id="30000001",
        attention=Attention.SESSION_DEAD,
    )

    open_session(seller, "30000001")

    session.refresh_from_db()
    store.refresh_from_db()
    assert (session.state, session.version) == (SessionState.LIVE, 2)
    assert (store.session_id, store.attention) == (session.pk, Attention.NONE)
    assert Session.rows.count() == 1


def test_another_sellers_shop_is_refused_and_nothing_is_kept(seller, stranger):
    store = make_store(user=stranger, merchant_id="30000001")

    with pytest.raises(StoreTaken):
        open_session(seller, "30000009", "30000001")

    assert not Session.objects.for_user(seller).exists()
    assert list(Store.rows.all()) == [store]


def test_a_ticket_never_lends_one_sellers_session_to_anothers_store(seller, stranger):
    store = make_store(user=seller)
    store.session = make_session(user=stranger)

    with pytest.raises(StoreTaken):
        sessions.ticket_for(store)


def test_a_ticket_shows_no_cookie(seller):
    [store] = open_session(seller, "30000001")

    assert "secret-cookie" not in repr(sessions.ticket_for(store))


def test_a_renewed_jar_is_kept(seller):
    [store] = open_session(seller, "30000001")
    ticket = sessions.ticket_for(store)
    renewed = CookieJar((Cookie("mc-sid", "renewed", "127.0.0.1"),))

    sessions.keep_renewed([ticket], renewed={ticket.session_id: renewed}, now=NOW)

    store.session.refresh_from_db()
    assert store.session.jar == Secret(renewed.to_json())


def test_a_jar_of_an_older_session_does_not_replace_a_fresh_login(seller):
    [store] = open_session(seller, "30000001")
    ticket = sessions.ticket_for(store)
    fresh = CookieJar((Cookie("mc-sid", "fresh", "127.0.0.1"),))
    open_session(seller, "30000001", jar=fresh)

    stale = CookieJar((Cookie("mc-sid", "stale", "127.0.0.1"),))
    sessions.keep_renewed([ticket], renewed={ticket.session_id: stale}, now=NOW)

    store.session.refresh_from_db()
    assert store.session.jar == Secret(fresh.to_json())


@pytest.mark.parametrize(
    ("attention", "minutes", "left"),
    [
        (Attention.PUSHES_BANNED, 0, Attention.NONE),
        (Attention.WALLED_OFF, 0, Attention.NONE),
        (Attention.PUSHES_BANNED, 1, Attention.PUSHES_BANNED),
        (Attention.CODES_FLOODED, 0, Attention.CODES_FLOODED),
    ],
    ids=["ban over", "wall over", "ban goes on", "a person is still needed"],
)
def test_what_has_passed_is_taken_back(seller, attention, minutes, left):
    until = NOW + timedelta(minutes=minutes)
    store = make_store(user=seller, attention=attention, attention_until=until)

    sessions.calm_stores(now=NOW)

    store.refresh_from_db()
    assert store.attention == left


def test_the_end_of_a_session_rests_its_own_stores_only(seller, stranger):
    [store] = open_session(seller, "30000001")
    other = make_store(user=stranger)

    sessions.end_session(ticket=sessions.ticket_for(store), now=NOW)

    store.refresh_from_db()
    other.refresh_from_db()
    assert (store.attention, other.attention) == (Attention.RENEWING, Attention.NONE)
    assert list(Store.objects.across_users(reason="test").live()) == [other]
