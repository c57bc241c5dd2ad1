"""How a list of orders may be narrowed."""

import django_filters


class JobFilter(django_filters.FilterSet):
    store_id = django_filters.NumberFilter()
    kind = django_filters.CharFilter(lookup_expr="iexact")
    state = django_filters.CharFilter(lookup_expr="iexact")


class OrderFilter(django_filters.FilterSet):
    store_id = django_filters.NumberFilter()
    code = django_filters.CharFilter()
    state = django_filters.CharFilter(lookup_expr="iexact")
    status = django_filters.CharFilter(lookup_expr="iexact")
    placed_from = django_filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="gte")
    placed_before = django_filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="lt")
