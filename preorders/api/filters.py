"""How a list of preorders may be narrowed."""

import django_filters


class PreorderFilter(django_filters.FilterSet):
    product_id = django_filters.NumberFilter()
    store_id = django_filters.NumberFilter(field_name="product__store")
    state = django_filters.CharFilter(lookup_expr="iexact")
