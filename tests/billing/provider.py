"""The payment provider's stand-in as a process of its own, and what payers do there."""

import json
import os
import subprocess
import sys
from typing import Any, Self

import httpx

PUBLIC_ID = "test_api_of_these_tests"
SECRET = "provider-secret-of-these-tests"
NO_3DS = "4000 0000 0000 3055"  # pays, and again by token
ASKS_3DS = "4242 4242 4242 4242"
ONCE_ONLY = "4111 1111 1111 1111"  # has no funds by token
NO_FUNDS = "4000 0566 5566 5556"


class Provider:
    """A running stand-in; ``url`` is where it is."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self._process = process
        self.url = url
        self._http = httpx.Client(base_url=f"{url}/_control", timeout=30)

    @classmethod
    def start(cls) -> Self:
        environment = {
            **os.environ,
            "PORT": "0",
            "TIPTOPPAY_PUBLIC_ID": PUBLIC_ID,
            "TIPTOPPAY_API_SECRET": SECRET,
            "TIPTOPPAY_SANDBOX_SETTINGS": '{"notify_s": 0}',
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.tiptoppay"],
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

    def order(self, path: str, **said: Any) -> Any:
        """Give an order to the stand-in's control side."""
        return self._http.post(f"/{path}", json=said).raise_for_status().json()

    def ask(self, path: str, **query: Any) -> Any:
        return self._http.get(f"/{path}", params=query).raise_for_status().json()

    def forget(self, path: str) -> None:
        self._http.delete(f"/{path}").raise_for_status()

    def advance(self, **units: float) -> None:
        """Let time pass at the provider, and wait until what fell due was done and told."""
        sizes = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}
        self.order("clock", advance_s=sum(sizes[unit] * count for unit, count in units.items()))
        self.settle()

    def settle(self) -> None:
        """Wait until everything that is due was done and told."""
        self.order("quiet")

    def pay(self, widget: Any, *, card: str = NO_3DS, passes: bool | None = True) -> Any:
        """A payer pays in the widget, started with these parameters; gives the transaction."""
        return self.order("widget/pay", widget=widget, card=card, passes=passes)

    def pay_link(self, link: str, *, card: str = NO_3DS, passes: bool | None = True) -> Any:
        """A payer pays at a link, named by its id or its invoice; gives the transaction."""
        return self.order("links/pay", link=link, card=card, passes=passes)

    def operations(self, **query: str) -> list[dict[str, Any]]:
        """What the provider has in its books: by ``invoice``, by ``account``, or all."""
        return list(self.ask("operations", **query)["operations"])
