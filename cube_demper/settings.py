"""Every setting, read from the environment once.

Differences between machines are variables, never files. ``.env`` is read if it is there, then what
``make run`` left in ``var/local.env``, so that ``manage.py`` finds a running system by itself; the
real environment wins over both. ``.env.example`` lists the names.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from corsheaders.defaults import default_headers

from cube_demper.kernel.environment import Environment
from cube_demper.kernel.logs import logging_settings
from cube_demper.schedule import BEAT_SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()
for name in env.list("DEMPER_ENV_FILES", default=[".env", "var/local.env"]):
    if (BASE_DIR / name).is_file():
        env.read_env(str(BASE_DIR / name), overwrite=False)
        # A name without a value is not set: it must not hide what the next file says.
        for unset in [key for key, value in os.environ.items() if not value]:
            del os.environ[unset]

# Who we are.

# Empty defaults let `manage.py check` say in a sentence what is missing (kernel/checks.py).
SECRET_KEY = env.str("SECRET_KEY", default="") or "unset"
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEY", default=[])  # newest first; old ones still open
DEBUG = env.bool("DEBUG", default=False)
IS_LOCAL = env.bool("DEMPER_LOCAL", default=False)  # started by `make run`
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_ALLOW_HEADERS = [*default_headers, "idempotency-key", "x-request-id", "x-seller"]
CORS_EXPOSE_HEADERS = ["retry-after", "x-request-id"]
CORS_ALLOW_CREDENTIALS = True  # the cookie of a known device
CORS_URLS_REGEX = r"^/(?!admin)"  # whose cookie opens far more
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")  # who may read /metrics; empty: nobody

INSTALLED_APPS = [
    "cube_demper",  # first: its templates go before the admin's own
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "django_celery_beat",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "accounts",
    "news",
    "kaspi",
    "billing",
    "products",
    "preorders",
    "whatsapp",
    "ai",
]

MIDDLEWARE = [
    "cube_demper.kernel.http.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "cube_demper.urls"
WSGI_APPLICATION = "cube_demper.wsgi.application"
APPEND_SLASH = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

STATIC_URL = "static/"
# A developer's files are served from where they lie; elsewhere collectstatic gathers them.
WHITENOISE_USE_FINDERS = IS_LOCAL or DEBUG
STATIC_ROOT = None if WHITENOISE_USE_FINDERS else BASE_DIR / "staticfiles"

# Where things are kept.


def _database() -> dict[str, Any]:
    if env.str("DATABASE_URL", default=""):
        database: dict[str, Any] = dict(env.db_url("DATABASE_URL"))
    else:
        database = {
            "HOST": env.str("POSTGRES_HOST", default="127.0.0.1"),
            "PORT": env.str("POSTGRES_PORT", default="5432"),
            "NAME": env.str("POSTGRES_DB", default="demper"),
            "USER": env.str("POSTGRES_USER", default="demper"),
            "PASSWORD": env.str("POSTGRES_PASSWORD", default=""),
        }
    pool = {
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL_MAX", default=12),
        "timeout": 5,
    }
    options = {**database.get("OPTIONS", {}), "pool": pool, "connect_timeout": 5}
    return {
        **database,
        "ENGINE": "django.db.backends.postgresql",
        "CONN_HEALTH_CHECKS": True,  # a connection that died with the server is replaced, not used
        "OPTIONS": options,
    }


DATABASES = {"default": _database()}

REDIS_URL = env.str("REDIS_URL", default="") or (
    f"redis://{env.str('REDIS_HOST', default='127.0.0.1')}:"
    f"{env.str('REDIS_PORT', default='6379')}/{env.str('REDIS_DB', default='0')}"
)


def _broker_url(redis_url: str) -> str:
    """Kombu spells a socket address its own way."""
    url = urlsplit(redis_url)
    if url.scheme != "unix":
        return redis_url
    database = dict(pair.split("=", 1) for pair in url.query.split("&") if pair).get("db", "0")
    return f"redis+socket://{quote(url.path)}?virtual_host={database}"


# Who may come in.

AUTH_USER_MODEL = "accounts.User"
# The e-mail is unique by a constraint on its lower case, which the check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.E003"]
PASSWORD_HASHERS = ["accounts.hashers.BCrypt12PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.TokenAuthentication",
        "accounts.api.authentication.ApiKeyAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.MayAct"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.turns.RequestTurns"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["cube_demper.kernel.api.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "cube_demper.kernel.problems.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=env.int("JWT_ACCESS_MINUTES", default=15)),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=env.int("JWT_REFRESH_DAYS", default=30)),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "UPDATE_LAST_LOGIN": False,
}

# Of each person, and of each API key; 0 counts none.
REQUESTS_PER_MINUTE = env.int("REQUESTS_PER_MINUTE", default=1200)

REGISTRATIONS_PER_HOUR = env.int("REGISTRATIONS_PER_HOUR", default=20)  # from one address

# Whether an account opens only when the mail to its address was answered: docs/adr/0041.
LOGIN_WANTS_PROOF = env.bool("LOGIN_WANTS_PROOF", default=False)

# Proxies of ours in front of the web process: so many addresses of X-Forwarded-For are believed.
PROXY_COUNT = env.int("PROXY_COUNT", default=0)

# Mail, and where its links lead: to the pages of the seller's front end.

_mail = env.mail("EMAIL_URL", default="consolemail://" if (DEBUG or IS_LOCAL) else "dummymail://")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"] or "localhost", _mail["EMAIL_PORT"] or 25
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.get("EMAIL_USE_TLS", False), _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="Cube Demper <no-reply@localhost>")
APP_URL = env.str("APP_URL", default="http://127.0.0.1:8010").rstrip("/")

SPECTACULAR_SETTINGS = {
    "TITLE": "Cube Demper",
    "DESCRIPTION": "Keeps a Kaspi.kz seller's prices where the seller wants them. "
    "Money is an integer number of tiyn (1 ₸ = 100 tiyn). Errors are RFC 9457 problems. "
    "Helpers name the seller they act for in the header `X-Seller`.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "cube_demper.kernel.schema.describe_problems",
    ],
}

if not (DEBUG or IS_LOCAL):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=0)

# The marketplace.

KASPI_IDENTITY_URL = env.str("KASPI_IDENTITY_URL", default="https://idmc.shop.kaspi.kz")
KASPI_CABINET_URL = env.str("KASPI_CABINET_URL", default="https://mc.shop.kaspi.kz")
KASPI_SHOP_URL = env.str("KASPI_SHOP_URL", default="https://kaspi.kz")
KASPI_TRANSPORT = env.str("KASPI_TRANSPORT", default="http")  # or "browser": docs/adr/0016
KASPI_STOREFRONT_TRANSPORT = env.str("KASPI_STOREFRONT_TRANSPORT", default=KASPI_TRANSPORT)
KASPI_CABINET_TRANSPORT = env.str("KASPI_CABINET_TRANSPORT", default=KASPI_TRANSPORT)
KASPI_OFFERS_RPS = env.float("KASPI_OFFERS_RPS", default=8.0)  # public reads, per egress address
KASPI_PUSH_RPS = env.float("KASPI_PUSH_RPS", default=1.5)  # price pushes, per store
KASPI_BUNDLE_MOST = env.int("KASPI_BUNDLE_MOST", default=50)  # changes in one request
# What a shop's quota of changes counts.
KASPI_QUOTA_COUNTS = env.one_of(
    "KASPI_QUOTA_COUNTS", ("statements", "cities", "calls"), default="statements"
)
LOOK_INTERVAL_S = env.float("LOOK_INTERVAL_S", default=900.0)  # promised: the longest gap
LOOK_SHORTEST_S = env.float("LOOK_SHORTEST_S", default=10.0)  # between two looks at a market
# How many prices may jump by 5 % within ten minutes: of a store's products, of everybody's changes.
STORE_JUMPS_PERCENT = env.float("STORE_JUMPS_PERCENT", default=20.0)
SERVICE_FALLS_PERCENT = env.float("SERVICE_FALLS_PERCENT", default=30.0)
TAPE_KEPT_DAYS = env.int("TAPE_KEPT_DAYS", default=35)  # what was seen on markets
REMOVED_STORES_KEPT_DAYS = env.int("REMOVED_STORES_KEPT_DAYS", default=90)  # may come back so long
HISTORY_KEPT_DAYS = env.int("HISTORY_KEPT_DAYS", default=180)  # decisions, and settled changes
# How a price list names points: PP1 (short, as documented) or 12345678_PP1 (full, as exported).
KASPI_PRICE_LIST_STORE_IDS = env.str("KASPI_PRICE_LIST_STORE_IDS", default="short")
KASPI_ORDERS_RPS = env.float("KASPI_ORDERS_RPS", default=6.0)  # orders API, per egress address
KASPI_ORDERS_WINDOW_DAYS = env.int("KASPI_ORDERS_WINDOW_DAYS", default=14)  # big shops: 3
KASPI_ORDERS_BY_STATE = env.bool("KASPI_ORDERS_BY_STATE", default=True)
KASPI_ORDERS_NAME_MERCHANT = env.bool("KASPI_ORDERS_NAME_MERCHANT", default=True)
ORDERS_INTERVAL_S = env.float("ORDERS_INTERVAL_S", default=120.0)  # between two readings of a store
ORDERS_FIRST_DAYS = env.int("ORDERS_FIRST_DAYS", default=14)  # how far the first reading goes back
ORDERS_KEEP_BUYERS_DAYS = env.int("ORDERS_KEEP_BUYERS_DAYS", default=30)  # names and phones
IMPORT_MAX_MB = env.int("IMPORT_MAX_MB", default=64)  # a seller's file
CHROMIUM_PATH = env.str("CHROMIUM_PATH", default="")

# How much at once.

GLOBAL_RPS = env.int("GLOBAL_RPS", default=120)  # requests to Kaspi, all processes together
MAX_CONCURRENT_TASKS = env.int("MAX_CONCURRENT_TASKS", default=100)  # at once, per shard worker
INSTANCE_COUNT = env.int("INSTANCE_COUNT", default=4)  # shard workers that share the fleet's rate

# What sellers are told.

EVENTS_KEPT_DAYS = env.int("EVENTS_KEPT_DAYS", default=7)  # how far back a stream may go on from
EVENT_STREAMS = env.int("EVENT_STREAMS", default=16)  # in one web process; each keeps a thread
EVENT_STREAM_S = env.float("EVENT_STREAM_S", default=600.0)  # then the client comes back
WEBHOOKS_GO_ANYWHERE = DEBUG or IS_LOCAL  # elsewhere by https only, and into no private network

# WhatsApp, through WAHA.

# off, shared (one gateway for everybody, at WAHA_SHARED_URL) or containers (one for each seller)
WAHA_LAYOUT = env.one_of("WAHA_LAYOUT", ("off", "shared", "containers"), default="off")
WAHA_SHARED_URL = env.str("WAHA_SHARED_URL", default="http://127.0.0.1:3000")
WAHA_SHARED_API_KEY = env.str("WAHA_SHARED_API_KEY", default="")
# Where gateways reach this house.
# Messages, in and out, are forgotten after so many days.
WHATSAPP_MESSAGES_KEPT_DAYS = env.int("WHATSAPP_MESSAGES_KEPT_DAYS", default=180)
WAHA_HOOKS_URL = env.str("WAHA_HOOKS_URL", default="http://127.0.0.1:8010")

# A gateway for each seller: what it is made of, and where. Another image or limit makes all of them
# anew, on the logins that they have.

WAHA_BASE_IMAGE = env.str("WAHA_BASE_IMAGE", default="devlikeapro/waha:gows-2026.8.2")
WAHA_BASE_PORT = env.int("WAHA_BASE_PORT", default=3000)  # on which it listens inside
WAHA_ENGINE = env.one_of("WAHA_ENGINE", ("GOWS", "NOWEB", "WEBJS", "WPP"), default="GOWS")
WAHA_DOCKER_URL = env.str("WAHA_DOCKER_URL", default="unix:///var/run/docker.sock")
# Tells apart installations that share an engine: none touches what another one's is.
WAHA_DEPLOYMENT = env.str("WAHA_DEPLOYMENT", default="cube-demper")
# network: by name, for processes on that network. loopback: on a port of the engine's own host,
# which the engine chooses, for processes there.
WAHA_REACH = env.one_of("WAHA_REACH", ("network", "loopback"), default="network")
WAHA_NETWORK = env.str("WAHA_NETWORK", default="cube-demper-waha")
WAHA_MEMORY_MB = env.int("WAHA_MEMORY_MB", default=512)
WAHA_CPUS = env.float("WAHA_CPUS", default=1.0)
WAHA_PROCESSES = env.int("WAHA_PROCESSES", default=256)
WAHA_READ_ONLY = env.bool("WAHA_READ_ONLY", default=True)
WAHA_IDLE_HOURS = env.float("WAHA_IDLE_HOURS", default=72.0)  # then it rests; 0: never

# Plans. off: everybody may do everything; on: what is subscribed to is what may be done.

BILLING_MODE = env.one_of("BILLING_MODE", ("off", "on"), default="off")

# Payments, through TipTopPay: off without an id and a secret.

TIPTOPPAY_URL = env.str("TIPTOPPAY_URL", default="https://api.tiptoppay.kz")
TIPTOPPAY_PUBLIC_ID = env.str("TIPTOPPAY_PUBLIC_ID", default="")
TIPTOPPAY_API_SECRET = env.str("TIPTOPPAY_API_SECRET", default="")
# Whether the terminal is in test mode: payments of the other mode grant nothing.
TIPTOPPAY_TEST_MODE = env.bool("TIPTOPPAY_TEST_MODE", default=False)
TIPTOPPAY_TIMEOUT_S = env.float("TIPTOPPAY_TIMEOUT_S", default=40.0)
# Where the provider reaches this house.
TIPTOPPAY_HOOKS_URL = env.str("TIPTOPPAY_HOOKS_URL", default="http://127.0.0.1:8010")

# Assistants, through any provider that speaks OpenAI's chat completions: off without a key.

OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", default="https://api.openai.com/v1")
OPENAI_API_KEY = env.str("OPENAI_API_KEY", default="")
OPENAI_MODEL = env.str("OPENAI_MODEL", default="")
AI_MODELS = {
    "LAWYER": env.str("AI_LAWYER_MODEL", default=OPENAI_MODEL),
    "ACCOUNTANT": env.str("AI_ACCOUNTANT_MODEL", default=OPENAI_MODEL),
    "SALESMAN": env.str("AI_SALESMAN_MODEL", default=OPENAI_MODEL),
}
AI_FALLBACK_MODEL = env.str("AI_FALLBACK_MODEL", default="")  # asked where the wanted one fails
AI_EMBEDDING_MODEL = env.str("AI_EMBEDDING_MODEL", default="")  # empty: full text alone
AI_MODERATION_MODEL = env.str("AI_MODERATION_MODEL", default="")  # empty: not asked
# Model → tiyn for a million tokens: [prompt, cached prompt, answer]. Without one it is not used.
AI_PRICES = env.json("AI_PRICES", default={})
AI_MONTHLY_TIYN = env.int("AI_MONTHLY_TIYN", default=200_000)  # of each seller
AI_DAILY_TIYN = env.int("AI_DAILY_TIYN", default=5_000_000)  # of all sellers together
AI_ANSWER_TOKENS = env.int("AI_ANSWER_TOKENS", default=1_500)  # one answer at most, thinking too
AI_HISTORY_TOKENS = env.int("AI_HISTORY_TOKENS", default=6_000)  # of a conversation, then summed up
AI_SILENCE_S = env.float("AI_SILENCE_S", default=30.0)  # between two pieces of an answer
AI_ANSWER_S = env.float("AI_ANSWER_S", default=120.0)  # a whole answer
AI_STREAMS = env.int("AI_STREAMS", default=16)  # answers in one web process; each keeps a thread
AI_KEPT_DAYS = env.int("AI_KEPT_DAYS", default=180)  # conversations, since they were used last

# Work in the background.

CELERY_BROKER_URL = _broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = True  # rows under a lease come back by themselves
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 270
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 4  # below the supervisor's patience
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A message whose worker was killed comes back after this many seconds. It exceeds the longest task;
# kombu's own sweep would take 100 s more.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_connect_timeout": 3,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
DJANGO_CELERY_BEAT_TZ_AWARE = True

# Logs.

LOG_FORMAT = env.one_of(
    "LOG_FORMAT", ("console", "json"), default="console" if (DEBUG or IS_LOCAL) else "json"
)
LOG_LEVEL = env.one_of(
    "LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), default="INFO"
)
LOGGING_CONFIG = "cube_demper.kernel.logs.configure"
LOGGING = logging_settings(log_format=LOG_FORMAT, level=LOG_LEVEL)
