import pytest

from tests.factories import NOW
from tests.whatsapp.connecting import make_connection
from whatsapp.models import MessageKind
from whatsapp.services.broadcasts import draft
from whatsapp.services.contacts import contact_of_phone
from whatsapp.services.outbox import put

pytestmark = pytest.mark.db
SECRET = "Меня зовут Аружан, мой адрес такой-то"


def test_an_operator_sees_what_waits_and_not_what_is_written(seller, admin_site):
    make_connection(user=seller, session_status="WORKING")
    contact = contact_of_phone(user=seller, phone="77011112233", now=NOW, name="Аружан")
    row = put(user=seller, contact=contact, text=SECRET, kind=MessageKind.BY_HAND, now=NOW)
    many = draft(user=seller, name="a", text=SECRET, to=["77015550000"], has_consent=True, now=NOW)

    pages = [
        admin_site.get(f"/admin/whatsapp/{address}").content.decode()
        for address in (
            "message/",
            f"message/{row.pk}/change/",
            "broadcast/",
            f"broadcast/{many.pk}/change/",
        )
    ]

    shown = "".join(pages)
    assert (seller.email in pages[0], seller.email in pages[2]) == (True, True)
    assert [word for word in (SECRET, "77011112233", "Аружан") if word in shown] == []
