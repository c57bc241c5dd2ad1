"""What outlives a container, in the folder of its volume: sessions, logins, chats."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.waha.session import Login, Message, Session

_SESSION: Final = "session.json"
_MESSAGES: Final = "messages.jsonl"
_SWITCHES: Final = "settings.json"


@dataclass(slots=True)
class Store:
    """One folder a session; without a base nothing is kept."""

    base: Path | None

    def keep(self, session: Session) -> None:
        """Write a session down, in one step."""
        if self.base is None:
            return
        kept = {
            "name": session.name,
            "config": session.config,
            "is_running": session.is_running,
            "login": asdict(session.login) if session.login else None,
        }
        self._write(self.base / session.name / _SESSION, kept)

    def keep_message(self, session: Session, message: Message) -> None:
        """Add a message, or a new state of one: of several lines the last one holds."""
        if self.base is None:
            return
        folder = self.base / session.name
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _MESSAGES).open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(message), ensure_ascii=False) + "\n")

    def is_taken(self, session: Session) -> bool:
        """Say whether somebody else works under the login of this folder by now."""
        path = self.base / session.name / _SESSION if self.base else None
        if path is None or session.login is None or not path.exists():
            return False
        login = json.loads(path.read_text(encoding="utf-8"))["login"]
        return login is not None and login["device"] != session.login.device

    def forget(self, session: Session) -> None:
        if self.base is not None:
            shutil.rmtree(self.base / session.name, ignore_errors=True)

    def forget_chats(self, session: Session) -> None:
        if self.base is not None:
            (self.base / session.name / _MESSAGES).unlink(missing_ok=True)

    def kept(self) -> Iterator[tuple[Session, bool]]:
        """Every session of the folder, stopped, and whether it was running."""
        found = sorted(self.base.glob(f"*/{_SESSION}")) if self.base else []
        for path in found:
            kept = json.loads(path.read_text(encoding="utf-8"))
            session = Session(kept["name"], kept["config"])
            session.login = Login(**kept["login"]) if kept["login"] else None
            for message in _messages(path.with_name(_MESSAGES)):
                session.chats.setdefault(message.chat_id, []).append(message)
            yield session, kept["is_running"]

    def keep_switches(self, switches: dict[str, Any]) -> None:
        if self.base is not None:
            self._write(self.base / _SWITCHES, switches)

    def switches(self) -> dict[str, Any]:
        path = self.base / _SWITCHES if self.base else None
        if path is None or not path.exists():
            return {}
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return kept

    @staticmethod
    def _write(path: Path, kept: dict[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
        fresh.replace(path)


def _messages(path: Path) -> list[Message]:
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    latest = (Message(**json.loads(line)) for line in lines)
    # The same id may have been sent twice: only what differs in its ack alone is one message.
    return list({(one.id, one.timestamp, one.chat_id): one for one in latest}.values())
