"""People: found by number or linked id, made one where both turn out to be one person's."""

from datetime import datetime

import structlog
from django.db import transaction

from accounts.models import User
from cube_demper.kernel.errors import DomainError
from whatsapp.models import Contact, Message
from whatsapp.ports import Waha
from whatsapp.services.connections import connection_of, gateway_of

logger = structlog.get_logger("whatsapp.contacts")
LID = "@lid"
PERSON = "@c.us"
_RAW_PERSON = "@s.whatsapp.net"


def is_person(chat_id: str) -> bool:
    """Is it one person's chat, and no group, channel or status?"""
    return chat_id.endswith((LID, PERSON, _RAW_PERSON))


def contact_of_phone(*, user: User, phone: str, now: datetime, name: str = "") -> Contact:
    """The person with this number, new if need be. ``phone`` is digits with the country code."""
    contact, _ = Contact.rows.get_or_create(
        user=user, phone=phone, defaults={"created_at": now, "name": name}
    )
    return contact


def contact_of_chat(*, user: User, chat_id: str, now: datetime) -> Contact:
    """The person behind an address of WAHA's, new if need be."""
    if chat_id.endswith(LID):
        known = {"lid": chat_id}
    else:
        known = {"phone": chat_id.partition("@")[0].partition(":")[0][:16]}
    address = chat_id.replace(_RAW_PERSON, PERSON)
    contact, is_new = Contact.rows.get_or_create(
        user=user, **known, defaults={"created_at": now, "chat_id": address}
    )
    if not is_new and not contact.chat_id:
        contact.chat_id = address
        contact.save(update_fields=("chat_id",))
    return contact


def name(*, contact_id: int) -> None:
    """Ask for the number behind somebody's linked id, as far as their gateway answers."""
    contact = Contact.rows.select_related("user").filter(pk=contact_id).first()
    if contact is None:
        return
    try:
        name_contact(contact=contact, gateway=gateway_of(connection_of(contact.user)))
    except DomainError as error:
        logger.info("whatsapp.contact.unnamed", contact_id=contact_id, code=error.code)


def name_contact(*, contact: Contact, gateway: Waha) -> Contact:
    """Ask for the number behind a linked id; return the one contact that both are.

    Where the number was known already, what was said to either becomes that contact's.
    """
    if contact.phone or not contact.lid:
        return contact
    phone = gateway.phone_of(contact.lid)[:16]
    if not phone:
        return contact
    with transaction.atomic():
        known = Contact.rows.select_for_update().filter(user=contact.user_id, phone=phone).first()
        if known is None:
            Contact.rows.filter(pk=contact.pk).update(phone=phone)
            contact.phone = phone
            return contact
        return _one(known, contact)


def _one(kept: Contact, merged: Contact) -> Contact:
    Message.rows.filter(contact=merged).update(contact=kept)
    Contact.rows.filter(pk=merged.pk).delete()
    kept.lid, kept.chat_id = merged.lid, merged.chat_id
    for name in ("wrote_at", "written_at", "opted_out_at"):
        both = [at for at in (getattr(kept, name), getattr(merged, name)) if at is not None]
        setattr(kept, name, max(both, default=None))
    kept.save()
    return kept
