"""What a container is told: the variables of the original, read once."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

ENGINES: Final = ("GOWS", "NOWEB", "WEBJS")
DEFAULT_PORT: Final = 3000
IGNORED: Final = ("status", "groups", "channels", "broadcast")
# Keys that the original replaces by a random one at every start: 401 for ever after.
_WEAK: Final = frozenset({"", "123", "321", "waha", "admin", "0" * 32, "1" * 32})
_HASHED: Final = "sha512:"
_POLICIES: Final = ("constant", "linear", "exponential")


class BadEnvironment(Exception):
    """A variable makes no sense; the text is one sentence for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The settings of one container. `key_hash` is the SHA-512 of its key; None asks for none."""

    engine: str = "WEBJS"
    host: str = "0.0.0.0"  # noqa: S104 -- the original listens everywhere; the network is the wall
    port: int = DEFAULT_PORT
    key_hash: str | None = None
    open_paths: frozenset[str] = frozenset()
    store: Path | None = None
    worker: str = "waha"
    start_sessions: tuple[str, ...] = ()
    restarts_all: bool = False
    start_delay_s: float = 0.0
    ignore: Mapping[str, bool] = field(default_factory=dict)
    hook: Mapping[str, Any] | None = None
    switches: Mapping[str, Any] = field(default_factory=dict)
    time_scale: float = 1.0


def read_environment(given: Mapping[str, str]) -> Environment:
    """Read the variables. Raises BadEnvironment."""
    engine = given.get("WHATSAPP_DEFAULT_ENGINE", "WEBJS").upper()
    if engine not in ENGINES:
        raise BadEnvironment(f"WHATSAPP_DEFAULT_ENGINE is one of {', '.join(ENGINES)}.")
    return Environment(
        engine=engine,
        host=given.get("WAHA_SANDBOX_HOST", "0.0.0.0"),  # noqa: S104 -- the same
        port=int(_number(given, "WHATSAPP_API_PORT", given.get("PORT") or str(DEFAULT_PORT))),
        key_hash=_key_hash(given),
        open_paths=frozenset(_listed(given, "WAHA_API_KEY_EXCLUDE_PATH")),
        store=_store(given, engine),
        worker=given.get("WAHA_WORKER_ID", "waha"),
        start_sessions=tuple(_listed(given, "WHATSAPP_START_SESSION")),
        restarts_all=_is_true(given, "WHATSAPP_RESTART_ALL_SESSIONS"),
        start_delay_s=_number(given, "WAHA_AUTO_START_DELAY_SECONDS", "0"),
        ignore={
            name: _is_true(given, f"WAHA_SESSION_CONFIG_IGNORE_{name.upper()}") for name in IGNORED
        },
        hook=_hook(given),
        switches=_switches(given),
        time_scale=_number(given, "WAHA_SANDBOX_TIME_SCALE", "1") or 1.0,
    )


def key_hash(key: str) -> str:
    return hashlib.sha512(key.encode()).hexdigest()


def _key_hash(given: Mapping[str, str]) -> str | None:
    if _is_true(given, "WAHA_NO_API_KEY"):
        return None
    # The older name wins where both are set.
    key = given.get("WHATSAPP_API_KEY") or given.get("WAHA_API_KEY", "")
    if key.startswith(_HASHED):
        return key.removeprefix(_HASHED).lower()
    return key_hash(secrets.token_hex() if key in _WEAK else key)


def _store(given: Mapping[str, str], engine: str) -> Path:
    base = Path(given.get("WAHA_LOCAL_STORE_BASE_DIR", "/app/.sessions"))
    return base / given.get("WAHA_NAMESPACE", engine.lower())


def _hook(given: Mapping[str, str]) -> Mapping[str, Any] | None:
    url = given.get("WHATSAPP_HOOK_URL")
    if not url:
        return None
    policy = given.get("WHATSAPP_HOOK_RETRIES_POLICY", "constant")
    if policy not in _POLICIES:
        raise BadEnvironment(f"WHATSAPP_HOOK_RETRIES_POLICY is one of {', '.join(_POLICIES)}.")
    headers = (one.partition(":") for one in _listed(given, "WHATSAPP_HOOK_CUSTOM_HEADERS", ";"))
    hook: dict[str, Any] = {
        "url": url,
        "events": _listed(given, "WHATSAPP_HOOK_EVENTS"),
        "retries": {
            "policy": policy,
            "delaySeconds": _number(given, "WHATSAPP_HOOK_RETRIES_DELAY_SECONDS", "2"),
            "attempts": int(_number(given, "WHATSAPP_HOOK_RETRIES_ATTEMPTS", "15")),
        },
        "customHeaders": [{"name": name, "value": value} for name, _, value in headers],
    }
    if given.get("WHATSAPP_HOOK_HMAC_KEY"):
        hook["hmac"] = {"key": given["WHATSAPP_HOOK_HMAC_KEY"]}
    return hook


def _switches(given: Mapping[str, str]) -> dict[str, Any]:
    try:
        found = json.loads(given.get("WAHA_SANDBOX_SETTINGS") or "{}")
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise BadEnvironment("WAHA_SANDBOX_SETTINGS is a JSON object.")
    return found


def _listed(given: Mapping[str, str], name: str, mark: str = ",") -> list[str]:
    return [part.strip() for part in given.get(name, "").split(mark) if part.strip()]


def _is_true(given: Mapping[str, str], name: str) -> bool:
    return given.get(name, "").lower() in {"true", "1"}


def _number(given: Mapping[str, str], name: str, usual: str) -> float:
    text = given.get(name) or usual
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise BadEnvironment(f"{name} is a number not below zero, not {text!r}.")
    return value
