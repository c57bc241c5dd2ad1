import re

import pytest
import structlog
from django.http import HttpResponse
from django.test import Client, RequestFactory
from structlog.testing import capture_logs

from cube_demper.kernel.http import RequestLogMiddleware


def answer_to(path="/products", *, respond=None, **headers):
    """Send a request through the middleware alone."""
    middleware = RequestLogMiddleware(respond or (lambda _: HttpResponse(status=204)))
    return middleware(RequestFactory().get(path, **headers))


def bound_id(_):
    return HttpResponse(structlog.contextvars.get_contextvars()["request_id"])


@pytest.mark.unit
def test_the_callers_id_goes_through_everything():
    response = answer_to(respond=bound_id, HTTP_X_REQUEST_ID="call-7.a_b")

    assert response["X-Request-Id"] == "call-7.a_b"
    assert response.content == b"call-7.a_b"


@pytest.mark.unit
@pytest.mark.parametrize(
    "given",
    ["", "two words", "a" * 65, "<script>", "id\nforged=1", "сұрау"],
    ids=["none", "blank", "long", "markup", "line break", "kazakh"],
)
def test_an_id_that_could_spoil_a_log_is_replaced(given):
    response = answer_to(HTTP_X_REQUEST_ID=given)

    assert re.fullmatch(r"[0-9a-f]{32}", response["X-Request-Id"])


@pytest.mark.unit
def test_a_request_is_one_line():
    with capture_logs() as lines:
        answer_to("/products?token=secret", HTTP_AUTHORIZATION="Bearer secret")

    [line] = lines
    assert line.pop("duration_ms") >= 0
    assert line == {
        "event": "http.request",
        "log_level": "info",
        "method": "GET",
        "path": "/products",
        "status": 204,
        "user_id": None,
    }


@pytest.mark.unit
@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/static/admin.css"])
def test_what_is_asked_all_day_is_not_logged(path):
    with capture_logs() as lines:
        answer_to(path)

    assert lines == []


@pytest.mark.unit
def test_nothing_bound_for_one_request_reaches_the_next():
    structlog.contextvars.bind_contextvars(left_over="from before")

    def respond(_):
        return HttpResponse(",".join(structlog.contextvars.get_contextvars()))

    response = answer_to(respond=respond)

    assert response.content == b"request_id"
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.db
def test_the_line_names_the_user_and_no_secret(seller, api):
    with capture_logs() as lines:
        api.get("/auth/me?password=secret")

    [line] = lines
    assert (line["user_id"], line["status"], line["path"]) == (seller.pk, 200, "/auth/me")
    assert "secret" not in str(line)


@pytest.mark.db
def test_a_password_in_a_body_is_not_logged(db):
    with capture_logs() as lines:
        Client().post(
            "/auth/login",
            {"email": "a@example.kz", "password": "fair-price-2026"},
            content_type="application/json",
        )

    assert "fair-price-2026" not in str(lines)
