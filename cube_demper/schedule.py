"""Beat's timetable: code, reviewed like code."""

from typing import Any

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "forget-tokens": {
        "task": "accounts.forget_tokens",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 3600.0},
    },
    "tick": {
        "task": "products.tick",
        "schedule": 2.0,
        # A tick that waited longer than the next one is worth nothing.
        "options": {"queue": "default", "expires": 4.0},
    },
    "keep-rates": {
        "task": "cube_demper.keep_rates",
        "schedule": 1.0,
        "options": {"queue": "default", "expires": 1.0},
    },
    "deliver-due": {
        "task": "news.order_due",
        "schedule": 5.0,
        "options": {"queue": "default", "expires": 5.0},
    },
    "forget-events": {
        "task": "news.forget_events",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 3600.0},
    },
    "connect-whatsapp": {
        "task": "whatsapp.order_due",
        "schedule": 5.0,
        "options": {"queue": "whatsapp", "expires": 5.0},
    },
    "deliver-whatsapp": {
        "task": "whatsapp.deliver_due",
        "schedule": 2.0,
        "options": {"queue": "whatsapp", "expires": 2.0},
    },
    "tell-whatsapp-summaries": {
        "task": "whatsapp.tell_summaries",
        "schedule": 300.0,
        "options": {"queue": "whatsapp", "expires": 300.0},
    },
    "forget-whatsapp": {
        "task": "whatsapp.forget",
        "schedule": 3600.0,
        "options": {"queue": "whatsapp", "expires": 3600.0},
    },
    "advance-subscriptions": {
        "task": "billing.advance",
        "schedule": 30.0,
        "options": {"queue": "default", "expires": 30.0},
    },
    "rest-by-plans": {
        "task": "products.rest_all_by_plan",
        "schedule": 600.0,
        "options": {"queue": "default", "expires": 600.0},
    },
    "charge-cards": {
        "task": "billing.charge_ready",
        "schedule": 10.0,
        "options": {"queue": "default", "expires": 10.0},
    },
    "resolve-payments": {
        "task": "billing.resolve_unknown",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60.0},
    },
    "reconcile-payments": {
        "task": "billing.reconcile_yesterday",
        "schedule": 86400.0,
        "options": {"queue": "default", "expires": 86400.0},
    },
    "check-books": {
        "task": "billing.check_books",
        "schedule": 86400.0,
        "options": {"queue": "default", "expires": 86400.0},
    },
    "answer-buyers": {
        "task": "ai.answer_due",
        "schedule": 2.0,
        "options": {"queue": "default", "expires": 4.0},
    },
    "sweep-model-calls": {
        "task": "ai.sweep_calls",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60.0},
    },
    "forget-conversations": {
        "task": "ai.forget_conversations",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 3600.0},
    },
    "expire-logins": {
        "task": "kaspi.expire_logins",
        "schedule": 30.0,
        "options": {"queue": "default", "expires": 30.0},
    },
    "renew-sessions": {
        "task": "kaspi.renew_sessions",
        "schedule": 5.0,
        "options": {"queue": "default", "expires": 5.0},
    },
    "restart-stale-syncs": {
        "task": "kaspi.restart_stale_syncs",
        "schedule": 30.0,
        "options": {"queue": "default", "expires": 30.0},
    },
    "calm-stores": {
        "task": "kaspi.calm_stores",
        "schedule": 10.0,
        "options": {"queue": "default", "expires": 10.0},
    },
    "read-orders": {
        "task": "kaspi.order_due_readings",
        "schedule": 30.0,
        "options": {"queue": "default", "expires": 30.0},
    },
    "erase-buyers": {
        "task": "kaspi.erase_buyers",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 3600.0},
    },
    "settle-overdue": {
        "task": "products.settle_overdue",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60.0},
    },
    "restart-stale-bulk-edits": {
        "task": "products.restart_stale_bulk_edits",
        "schedule": 30.0,
        "options": {"queue": "default", "expires": 30.0},
    },
    "steer-preorders": {
        "task": "preorders.steer_due",
        "schedule": 10.0,
        "options": {"queue": "default", "expires": 10.0},
    },
    "expire-proposals": {
        "task": "products.expire_proposals",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60.0},
    },
    "judge-canaries": {
        "task": "products.judge_canaries",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60.0},
    },
    "find-stalls": {
        "task": "products.find_stalls",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60.0},
    },
    "reckon-tempo": {
        "task": "products.reckon_tempo",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60.0},
    },
    "find-cycles": {
        "task": "products.find_cycles",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 3600.0},
    },
    "forget-tape": {
        "task": "products.forget_tape",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 3600.0},
    },
    "forget-history": {
        "task": "products.forget_history",
        "schedule": 21600.0,
        "options": {"queue": "default", "expires": 21600.0},
    },
    "erase-removed-stores": {
        "task": "products.erase_removed_stores",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 3600.0},
    },
    "forget-rounds": {
        "task": "products.forget_rounds",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 3600.0},
    },
}
