"""The life of a session: started, scanned, working, unlinked, worn out, stopped."""

import functools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.waha.inbox import Inbox
from sandbox.waha.session import Login, Offer, Session, Status, fresh_device
from sandbox.waha.world import World

_LETTERS: Final = "ABCDEFGHJKLMNPQRSTVWXYZ123456789"
_HALF: Final = 4
_LOOK_EVERY_S: Final = 1.0


class CannotScan(ValueError):
    """The phone refuses; the text says why."""


@dataclass(frozen=True, slots=True)
class Lives:
    """Moves sessions from state to state, and tells the webhooks of each."""

    world: World
    inbox: Inbox

    def create(self, name: str, config: dict[str, Any]) -> Session:
        session = self.world.sessions[name] = Session(name, config)
        self.world.store.keep(session)
        return session

    def start(self, session: Session) -> None:
        """Start one that is not running; its login decides where that leads."""
        session.run += 1
        session.is_running = True
        session.is_silent = session.is_worn_out = False
        self.world.store.keep(session)
        self._move(session, Status.STARTING)
        switches = self.world.switches
        if switches.stuck_starts:
            switches.stuck_starts -= 1
            self.world.store.keep_switches(switches.as_dict())
            return
        self._later(session, switches.start_s, self._begin)

    def stop(self, session: Session) -> None:
        if not session.is_running:
            return
        session.run += 1
        session.is_running = False
        session.offer = session.scanned = None
        session.typing.clear()
        self.world.store.keep(session)
        self._move(session, Status.STOPPED)

    def log_out(self, session: Session) -> None:
        """Forget the login and what was read under it; the config stays."""
        session.login = None
        session.chats.clear()
        session.waiting.clear()
        self.world.store.forget_chats(session)
        self.world.store.keep(session)

    def delete(self, session: Session) -> None:
        self.stop(session)
        self.log_out(session)
        self.world.store.forget(session)
        del self.world.sessions[session.name]

    def scan(self, session: Session, *, phone: str, name: str, code: str | None = None) -> None:
        """Scan the code on offer with a phone, or type the pairing code. Raises CannotScan."""
        offer = session.offer
        if session.status is not Status.SCAN_QR_CODE or offer is None:
            raise CannotScan(f"{session.name} is {session.status}: there is no code to scan.")
        if code not in (None, offer.qr, offer.pairing):
            raise CannotScan("This code is not on offer any more.")
        if code == offer.pairing and code is not None and phone != offer.pairing_phone:
            raise CannotScan(f"This pairing code is for {offer.pairing_phone}.")
        session.run += 1
        session.offer = None
        session.scanned = Login(phone=phone, name=name)
        if self.world.switches.passkey:
            self._move(session, Status.PASSKEY_REQUIRED)
        else:
            self._later(session, self.world.switches.login_s, self.log_in)

    def sign(self, session: Session) -> None:
        """A browser has signed for the passkey; now the person compares the numbers."""
        self._move(session, Status.PASSKEY_CONFIRMATION_REQUIRED)

    def log_in(self, session: Session) -> None:
        session.login, session.scanned = session.scanned, None
        self.world.store.keep(session)
        self._work(session)

    def unlink(self, session: Session) -> None:
        """The device was logged out on the phone: this login is good for nothing any more."""
        if session.login is None:
            raise CannotScan(f"{session.name} is not logged in.")
        session.run += 1
        session.login.is_revoked = True
        self.world.store.keep(session)
        if self.world.switches.unlinked_becomes == Status.SCAN_QR_CODE:
            self.log_out(session)
            self._offer(session, 1)
        else:
            self._move(session, Status.FAILED)

    def tell_lock(self, session: Session) -> None:
        """Tell of a lock that began, grew or ended: the state comes again, with the lock."""
        lock = self.world.timelock(session)
        if session.status is not Status.WORKING or lock is None:
            return
        self._move(session, Status.WORKING, data={"reachoutTimelock": lock})
        if lock["isActive"]:
            until = self.world.account_of(session).account.locked_until
            left_s = until - self.world.clock.now()
            self._later(session, left_s, functools.partial(self._tell_end, until=until))

    def wear_out(self, session: Session) -> None:
        """What becomes of some sessions after about thirty days: only a restart helps."""
        session.run += 1
        session.is_worn_out = True
        self._move(session, Status.FAILED)

    def pairing_code(self, session: Session, phone: str) -> str:
        """A code to type on the phone with this number, as long as the session offers one."""
        if session.offer is None:
            raise CannotScan(f"{session.name} offers no code.")
        letters = [secrets.choice(_LETTERS) for _ in range(2 * _HALF)]
        code = "".join(letters[:_HALF]) + "-" + "".join(letters[_HALF:])
        session.offer.pairing, session.offer.pairing_phone = code, phone
        return code

    def _begin(self, session: Session) -> None:
        if session.login is None:
            self._offer(session, 1)
        elif session.login.is_revoked:
            self._move(session, Status.FAILED)
        else:
            self._work(session)

    def _offer(self, session: Session, number: int, *, since: float | None = None) -> None:
        """Offer a fresh code; each one is told of, and after the last the session fails."""
        began_at = self.world.clock.now() if since is None else since
        switches = self.world.switches
        if number > switches.qr_codes:
            session.offer = None
            self._move(session, Status.FAILED)
            return
        parts = (secrets.token_urlsafe(size) for size in (66, 32, 32, 24))
        session.offer = Offer(qr=f"2@{','.join(parts)},1", number=number)
        self._move(session, Status.SCAN_QR_CODE)
        # From the moment it was due, so that a clock that jumps passes all codes on its way.
        ends_at = began_at + (switches.qr_first_s if number == 1 else switches.qr_next_s)
        following = functools.partial(self._offer, number=number + 1, since=ends_at)
        self._later(session, ends_at - self.world.clock.now(), following)

    def _work(self, session: Session) -> None:
        session.run += 1
        if session.login is not None:
            session.login.device = fresh_device()
            self.world.store.keep(session)
        lock = self.world.timelock(session)
        carried = {"reachoutTimelock": lock} if lock and lock["isActive"] else None
        self._move(session, Status.WORKING, data=carried)
        self.inbox.deliver_waiting(session)
        self._later(session, _LOOK_EVERY_S, self._look_for_another)
        if self.world.switches.fails_after_s:
            self._later(session, self.world.switches.fails_after_s, self.wear_out)

    def _look_for_another(self, session: Session) -> None:
        """Two containers on one login: WhatsApp drops the one that came first."""
        if session.login is not None and self.world.store.is_taken(session):
            session.run += 1
            session.login.is_revoked = True
            self._move(session, Status.FAILED)
            return
        self._later(session, _LOOK_EVERY_S, self._look_for_another)

    def _tell_end(self, session: Session, *, until: float) -> None:
        if self.world.account_of(session).account.locked_until == until:
            self.tell_lock(session)

    def _move(self, session: Session, status: Status, *, data: Any = None) -> None:
        now = self.world.clock.now()
        session.move(status, now)
        told = [{"status": one, "timestamp": int(at * 1000)} for one, at in session.statuses]
        if status is Status.PASSKEY_REQUIRED:
            data = challenge(session)
        if status is Status.PASSKEY_CONFIRMATION_REQUIRED:
            data = {"code": confirmation_code(session)}
        payload = {"name": session.name, "status": status, "statuses": told, "data": data}
        self.world.announce(session, "session.status", payload)

    def _later(self, session: Session, seconds: float, action: Callable[[Session], None]) -> None:
        run = session.run

        def act() -> None:
            if session.run == run:
                action(session)

        self.world.agenda.after(seconds, act)


def challenge(session: Session) -> dict[str, Any]:
    """What a browser is asked to sign: the same as long as the login is under way."""
    device = session.scanned.device if session.scanned else ""
    return {
        "challenge": device.ljust(43, "A"),
        "timeout": 60_000,
        "rpId": "web.whatsapp.com",
        "allowCredentials": [{"id": "c2FuZGJveA", "type": "public-key"}],
        "userVerification": "required",
    }


def confirmation_code(session: Session) -> str:
    """The number to compare with the phone's: the same however often it is asked for."""
    device = session.scanned.device if session.scanned else ""
    return f"{sum(device.encode()) % 10_000:04d}"
