"""How a list of products may be narrowed."""

import django_filters


class ProductFilter(django_filters.FilterSet):
    store_id = django_filters.NumberFilter()
    sku = django_filters.CharFilter()
    master_sku = django_filters.CharFilter(field_name="market__card__master_sku")
    title = django_filters.CharFilter(lookup_expr="icontains")
    reason = django_filters.CharFilter(lookup_expr="iexact")
    is_paused = django_filters.BooleanFilter()
