"""Exit with 0 if the role of this container does its work, else say why not and exit with 1.

`healthcheck.py [PATH]`: PATH is what the web role must answer (default /health/live). It imports
the standard library only: it runs every few seconds beside the process that it checks.
"""
# ruff: noqa: INP001 -- a program of the image, not a module of ours

import http.client
import os
import socket
import sys
import time
from pathlib import Path

LIVE = "/health/live"
ANSWER_TIMEOUT_S = 5.0
# Workers' hearts and beat's tick both come every 2 s; a busy machine may miss a few.
MAX_SILENCE_S = 30.0
SANDBOX_PORTS = (8021, 8022, 8023)
ROLES_WITH_A_PULSE = {"beat", "worker"}


def web_fault(path: str) -> str | None:
    """Ask as a client would: with a host name that Django's ALLOWED_HOSTS lets in."""
    allowed = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    host = "localhost" if allowed in {"", "*"} else allowed
    web = http.client.HTTPConnection("127.0.0.1", 8010, timeout=ANSWER_TIMEOUT_S)
    try:
        web.request("GET", path, headers={"Host": host})
        status = web.getresponse().status
    except OSError as error:
        return f"{path}: {error}"
    finally:
        web.close()
    return None if status == http.HTTPStatus.OK else f"{path}: status {status}"


def pulse_fault() -> str | None:
    pulse = Path(os.environ["PULSE_FILE"])
    try:
        silence_s = time.time() - pulse.stat().st_mtime
    except FileNotFoundError:
        return "no pulse yet"
    return None if silence_s < MAX_SILENCE_S else f"no pulse for {silence_s:.0f} s"


def sandbox_fault() -> str | None:
    for port in SANDBOX_PORTS:
        try:
            socket.create_connection(("127.0.0.1", port), ANSWER_TIMEOUT_S).close()
        except OSError as error:
            return f"port {port}: {error}"
    return None


def fault_of(role: str) -> str | None:
    if role == "web":
        return web_fault(sys.argv[1] if len(sys.argv) > 1 else LIVE)
    if role == "sandbox":
        return sandbox_fault()
    return pulse_fault() if role in ROLES_WITH_A_PULSE else None


def main() -> int:
    try:
        role = Path(os.environ["ROLE_FILE"]).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        sys.stdout.write("no role: not started yet\n")
        return 1
    fault = fault_of(role)
    sys.stdout.write(f"{role}: {fault or 'ok'}\n")
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
