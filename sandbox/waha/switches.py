"""What can be turned while the stand-in runs: how long things take, and how it goes wrong."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, Literal

_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "unlinked_becomes": ("FAILED", "SCAN_QR_CODE"),
    "inbound_from": ("lid", "number"),
    "duplicate_id": ("second", "same"),
}


class BadSwitch(ValueError):
    """A switch that does not exist or cannot have this value; the text says which."""


@dataclass(slots=True)
class Switches:
    """Times are seconds of the stand-in's clock."""

    # How long the process takes before it listens; kept on the volume it slows the next one.
    boot_s: float = 0.0
    start_s: float = 0.3
    login_s: float = 0.2
    stop_s: float = 0.0
    # How long a code and a send wait for the session to be ready for them.
    wait_s: float = 5.0
    # The first code stays longer than the next ones; after the last the session fails.
    qr_first_s: float = 60.0
    qr_next_s: float = 20.0
    qr_codes: int = 6
    # So many starts stay STARTING for ever.
    stuck_starts: int = 0
    passkey: bool = False
    unlinked_becomes: Literal["FAILED", "SCAN_QR_CODE"] = "FAILED"
    # Having worked for so long a session is FAILED, and start refuses; 0 is never. In life some
    # do after about 30 days.
    fails_after_s: float = 0.0

    ack_server_s: float = 0.05
    ack_device_s: float = 0.2
    ack_read_s: float = 1.0
    inbound_from: Literal["lid", "number"] = "lid"
    # What a second send under the same id is: a second message, or the same one again.
    duplicate_id: Literal["second", "same"] = "second"

    # So many first messages within a day lock the account for so long; 0 is never.
    lock_after: int = 35
    lock_s: float = 86_400.0
    # Each first message sent into a lock makes it longer.
    lock_grows_s: float = 3_600.0
    # Whether the lock shows in what the session tells of itself.
    lock_is_told: bool = True

    hook_timeout_s: float = 10.0
    hooks_twice: float = 0.0
    hooks_lost: float = 0.0
    is_healthy: bool = True

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Take over the named values, all or none. Raises BadSwitch."""
        accepted = {name: self._accept(name, value) for name, value in wanted.items()}
        for name, value in accepted.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def _accept(self, name: str, value: Any) -> bool | int | float | str:
        if name not in {field.name for field in fields(self)}:
            raise BadSwitch(f"There is no setting called {name!r}.")
        if name in _CHOICES:
            if value not in _CHOICES[name]:
                raise BadSwitch(f"{name} is one of {', '.join(_CHOICES[name])}, not {value!r}.")
            return str(value)
        present = getattr(self, name)
        if isinstance(present, bool):
            if not isinstance(value, bool):
                raise BadSwitch(f"{name} is true or false, not {value!r}.")
            return value
        return _number(name, value, whole=isinstance(present, int))


def _number(name: str, value: Any, *, whole: bool) -> int | float:
    is_number = type(value) is int or (type(value) is float and not whole)
    if not is_number or not 0 <= value < float("inf"):
        raise BadSwitch(f"{name} is a number not below zero, not {value!r}.")
    return int(value) if whole else float(value)
