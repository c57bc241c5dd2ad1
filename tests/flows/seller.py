"""A seller with a client for the API, and the way to a connected store."""

import secrets
from dataclasses import dataclass
from typing import Any

import httpx

from tests.flows.patience import until

PASSWORD = "Zher-uiyq 2026"
AT_KASPI = "Kaspi-2026"
_ENDED = ("connected", "failed")
_ASKING = ("code_needed", "choose_merchant")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seller:
    """Somebody with a token."""

    email: str
    http: httpx.Client

    def get(self, path: str) -> Document:
        answer: Document = self.http.get(path).raise_for_status().json()
        return answer

    def post(self, path: str, body: Document) -> Document:
        answer: Document = self.http.post(path, json=body).raise_for_status().json()
        return answer

    def patch(self, path: str, body: Document) -> Document:
        answer: Document = self.http.patch(path, json=body).raise_for_status().json()
        return answer

    def log_in_at_kaspi(self, email: str, *, password: str = AT_KASPI, **more: Any) -> Document:
        """Order a login and follow it until it has ended or waits for the seller."""
        login = self.post("/kaspi/auth", {"email": email, "password": password, **more})
        return self.follow_login(login["id"])

    def follow_login(self, login_id: str) -> Document:
        return until(
            lambda: self.get(f"/kaspi/auth/{login_id}"),
            lambda login: login["state"] in (*_ENDED, *_ASKING),
        )

    def store(self) -> Document:
        """Return the seller's only store."""
        (store,) = self.get("/kaspi/stores")["results"]
        found: Document = store
        return found

    def follow_sync(self, job_id: str) -> Document:
        return until(
            lambda: self.get(f"/kaspi/jobs/{job_id}"),
            lambda job: job["state"] in ("done", "failed"),
        )

    def products(self) -> list[Document]:
        listed: list[Document] = self.get("/products?page_size=200")["results"]
        return listed

    def product(self, product_id: int) -> Document:
        return self.get(f"/products/{product_id}")

    def history(self, product_id: int) -> list[Document]:
        """Return the latest decisions, newest first."""
        decisions: list[Document] = self.get(f"/products/{product_id}/history")["results"]
        return decisions


def client_of(web_url: str, **options: Any) -> httpx.Client:
    """Return a client that opens a connection for each request: the house may start anew."""
    alone = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(base_url=web_url, limits=alone, timeout=20, **options)


def register(web_url: str) -> Seller:
    """Open an account that nobody had before, and log in."""
    email = f"{secrets.token_hex(4)}@example.kz"
    with client_of(web_url) as anyone:
        anyone.post(
            "/auth/register", json={"email": email, "password": PASSWORD}
        ).raise_for_status()
    return log_in(web_url, email=email, password=PASSWORD)


def log_in(web_url: str, *, email: str, password: str) -> Seller:
    with client_of(web_url) as anyone:
        answer = anyone.post("/auth/login", json={"email": email, "password": password})
    bearer = f"Bearer {answer.raise_for_status().json()['access']}"
    return Seller(email, client_of(web_url, headers={"Authorization": bearer}))
