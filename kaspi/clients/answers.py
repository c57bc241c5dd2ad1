"""What an answer means: its status and body into JSON, or into one of our errors. Pure.

Three readers, because the same status means different things in different places: 403 in the
cabinet is mostly the end of a session, on the storefront always a wall; 429 on a push is a ban.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import orjson

from kaspi.clients import bundle_payloads, order_payloads, payloads
from kaspi.errors import (
    KaspiError,
    KaspiUnavailable,
    OrderMissing,
    OrdersTokenRefused,
    PayloadUnreadable,
    PushBanned,
    PushRejected,
    PushUnanswered,
    RequestRefused,
    SessionDead,
    WalledOff,
)
from kaspi.push_ports import BundleAnswer, Taken

T = TypeVar("T")
_BOM = b"\xef\xbb\xbf"
_LONGEST_WAIT_S = 24 * 3600.0  # whatever the answer says
_LOGIN_PAGE_MARKS = (b"user_email_field", b"password_field")  # ids on Kaspi's login page
_LOGIN_ADDRESSES = ("/login", "/oauth2/")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read to its end. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_html(self) -> bool:
        """Is it a page for people where JSON was due?"""
        declared = self.headers.get("content-type", "")
        return "html" in declared or self.body.removeprefix(_BOM).lstrip()[:1] == b"<"

    @property
    def is_login_page(self) -> bool:
        """Does it show the login, or send us there?"""
        if HTTPStatus.MULTIPLE_CHOICES <= self.status < HTTPStatus.BAD_REQUEST:
            return any(mark in self.headers.get("location", "") for mark in _LOGIN_ADDRESSES)
        return self.is_html and any(mark in self.body for mark in _LOGIN_PAGE_MARKS)

    def retry_after_s(self, default: float) -> float:
        """How long the answer asks us to stay away."""
        asked = self.headers.get("retry-after", "")
        is_number = asked.isascii() and asked.isdigit()
        return min(float(asked), _LONGEST_WAIT_S) if is_number else default

    def json(self) -> Any:
        """The body as JSON. Raises KaspiUnavailable: a broken body is a broken answer."""
        try:
            return orjson.loads(self.body.removeprefix(_BOM))
        except orjson.JSONDecodeError:
            kind = "a page" if self.is_html else "no JSON"
            raise KaspiUnavailable(f"Kaspi answered {self.status} with {kind}.") from None


def read_cabinet(answer: Answer, *, wall_s: float) -> Any:
    """Read what the cabinet answered to a read.

    Raises SessionDead, WalledOff, RequestRefused and KaspiUnavailable.
    """
    if answer.is_login_page or answer.status == HTTPStatus.UNAUTHORIZED:
        raise SessionDead
    if answer.status == HTTPStatus.FORBIDDEN and not answer.is_html:
        raise SessionDead  # maybe a missing XSRF header, which a new login cures as well
    return _read(answer, wall_s=wall_s)


def read_storefront(answer: Answer, *, wall_s: float) -> Any:
    """Read what the storefront answered.

    Raises WalledOff, RequestRefused and KaspiUnavailable.
    """
    return _read(answer, wall_s=wall_s)


def read_orders(answer: Answer, *, wall_s: float) -> Any:
    """Read what the orders API answered.

    Raises OrdersTokenRefused, OrderMissing, WalledOff, RequestRefused with Kaspi's own words, and
    KaspiUnavailable.
    """
    match answer.status:
        case HTTPStatus.UNAUTHORIZED:
            raise OrdersTokenRefused
        case HTTPStatus.NOT_FOUND:
            raise OrderMissing
        case HTTPStatus.BAD_REQUEST | HTTPStatus.FORBIDDEN if not answer.is_html:
            raise RequestRefused(_refused_words(answer) or f"Kaspi refused ({answer.status}).")
        case _:
            return _read(answer, wall_s=wall_s)


def read_push(answer: Answer, *, wall_s: float, ban_s: float) -> str:
    """Read what the cabinet answered to a push: the job's id.

    Raises PushBanned, PushRejected, SessionDead and WalledOff, after which nothing was taken, and
    PushUnanswered, after which nobody knows.
    """
    return _accepted(answer, payloads.job_id, wall_s=wall_s, ban_s=ban_s)


def read_bundle(
    answer: Answer,
    *,
    skus: Sequence[str],
    names_job: bool,
    is_whole: bool,
    wall_s: float,
    ban_s: float,
) -> Mapping[str, BundleAnswer]:
    """Read what the cabinet answered to a bundle of statements, one for each of ``skus``.

    Raises as ``read_push`` does. Unless a refused bundle ``is_whole``, some of it may have been
    taken, so that PushUnanswered stands for PushRejected.
    """
    if not names_job and answer.status == HTTPStatus.OK and not answer.body.strip():
        return {sku: Taken(sku) for sku in skus}
    try:
        return _accepted(
            answer,
            partial(bundle_payloads.bundle, skus=skus, names_job=names_job),
            wall_s=wall_s,
            ban_s=ban_s,
        )
    except PushRejected as error:
        if is_whole:
            raise
        raise PushUnanswered(error.detail) from None


def _accepted(answer: Answer, read: Callable[[Any], T], *, wall_s: float, ban_s: float) -> T:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise PushBanned(wait_s=answer.retry_after_s(ban_s))
    try:
        return read(read_cabinet(answer, wall_s=wall_s))
    except RequestRefused as error:
        raise PushRejected(error.detail) from None
    except (KaspiUnavailable, PayloadUnreadable) as error:
        raise PushUnanswered(error.detail) from None


def _refused_words(answer: Answer) -> str:
    try:
        return order_payloads.refusal(answer.json())
    except KaspiUnavailable:
        return ""


def _read(answer: Answer, *, wall_s: float) -> Any:
    error = _refusal(answer, wall_s)
    if error is not None:
        raise error
    return answer.json()


def _refusal(answer: Answer, wall_s: float) -> KaspiError | None:
    match answer.status:
        case HTTPStatus.FORBIDDEN | HTTPStatus.METHOD_NOT_ALLOWED | HTTPStatus.TOO_MANY_REQUESTS:
            return WalledOff(
                f"Kaspi turned our address away ({answer.status}).",
                wait_s=answer.retry_after_s(wall_s),
            )
        case status if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return RequestRefused(f"Kaspi refused the request ({status}).")
        case status if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return KaspiUnavailable(f"Kaspi answered {status}.")
        case _:
            return None
