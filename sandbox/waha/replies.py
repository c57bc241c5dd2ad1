"""Answers in the manner of the original when it does not do what it was asked."""

from collections.abc import Collection
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from sandbox.waha.session import Session, Status
from sandbox.waha.wire import Answer, Request, json_answer

_NOT_AS_EXPECTED: Final = (
    "Session status is not as expected. Try again later or restart the session"
)


class Refused(Exception):
    """Carries the answer that ends a request early, from any depth, to the gate."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class Thrown(Exception):
    """Something went wrong inside: 500, with the request echoed."""

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


def refusal(status: int, message: str | list[str]) -> Refused:
    """Refuse as the framework underneath does."""
    body = {"message": message, "error": HTTPStatus(status).phrase, "statusCode": status}
    return Refused(json_answer(body, status=status))


def unknown_session() -> Refused:
    return refusal(404, "Session not found")


def not_running(name: str) -> Refused:
    return refusal(
        404,
        f"We didn't find a session with name '{name}'.\n"
        f"Please start it first by using POST /api/sessions/{name}/start request",
    )


def unauthorized() -> Answer:
    return json_answer({"message": "Unauthorized", "statusCode": 401}, status=401)


def forbidden() -> Answer:
    body = {"message": "Forbidden resource", "error": "Forbidden", "statusCode": 403}
    return json_answer(body, status=403)


def no_such_path(request: Request) -> Answer:
    return refusal(404, f"Cannot {request.method} {request.path}").answer


def not_as_expected(session: Session, expected: Collection[Status]) -> Refused:
    """A state, not a bad request: what was waited for has not come."""
    body = {
        "error": _NOT_AS_EXPECTED,
        "session": session.name,
        "status": session.status,
        "expected": sorted(expected),
    }
    return Refused(json_answer(body, status=422))


def not_by_this_engine(engine: str) -> Refused:
    return refusal(501, f"The method is not implemented by the {engine} engine.")


def thrown(error: Thrown, request: Request, *, now: float, version: dict[str, Any]) -> Answer:
    """The 500 of the original: it echoes the request, phone and text and all."""
    moment = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
    exception: dict[str, Any] = {"message": str(error), "name": "Error"}
    if error.code is not None:
        exception["code"] = error.code
        exception["details"] = str(error).partition(": ")[2]
    body = {
        "statusCode": 500,
        "timestamp": moment.replace("+00:00", "Z"),
        "exception": exception,
        "request": {
            "path": request.path,
            "method": request.method,
            "body": request.body.decode("utf-8", "replace"),
            "query": request.query,
        },
        "version": version,
    }
    return json_answer(body, status=500)
