"""How lists of messages and contacts may be narrowed."""

import django_filters


class MessageFilter(django_filters.FilterSet):
    contact_id = django_filters.NumberFilter()
    state = django_filters.CharFilter(lookup_expr="iexact")
    kind = django_filters.CharFilter(lookup_expr="iexact")


class ContactFilter(django_filters.FilterSet):
    phone = django_filters.CharFilter(lookup_expr="startswith")
    name = django_filters.CharFilter(lookup_expr="icontains")
    opted_out = django_filters.BooleanFilter(
        field_name="opted_out_at", lookup_expr="isnull", exclude=True
    )
