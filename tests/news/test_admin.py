"""Admin pages of what sellers are told."""

import pytest

from news.models import Delivery, Webhook
from news.services.rotation import rotate_secret
from news.signing import new_key
from tests.factories import NOW

pytestmark = pytest.mark.db


@pytest.fixture
def webhook(seller):
    return Webhook.rows.create(
        user=seller, url="https://example.com/hook", signing_key=new_key(), made_at=NOW
    )


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize(("page", "queries"), [("event", 4), ("webhook", 4), ("delivery", 4)])
def test_a_list_costs_the_same_number_of_queries_whatever_its_length(
    admin_site, webhook, told, page, queries, number, django_assert_num_queries
):
    told(*range(number))

    with django_assert_num_queries(queries):
        response = admin_site.get(f"/admin/news/{page}/")

    assert response.status_code == 200
    assert Delivery.rows.count() == number


def test_the_secrets_that_sign_are_shown_to_nobody(admin_site, webhook, seller):
    old = webhook.signing_key.reveal()
    new = rotate_secret(user=seller, webhook_id=webhook.pk, now=NOW).signing_key.reveal()

    page = admin_site.get(f"/admin/news/webhook/{webhook.pk}/change/").content.decode()

    assert webhook.url in page
    assert [secret for secret in (old, new) if secret in page] == []


def test_nobody_edits_what_machines_write(admin_site, webhook):
    url = f"/admin/news/webhook/{webhook.pk}/change/"

    response = admin_site.post(url, {"url": "https://example.com/mine"})

    assert response.status_code == 403
    assert Webhook.rows.get().url == webhook.url
