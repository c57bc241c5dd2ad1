"""Signatures of what webhooks are sent, as the Standard Webhooks describe them.

``Webhook-Signature`` is ``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``; the key
is what follows ``whsec_`` in the secret, decoded from base64. A receiver compares it, and refuses a
timestamp that is minutes away: so nobody can send it again later.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

from cube_demper.kernel.sealing import Secret

_PREFIX = "whsec_"
_KEY_BYTES = 32


def new_key() -> Secret:
    return Secret(_PREFIX + base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode())


def signed_headers(*, key: Secret, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers by which a receiver knows that it was us, and when."""
    timestamp = str(int(now.timestamp()))
    raw_key = base64.b64decode(key.reveal().removeprefix(_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(raw_key, signed, hashlib.sha256)).decode()
    return {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": timestamp,
        "Webhook-Signature": f"v1,{signature}",
    }
