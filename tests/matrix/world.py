"""Two sellers with look-alike things: whatever one of them has, the other has too."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Scope, TeamRole, User
from accounts.services import api_keys
from cube_demper.kernel.money import Money
from cube_demper.kernel.sealing import Secret
from cube_demper.kernel.tenancy import TenantManager
from kaspi.models import JobState, LoginState, Order, OrdersAccess, Store
from news.models import EventKind, Webhook
from news.services.telling import tell
from news.signing import new_key
from preorders.models import Preorder, PreorderState
from products.engine.model import Looked
from products.models import (
    BulkEdit,
    BulkRow,
    BulkState,
    ChangeState,
    Market,
    Product,
    RowState,
    RuleSheet,
)
from products.pricing.model import Rival
from products.services.tape import changed_pages, write_tape
from tests.ai.making import make_answer, make_conversation, make_suggestion
from tests.billing.buyers import make_subscription, make_waiting_payment
from tests.billing.selling import open_plans
from tests.factories import (
    NOW,
    PASSWORD,
    make_access_token,
    make_change,
    make_claimed_store,
    make_decision,
    make_helper,
    make_job,
    make_login,
    make_market,
    make_product,
    make_session,
    make_sign_in,
    make_store,
    make_user,
)
from tests.whatsapp.connecting import make_connection
from whatsapp.models import MessageKind, Phase
from whatsapp.services import templates
from whatsapp.services.broadcasts import draft
from whatsapp.services.contacts import contact_of_phone
from whatsapp.services.outbox import put

Rows = dict[str, str | None]
_POINTS = [{"id": "PP1", "yes": True}, {"id": "PP2", "yes": True}]
ASTANA, SHYMKENT = "710000000", "511010000"


@dataclass(frozen=True, slots=True)
class Things:
    """What one seller has, by its ids as addresses name them."""

    user: User
    store: int
    claimed: int
    product: int
    decision: int
    bulk_edit: int
    order: int
    coded: UUID
    choosing: UUID
    job: UUID
    session: int
    key: int
    helper: int
    webhook: int
    preorder: int
    connection: UUID
    message: int
    template: int
    broadcast: int
    payment: UUID
    conversation: int
    answer: int
    suggestion: int
    keys: dict[str, str]


def with_password(user: User) -> User:
    """Keep the password as the quick hasher of these tests does."""
    user.set_password(PASSWORD)
    user.save()
    return user


def make_card() -> Market:
    """A card that both sell, what was seen on it for some days, and the plans they may buy."""
    open_plans()
    market = make_market()
    for days, price in ((4, 990), (2, 950)):
        rivals = (Rival("1", "Rival", Money.tenge(price)),)
        looked = Looked(market.pk, rivals, (), cheapest=None, offer_count=1)
        write_tape(changed_pages([looked]), now=timezone.now() - timedelta(days=days))
    return market


def make_things(*, email: str, market: Market) -> Things:
    """A seller with one of everything."""
    user = with_password(make_user(email=email))
    session = make_session(user=user, account=f"shop-of-{email}", password=Secret("Kaspi-2026"))
    store = make_store(user=user, session=session)
    claimed = make_claimed_store(user=user, is_paused=True)
    product, decision = _a_product(store, market)
    webhook = Webhook.rows.create(
        user=user, url="https://example.com/hook", signing_key=new_key(), made_at=NOW
    )
    tell(user_id=user.pk, kind=EventKind.WAR_BEGUN, payload={}, now=NOW)
    RuleSheet.rows.create(user=user, rules={"ending": "90"}, changed_at=NOW)
    RuleSheet.rows.create(user=user, store=store, rules={"ending": "90"}, changed_at=NOW)
    keys = {
        scope: api_keys.make_key(user=user, name="Script", scope=scope, now=timezone.now())
        for scope in Scope
    }
    for made in keys.values():
        api_keys.note_use(made.row, address=None, now=timezone.now())
    conversation = make_conversation(user=user)
    suggestion = make_suggestion(conversation=conversation, product=product, made_at=timezone.now())
    return Things(
        user=user,
        store=store.pk,
        claimed=claimed.pk,
        product=product.pk,
        decision=decision.pk,
        bulk_edit=_a_bulk_edit(user, product).pk,
        order=_an_order(store).pk,
        coded=_a_login(user, f"code-{email}", LoginState.CODE_NEEDED),
        choosing=_a_login(user, f"choose-{email}", LoginState.CHOOSE_MERCHANT),
        job=make_job(store=store, state=JobState.DONE).pk,
        session=make_sign_in(user=user).pk,
        key=keys[Scope.READ].row.pk,
        helper=make_helper(seller=user, role=TeamRole.VIEWER).pk,
        webhook=webhook.pk,
        preorder=_a_preorder(product).pk,
        **_a_whatsapp(user),
        payment=_a_payment(user),
        conversation=conversation.pk,
        answer=make_answer(conversation=conversation).pk,
        suggestion=suggestion.pk,
        keys={scope.value: made.key for scope, made in keys.items()},
    )


def _a_whatsapp(user: User) -> dict[str, Any]:
    """A connection whose gateway does not answer yet, and what its seller keeps beside it."""
    connection = make_connection(
        user=user, phase=Phase.WAITING, session_status="", used_at=timezone.now()
    )
    texts = {"ru": "Заказ {order} отправлен."}
    template = templates.create(user=user, name="Отправлен", texts=texts, now=NOW)
    contact = contact_of_phone(user=user, phone="77019998877", now=NOW)
    message = put(user=user, contact=contact, text="a", kind=MessageKind.BY_HAND, now=NOW)
    broadcast = draft(user=user, name="a", text="a", to=["77019998877"], has_consent=True, now=NOW)
    return {
        "connection": connection.pk,
        "message": message.pk,
        "template": template.pk,
        "broadcast": broadcast.pk,
    }


def _a_product(store: Store, market: Market) -> tuple[Product, Any]:
    prices = {"750000000": 100000, ASTANA: 100000, SHYMKENT: 100000}
    product = make_product(store=store, market=market, city_prices=prices, points=_POINTS)
    make_product(
        store=store, market=_in_shymkent(market), sku="SKU-1", listing=product, city_id=SHYMKENT
    )
    decision = make_decision(product=product)
    make_change(decision=decision, state=ChangeState.PROPOSED)
    return product, decision


def _a_preorder(product: Product) -> Preorder:
    return Preorder.rows.create(
        product=product,
        point_id="PP1",
        days=7,
        state=PreorderState.PENDING,
        state_at=NOW,
        checked_at=NOW,
        created_at=NOW,
    )


def _in_shymkent(market: Market) -> Market:
    found = Market.objects.filter(card=market.card, city_id=SHYMKENT).first()
    return found or make_market(card=market.card, city_id=SHYMKENT)


def _a_bulk_edit(user: User, product: Product) -> BulkEdit:
    edit: BulkEdit = BulkEdit.rows.create(
        user=user, state=BulkState.DONE, total=1, changed=1, ordered_at=NOW, touched_at=NOW
    )
    BulkRow.rows.create(
        edit=edit,
        number=1,
        product=product,
        sku=product.sku,
        state=RowState.CHANGED,
        before={"is_priority": True},
        after={"is_priority": False},
    )
    return edit


def _an_order(store: Store) -> Order:
    OrdersAccess.rows.create(
        store=store, token=Secret("0" * 32), set_at=NOW, next_read_at=timezone.now()
    )
    return Order.rows.create(
        store=store,
        kaspi_id="MTIz",
        code="123",
        state="NEW",
        status="APPROVED_BY_BANK",
        total=Money.tenge(1000),
        delivery_cost=Money.tenge(0),
        buyer_phone=Secret(""),
        placed_at=NOW,
        first_read_at=NOW,
        read_at=NOW,
        changed_at=NOW,
    )


def _a_payment(user: User) -> UUID:
    """A month that was paid for, and a payment that waits."""
    now = timezone.now()
    subscription = make_subscription(
        user=user,
        period_from=now,
        period_to=now + timedelta(days=30),
        access_until=now + timedelta(days=33),
    )
    return make_waiting_payment(subscription=subscription).pk


def _a_login(user: User, account: str, state: LoginState) -> UUID:
    login = make_login(
        user=user,
        account=account,
        state=state,
        choices=[{"merchant_id": "30999999", "name": "Shop"}],
        expires_at=timezone.now() + timedelta(minutes=4),
    )
    return login.pk


def everything_of(user: User) -> Rows:
    """All rows that are a seller's and the seller, told table by table by a digest: one query."""
    tables: dict[str, QuerySet[Any]] = {
        model._meta.label: model.objects.for_user(user)  # type: ignore[attr-defined]  # chosen by it
        for model in apps.get_models()
        if isinstance(getattr(model, "objects", None), TenantManager)
    }
    tables["accounts.User"] = User.objects.filter(pk=user.pk)
    asked, values = [], []
    for label, rows in tables.items():
        sql, params = rows.order_by().query.sql_with_params()
        asked.append(
            f"SELECT %s, md5(string_agg(t::text, '' ORDER BY t::text)) FROM ({sql}) t"  # noqa: S608 -- Django wrote it
        )
        values += [label, *params]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked), values)
        return dict(cursor.fetchall())


def bearer(user: User) -> str:
    return f"Bearer {make_access_token(user=user)}"
