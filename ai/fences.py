"""Text from outside, fenced in: an assistant reads it as data, whatever it says.

A fence bears a mark that its text's author can't know, so no text closes its own fence. The mark
depends on the text alone: the same history reads the same, and the provider may keep it cached.
"""

import hashlib
import hmac

from django.conf import settings

_MARK = 12


def fenced(text: str, *, source: str) -> str:
    """The text between its marks; ``source`` is a word of ours."""
    key = settings.SECRET_KEY.encode()
    said = f"fence:{source}:{text}".encode(errors="replace")
    mark = hmac.new(key, said, hashlib.sha256).hexdigest()[:_MARK]
    return f'<data-{mark} source="{source}">\n{text}\n</data-{mark}>'


def asker(user_id: int, *, who: str = "") -> str:
    """Who asks, for the provider: the same for the same person, and telling nothing else."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"asker:{user_id}:{who}".encode(), hashlib.sha256).hexdigest()
