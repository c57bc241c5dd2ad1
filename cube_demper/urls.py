"""Every address of the house."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

from accounts.api.audit import AuditView
from cube_demper import health, limits, metrics

admin.site.site_header = "Cube Demper"
admin.site.site_title = "Cube Demper"
admin.site.index_title = "What is going on"

urlpatterns = [
    path("auth/", include("accounts.api.urls")),
    path("audit", AuditView.as_view(), name="audit"),
    path("events", include("news.api.event_urls")),
    path("webhooks", include("news.api.webhook_urls")),
    path("kaspi/", include("kaspi.api.urls")),
    path("kaspi/", include("products.api.price_list_urls")),
    path("products", include("products.api.urls")),
    path("preorders", include("preorders.api.urls")),
    path("whatsapp/", include("whatsapp.api.urls")),
    path("billing/", include("billing.api.urls")),
    path("ai/", include("ai.api.urls")),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/limits/", admin.site.admin_view(limits.page), name="limits"),
    path("admin/", admin.site.urls),
    path("schema/", SpectacularAPIView.as_view(permission_classes=()), name="schema"),
    path("docs", SpectacularSwaggerView.as_view(permission_classes=()), name="docs"),
    path(
        "redoc",
        SpectacularRedocView.as_view(permission_classes=(), template_name="cube_demper/redoc.html"),
        name="redoc",
    ),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("metrics", metrics.page, name="metrics"),
]

handler400 = "cube_demper.kernel.problems.bad_request"
handler404 = "cube_demper.kernel.problems.not_found"
handler500 = "cube_demper.kernel.problems.server_error"
