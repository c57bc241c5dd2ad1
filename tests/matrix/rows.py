"""What a row of the matrix says: one method of one address, and who may do what with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import TeamRole
from tests.matrix.world import Things

# In whose name each of them comes.
HELPERS = {
    TeamRole.OWNER: "an owner",
    TeamRole.MANAGER: "a manager",
    TeamRole.VIEWER: "a viewer",
}
KEYS = ("a reading key", "a writing key")
OUTSIDERS = ("a stranger", "an operator")
CALLERS = ("the seller", *HELPERS.values(), *KEYS, *OUTSIDERS, "anybody", "the seller, blocked")

Statuses = dict[str, int]


class Kind(Enum):
    """Whose a thing is, and so who may touch it."""

    READ = "every role reads it"
    WRITE = "managers and above change it"
    SECRET = "owners change it"
    TEAM = "owners change it, and no key does"
    PERSONAL = "whoever acts has it alone, and no key opens it"
    SELF = "whoever acts has it alone"
    OPEN = "everybody may ask"


_REFUSED: Mapping[Kind, Statuses] = {
    Kind.READ: {},
    Kind.WRITE: {"a viewer": 403, "a reading key": 403},
    Kind.SECRET: {"a viewer": 403, "a manager": 403, "a reading key": 403},
    Kind.TEAM: {"a viewer": 403, "a manager": 403, **dict.fromkeys(KEYS, 403)},
    Kind.PERSONAL: dict.fromkeys(KEYS, 403),
    Kind.SELF: {},
    Kind.OPEN: {},
}
_OWN = (Kind.PERSONAL, Kind.SELF)


@dataclass(frozen=True, slots=True)
class Row:
    """One method of one address.

    ``parts`` make the address, ``body`` what is sent; both of the seller's own things. ``ok`` is
    what those get who may, ``others`` what outsiders get, ``said`` what some get against the rule.
    ``changed_by`` are those who change something of the seller's, against the rule.
    """

    method: str
    name: str
    kind: Kind
    ok: int = 200
    others: int | None = None
    parts: Callable[[Things], Mapping[str, Any]] | None = None
    body: Callable[[Things], Any] | None = None
    form: str = "json"
    said: Mapping[str, int] = field(default_factory=dict)
    changed_by: frozenset[str] | None = None

    @property
    def id(self) -> str:
        return f"{self.method.upper()} {self.name}"

    def send(self, client: APIClient, things: Things) -> HttpResponse:
        address = reverse(self.name, kwargs=self.parts and dict(self.parts(things)))
        body = None if self.body is None else self.body(things)
        answer: HttpResponse = getattr(client, self.method)(address, body, format=self.form)
        return answer

    def statuses(self) -> Statuses:
        """What each caller is to get."""
        others = self.others or (self.ok if self.parts is None else 404)
        told = dict.fromkeys(CALLERS, self.ok) | dict.fromkeys(OUTSIDERS, others)
        if self.kind in _OWN and others != self.ok:
            told |= dict.fromkeys(HELPERS.values(), others)
        told |= _REFUSED[self.kind]
        if self.kind is not Kind.OPEN:
            told |= dict.fromkeys(("anybody", "the seller, blocked"), 401)
        return {**told, **self.said}

    def changers(self) -> set[str]:
        """Who changes something of the seller's."""
        if self.changed_by is not None:
            return set(self.changed_by)
        if self.method == "get" or self.kind in {Kind.OPEN, Kind.READ}:
            return set()
        theirs = set(OUTSIDERS) | (set(HELPERS.values()) if self.kind in _OWN else set())
        return {who for who, status in self.statuses().items() if status < 400} - theirs
