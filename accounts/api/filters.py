"""How the audit may be narrowed."""

import django_filters


class AuditFilter(django_filters.FilterSet):
    action = django_filters.CharFilter()
    subject = django_filters.CharFilter()
    subject_id = django_filters.CharFilter()
    actor_id = django_filters.NumberFilter()
    actor_email = django_filters.CharFilter(lookup_expr="iexact")
    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    before = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")
