"""Structured logs: one event name, keys from the glossary, readable or JSON."""

import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# Addresses that are secrets themselves: whoever reads one in a log could ask it.
_SECRET_PATH = re.compile(r"(/kaspi/feed/)[^/?#\s\"']+")


def hide_secret_paths(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Write ``/kaspi/feed/…`` for a price list's address, in whichever line it stands."""
    for key in ("event", "path"):
        if isinstance(text := event.get(key), str):
            event[key] = _SECRET_PATH.sub(r"\1…", text)
    return event


_SHARED: list[Any] = [
    hide_secret_paths,
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

# One list for ever: loggers keep the one they first met, and Celery sets Django up a second time.
_PROCESSORS: list[Any] = [
    structlog.stdlib.filter_by_level,
    *_SHARED,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]


def logging_settings(*, log_format: str, level: str) -> dict[str, Any]:
    """Make a dictConfig: ``console`` for people, ``json`` for machines, everything to stderr."""
    render: list[Any] = (
        # A plain traceback: the fancy one prints local variables, passwords among them.
        [
            structlog.dev.ConsoleRenderer(
                colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
            )
        ]
        if log_format == "console"
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *render,
                ],
                "foreign_pre_chain": _SHARED,
            },
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "structured"},
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Our request line says it all once; these would say it again.
            "django.server": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "_granian": {"level": "INFO"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "django_celery_beat": {"level": "WARNING"},
            "asyncio": {"level": "WARNING"},
            # Addresses hold the numbers of people.
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            # These would write whole questions at DEBUG.
            "httpx2": {"level": "WARNING"},
            "httpcore2": {"level": "WARNING"},
            "openai": {"level": "WARNING"},
        },
    }


def configure(config: dict[str, Any]) -> None:
    """Set up the standard library's logging and structlog on top of it."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=_PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
