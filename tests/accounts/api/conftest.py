from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories import PASSWORD


@pytest.fixture
def tokens(seller, anyone: APIClient) -> dict[str, Any]:
    """What the seller got by logging in."""
    body = {"email": seller.email, "password": PASSWORD}
    tokens: dict[str, Any] = anyone.post("/auth/login", body).json()
    return tokens
