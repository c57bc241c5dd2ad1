from typing import Any

from rest_framework import serializers
from typing_extensions import override

from cube_demper.kernel.api import CodeField, Input, StrictCharField


class RegisterInput(Input):
    email = serializers.EmailField(max_length=254)
    password = StrictCharField(max_length=128, trim_whitespace=False)
    name = StrictCharField(max_length=120, required=False, default="", allow_blank=True)


class LoginInput(Input):
    email = serializers.EmailField(max_length=254)
    password = StrictCharField(max_length=128, trim_whitespace=False)


class RefreshInput(Input):
    refresh = StrictCharField(max_length=4096)


class ProfileInput(Input):
    """What you may change about yourself. A new ``email`` wants the ``password``."""

    name = StrictCharField(max_length=120, required=False, allow_blank=True)
    email = serializers.EmailField(max_length=254, required=False)
    password = StrictCharField(max_length=128, trim_whitespace=False, required=False)

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("email" in attrs) != ("password" in attrs):
            missing = "password" if "email" in attrs else "email"
            raise serializers.ValidationError({missing: "A new e-mail goes with the password."})
        return attrs


class PasswordChangeInput(Input):
    current = StrictCharField(max_length=128, trim_whitespace=False)
    password = StrictCharField(max_length=128, trim_whitespace=False)


class ResetInput(Input):
    email = serializers.EmailField(max_length=254)


class MailedInput(Input):
    token = StrictCharField(max_length=200)


class NewPasswordInput(MailedInput):
    password = StrictCharField(max_length=128, trim_whitespace=False)


class UserOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField()
    role = CodeField()
    joined_at = serializers.DateTimeField()
    email_proved_at = serializers.DateTimeField(allow_null=True)


class TokensOutput(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()
