"""What people find in their mail."""

import re


def token_in(letter) -> str:
    """The token of the link in a mail."""
    tokens: list[str] = re.findall(r"#token=([\w-]+)$", letter.body, flags=re.MULTILINE)
    [token] = tokens
    return token
