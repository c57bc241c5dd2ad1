"""Sellers' outboxes drained beside each other, and how soon a gateway's webhook is answered.

The whole house runs with the WAHA stand-in of ``make run``. Buyers have written to every seller, so
all messages are answers; what a session may do by good manners alone is drawn with the same dice
from the same texts, and is what the real drain is compared with.
"""

import hashlib
import hmac
import json
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import httpx

from bench.processes import pss_mb, tree_of
from bench.table import show
from cube_demper.local.env_file import read_env
from cube_demper.local.folders import remove_var
from tests.flows.house import House
from tests.flows.patience import until

_SESSIONS = int(os.environ.get("BENCH_SESSIONS", "50"))
_MESSAGES = int(os.environ.get("BENCH_MESSAGES", "1000"))
_HOOKS, _HOOKS_AT_ONCE = 2_000, 4
_TEXT = "Здравствуйте! Да, есть в наличии, доставим завтра."
_READY_WITHIN_S, _DRAINED_WITHIN_S = 240.0, 900.0


def measure() -> None:
    """A thousand answers over fifty sessions, against manners alone; webhooks; memory."""
    var = Path(tempfile.mkdtemp(prefix="demper-bench-"))
    var.chmod(0o711)  # as root, the database's user must come through
    house = House(var=var, settings={})
    try:
        house.start()
        _become(house)
        connections = _connected(house)
        drained, each = _drain(connections)
        hooks = _hooks(house, connections)
        worker = pss_mb(tree_of([house.leader_of("whatsapp")]))
    finally:
        house.end()
        remove_var(var)
    alone = _manners_alone(_MESSAGES // _SESSIONS)
    show(
        "messages",
        [
            (f"{_MESSAGES} answers over {_SESSIONS} sessions", f"{drained:.0f} s"),
            ("a session from its first to its last, median", f"{statistics.median(each):.0f} s"),
            ("the same by manners alone", f"{alone:.0f} s, 1 : {alone and _ratio(each, alone)}"),
            (f"a webhook's answer, {_HOOKS_AT_ONCE} at once, p50", f"{hooks[0]:.1f} ms"),
            ("p95", f"{hooks[1]:.1f} ms"),
            ("memory of the worker (PSS) after it", f"{worker:.0f} MB"),
        ],
    )


def _ratio(each: Sequence[float], alone: float) -> str:
    return f"{statistics.median(each) / alone:.2f}"


def _become(house: House) -> None:
    """Be a process of the house."""
    files = {"DEMPER_ENV_FILES": "", "DJANGO_SETTINGS_MODULE": "cube_demper.settings"}
    os.environ |= {**read_env(house.var / "local.env"), **files}
    import django  # noqa: PLC0415 -- its settings are known only now

    django.setup()


def _connected(house: House) -> list[Any]:
    """Connect so many sellers; a phone scans each code, and a buyer writes to each."""
    from django.utils import timezone  # noqa: PLC0415 -- Django is set up only now

    from tests.factories import make_user  # noqa: PLC0415 -- the same
    from whatsapp.models import Connection, Contact  # noqa: PLC0415 -- the same
    from whatsapp.services.connections import connect  # noqa: PLC0415 -- the same

    control = httpx.Client(base_url=f"http://127.0.0.1:{house.sandbox_port + 3}/_control")
    for number in range(_SESSIONS):
        connect(user=make_user(email=f"bench{number}@example.kz"), now=timezone.now())
    until(_with_status(Connection, "SCAN_QR_CODE"), _all, patience_s=_READY_WITHIN_S)
    made = list(Connection.rows.order_by("created_at"))
    for number, connection in enumerate(made):
        body = {"session": f"demper-{connection.pk.hex}", "phone": f"7705{number:07}"}
        control.post("/sessions/scan", json=body).raise_for_status()
    until(_with_status(Connection, "WORKING"), _all, patience_s=_READY_WITHIN_S)
    for number, connection in enumerate(made):
        body = {"session": f"demper-{connection.pk.hex}", "from": f"7706{number:07}", "text": "?"}
        control.post("/messages", json=body).raise_for_status()
    until(
        lambda: Contact.rows.filter(wrote_at__isnull=False).count(),
        _all,
        patience_s=_READY_WITHIN_S,
    )
    control.close()
    return made


def _with_status(connections: Any, status: str) -> Any:
    return lambda: connections.rows.filter(session_status=status).count()


def _all(count: int) -> bool:
    return count == _SESSIONS


def _drain(connections: Sequence[Any]) -> tuple[float, list[float]]:
    """Fill every outbox at once; how long all take, and each, in seconds."""
    from django.db import transaction  # noqa: PLC0415 -- Django is set up only now
    from django.db.models import Max, Min  # noqa: PLC0415 -- the same
    from django.utils import timezone  # noqa: PLC0415 -- the same

    from whatsapp.models import OPEN, Contact, Message, MessageKind  # noqa: PLC0415 -- the same
    from whatsapp.services.outbox import put  # noqa: PLC0415 -- the same

    began = time.perf_counter()
    with transaction.atomic():
        for connection in connections:
            contact = Contact.rows.get(user=connection.user, wrote_at__isnull=False)
            for _ in range(_MESSAGES // _SESSIONS):
                put(
                    user=connection.user,
                    contact=contact,
                    text=_TEXT,
                    kind=MessageKind.BY_HAND,
                    now=timezone.now(),
                )
    until(
        lambda: Message.rows.filter(state__in=OPEN).count(),
        lambda left: not left,
        patience_s=_DRAINED_WITHIN_S,
    )
    took = time.perf_counter() - began
    ours = Message.rows.exclude(state="RECEIVED").values_list("user")
    spans = ours.annotate(first=Min("said_at"), last=Max("said_at")).order_by()
    return took, [(last - first).total_seconds() for _, first, last in spans]


def _manners_alone(messages: int) -> float:
    """How long typing and pauses between so many answers take, in seconds."""
    from whatsapp.manners import gap_s, typing_s  # noqa: PLC0415 -- Django is set up only now

    dice = Random(1)
    return sum(
        gap_s(is_first=False, dice=dice) + typing_s(_TEXT, dice) for _ in range(messages - 1)
    )


def _hooks(house: House, connections: Sequence[Any]) -> tuple[float, float]:
    """Signed events, some at once; the median and the 95th percentile of an answer in ms."""

    def tell(number: int) -> float:
        connection = connections[number % len(connections)]
        event = {"id": f"evt_{number}", "event": "message.ack", "timestamp": 0}
        body = json.dumps({**event, "payload": {"id": f"true_x_{number}", "ack": 3}}).encode()
        key = connection.hook_key.reveal().encode()
        signature = hmac.new(key, body, hashlib.sha512).hexdigest()
        headers = {"X-Webhook-Hmac": signature, "Content-Type": "application/json"}
        address = f"{house.web_url}/whatsapp/hooks/{connection.pk}"
        began = time.perf_counter()
        http.post(address, content=body, headers=headers).raise_for_status()
        return (time.perf_counter() - began) * 1000

    with httpx.Client() as http, ThreadPoolExecutor(_HOOKS_AT_ONCE) as pool:
        took = sorted(pool.map(tell, range(_HOOKS)))
    return statistics.median(took), took[len(took) * 95 // 100]
