"""The person on call sees what is wrong with a seller's WhatsApp, and does something about it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry
from tests.factories import NOW, make_user
from tests.flows.patience import until
from tests.whatsapp.connecting import make_connection
from whatsapp.models import Connection, Phase, Wish
from whatsapp.services.connections import gateway_of
from whatsapp.services.sessions import look, prepare

LIST = "/admin/whatsapp/connection/"


def page(connection, *rest):
    return "/".join([f"{LIST}{connection.pk}", *rest])


@pytest.mark.db
@pytest.mark.parametrize("number", [1, 3])
def test_a_list_costs_the_same_number_of_queries_whatever_its_length(
    admin_site, number, db, django_assert_num_queries
):
    for _ in range(number):
        make_connection(user=make_user())

    with django_assert_num_queries(6):
        response = admin_site.get(LIST)

    assert response.status_code == 200


@pytest.mark.db
def test_a_page_says_in_words_how_it_is_and_what_went_wrong(admin_site, seller):
    connection = make_connection(
        user=seller,
        phase=Phase.FAILED,
        error="engine-gone",
        error_at=NOW,
        container_id="0123456789abcdef",
    )

    shown = admin_site.get(page(connection, "change/")).content.decode()

    assert "It can&#x27;t be connected just now: we keep trying." in shown
    assert ("engine-gone" in shown, "0123456789ab" in shown) == (True, True)
    assert ("an-api-key" in shown, "a-hook-key" in shown) == (False, False)
    assert "code.png" not in shown


@pytest.mark.db
@pytest.mark.parametrize("verb", ["restart", "rest", "forget"])
def test_nothing_happens_before_it_is_confirmed(admin_site, seller, settings, broker, verb):
    settings.WAHA_LAYOUT = "containers"
    connection = make_connection(user=seller)

    asked = admin_site.get(page(connection, "do", verb, ""))

    after = Connection.rows.get()
    assert (asked.status_code, "Yes, " + verb in asked.content.decode()) == (200, True)
    assert (after.wish, after.restart_asked_at) == (Wish.RUNNING, None)
    assert not AuditEntry.rows.exists()


@pytest.mark.db
@pytest.mark.parametrize(
    ("verb", "wish", "is_to_restart"),
    [
        ("restart", Wish.RUNNING, True),
        ("rest", Wish.RESTING, False),
        ("forget", Wish.DELETED, False),
    ],
)
def test_what_is_confirmed_is_wished_and_audited(
    admin_site, operator, seller, settings, broker, verb, wish, is_to_restart
):
    settings.WAHA_LAYOUT = "containers"
    connection = make_connection(user=seller)

    answer = admin_site.post(page(connection, "do", verb, ""))

    after = Connection.rows.get()
    entry = AuditEntry.rows.get(action=f"connection.{verb}")
    assert answer.status_code == 302
    assert (after.wish, after.restart_asked_at is not None) == (wish, is_to_restart)
    assert (entry.user, entry.actor_email) == (seller, operator.email)


@pytest.mark.db
@pytest.mark.parametrize("verb", ["restart", "rest", "forget"])
def test_one_that_was_forgotten_is_left_alone(admin_site, seller, settings, broker, verb):
    settings.WAHA_LAYOUT = "containers"
    connection = make_connection(user=seller, wish=Wish.DELETED)

    told = admin_site.post(page(connection, "do", verb, ""), follow=True).content.decode()

    assert "You have not connected WhatsApp." in told
    assert Connection.rows.get().wish == Wish.DELETED
    assert not AuditEntry.rows.exists()


@pytest.mark.db
def test_a_gateway_that_many_share_does_not_rest(admin_site, seller, settings):
    settings.WAHA_LAYOUT = "shared"
    connection = make_connection(user=seller)

    told = admin_site.post(page(connection, "do/rest/"), follow=True).content.decode()

    assert "only one&#x27;s own can" in told
    assert Connection.rows.get().wish == Wish.RUNNING


@pytest.mark.db
def test_there_is_no_other_thing_to_do(admin_site, seller):
    connection = make_connection(user=seller)

    assert admin_site.post(page(connection, "do/explode/")).status_code == 404


@pytest.mark.db
@pytest.mark.parametrize("rest", ["code.png", "do/restart/", "do/forget/"])
def test_who_is_not_one_of_us_gets_neither_the_code_nor_the_buttons(seller, rest):
    connection = make_connection(user=seller)
    client = Client()
    client.force_login(seller)

    answers = [client.get(page(connection, rest)), client.post(page(connection, rest))]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert all("/admin/login/" in answer["Location"] for answer in answers)
    assert Connection.rows.get().wish == Wish.RUNNING


@pytest.mark.flow
@pytest.mark.django_db(transaction=True)
def test_the_code_is_shown_to_the_person_on_call_and_kept_nowhere(
    admin_site, seller, gateway, broker, caplog
):
    connection = make_connection(user=seller, phase=Phase.WAITING, session_status="")
    prepare(connection_id=connection.pk, now=timezone.now())
    connection.refresh_from_db()
    secret = until(lambda: gateway_of(connection).qr_text(), bool)
    look(connection, now=timezone.now() + timedelta(minutes=1))

    shown = admin_site.get(page(connection, "change/")).content.decode()
    answer = admin_site.get(page(connection, "code.png"))

    assert f"{connection.pk}/code.png" in shown
    assert (answer["Content-Type"], answer.content[:4]) == ("image/png", b"\x89PNG")
    assert "no-store" in answer["Cache-Control"]
    assert secret not in caplog.text


@pytest.mark.db
def test_where_there_is_nothing_to_scan_there_is_a_sentence(admin_site, seller, settings):
    settings.WAHA_LAYOUT = "shared"
    connection = make_connection(user=seller, phase=Phase.WAITING)

    answer = admin_site.get(page(connection, "code.png"))

    assert (answer.status_code, answer["Content-Type"]) == (409, "text/plain")
    assert "no-store" in answer["Cache-Control"]
