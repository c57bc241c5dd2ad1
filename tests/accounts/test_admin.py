import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, MailPurpose, Operation
from accounts.operations import AuditedAdmin
from accounts.services import sign_ins
from accounts.services.mailed import make_token
from accounts.services.sign_ins import Device
from cube_demper.kernel.sealing import Secret
from kaspi.models import EgressAddress
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.db


def log_in(client, email):
    return client.post("/admin/login/?next=/admin/", {"username": email, "password": PASSWORD})


def test_an_operator_reaches_the_admin_by_password(operator):
    client = Client()

    response = log_in(client, operator.email)

    assert (response.status_code, response["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200


def test_a_seller_does_not(seller):
    client = Client()

    response = log_in(client, seller.email)

    assert response.status_code == 200
    assert b"Please enter the correct" in response.content
    assert client.get("/admin/").status_code == 302


def test_a_logged_in_seller_is_shown_the_door(seller):
    client = Client()
    client.force_login(seller)

    response = client.get("/admin/accounts/user/")

    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/admin/login/")


def test_an_api_token_does_not_open_the_admin(operator, client_of):
    assert client_of(operator).get("/admin/").status_code == 302


def test_an_admin_cookie_does_not_open_the_api(admin_site):
    assert admin_site.get("/auth/me").status_code == 401


def test_the_short_address_leads_to_the_admin(admin_site):
    response = admin_site.get("/admin")

    assert (response.status_code, response["Location"]) == (302, "/admin/")


def set_active(admin_site, seller, **fields):
    return admin_site.post(
        f"/admin/accounts/user/{seller.pk}/change/", {"name": "Seller", "role": "USER", **fields}
    )


def test_an_operator_blocks_a_seller(admin_site, operator, seller):
    response = set_active(admin_site, seller)

    seller.refresh_from_db()
    assert (response.status_code, seller.is_active) == (302, False)
    assert list(AuditEntry.rows.values_list("user", "actor", "action", "changes")) == [
        (seller.pk, operator.pk, "user.changed", {"is_active": [True, False]}),
        (seller.pk, operator.pk, "account.blocked", {}),
    ]


def test_a_seller_who_may_come_again_has_to_log_in_anew(admin_site, seller, api, anyone):
    tokens = sign_ins.begin(user=seller, device=Device(), now=timezone.now())
    reset = make_token(
        user=seller, purpose=MailPurpose.RESET_PASSWORD, email=seller.email, now=timezone.now()
    )
    set_active(admin_site, seller)

    set_active(admin_site, seller, is_active="on")

    chosen = {"token": reset, "password": "better-price-2027"}
    assert api.get("/auth/me").status_code == 401
    assert anyone.post("/auth/refresh", {"refresh": tokens.refresh}).status_code == 401
    assert anyone.post("/auth/password/reset/confirm", chosen).status_code == 422
    again = anyone.post("/auth/login", {"email": seller.email, "password": PASSWORD})
    assert again.status_code == 200


def test_every_page_that_changes_something_leaves_it_in_the_audit(operator, rf):
    request = rf.get("/admin/")
    request.user = operator
    shown = filter(admin.site.is_registered, apps.get_models())

    unaudited = [
        type(page).__name__
        for page in map(admin.site.get_model_admin, shown)
        if not isinstance(page, AuditedAdmin)
        and (
            page.has_add_permission(request)
            or page.has_change_permission(request)
            or page.has_delete_permission(request)
        )
    ]

    assert unaudited == []


def test_what_is_deleted_and_what_an_action_does_are_in_the_audit(admin_site, operator):
    row = EgressAddress.objects.create(name="almaty-1", proxy_url=Secret("http://a:b@127.0.0.1:1"))
    chosen = {"_selected_action": [row.pk]}
    pages = "/admin/kaspi/egressaddress/"

    admin_site.post(pages, {**chosen, "action": "let_rest"})
    admin_site.post(pages, {**chosen, "action": "delete_selected", "post": "yes"})

    assert list(Operation.objects.values_list("actor", "action", "subject_id", "changes")) == [
        (operator.pk, "egressaddress.let-rest", str(row.pk), {}),
        (operator.pk, "egressaddress.deleted", str(row.pk), {"name": ["almaty-1", None]}),
    ]


def test_a_proxys_password_is_not_in_the_audit(admin_site):
    typed = {"name": "almaty-1", "is_enabled": "on", "proxy": "http://a:secret@127.0.0.1:1"}

    admin_site.post("/admin/kaspi/egressaddress/add/", typed)

    [entry] = Operation.objects.all()
    assert (entry.action, entry.changes["proxy"]) == ("egressaddress.added", ["", "…"])


def test_no_page_shows_a_password(admin_site, seller):
    page = admin_site.get(f"/admin/accounts/user/{seller.pk}/change/")

    assert page.status_code == 200
    assert b"bcrypt" not in page.content
    assert b'name="password"' not in page.content


def test_accounts_are_not_opened_in_the_admin(admin_site):
    assert admin_site.get("/admin/accounts/user/add/").status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_as_often_for_three_as_for_one(admin_site, rows, django_assert_num_queries):
    for _ in range(rows):
        make_user()

    with django_assert_num_queries(4):
        admin_site.get("/admin/accounts/user/")
