"""Every row of a seller is behind the two doors."""

import ast
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from accounts.models import User
from cube_demper.kernel.tenancy import TenantManager
from tests.architecture.source import APPS, calls, modules

pytestmark = pytest.mark.unit

OURS = [model for model in apps.get_models() if model._meta.app_label in APPS and model is not User]


def paths_to_user(model: type[models.Model], seen: tuple[type, ...] = ()) -> Iterator[str]:
    """Follow the required foreign keys from a row to its owner."""
    for field in model._meta.concrete_fields:
        target = field.related_model
        if not isinstance(field, models.ForeignKey) or field.null or target in seen:
            continue
        if target is User:
            yield field.name
        elif isinstance(target, type):
            for rest in paths_to_user(target, (*seen, model)):
                yield f"{field.name}__{rest}"


OWNED = [model for model in OURS if list(paths_to_user(model))]
PUBLIC = [model for model in OURS if model not in OWNED]


def test_it_is_known_what_belongs_to_nobody():
    assert sorted(model.__name__ for model in PUBLIC) == [
        "Addon",
        "Brake",
        "Card",
        "City",
        "DaySpending",
        "Document",
        "EgressAddress",
        "Market",
        "MarketFace",
        "MoneyAlarm",
        "Operation",
        "OperatorRate",
        "Passage",
        "Plan",
        "PlanVersion",
        "PromoCode",
        "ProviderEvent",
        "Remnant",
        "Round",
        "ShardTempo",
        "TapeEntry",
        "TariffTable",
    ]


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model._meta.label)
def test_a_sellers_rows_are_behind_the_doors(model):
    manager = model.objects

    assert isinstance(manager, TenantManager)
    assert manager.path in list(paths_to_user(model))
    assert str(manager.for_user(User(pk=1)).query)


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model._meta.label)
def test_what_hangs_on_a_store_is_hidden_when_that_is_taken_away(model):
    manager = model.objects

    prefix, hangs_on_a_store, _ = manager.path.rpartition("store__user")
    if hangs_on_a_store:
        assert manager.hidden == f"{prefix}store__removed_at"


@pytest.mark.parametrize("model", OWNED, ids=lambda model: model._meta.label)
def test_the_frameworks_own_manager_is_plain(model):
    assert type(model._default_manager) is models.Manager
    assert model._meta.default_manager_name == "rows"
    assert not isinstance(model._base_manager, TenantManager)


@pytest.mark.parametrize("model", PUBLIC, ids=lambda model: model._meta.label)
def test_what_belongs_to_nobody_has_no_doors(model):
    assert not isinstance(model.objects, TenantManager)


def test_every_loud_door_says_why():
    reasons = {
        module.place(call.lineno): reason_of(call)
        for module in modules(*APPS)
        for call in calls(module.tree(), "across_users")
    }

    print(*(f"{place} {reason}" for place, reason in reasons.items()), sep="\n")  # noqa: T201 -- the list of all such places
    assert [place for place, reason in reasons.items() if len(reason.split()) < 2] == []


def reason_of(call: ast.Call) -> str:
    """Return the literal reason; anything else is none."""
    given = [keyword.value for keyword in call.keywords if keyword.arg == "reason"]
    return next((str(value.value) for value in given if isinstance(value, ast.Constant)), "")
