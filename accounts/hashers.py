"""How passwords are kept."""

from django.contrib.auth.hashers import BCryptSHA256PasswordHasher


class BCrypt12PasswordHasher(BCryptSHA256PasswordHasher):
    """bcrypt at cost 12, over a SHA-256 so that long passwords count to their end."""

    rounds = 12
