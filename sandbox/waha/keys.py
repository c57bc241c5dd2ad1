"""Who may ask what: the container's own key, and keys for one session each."""

import hmac
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.waha.environment import key_hash


class Action(StrEnum):
    READ = "read"
    SEND = "send"
    CONTROL = "control"
    SETTING = "setting"
    APP = "app"
    DELETE = "delete"
    ADMIN = "admin"


@dataclass(slots=True)
class Key:
    """A key made by the API. An admin's is good for everything."""

    id: str
    key: str
    session: str | None
    is_admin: bool
    is_active: bool
    actions: dict[str, bool] | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "key": self.key,
            "isActive": self.is_active,
            "isAdmin": self.is_admin,
            "session": self.session,
            "actions": self.actions,
        }

    def allows(self, action: Action, session: str | None) -> bool:
        if self.is_admin:
            return True
        if action is Action.ADMIN or self.session != session:
            return False
        return self.actions is None or self.actions.get(action, False)


@dataclass(slots=True)
class Keys:
    """`own_hash` is the SHA-512 of the container's key; None asks nobody for one."""

    own_hash: str | None
    made: dict[str, Key] = field(default_factory=dict)

    def knows(self, given: str) -> bool:
        return self._is_own(given) or self._made(given) is not None

    def allows(self, given: str, action: Action, session: str | None) -> bool:
        """Say whether a known key is good for this."""
        if self._is_own(given):
            return True
        key = self._made(given)
        return key is not None and key.allows(action, session)

    def make(
        self,
        *,
        session: str | None,
        is_admin: bool,
        is_active: bool = True,
        actions: dict[str, bool] | None = None,
    ) -> Key:
        tail = secrets.token_hex(16)
        key = Key(f"key_id_{tail}", f"key_{tail[::-1]}", session, is_admin, is_active, actions)
        self.made[key.id] = key
        return key

    def scoped(self, session: str, action: Action) -> Key:
        """The key of a session that is good for one thing only, made when first asked for."""
        for key in self.made.values():
            if key.session == session and key.actions == {action: True}:
                return key
        return self.make(session=session, is_admin=False, actions={action: True})

    def _is_own(self, given: str) -> bool:
        return self.own_hash is None or hmac.compare_digest(key_hash(given), self.own_hash)

    def _made(self, given: str) -> Key | None:
        found = (key for key in self.made.values() if key.is_active and key.key == given)
        return next(found, None)
