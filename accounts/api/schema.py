"""How the API's description calls what lets a request in. Registered by being imported."""

from typing import Any

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from typing_extensions import override


class TokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]  # the library has no types
    """An access token."""

    target_class = "accounts.api.authentication.TokenAuthentication"


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library has no types
    """A script's key."""

    target_class = "accounts.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    @override
    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Api-Key dk_…`, made at `POST /auth/api-keys`.",
        }
