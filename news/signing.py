"""Signatures of what webhooks are sent, as the Standard Webhooks describe them.

``Webhook-Signature`` is ``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``; the key
is what follows ``whsec_`` in the secret, decoded from base64. While a secret is replaced, there are
two, with a space between. A receiver looks for one that is right, and refuses a timestamp that
is minutes away: so nobody can send it again later.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from cube_demper.kernel.sealing import Secret

_PREFIX = "whsec_"
_KEY_BYTES = 32


def new_key() -> Secret:
    return Secret(_PREFIX + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode())


def signed_headers(
    *, keys: Sequence[Secret], message_id: str, body: bytes, now: datetime
) -> dict[str, str]:
    """The headers by which a receiver knows that it was us, and when."""
    timestamp = str(int(now.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": timestamp,
        "Webhook-Signature": " ".join(f"v1,{_signature(key, signed)}" for key in keys),
    }


def _signature(key: Secret, signed: bytes) -> str:
    raw_key = base64.b64decode(key.reveal().removeprefix(_PREFIX))
    return base64.b64encode(hmac.digest(raw_key, signed, hashlib.sha256)).decode()
