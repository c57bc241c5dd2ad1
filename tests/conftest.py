import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from tests.broker import Broker
from tests.factories import NOW, make_access_token, make_operator, make_user

KINDS = {"unit", "db", "flow", "containers"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no test run that does not say what it needs."""
    silent = [
        item.nodeid for item in items if not KINDS & {mark.name for mark in item.iter_markers()}
    ]
    if silent:
        raise pytest.UsageError(f"Mark these as one of {sorted(KINDS)}:\n" + "\n".join(silent))


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """Recorded data that lives beside the project, not in it."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip(f"no folder {folder.name!r} with recorded data beside the project")
    return folder


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """A browser on this machine; without one the test is skipped, unless one is required."""
    path = os.environ.get("CHROMIUM_PATH")
    if not path:
        reason = (
            "no Chromium on this machine: set CHROMIUM_PATH, or install chromium-headless-shell"
        )
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@pytest.fixture
def now() -> datetime:
    """The time it is in a test; nothing reads the real clock."""
    return NOW


@pytest.fixture
def seller(db) -> User:
    """Whose things a test is about."""
    return make_user(email="seller@example.kz")


@pytest.fixture
def stranger(db) -> User:
    """Another seller, who must never see or touch the first one's things."""
    return make_user(email="stranger@example.kz")


@pytest.fixture
def operator(db) -> User:
    """One of us."""
    return make_operator()


@pytest.fixture
def anyone() -> APIClient:
    """The API without a token."""
    return APIClient()


@pytest.fixture
def client_of() -> Callable[[User], APIClient]:
    """The API for a user, logged in by a real token."""

    def log_in(user: User) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {make_access_token(user=user)}")
        return client

    return log_in


@pytest.fixture
def api(seller: User, client_of: Callable[[User], APIClient]) -> APIClient:
    """The API for the seller."""
    return client_of(seller)


@pytest.fixture
def admin_site(operator: User) -> Client:
    """The admin pages for the operator."""
    client = Client()
    client.force_login(operator)
    return client


@pytest.fixture
def broker() -> Iterator[Broker]:
    """The real queues, empty before and after."""
    broker = Broker()
    broker.take()
    yield broker
    broker.close()
