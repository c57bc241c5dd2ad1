"""Whether the provider sent a notification: its signature, over the message as it arrived.

The sender writes lower-case hexadecimal digits and pluses for spaces, so a body that was parsed and
written again is another text and has another signature: give the raw bytes, before anybody read
them as a form.
"""

import hmac
from base64 import b64encode
from hashlib import sha256
from typing import Final
from urllib.parse import unquote_to_bytes

RAW_HEADER: Final = "Content-HMAC"
DECODED_HEADER: Final = "X-Content-HMAC"


def is_signed(
    message: bytes, *, secret: str, content_hmac: str | None, x_content_hmac: str | None
) -> bool:
    """Whether either header proves the message: the body of a POST, the query string of a GET.

    ``Content-HMAC`` decides alone where it is there. The other is over the decoded text, and two
    messages that read differently may decode to the same: a body that somebody wrote anew must not
    be saved by it.
    """
    if content_hmac:
        return _is_equal(content_hmac, signature(message, secret=secret))
    if not x_content_hmac:
        return False
    decoded = unquote_to_bytes(message.replace(b"+", b" "))
    fits_form = _is_equal(x_content_hmac, signature(decoded, secret=secret))
    fits_json = _is_equal(x_content_hmac, signature(message, secret=secret))  # which is not encoded
    return fits_form or fits_json


def signature(message: bytes, *, secret: str) -> str:
    """The provider's signature: HMAC-SHA256 with the API secret, in base64."""
    return b64encode(hmac.new(secret.encode(), message, sha256).digest()).decode("ascii")


def _is_equal(given: str, right: str) -> bool:
    """Compare in constant time; what is given may be any text at all."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode("ascii"))
