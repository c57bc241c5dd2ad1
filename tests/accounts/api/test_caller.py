import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts.api.caller import caller
from accounts.models import User
from cube_demper.kernel.errors import NotAuthenticated

pytestmark = pytest.mark.unit


def a_request_of(user):
    request = Request(APIRequestFactory().get("/"))
    request.user = user
    return request


def test_the_caller_is_the_user_who_is_logged_in():
    user = User(email="seller@example.kz")

    assert caller(a_request_of(user)) is user


def test_nobody_is_no_caller():
    with pytest.raises(NotAuthenticated):
        caller(a_request_of(AnonymousUser()))
