import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts.api.caller import caller, sign_in_of
from accounts.api.visits import Visit
from accounts.models import ApiKey, SignIn, User
from cube_demper.kernel.errors import NotAuthenticated

pytestmark = pytest.mark.unit


def a_request_of(user, visit=None):
    request = Request(APIRequestFactory().get("/"))
    request.user, request.auth = user, visit
    return request


def test_the_caller_is_the_user_who_is_logged_in():
    user = User(email="seller@example.kz")

    assert caller(a_request_of(user, Visit(sign_in=SignIn()))) is user


def test_nobody_is_no_caller():
    with pytest.raises(NotAuthenticated):
        caller(a_request_of(AnonymousUser()))


def test_a_script_has_no_sign_in():
    with pytest.raises(NotAuthenticated):
        sign_in_of(a_request_of(User(), Visit(key=ApiKey())))
