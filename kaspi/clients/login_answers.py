"""What the identity server answers to a step of a login. Pure.

The page turns these answers into banners; read here, they keep the exact code and how long to wait.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any

from kaspi.clients.answers import Answer
from kaspi.clients.fields import Fields
from kaspi.errors import (
    CodesFlooded,
    CodeWrong,
    KaspiError,
    KaspiUnavailable,
    LoginRefused,
    LoginTimedOut,
    NoMerchant,
    PayloadUnreadable,
    WalledOff,
    WrongPassword,
)
from kaspi.ports import Merchant

_FLOOD_PAUSE_S = 60.0  # when Kaspi does not say
_FLOOD_MARGIN_S = 10.0  # sooner than this after the stated pause, the next code is refused as well
_CODE = re.compile(r"[A-Z_]{3,60}")
_WALLS = {HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.TOO_MANY_REQUESTS}


class Ahead(Enum):
    """Where an answer leads."""

    CABINET = "cabinet"
    CODE = "code"
    MERCHANTS = "merchants"
    UNKNOWN = "unknown"  # the page will show it


@dataclass(frozen=True, slots=True)
class LoginAnswer:
    """A step that went well, and the shops to choose from if that is next."""

    ahead: Ahead
    choices: tuple[Merchant, ...] = ()


def read_login(answer: Answer, *, wall_s: float, is_code_step: bool = False) -> LoginAnswer:
    """Read one answer. Raises the login errors, WalledOff and KaspiUnavailable."""
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise KaspiUnavailable(f"Kaspi answered {answer.status} to the login.")
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise _refusal(answer, wall_s, is_code_step=is_code_step)
    body = Fields(answer.json(), "")
    if body.raw("redirectUrl") is not None:
        return LoginAnswer(Ahead.CABINET)
    if body.raw("su") is not None:
        return LoginAnswer(Ahead.MERCHANTS, _choices(body))
    is_code_sent = body.raw("email", "phone") is not None
    return LoginAnswer(Ahead.CODE if is_code_sent else Ahead.UNKNOWN)


def _choices(body: Fields) -> tuple[Merchant, ...]:
    rows = [Fields(raw, where) for where, raw in body.rows("su")]
    return tuple(
        Merchant(row.text("merchantId", "uid", "id"), row.text_or("", "name") or "") for row in rows
    )


def _refusal(answer: Answer, wall_s: float, *, is_code_step: bool) -> KaspiError:
    try:
        body = Fields(answer.json(), "")
    except (KaspiUnavailable, PayloadUnreadable):
        if answer.status not in _WALLS:
            return LoginRefused(f"Kaspi refused the login ({answer.status}).")
        return WalledOff(
            f"Kaspi turned our address away at the login ({answer.status}).",
            wait_s=answer.retry_after_s(wall_s),
        )
    code = _code_of(body)
    if code == "FAILED":  # a wrong or dead code, or a step it did not expect
        return CodeWrong() if is_code_step else LoginRefused("Kaspi refused the login (FAILED).")
    return _error(code, _pause_s(body))


def _code_of(body: Fields) -> str:
    """The code sits in one of three fields, at the root or inside ``error``."""
    inner = body.raw("error")
    places = [body, Fields(inner, "error")] if isinstance(inner, Mapping) else [body]
    found = [place.text_or("", "errorCode", "code", "error") or "" for place in places]
    return next((code for code in found if _CODE.fullmatch(code)), "")


def _pause_s(body: Fields) -> float:
    inner = [Fields(part, "") for part in _parts(body)]
    for place in (body, *inner):
        pause: Any = place.raw("breakTimeSeconds")
        if type(pause) in {int, float} and 0 < pause < 24 * 3600:
            return float(pause) + _FLOOD_MARGIN_S
    return _FLOOD_PAUSE_S


def _parts(body: Fields) -> list[Mapping[str, Any]]:
    parts = (body.raw("errorData"), body.raw("error"))
    return [part for part in parts if isinstance(part, Mapping)]


def _error(code: str, pause_s: float) -> KaspiError:  # noqa: PLR0911 -- a table of codes
    match code:
        case "CREDENTIALS_INVALID" | "INVALID_CREDENTIALS":
            return WrongPassword()
        case "SECURITY_CODE_INVALID":
            return CodeWrong()
        case "MFA_CODE_ATTEMPT_LIMIT":
            return CodeWrong("The attempts to enter a code are used up: log in again.")
        case "MFA_SEND_FLOOD" | "MFA_CODE_TOO_MANY_SEND" | "SECURITY_CODE_SMS_FLOOD":
            return CodesFlooded(wait_s=pause_s)
        case "INSUFFICIENT_PERMISSIONS" | "NO_MERCHANTS":
            return NoMerchant()
        case "TIMEOUT_EXCEEDED":
            return LoginTimedOut("Kaspi gave the login up because it took too long.")
        case _:
            return LoginRefused(f"Kaspi refused the login ({code or 'it does not say why'}).")
