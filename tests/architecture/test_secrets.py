"""No secret leaves by an answer or an admin page."""

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import RequestFactory
from rest_framework import serializers

from accounts.models import Role, User
from cube_demper.kernel.api import Input
from cube_demper.kernel.sealing import SealedField
from tests.architecture.source import APPS, HOME

pytestmark = pytest.mark.unit


def sealed_fields(model: type[models.Model]) -> set[str]:
    fields = {field.name for field in model._meta.fields if isinstance(field, SealedField)}
    return fields | ({"password"} if model is User else set())


SECRET_NAMES = {name for model in apps.get_models() for name in sealed_fields(model)} | {
    "cookie",
    "cookies",
    "jar",
    "password",
}
WITH_SECRETS = [model for model in admin.site._registry if sealed_fields(model)]


def outputs() -> list[type[serializers.BaseSerializer[Any]]]:
    """Every serializer of ours that makes answers."""
    for path in HOME.glob("*/api/*serializers.py"):
        importlib.import_module(f"{path.parts[-3]}.api.{path.stem}")
    found: list[type[serializers.BaseSerializer[Any]]] = []
    queue: list[type[serializers.BaseSerializer[Any]]] = [*serializers.Serializer.__subclasses__()]
    while queue:
        kind = queue.pop()
        queue += kind.__subclasses__()
        if kind.__module__.split(".")[0] in APPS and not issubclass(kind, Input):
            found.append(kind)
    return found


def test_no_admin_page_shows_a_token():
    assert [model for model in admin.site._registry if "token" in model.__name__.lower()] == []


def test_there_are_secrets_to_keep():
    assert {"jar", "password", "answer"} <= SECRET_NAMES
    assert sorted(model.__name__ for model in WITH_SECRETS) == [
        "Connection",
        "EgressAddress",
        "Login",
        "Order",
        "OrdersAccess",
        "PaymentCard",
        "PriceList",
        "Session",
        "User",
        "Webhook",
    ]


@pytest.mark.parametrize("serializer", outputs(), ids=lambda kind: kind.__name__)
def test_no_answer_has_a_secret_in_it(serializer):
    fields = serializer().fields.values()

    names = {field.field_name for field in fields}
    sources = {part for field in fields for part in (field.source or "").split(".")}
    assert (names | sources) & SECRET_NAMES == set()


@pytest.mark.parametrize("model", WITH_SECRETS, ids=lambda model: model._meta.label)
def test_no_admin_page_shows_a_secret(model):
    pages = admin.site._registry[model]
    request = RequestFactory().get("/")
    request.user = User(role=Role.ADMIN)

    shown = {
        str(name)
        for names in (
            pages.get_list_display(request),
            pages.get_list_filter(request),
            pages.get_search_fields(request),
            pages.get_readonly_fields(request),
            pages.get_fields(request, model()),
        )
        for name in names
    }
    assert shown & sealed_fields(model) == set()
