"""What a person decided: the environment, then `.env`."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cube_demper.local.env_file import read_env
from cube_demper.local.errors import StartError

_OUR_OWN = "var/local.env"
_PORTS = range(1, 65536)
_KASPI_URLS = ("KASPI_IDENTITY_URL", "KASPI_CABINET_URL", "KASPI_SHOP_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSettings:
    """Where we are, and what is already decided."""

    home: Path
    """The clone."""
    var: Path
    """Everything we write lies here."""
    given: Mapping[str, str]
    """Names and values a person set; empty ones count as not set."""
    web_port: int
    sandbox_port: int
    """The first of five: identity, cabinet, shop, WhatsApp's gateway, and who takes payments."""

    @property
    def local_env(self) -> Path:
        return self.var / "local.env"

    @property
    def has_database(self) -> bool:
        return "DATABASE_URL" in self.given or "POSTGRES_HOST" in self.given

    @property
    def has_redis(self) -> bool:
        return "REDIS_URL" in self.given or "REDIS_HOST" in self.given

    @property
    def has_marketplace(self) -> bool:
        return any(name in self.given for name in _KASPI_URLS)

    @property
    def plays_whatsapp(self) -> bool:
        """A stand-in for WAHA comes with the sandbox, unless a person names a gateway."""
        return not (self.has_marketplace or any(name.startswith("WAHA_") for name in self.given))

    @property
    def has_containers(self) -> bool:
        """Each seller's gateway gets a container: of an engine that a person has."""
        return self.given.get("WAHA_LAYOUT") == "containers"

    @property
    def whatsapp_port(self) -> int:
        return self.sandbox_port + len(_KASPI_URLS)

    @property
    def whatsapp(self) -> dict[str, str]:
        """How the house reaches the stand-in, and the stand-in the house."""
        return {
            "WAHA_LAYOUT": "shared",
            "WAHA_SHARED_URL": f"http://127.0.0.1:{self.whatsapp_port}",
            "WAHA_HOOKS_URL": f"http://127.0.0.1:{self.web_port}",
        }

    @property
    def plays_payments(self) -> bool:
        """A stand-in for TipTopPay comes with the sandbox, unless a person names a terminal."""
        names_one = any(name.startswith("TIPTOPPAY_") for name in self.given)
        return not (self.has_marketplace or names_one)

    @property
    def payments_port(self) -> int:
        return self.whatsapp_port + 1

    @property
    def payments(self) -> dict[str, str]:
        """How the house reaches the stand-in, and the stand-in the house."""
        return {
            "TIPTOPPAY_URL": f"http://127.0.0.1:{self.payments_port}",
            "TIPTOPPAY_PUBLIC_ID": "test_api_of_this_machine",
            "TIPTOPPAY_TEST_MODE": "true",
            "TIPTOPPAY_HOOKS_URL": f"http://127.0.0.1:{self.web_port}",
        }

    @property
    def sandbox_urls(self) -> dict[str, str]:
        return {
            name: f"http://127.0.0.1:{self.sandbox_port + place}"
            for place, name in enumerate(_KASPI_URLS)
        }


def read_settings(*, home: Path, environ: Mapping[str, str]) -> LocalSettings:
    """Read and check what concerns us. Raises StartError, naming the bad setting."""
    files = environ.get("DEMPER_ENV_FILES", ".env").split(",")
    values: dict[str, str] = {}
    for name in reversed([name for name in files if name and name != _OUR_OWN]):
        values |= read_env(home / name)  # the first to name a value wins, as in Django's settings
    given = {name: value for name, value in {**values, **environ}.items() if value}
    return LocalSettings(
        home=home,
        var=Path(given.get("DEMPER_VAR") or home / "var").absolute(),
        given=given,
        web_port=_port(given, "WEB_PORT", default=8010),
        sandbox_port=_port(given, "SANDBOX_PORT", default=8021),
    )


def refuse_taken_ports(settings: LocalSettings) -> None:
    """Find out before anything is started. Raises StartError."""
    wanted = {settings.web_port: "WEB_PORT"}
    if not settings.has_marketplace:
        first = settings.sandbox_port
        wanted |= dict.fromkeys(range(first, first + len(_KASPI_URLS)), "SANDBOX_PORT")
    if settings.plays_whatsapp:
        wanted[settings.whatsapp_port] = "SANDBOX_PORT"
    if settings.plays_payments:
        wanted[settings.payments_port] = "SANDBOX_PORT"
    for port, name in wanted.items():
        with socket.socket() as probe:
            # Connections of an earlier run that are still fading away do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise StartError(
                    f"Port {port} cannot be used ({os.strerror(error.errno or 0)}): stop the "
                    f"program that has it, or choose another with {name}."
                ) from None


def _port(given: Mapping[str, str], name: str, *, default: int) -> int:
    value = given.get(name, str(default))
    if not (value.isascii() and value.isdigit() and int(value) in _PORTS):
        raise StartError(f"{name} is {value!r}: it must be a port number.")
    return int(value)
