"""What keeps the local system from starting."""


class StartError(Exception):
    """Something on this machine is in the way; the text is the one sentence a person reads."""
