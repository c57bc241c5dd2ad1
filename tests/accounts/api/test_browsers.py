"""What a front end at another address may do."""

import pytest

pytestmark = pytest.mark.db

HOME = "https://app.example.kz"


@pytest.fixture(autouse=True)
def _known_home(settings):
    settings.CORS_ALLOWED_ORIGINS = [HOME]


def test_it_may_send_what_the_api_reads(anyone):
    response = anyone.options(
        "/products",
        HTTP_ORIGIN=HOME,
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="PATCH",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS="authorization,x-seller,idempotency-key",
    )

    allowed = set(response["Access-Control-Allow-Headers"].split(", "))
    assert {"authorization", "x-seller", "idempotency-key"} <= allowed
    assert response["Access-Control-Allow-Credentials"] == "true"


def test_it_may_read_when_to_come_back(api):
    response = api.get("/auth/me", HTTP_ORIGIN=HOME)

    assert response["Access-Control-Expose-Headers"] == "retry-after, x-request-id"


def test_it_may_not_look_into_the_admin(admin_site):
    response = admin_site.get("/admin/", HTTP_ORIGIN=HOME)

    assert "Access-Control-Allow-Origin" not in response


def test_another_site_may_nothing(api):
    response = api.get("/auth/me", HTTP_ORIGIN="https://elsewhere.example")

    assert "Access-Control-Allow-Origin" not in response
