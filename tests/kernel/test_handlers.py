"""What Django answers where no view of ours does."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path

from cube_demper import urls

pytestmark = pytest.mark.unit
handler500 = urls.handler500


def break_down(request: HttpRequest) -> HttpResponse:
    raise KeyError("a bug")


urlpatterns = [*urls.urlpatterns, path("broken", break_down)]


def test_an_unknown_address_is_a_problem():
    response = Client().get("/nowhere/at/all")

    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "https://cube-demper.kz/problems/not-found",
        "title": "There is no such thing here.",
        "status": 404,
        "detail": "There is nothing at /nowhere/at/all.",
        "code": "not-found",
    }


@override_settings(ROOT_URLCONF=__name__)
def test_our_own_mistake_is_a_problem_that_tells_nothing():
    response = Client(raise_request_exception=False).get("/broken")

    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "https://cube-demper.kz/problems/internal-error",
        "title": "We made a mistake.",
        "status": 500,
        "detail": "It is in our log and not your fault.",
        "code": "internal-error",
    }


def test_a_host_that_is_not_ours_is_a_problem():
    response = Client().get("/auth/me", HTTP_HOST="evil.example")

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "malformed-request"
