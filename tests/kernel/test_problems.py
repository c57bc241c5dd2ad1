from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.db import OperationalError
from django.http import Http404
from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from structlog.testing import capture_logs

from cube_demper.kernel import errors
from cube_demper.kernel.api import Input, StrictCharField, TiynField
from cube_demper.kernel.problems import Problem, describe, handle

pytestmark = pytest.mark.unit


class TooDear(errors.Conflict):
    """Nobody pays that."""

    code = "too-dear"


class LineInput(Input):
    sku = StrictCharField()
    price_tiyn = TiynField()


class OrderInput(Input):
    note = StrictCharField(required=False)
    lines: Any = LineInput(many=True)


def problem_of(error) -> Problem:
    problem = describe(error)
    assert problem is not None
    return problem


def answer_to(error) -> Response:
    response = handle(error, {})
    assert response is not None
    return response


def faults_of(body):
    """Say how our API would answer this body."""
    order = OrderInput(data=body)
    with pytest.raises(serializers.ValidationError) as caught:
        order.is_valid(raise_exception=True)
    return problem_of(caught.value)


def fields_of(problem):
    return [(fault["field"], fault["code"]) for fault in problem.errors]


@pytest.mark.parametrize(
    ("family", "status"),
    [
        (errors.Invalid, 422),
        (errors.NotAuthenticated, 401),
        (errors.NotFound, 404),
        (errors.Forbidden, 403),
        (errors.Conflict, 409),
        (errors.LimitReached, 402),
        (errors.Unavailable, 503),
        (errors.RateExceeded, 429),
    ],
)
def test_each_family_has_its_status(family, status):
    leaf = type("Leaf", (family,), {"__doc__": "A leaf.", "code": "leaf"})

    problem = problem_of(leaf("It fell."))

    assert problem == Problem(status, "leaf", "A leaf.", "It fell.")


def test_a_problem_is_a_document_of_rfc_9457():
    response = answer_to(TooDear("1 200 ₸ is too dear."))

    assert response.data == {
        "type": "https://cube-demper.kz/problems/too-dear",
        "title": "Nobody pays that.",
        "status": 409,
        "detail": "1 200 ₸ is too dear.",
        "code": "too-dear",
    }
    assert (response.status_code, response.content_type) == (409, "application/problem+json")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (exceptions.ParseError(), 400, "malformed-body"),
        (exceptions.AuthenticationFailed(), 401, "not-authenticated"),
        (exceptions.NotAuthenticated(), 401, "not-authenticated"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
        (exceptions.NotFound(), 404, "not-found"),
        (Http404(), 404, "not-found"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method-not-allowed"),
        (exceptions.NotAcceptable(), 406, "not-acceptable"),
        (exceptions.UnsupportedMediaType("text/csv"), 415, "unsupported-media-type"),
        (exceptions.Throttled(wait=3), 429, "too-many-requests"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_each_failure_of_the_framework_has_a_code(error, status, code):
    problem = problem_of(error)

    assert (problem.status, problem.code) == (status, code)


@pytest.mark.parametrize(
    "error",
    [KeyError("price"), errors.DomainError("of no family")],
    ids=["unknown", "without a family"],
)
def test_a_bug_is_left_to_django(error):
    assert handle(error, {}) is None


def test_a_missing_field_is_named():
    problem = faults_of({"lines": [{"sku": "A"}]})

    assert (problem.status, problem.code) == (HTTPStatus.UNPROCESSABLE_ENTITY, "invalid")
    assert fields_of(problem) == [("lines.0.price_tiyn", "required")]
    assert problem.detail == "lines.0.price_tiyn: This field is required."


def test_a_fault_deep_inside_is_named_by_its_path():
    problem = faults_of(
        {"lines": [{"sku": "A", "price_tiyn": 100}, {"sku": 5, "price_tiyn": "dear"}]}
    )

    assert fields_of(problem) == [
        ("lines.1.sku", "invalid"),
        ("lines.1.price_tiyn", "not-integer"),
    ]
    assert problem.code == "invalid"


def test_a_body_that_is_no_object_is_at_fault_itself():
    problem = faults_of(["note"])

    assert fields_of(problem) == [("body", "invalid")]


def test_one_special_reason_speaks_for_the_whole():
    problem = faults_of({"lines": [], "cheaper": True, "faster": True})

    assert problem.code == "unknown-field"
    assert fields_of(problem) == [("cheaper", "unknown-field"), ("faster", "unknown-field")]


def test_an_unknown_field_does_not_hide_the_other_faults():
    problem = faults_of({"cheaper": True})

    assert problem.code == "invalid"
    assert fields_of(problem) == [("cheaper", "unknown-field"), ("lines", "required")]


def test_the_token_librarys_sentence_is_read_out_of_its_dictionary():
    error = exceptions.AuthenticationFailed({"detail": "Token is expired", "code": "token_bad"})

    assert problem_of(error).detail == "Token is expired"


def test_whoever_is_not_logged_in_is_told_how():
    response = answer_to(errors.NotAuthenticated())

    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_time_to_come_back_is_a_header_in_whole_seconds():
    retry_at = timezone.now() + timedelta(seconds=3600)

    response = answer_to(errors.Unavailable(retry_at=retry_at))

    assert 3590 <= int(response["Retry-After"]) <= 3600


def test_a_time_to_come_back_that_is_over_is_one_second():
    response = answer_to(errors.Unavailable(retry_at=datetime(2020, 1, 1, tzinfo=UTC)))

    assert response["Retry-After"] == "1"


def test_the_frameworks_own_limit_says_when_to_come_back():
    response = answer_to(exceptions.Throttled(wait=2.1))

    assert response["Retry-After"] == "3"


def test_a_database_that_is_gone_is_a_problem_and_a_line_in_the_log():
    with capture_logs() as lines:
        response = answer_to(OperationalError("the server closed the connection\n"))

    assert (response.status_code, response.data["code"]) == (503, "database-unavailable")
    assert "server closed" not in str(response.data)
    assert lines == [
        {
            "event": "api.database.gone",
            "log_level": "error",
            "error": "the server closed the connection",
        }
    ]


def test_an_error_without_a_time_promises_none():
    response = answer_to(errors.Unavailable())

    assert not response.has_header("Retry-After")


def test_a_database_that_does_not_answer_is_no_fault_of_the_callers():
    problem = describe(OperationalError("server closed the connection"))

    assert problem is not None
    assert (problem.status, problem.code) == (503, "database-unavailable")
    assert "server" not in problem.detail
