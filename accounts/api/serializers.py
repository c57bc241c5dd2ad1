from typing import Any

from rest_framework import serializers

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


class UserOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField()
    role = CodeField()
    joined_at = serializers.DateTimeField()


class TokensOutput(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()
