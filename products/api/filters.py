"""How a list of products may be narrowed."""

from datetime import timedelta
from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from products.documents import ProductState, state
from products.pricing.model import Reason
from products.search import found

_OLD = timedelta(hours=1)


class ProductFilter(django_filters.FilterSet):
    """``stale``: watched, and not looked at for an hour."""

    search = django_filters.CharFilter(method="filter_search", label="words of title or sku")
    store_id = django_filters.NumberFilter()
    state = django_filters.MultipleChoiceFilter(
        choices=[(one.value, one.value) for one in ProductState], method="filter_state"
    )
    sku = django_filters.CharFilter()
    master_sku = django_filters.CharFilter(field_name="market__card__master_sku")
    title = django_filters.CharFilter(lookup_expr="icontains")
    category = django_filters.CharFilter(field_name="market__card__category", lookup_expr="iexact")
    reason = django_filters.CharFilter(lookup_expr="iexact")
    position = django_filters.NumberFilter()
    position_from = django_filters.NumberFilter(field_name="position", lookup_expr="gte")
    position_to = django_filters.NumberFilter(field_name="position", lookup_expr="lte")
    is_paused = django_filters.BooleanFilter()
    is_priority = django_filters.BooleanFilter()
    at_floor = django_filters.BooleanFilter(method="filter_at_floor")
    at_war = django_filters.BooleanFilter(
        field_name="at_war_since", lookup_expr="isnull", exclude=True
    )
    at_wanted_price = django_filters.BooleanFilter(method="filter_at_wanted")
    has_cost = django_filters.BooleanFilter(method="filter_has_cost")
    stale = django_filters.BooleanFilter(method="filter_stale")

    def filter_search(self, rows: "QuerySet[Any]", _: str, question: str) -> "QuerySet[Any]":
        return found(rows, question)

    def filter_state(self, rows: "QuerySet[Any]", _: str, names: list[str]) -> "QuerySet[Any]":
        return rows.alias(_state=state(timezone.now())).filter(_state__in=names) if names else rows

    def filter_at_floor(self, rows: "QuerySet[Any]", _: str, wanted: Any) -> "QuerySet[Any]":
        at_floor = Q(reason=Reason.AT_FLOOR) | Q(wanted_price__lte=F("floor"))
        return _where(rows, at_floor, wanted)

    def filter_at_wanted(self, rows: "QuerySet[Any]", _: str, wanted: Any) -> "QuerySet[Any]":
        return _where(rows, Q(price=F("wanted_price")), wanted)

    def filter_has_cost(self, rows: "QuerySet[Any]", _: str, wanted: Any) -> "QuerySet[Any]":
        return _where(rows, Q(rules__has_key="cost_tiyn"), wanted)

    def filter_stale(self, rows: "QuerySet[Any]", _: str, wanted: Any) -> "QuerySet[Any]":
        old = Q(market__looked_at=None) | Q(market__looked_at__lt=timezone.now() - _OLD)
        return _where(rows, Q(market__is_watched=True) & old, wanted)


def _where(rows: "QuerySet[Any]", condition: Q, wanted: Any) -> "QuerySet[Any]":
    return rows.filter(condition) if wanted else rows.exclude(condition)
