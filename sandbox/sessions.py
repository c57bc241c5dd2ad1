"""Who is logged in where: the identity server's sign-ons, the cabinet's sessions, the devices."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.clock import Clock
from sandbox.people import ACCOUNTS, MERCHANTS
from sandbox.settings import Settings

_WALK_S = 900.0
# A renewed session's old id lives on for the answers that are under way.
_OLD_SID_S = 60.0


@dataclass(slots=True)
class SignOn:
    """One `MS_AUTH_SSO`: how far a login got, and where the browser came from."""

    token: str
    expires_at: float
    login: str | None = None
    authenticated: bool = False
    awaits: str | None = None
    code_alive: bool = False
    wrong_codes: int = 0
    remember: bool = False
    return_to: dict[str, str] | None = None


@dataclass(slots=True)
class CabinetSession:
    """One `mc-sid`."""

    sid: str
    login: str
    created_at: float
    expires_at: float
    merchant_ids: tuple[str, ...] = ()
    # It ends after so many more answers, if somebody ordered that.
    answers_left: int | None = None


@dataclass(slots=True)
class Walk:
    """One OAuth walk as the cabinet remembers it, by `mc_arr`."""

    state: str
    challenge: str
    redirect_url: str
    expires_at: float


@dataclass(slots=True)
class Grant:
    """One authorization code, good for one walk, once."""

    login: str
    state: str
    challenge: str
    expires_at: float


@dataclass(slots=True)
class Sessions:
    """Everything that lets somebody in."""

    settings: Settings
    clock: Clock
    on_change: Callable[[], None]
    sign_ons: dict[str, SignOn] = field(default_factory=dict)
    cabinet: dict[str, CabinetSession] = field(default_factory=dict)
    devices: dict[str, str] = field(default_factory=dict)
    walks: dict[str, Walk] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    codes_sent: dict[str, list[float]] = field(default_factory=dict)
    # Merchants that were taken out of their account.
    revoked: set[str] = field(default_factory=set)

    def sign_on(self, token: str | None) -> SignOn | None:
        found = self.sign_ons.get(token or "")
        if found is not None and found.expires_at <= self.clock.now():
            del self.sign_ons[found.token]
            return None
        return found

    def new_sign_on(self) -> SignOn:
        self._sweep()
        expires_at = self.clock.now() + self.settings.sso_ttl_s
        made = SignOn(token=secrets.token_urlsafe(24), expires_at=expires_at)
        self.sign_ons[made.token] = made
        self.on_change()
        return made

    def renew_sign_on(self, old: SignOn) -> None:
        """Give a sign-on a fresh token; the old one is worth nothing from now on."""
        del self.sign_ons[old.token]
        old.token = secrets.token_urlsafe(24)
        self.sign_ons[old.token] = old
        self.on_change()

    def remember_device(self, login: str) -> str:
        token = secrets.token_urlsafe(18)
        self.devices[token] = login
        self.on_change()
        return token

    def begin_walk(self, *, challenge: str, redirect_url: str) -> tuple[str, Walk]:
        key = secrets.token_urlsafe(18)
        walk = Walk(secrets.token_urlsafe(18), challenge, redirect_url, self._soon())
        self.walks[key] = walk
        return key, walk

    def grant(self, *, login: str, state: str, challenge: str) -> str:
        code = secrets.token_urlsafe(18)
        self.grants[code] = Grant(login, state, challenge, self._soon())
        return code

    def finish_walk(
        self, *, key: str | None, code: str, state: str
    ) -> tuple[CabinetSession, str] | None:
        """Turn a code into a session. None unless walk, state, code and challenge all agree."""
        walk = self.walks.pop(key or "", None)
        grant = self.grants.pop(code, None)
        now = self.clock.now()
        if walk is None or grant is None or min(walk.expires_at, grant.expires_at) <= now:
            return None
        if walk.state != state or grant.state != state or grant.challenge != walk.challenge:
            return None
        return self.open(grant.login), walk.redirect_url

    def open(self, login: str) -> CabinetSession:
        now = self.clock.now()
        made = CabinetSession(
            str(uuid.uuid4()),
            login,
            now,
            now + self.settings.session_ttl_s,
            self._merchant_ids(login),
        )
        self.cabinet[made.sid] = made
        self.on_change()
        return made

    def session(self, sid: str | None) -> CabinetSession | None:
        found = self.cabinet.get(sid or "")
        if found is not None and found.expires_at <= self.clock.now():
            del self.cabinet[found.sid]
            return None
        return found

    def renewed(self, session: CabinetSession) -> CabinetSession | None:
        """A successor, when the session is old enough to be renewed."""
        after, now = self.settings.renew_sid_after_s, self.clock.now()
        if not after or now - session.created_at < after:
            return None
        session.expires_at = min(session.expires_at, now + _OLD_SID_S)
        return self.open(session.login)

    def used(self, session: CabinetSession) -> None:
        """Count an answer; the last one that was ordered ends the session."""
        if session.answers_left is None:
            return
        session.answers_left -= 1
        if session.answers_left <= 0:
            self.cabinet.pop(session.sid, None)

    def expire(
        self,
        *,
        merchant_id: str | None,
        sign_ons: bool,
        after_s: float = 0.0,
        after_requests: int = 0,
    ) -> int:
        """End sessions of one merchant or of all, now or later. Returns how many."""
        ended = [
            session
            for session in self.cabinet.values()
            if merchant_id is None or merchant_id in session.merchant_ids
        ]
        for session in ended:
            if after_requests:
                session.answers_left = after_requests
            elif after_s:
                session.expires_at = min(session.expires_at, self.clock.now() + after_s)
            else:
                del self.cabinet[session.sid]
        if sign_ons:
            self._end_sign_ons(merchant_id)
        self.on_change()
        return len(ended)

    def revoke(self, merchant_id: str, *, again: bool) -> None:
        """Take a merchant out of its account, or put it back `again`."""
        (self.revoked.discard if again else self.revoked.add)(merchant_id)
        for session in self.cabinet.values():
            session.merchant_ids = self._merchant_ids(session.login)
        self.on_change()

    def _merchant_ids(self, login: str) -> tuple[str, ...]:
        return tuple(one for one in ACCOUNTS[login].merchant_ids if one not in self.revoked)

    def _end_sign_ons(self, merchant_id: str | None) -> None:
        for token, found in list(self.sign_ons.items()):
            account = ACCOUNTS.get(found.login or "")
            if merchant_id is None or (account and merchant_id in account.merchant_ids):
                del self.sign_ons[token]

    def _soon(self) -> float:
        return self.clock.now() + _WALK_S

    def _sweep(self) -> None:
        """Drop what ran out, so that a long run does not grow."""
        now = self.clock.now()
        _drop_expired(self.sign_ons, now)
        _drop_expired(self.cabinet, now)
        _drop_expired(self.walks, now)
        _drop_expired(self.grants, now)

    def as_dict(self) -> dict[str, Any]:
        return {
            "sign_ons": [asdict(found) for found in self.sign_ons.values()],
            "cabinet": [asdict(found) for found in self.cabinet.values()],
            "devices": dict(self.devices),
            "revoked": sorted(self.revoked),
        }

    def restore(self, kept: dict[str, Any]) -> None:
        for row in kept["sign_ons"]:
            self.sign_ons[row["token"]] = SignOn(**row)
        self.revoked.update(kept.get("revoked", ()))
        for row in kept["cabinet"]:
            if row["login"] in ACCOUNTS:
                allowed = self._merchant_ids(row["login"])
                self.cabinet[row["sid"]] = CabinetSession(**{**row, "merchant_ids": allowed})
        self.devices.update(kept["devices"])


def _drop_expired(kept: dict[str, Any], now: float) -> None:
    for key in [key for key, held in kept.items() if held.expires_at <= now]:
        del kept[key]


def merchants_of(session: CabinetSession) -> list[dict[str, Any]]:
    """Write the session's merchants as `GET /s/m` does."""
    return [
        {"uid": merchant_id, "name": MERCHANTS[merchant_id].name}
        for merchant_id in session.merchant_ids
    ]
