"""RFC 9457 problem documents: one shape for everything that goes wrong at the API.

    {"type": "https://cube-demper.kz/problems/floor-above-ceiling", "title": "…", "status": 422,
     "detail": "…", "code": "floor-above-ceiling", "errors": [{"field", "code", "detail"}]}

Anticipated errors carry their own code; the framework's are given one here. Unknown exceptions
return ``None``: Django makes a 500 of them and we see the traceback.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Any

import structlog
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import set_rollback

from cube_demper.kernel.errors import (
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    LimitReached,
    NotAuthenticated,
    NotFound,
    RateExceeded,
    Unavailable,
)

logger = structlog.get_logger("cube_demper.api")
TYPE_BASE = "https://cube-demper.kz/problems/"
CONTENT_TYPE = "application/problem+json"
_READING = ("GET", "HEAD")

# Ordered: the first family that an error belongs to decides.
STATUS_BY_FAMILY: dict[type[DomainError], int] = {
    RateExceeded: 429,
    Invalid: 422,
    NotAuthenticated: 401,
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    LimitReached: 402,
    Unavailable: 503,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What an answer says about a failure. ``errors`` names fields, where fields are at fault."""

    status: int
    code: str
    title: str
    detail: str
    errors: tuple[dict[str, str], ...] = ()
    more: Mapping[str, str | int | None] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "type": TYPE_BASE + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        document |= self.more
        return document | ({"errors": list(self.errors)} if self.errors else {})


# The framework's own failures, in our words: class → (code, title).
FRAMEWORK_PROBLEMS: dict[type[Exception], tuple[str, str]] = {
    exceptions.ParseError: ("malformed-body", "The body is not readable JSON."),
    exceptions.AuthenticationFailed: ("not-authenticated", "You are not logged in."),
    exceptions.NotAuthenticated: ("not-authenticated", "You are not logged in."),
    exceptions.PermissionDenied: ("forbidden", "You may not do this."),
    exceptions.NotFound: ("not-found", "There is no such thing here."),
    Http404: ("not-found", "There is no such thing here."),
    exceptions.MethodNotAllowed: ("method-not-allowed", "This address does not do that."),
    exceptions.NotAcceptable: ("not-acceptable", "We can't answer in the format asked for."),
    exceptions.UnsupportedMediaType: ("unsupported-media-type", "Send application/json."),
    exceptions.Throttled: ("too-many-requests", "Too many requests from you."),
    exceptions.ValidationError: ("invalid", "The request makes no sense."),
    OperationalError: ("database-unavailable", "The database does not answer: try again."),
}
_STATUS_OF_DJANGO = {Http404: 404, OperationalError: 503}  # DRF's own classes know theirs


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Turn an exception into a problem response, or leave it alone (DRF's EXCEPTION_HANDLER)."""
    problem = describe(error)
    if problem is None:
        return None
    if isinstance(error, OperationalError):
        logger.error("api.database.gone", error=str(error).strip())
    set_rollback()
    if request := context.get("request"):  # a problem is JSON, whatever the view would have made
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), CONTENT_TYPE
    response = Response(
        problem.document(),
        status=problem.status,
        headers=_headers(error),
        content_type=CONTENT_TYPE,
    )
    # DRF computes this header only for its own classes, after us.
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


def describe(error: Exception) -> Problem | None:
    """Say what an exception means to a caller; ``None`` if it is a bug."""
    if isinstance(error, DomainError):
        statuses = (code for kind, code in STATUS_BY_FAMILY.items() if isinstance(error, kind))
        status = next(statuses, None)
        if status is None:
            return None  # an error of no family says nothing to a caller
        return Problem(status, error.code, error.title(), error.detail, more=error.more)
    if isinstance(error, exceptions.ValidationError):
        code, title = FRAMEWORK_PROBLEMS[exceptions.ValidationError]
        errors = tuple(_field_errors(error.get_full_details()))
        codes = {entry["code"] for entry in errors}
        return Problem(
            422,
            # One special reason speaks for the whole; a mix is just invalid.
            next(iter(codes)) if len(codes) == 1 and "-" in next(iter(codes)) else code,
            title,
            " ".join(f"{entry['field']}: {entry['detail']}" for entry in errors),
            errors,
        )
    for family, (code, title) in FRAMEWORK_PROBLEMS.items():
        if isinstance(error, family):
            status = getattr(error, "status_code", None) or _STATUS_OF_DJANGO[family]
            return Problem(status, code, title, _sentence(getattr(error, "detail", title)))
    return None


def _sentence(detail: Any) -> str:
    """The token library puts its sentence inside a dictionary."""
    return str(detail["detail"]) if isinstance(detail, dict) else str(detail)


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, DomainError) and error.retry_at:
        wait_s = math.ceil((error.retry_at - timezone.now()).total_seconds())
        return {"Retry-After": str(max(wait_s, 1))}
    throttled_s = getattr(error, "wait", None)  # DRF's Throttled has it
    if throttled_s is not None:
        return {"Retry-After": str(math.ceil(throttled_s))}
    return {}


def _field_errors(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Flatten DRF's nested details into ``{"field": "a.0.b", "code", "detail"}`` rows."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield {
            "field": _printable(path or "body"),
            "code": str(details["code"]),
            "detail": _printable(str(details["message"])),
        }
        return
    if isinstance(details, dict):
        for name, inner in details.items():
            yield from _field_errors(inner, _join(path, _named(name)))
        return
    for position, inner in enumerate(details):
        is_leaf = isinstance(inner, dict) and set(inner) == {"message", "code"}
        yield from _field_errors(inner, path if is_leaf else _join(path, str(position)))


def _printable(text: str) -> str:
    """JSON may carry half a character, which no answer can."""
    return text.encode(errors="backslashreplace").decode()


def _named(key: str | int) -> str:
    """DRF counts the rows of a nested list with numbers."""
    return "" if key == "non_field_errors" else str(key)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name


MALFORMED_REQUEST = Problem(
    400, "malformed-request", "The request is not acceptable.", "Check its address and its headers."
)
INTERNAL_ERROR = Problem(
    500, "internal-error", "We made a mistake.", "It is in our log and not your fault."
)


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:  # noqa: ARG001 -- Django's signature
    """Answer what Django itself refuses: a foreign host, a body too large (its handler400)."""
    return _plain(MALFORMED_REQUEST)


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:  # noqa: ARG001 -- Django's signature
    """Answer an unknown address (Django's handler404)."""
    code, title = FRAMEWORK_PROBLEMS[Http404]
    return _plain(Problem(404, code, title, f"There is nothing at {request.path}."))


def answer(error: DomainError | exceptions.APIException) -> JsonResponse:
    """Answer an anticipated failure from a plain view of Django's."""
    problem = describe(error)
    if problem is None:
        raise error
    headers = _headers(error)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return _plain(problem, headers=headers)


def only_read(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let a plain view of Django's be read only; anything else is answered with a problem."""

    @wraps(view)
    def read(request: HttpRequest) -> HttpResponse:
        if request.method in _READING:
            return view(request)
        problem = describe(exceptions.MethodNotAllowed(str(request.method)))
        if problem is None:
            raise AssertionError
        return _plain(problem, headers={"Allow": ", ".join(_READING)})

    return read


def server_error(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 -- Django's signature
    """Answer when we failed (Django's handler500). The traceback is in the log."""
    return _plain(INTERNAL_ERROR)


def _plain(problem: Problem, *, headers: Mapping[str, str] | None = None) -> JsonResponse:
    return JsonResponse(
        problem.document(), status=problem.status, content_type=CONTENT_TYPE, headers=headers
    )
