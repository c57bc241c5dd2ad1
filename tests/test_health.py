import pytest
from django.db import OperationalError, connection
from django.test import Client


@pytest.mark.unit
def test_a_process_is_alive_without_any_server():
    response = Client().get("/health/live")

    assert (response.status_code, response.json()) == (200, {"status": "live"})
    assert response["Content-Type"] == "application/json"


@pytest.mark.db
def test_a_process_is_ready_when_its_servers_answer(db):
    response = Client().get("/health/ready")

    assert (response.status_code, response.json()) == (200, {"database": "ok", "redis": "ok"})
    assert response["Content-Type"] == "application/json"


@pytest.mark.db
def test_redis_is_named_when_it_does_not_answer(db, settings):
    settings.REDIS_URL = "unix:///nonexistent/valkey.sock?db=0"

    response = Client().get("/health/ready")

    assert response.status_code == 503
    assert response.json() == {"database": "ok", "redis": "no answer"}


@pytest.mark.db
def test_the_database_is_named_when_it_does_not_answer(db):
    def refuse(*_):
        raise OperationalError("the server closed the connection")

    with connection.execute_wrapper(refuse):
        response = Client().get("/health/ready")

    assert response.status_code == 503
    assert response.json() == {"database": "no answer", "redis": "ok"}


@pytest.mark.unit
@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_is_asked_not_told(path):
    response = Client().post(path)

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "method-not-allowed"
