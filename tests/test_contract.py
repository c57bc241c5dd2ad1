"""Whatever is sent: no bug, no status and no shape that the API's description does not tell of."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import override_settings
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cube_demper.kernel.money import Money
from tests.factories import (
    make_access_token,
    make_change,
    make_decision,
    make_market,
    make_product,
    make_store,
    make_user,
)

pytestmark = pytest.mark.db
TRYING = settings(
    max_examples=int(os.environ.get("CONTRACT_CASES", "4")),  # for each endpoint and method
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def described():
    """The API's description; drawn here, since a drawn one binds the database it first meets."""
    described = schemathesis.openapi.from_dict(
        SchemaGenerator().get_schema(request=None, public=True)
    )
    described.app = get_wsgi_application()
    return described


@pytest.fixture
def one_transaction():
    """Let requests leave the test's connection open, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@dataclass(frozen=True)
class Caller:
    """A seller who has one of most things, by the names that addresses have for them."""

    token: str
    ids: Mapping[str, object]


@pytest.fixture
def caller(db, one_transaction):
    user = make_user()
    product = make_product(
        store=make_store(user=user), market=make_market(), city_prices={"710000000": 90_000}
    )
    decision = make_decision(product=product, wanted_price=Money.tenge(950))
    make_change(decision=decision)
    ids = {
        "store_id": product.store_id,
        "product_id": product.pk,
        "decision_id": decision.pk,
        "city_id": "710000000",
    }
    with override_settings(EVENT_STREAM_S=0.0):  # a stream that goes on is read by nobody here
        yield Caller(make_access_token(user=user), ids)


@pytest.mark.timeout(600)  # every endpoint, several times
def test_every_answer_is_described(described, caller):
    for operation in described.get_all_operations():
        _try(operation.ok(), caller)


def no_bug(_context, response, _case):
    """A 503 is said on purpose: what this installation lacks, or what does not answer."""
    assert response.status_code < 500 or response.status_code == 503


def _try(operation, caller):
    @TRYING
    @given(case=operation.as_strategy())
    def answer(case):
        known = {name: value for name, value in caller.ids.items() if name in case.path_parameters}
        case.path_parameters.update(known)
        case.call_and_validate(
            headers={"Authorization": f"Bearer {caller.token}"},
            checks=(
                no_bug,
                status_code_conformance,
                content_type_conformance,
                response_schema_conformance,
            ),
        )

    answer()
