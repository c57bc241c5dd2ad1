"""Who may come in, and with what, a file for each kind."""

from accounts.models.api_keys import ApiKey, Scope
from accounts.models.audit import Actor, AuditEntry, Operation
from accounts.models.mail_tokens import MailPurpose, MailToken
from accounts.models.sign_ins import SignIn
from accounts.models.team import Membership, TeamRole
from accounts.models.users import Role, User, UserManager

__all__ = [
    "Actor",
    "ApiKey",
    "AuditEntry",
    "MailPurpose",
    "MailToken",
    "Membership",
    "Operation",
    "Role",
    "Scope",
    "SignIn",
    "TeamRole",
    "User",
    "UserManager",
]
