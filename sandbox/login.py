"""The steps of a login, as `POST /api/p/login` answers them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.people import ACCOUNTS, CODE, MERCHANTS, PASSWORD, Account, Trait
from sandbox.sessions import Sessions, SignOn

FLOOD_PAUSE_S: Final = 120
_PHONE: Final = re.compile(r"\+7 \(7\d\d\) \d{3}-\d{2}-\d{2}")
_MOST_WRONG_CODES = 3
_MOST_CODES_SENT = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON answer; `walled` replaces it by the wall, `device` asks the browser to remember."""

    status: int
    body: dict[str, Any]
    walled: bool = False
    device: str | None = None


def refusal(code: str, **more: Any) -> Answer:
    return Answer(401, {"errorCode": code, **more})


def take_step(
    body: dict[str, Any], *, sign_on: SignOn, sessions: Sessions, device: str | None
) -> Answer:
    """Answer one step of a login and move the sign-on along."""
    steps: tuple[tuple[str, Callable[[], Answer]], ...] = (
        ("_s_m", lambda: _merchant(body, sign_on)),
        ("_m_c", lambda: _code(body.get("_m_c"), "code", body, sign_on, sessions)),
        ("_c", lambda: _code(body.get("_c"), "phone", body, sign_on, sessions)),
        ("_ph", lambda: _phone(body, sign_on, sessions)),
        ("_p", lambda: _password(body, sign_on, sessions, device)),
    )
    for key, answer in steps:
        if key in body:
            return answer()
    return refusal("FAILED")


def _phone(body: dict[str, Any], sign_on: SignOn, sessions: Sessions) -> Answer:
    number = body["_ph"]
    if not isinstance(number, str) or not _PHONE.fullmatch(number):
        return refusal("FAILED")
    account = ACCOUNTS.get(number)
    if account is None:
        return refusal("CREDENTIALS_INVALID")
    if not _send_code(account, sign_on, sessions, awaits="phone"):
        return Answer(
            401, {"error": {"code": "SECURITY_CODE_SMS_FLOOD"}, "breakTimeSeconds": FLOOD_PAUSE_S}
        )
    return Answer(200, {"phone": account.masked})


def _password(
    body: dict[str, Any], sign_on: SignOn, sessions: Sessions, device: str | None
) -> Answer:
    login = body.get("_u")
    account = ACCOUNTS.get(login.strip().lower()) if isinstance(login, str) else None
    if account is not None and account.trait is Trait.WALL:
        return Answer(403, {}, walled=True)
    if account is None or account.is_phone or body["_p"] != PASSWORD:
        return Answer(401, {"code": "CREDENTIALS_INVALID"})
    if account.trait is Trait.FLOOD:
        return _flood("MFA_SEND_FLOOD")
    sign_on.remember = body.get("_r_d") is True
    known = device is not None and sessions.devices.get(device) == account.login
    wants_code = account.trait is Trait.CODE or sessions.settings.email_code
    if known or not wants_code:
        return _let_in(account, sign_on, sessions)
    if not _send_code(account, sign_on, sessions, awaits="code"):
        return _flood("MFA_CODE_TOO_MANY_SEND")
    return Answer(200, {"email": account.masked})


def _flood(code: str) -> Answer:
    return refusal(code, errorData={"breakTimeSeconds": FLOOD_PAUSE_S})


def _send_code(account: Account, sign_on: SignOn, sessions: Sessions, *, awaits: str) -> bool:
    """Pretend to send a code; False when too many went out lately."""
    now = sessions.clock.now()
    sent = [at for at in sessions.codes_sent.get(account.login, []) if at > now - FLOOD_PAUSE_S]
    sessions.codes_sent[account.login] = sent
    if len(sent) >= _MOST_CODES_SENT:
        return False
    sent.append(now)
    sign_on.login, sign_on.awaits = account.login, awaits
    sign_on.authenticated, sign_on.code_alive = False, True
    return True


def _code(
    given: Any, awaited: str, body: dict[str, Any], sign_on: SignOn, sessions: Sessions
) -> Answer:
    """Check a code. A wrong one kills the code that was sent; three end the login."""
    account = ACCOUNTS.get(sign_on.login or "")
    if account is None or sign_on.awaits != awaited or not sign_on.code_alive:
        return refusal("FAILED")
    sent = sessions.codes_sent.get(account.login)  # none: somebody opened every lock meanwhile
    if sent and sessions.clock.now() - sent[-1] > sessions.settings.code_ttl_s:
        return refusal("TIMEOUT_EXCEEDED")
    if given != CODE:
        sign_on.code_alive = False
        sign_on.wrong_codes += 1
        if sign_on.wrong_codes >= _MOST_WRONG_CODES:
            return refusal("MFA_CODE_ATTEMPT_LIMIT")
        return refusal("SECURITY_CODE_INVALID")
    sign_on.remember = sign_on.remember or body.get("_r_d") is True
    return _let_in(account, sign_on, sessions)


def _let_in(account: Account, sign_on: SignOn, sessions: Sessions) -> Answer:
    sign_on.login, sign_on.code_alive, sign_on.wrong_codes = account.login, False, 0
    if account.trait is Trait.STAFF:
        return refusal("INSUFFICIENT_PERMISSIONS")
    if not account.merchant_ids:
        return Answer(401, {"error": {"code": "NO_MERCHANTS"}})
    device = sessions.remember_device(account.login) if sign_on.remember else None
    if len(account.merchant_ids) > 1:
        sign_on.awaits = "merchant"
        return Answer(200, {"su": _choices(account)}, device=device)
    sign_on.authenticated, sign_on.awaits = True, None
    return Answer(200, {"redirectUrl": "/"}, device=device)


def _choices(account: Account) -> list[dict[str, str]]:
    return [
        {"merchantId": merchant_id, "name": MERCHANTS[merchant_id].name}
        for merchant_id in account.merchant_ids
    ]


def _merchant(body: dict[str, Any], sign_on: SignOn) -> Answer:
    account = ACCOUNTS.get(sign_on.login or "")
    if account is None or sign_on.awaits != "merchant":
        return refusal("FAILED")
    if body["_s_m"] not in account.merchant_ids:
        return refusal("INSUFFICIENT_PERMISSIONS")
    sign_on.authenticated, sign_on.awaits = True, None
    return Answer(200, {"redirectUrl": "/"})
