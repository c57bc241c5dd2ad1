"""The WAHA stand-in as a process of its own, and what a person does with a phone."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Self

import httpx

from whatsapp.ports import Endpoint

KEY = "a-key-of-this-test-alone-0123456789"


class Gateway:
    """A running stand-in with one key for everybody's sessions."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self._process = process
        self.url = url
        self._http = httpx.Client(base_url=f"{url}/_control", timeout=10)

    @classmethod
    def start(cls, *, engine: str = "GOWS", store: Path) -> Self:
        environment = {
            **os.environ,
            "WHATSAPP_DEFAULT_ENGINE": engine,
            "WAHA_API_KEY": KEY,
            "PORT": "0",
            "WAHA_SANDBOX_HOST": "127.0.0.1",
            "WAHA_LOCAL_STORE_BASE_DIR": str(store),
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.waha"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        return cls(process, json.loads(process.stdout.readline())["url"])

    def stop(self) -> None:
        self._http.close()
        self._process.terminate()
        self._process.communicate(timeout=10)

    def endpoint(self, session_name: str) -> Endpoint:
        return Endpoint(self.url, KEY, session_name)

    def order(self, path: str, **said: Any) -> Any:
        """Give an order to the stand-in's control side."""
        return self._http.post(f"/{path}", json=said).raise_for_status().json()

    def ask(self, path: str, **query: Any) -> Any:
        return self._http.get(f"/{path}", params=query).raise_for_status().json()

    def forget(self, path: str) -> None:
        self._http.delete(f"/{path}").raise_for_status()
