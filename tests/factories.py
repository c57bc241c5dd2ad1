"""Rows for tests. Boring on purpose: every argument has a plain default, and nothing is random.

A factory makes the row it is named after; where that row cannot live without another (a store
without a session, a market without a card), it makes that one too unless it is given. Two rows made
with defaults look alike, so that a leak between sellers shows.
"""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import Membership, Role, SignIn, TeamRole, User
from cube_demper.kernel.money import Money
from cube_demper.kernel.sealing import Secret
from kaspi.models import ALMATY, Job, Login, PriceList, Session, Store
from kaspi.services.price_lists import claim_store
from products.models import (
    Card,
    Change,
    DecisionRecord,
    Market,
    PriceListEntry,
    Product,
    PushLine,
    shard_of,
)
from products.pricing.model import Reason

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "fair-price-2026"
# PASSWORD as the real hasher keeps it: at its cost, one more hashing for each row would be felt.
PASSWORD_HASH = "bcrypt_sha256$$2b$12$K2Vq1cjPDXhtNSnVLHYF5.Hi38jDo2FBLR560taNF/jOsZI6ogwgm"

_numbers = count(1)


def make_user(*, email: str | None = None, role: Role = Role.USER, **fields: Any) -> User:
    """Make a seller whose password is ``PASSWORD``."""
    return User.objects.create(
        email=email or f"seller{next(_numbers)}@example.kz",
        role=role,
        **{"name": "Seller", "password": PASSWORD_HASH, "joined_at": NOW, **fields},
    )


def make_operator(*, email: str = "operator@example.kz", **fields: Any) -> User:
    return make_user(email=email, role=Role.ADMIN, **{"name": "Operator", **fields})


def make_helper(
    *, seller: User, role: TeamRole = TeamRole.MANAGER, helper: User | None = None, **fields: Any
) -> Membership:
    """Make a helper who was invited and accepted; by default one with an account for just that."""
    helper = helper or make_user(name="Helper")
    accepted = {"email": helper.email, "invited_at": NOW, "accepted_at": NOW}
    row = Membership.rows.create(seller=seller, helper=helper, role=role, **{**accepted, **fields})
    helper.default_membership = row
    helper.save(update_fields=["default_membership"])
    return row


def make_sign_in(*, user: User, **fields: Any) -> SignIn:
    """Make a device that has just logged in, by the clock that doors read."""
    now = timezone.now()
    times = {"begun_at": now, "used_at": now, "expires_at": now + timedelta(days=30)}
    return SignIn.rows.create(user=user, **{**times, **fields})


def make_access_token(*, user: User, sign_in: SignIn | None = None) -> str:
    """Make what a device of the user's sends with every request."""
    token = AccessToken.for_user(user)
    token["sid"] = (sign_in or make_sign_in(user=user)).pk
    return str(token)


def make_session(*, user: User, account: str = "shop@example.kz", **fields: Any) -> Session:
    """Make a live session with an empty cookie jar."""
    defaults = {"jar": Secret("[]"), "connected_at": NOW, "renewed_at": NOW}
    return Session.rows.create(user=user, account=account, **{**defaults, **fields})


def make_store(*, user: User, session: Session | None = None, **fields: Any) -> Store:
    """Make a live store; without ``session``, with the user's only one, made if need be."""
    session = session or Session.rows.filter(user=user).first() or make_session(user=user)
    merchant_id = fields.pop("merchant_id", None) or f"{30000000 + next(_numbers)}"
    return Store.rows.create(
        user=user,
        session=session,
        merchant_id=merchant_id,
        **{"name": "Electronics", "connected_at": NOW, **fields},
    )


def make_claimed_store(*, user: User, is_stated: bool = True, **fields: Any) -> Store:
    """Make a store without a session, with a price list that is being served."""
    merchant_id = fields.pop("merchant_id", None) or f"{30000000 + next(_numbers)}"
    store = claim_store(user=user, merchant_id=merchant_id, name="Electronics", now=NOW)
    Store.rows.filter(pk=store.pk).update(**fields)
    PriceList.rows.filter(store=store).update(stated_at=NOW if is_stated else None)
    return Store.rows.select_related("price_list").get(pk=store.pk)


def make_entry(*, product: Product, **fields: Any) -> PriceListEntry:
    """Make what a price list says of a product: four pieces at one point, at its price."""
    defaults = {
        "model": product.title,
        "brand": "Acme",
        "points": [{"id": "PP1", "yes": True, "stock": 4}],
        "price": product.price,
    }
    return PriceListEntry.rows.create(product=product, **{**defaults, **fields})


def make_login(*, user: User, account: str = "shop@example.kz", **fields: Any) -> Login:
    """Make a login that has just begun and waits ten minutes."""
    defaults = {
        "password": Secret("Kaspi-2026"),
        "answer": Secret(""),
        "started_at": NOW,
        "expires_at": NOW + timedelta(minutes=10),
    }
    return Login.rows.create(user=user, account=account, **{**defaults, **fields})


def make_job(*, store: Store, **fields: Any) -> Job:
    """Make a sync that was just ordered."""
    return Job.rows.create(store=store, **{"ordered_at": NOW, "touched_at": NOW, **fields})


def make_card(*, master_sku: str | None = None, **fields: Any) -> Card:
    return Card.objects.create(
        master_sku=master_sku or f"{100000000 + next(_numbers)}",
        **{"title": "Smartphone 128 GB", "brand": "Acme", "category": "Smartphones", **fields},
    )


def make_market(*, card: Card | None = None, city_id: str = ALMATY, **fields: Any) -> Market:
    """Make a watched market that is due at ``NOW``, on the shard of its card."""
    card = card or make_card()
    defaults = {"shard": shard_of(card.master_sku), "is_watched": True, "next_look_at": NOW}
    return Market.objects.create(card=card, city_id=city_id, **{**defaults, **fields})


def make_product(*, store: Store, market: Market, sku: str = "SKU-1", **fields: Any) -> Product:
    """Make a product at 1 000 ₸ in a corridor from 900 to 1 500 ₸ with a step of 1 ₸."""
    defaults = {
        "title": "Smartphone 128 GB",
        "price": Money.tenge(1000),
        "listed_at": NOW,
        "floor": Money.tenge(900),
        "ceiling": Money.tenge(1500),
        "step": Money.tenge(1),
    }
    return Product.rows.create(store=store, market=market, sku=sku, **{**defaults, **fields})


def make_decision(*, product: Product, **fields: Any) -> DecisionRecord:
    """Make a decision to go one tenge below a rival at 990 ₸."""
    defaults = {
        "decided_at": NOW,
        "price_in_force": product.price,
        "wanted_price": Money.tenge(989),
        "reason": Reason.UNDERCUT,
        "explanation": {"en": "One step below Rival."},
        "rival_price": Money.tenge(990),
        "rival_name": "Rival",
        "position": 1,
    }
    return DecisionRecord.rows.create(product=product, **{**defaults, **fields})


def make_change(*, decision: DecisionRecord, **fields: Any) -> Change:
    """Make the change that a decision led to: pending, and due at ``NOW``."""
    product = decision.product
    defaults = {
        "old_price": product.price,
        "price": decision.wanted_price,
        "floor": product.floor,
        "ceiling": product.ceiling,
        "decided_at": decision.decided_at,
        "waiting_since": decision.decided_at,
        "next_step_at": NOW,
    }
    fields = {"store": product.store, "product": product, **defaults, **fields}
    return Change.rows.create(decision=decision, **fields)


def make_line(*, store: Store, **fields: Any) -> PushLine:
    """Make a store's line, due at ``NOW`` and served by nobody."""
    return PushLine.rows.create(store=store, **{"due_at": NOW, **fields})
