"""Settings. What an operator can change is an environment variable of the README's table."""

import os
import sys
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF
from environs import Env

from config.embedded import Embedded
from config.logging import configure as configure_logging
from config.secrets import secret_key

django_stubs_ext.monkeypatch()  # lets classes such as ModelAdmin[Thread] be written
env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("ATELIER_DATA_DIR", "") or BASE_DIR / ".data").resolve()

HOST = env.str("ATELIER_HOST", "127.0.0.1")
PORT = env.int("ATELIER_PORT", 8000)
DEBUG = env.bool("ATELIER_DEBUG", False)
SECRET_KEY = env.str("ATELIER_SECRET_KEY", "") or secret_key(DATA_DIR)
ALLOWED_HOSTS = env.list("ATELIER_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", HOST])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("ATELIER_TRUSTED_ORIGINS", [])
HTTPS = env.bool("ATELIER_HTTPS", False)

METRICS_TOKEN = env.str("ATELIER_METRICS_TOKEN", "")
# "open" or "closed"; the first account is always let in.
SIGNUP = env.str("ATELIER_SIGNUP", "closed")

INSTALLED_APPS = [
    # Before staticfiles: it replaces runserver by an ASGI one. Elsewhere it is 20 MB for nothing.
    *(["daphne"] if "runserver" in sys.argv else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "config.apps.OwnStaticFilesConfig",
    "django.contrib.postgres",
    "channels",
    "csp",
    "django_htmx",
    "django_structlog",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "config.apps.ConfigConfig",
    "accounts",
    "providers",
    "files",
    "activity",
    "gallery",
    "chat",
    "imageedit",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",  # early, for pages that refuse a request have it too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.UserLanguageMiddleware",
    "accounts.middleware.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chat.pages.sidebar",
                "gallery.home.sidebar",
            ],
            "builtins": ["config.templatetags.ui"],
        },
    },
]

# --- Postgres and Redis -----------------------------------------------------------------------

EMBEDDED = Embedded(DATA_DIR)
DATABASE_URL = env.str("DATABASE_URL", "")
REDIS_URL = env.str("REDIS_URL", "")

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.dj_db_url("DATABASE_URL") if DATABASE_URL else EMBEDDED.django_database()
}
DATABASES["default"] |= {
    "ENGINE": "config.database",
    "CONN_MAX_AGE": 0,  # the pool keeps connections; a worker that streams holds none
    "OPTIONS": DATABASES["default"].get("OPTIONS", {})  # sslmode and the like, from the URL
    | {
        "pool": {"min_size": 0, "max_size": env.int("ATELIER_DB_POOL", 12), "timeout": 20},
        "application_name": "atelier",
        "server_side_binding": True,
    },
}

# A process that is stopped in the middle of a transaction holds its rows no longer than a lease:
# a generation whose end was begun there could otherwise be swept by nobody.
_options = DATABASES["default"]["OPTIONS"]
_options["options"] = "-c idle_in_transaction_session_timeout=20s " + _options.get("options", "")

# redis-py and kombu spell a unix socket differently.
REDIS_URL = REDIS_URL or EMBEDDED.redis_url
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "atelier",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# --- Work queue -------------------------------------------------------------------------------
# Celery only delivers; the ledger decides (docs/adr). So early acks and no results: a lost or
# doubled delivery is harmless, and Redis keeps nothing that Postgres does not have.

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_DEFAULT_QUEUE = "media"
CELERY_TASK_ROUTES = {
    "activity.tasks.run_generation": {"queue": "generate"},
    "chat.tasks.make_title": {"queue": "generate"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 3,  # BRPOP itself answers every second; a send waits no longer than this
    "socket_connect_timeout": 2,
    "health_check_interval": 10,
    "global_keyprefix": env.str("ATELIER_QUEUE_PREFIX", ""),
}
CELERY_BEAT_SCHEDULE = {
    "sweep-generations": {"task": "activity.tasks.sweep_generations", "schedule": 5.0},
    "sweep-files": {"task": "files.tasks.sweep_files", "schedule": 10.0},
    "purge-files": {"task": "files.tasks.purge_files", "schedule": 3600.0},
    "reconcile-activity": {"task": "activity.tasks.reconcile_activity", "schedule": 60.0},
    "sweep-imports": {"task": "chat.tasks.sweep_imports", "schedule": 30.0},
    "sweep-batches": {"task": "gallery.tasks.sweep_batches", "schedule": 10.0},
    "purge-trash": {"task": "gallery.tasks.purge_trash", "schedule": 86_400.0},
}
GENERATE_CONCURRENCY = env.int("ATELIER_GENERATE_CONCURRENCY", 400)
# Opening an image keeps a core busy; the others are for everybody else.
MEDIA_CONCURRENCY = env.int("ATELIER_MEDIA_CONCURRENCY", max(1, (os.cpu_count() or 1) // 2))

TRASH_DAYS = env.int("ATELIER_TRASH_DAYS", 30)  # how long what was deleted can be brought back

# --- Generations ------------------------------------------------------------------------------

LEASE_SECONDS = env.float("ATELIER_LEASE_SECONDS", 20.0)
HEARTBEAT_SECONDS = env.float("ATELIER_HEARTBEAT_SECONDS", 5.0)
RESEND_SECONDS = env.float("ATELIER_RESEND_SECONDS", 10.0)
MAX_ATTEMPTS = 2
DRAIN_SECONDS = env.float("ATELIER_DRAIN_SECONDS", 10.0)
FLUSH_SECONDS = env.float("ATELIER_FLUSH_SECONDS", 0.08)
CHUNK_SECONDS = env.float("ATELIER_CHUNK_SECONDS", 2.0)
TITLES = env.bool("ATELIER_TITLES", True)  # whether models are asked for the titles of chats
MAX_ANSWER_CHARS = 200_000
MAX_REASONING_CHARS = 60_000  # it is shown, and cut when it is longer
MAX_MESSAGE_CHARS = 200_000
MAX_QUEUED_MESSAGES = 50  # in a thread
MAX_PROMPT_CHARS = 20_000  # of a post
MAX_POST_MODELS = 8  # image models that a post asks at once
MAX_CONTEXT_TOKENS = env.int("ATELIER_MAX_CONTEXT_TOKENS", 100_000)
MAX_IMPORT_BYTES = env.int("ATELIER_MAX_IMPORT_MB", 1024) * 1024**2

PROVIDER_CONNECT_TIMEOUT = env.float("ATELIER_PROVIDER_CONNECT_TIMEOUT", 5.0)
PROVIDER_FIRST_BYTE_TIMEOUT = env.float("ATELIER_PROVIDER_FIRST_BYTE_TIMEOUT", 60.0)
PROVIDER_GAP_TIMEOUT = env.float("ATELIER_PROVIDER_GAP_TIMEOUT", 30.0)
PROVIDER_TOTAL_TIMEOUT = env.float("ATELIER_PROVIDER_TOTAL_TIMEOUT", 600.0)
PROVIDER_IMAGE_TIMEOUT = env.float("ATELIER_PROVIDER_IMAGE_TIMEOUT", 240.0)
# A provider on this machine or in a private network is what a laptop wants and a shared server
# does not, so the default follows the embedded mode.
PRIVATE_PROVIDERS = env.bool("ATELIER_PRIVATE_PROVIDERS", not DATABASE_URL)
OPENAI_BASE_URL = env.str("OPENAI_BASE_URL", "")
OPENAI_API_KEY = env.str("OPENAI_API_KEY", "")

# --- Files ------------------------------------------------------------------------------------
# Opened by the media worker in a process of their own (files/limited), with these limits.

MAX_UPLOAD_BYTES = env.int("ATELIER_MAX_UPLOAD_MB", 25) * 1024**2
MAX_RESULT_BYTES = 64 * 1024**2  # of an image that a model made
USER_STORAGE_BYTES = env.int("ATELIER_USER_STORAGE_MB", 5_000) * 1024**2
MAX_ATTACHMENTS = 10
MAX_IMAGE_PIXELS = 40_000_000
MAX_PDF_PAGES = 500
MAX_FILE_CHARS = 400_000
OPENING_MEMORY_BYTES = env.int("ATELIER_OPENING_MEMORY_MB", 1024) * 1024**2
OPENING_SECONDS = env.float("ATELIER_OPENING_SECONDS", 30.0)
FILE_LEASE_SECONDS = 2 * OPENING_SECONDS + 30

# A bucket in place of the data folder. The keys may also come from where AWS' own tools find them.
S3_BUCKET = env.str("ATELIER_S3_BUCKET", "")
S3_ENDPOINT = env.str("ATELIER_S3_ENDPOINT", "")
FILE_STORAGE: dict[str, Any] = {"BACKEND": "files.storage.WholeFileStorage"}
if S3_BUCKET:
    FILE_STORAGE = {
        "BACKEND": "files.s3.BucketStorage",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": S3_ENDPOINT or None,
            "region_name": env.str("ATELIER_S3_REGION", "") or None,
            "access_key": env.str("ATELIER_S3_ACCESS_KEY", "") or None,
            "secret_key": env.str("ATELIER_S3_SECRET_KEY", "") or None,
            "location": env.str("ATELIER_S3_PREFIX", ""),
            # Few but AWS have a host name for each bucket.
            "addressing_style": "path" if S3_ENDPOINT else "virtual",
        },
    }

# --- Accounts ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # emails are unique, by an index on their lower case
    "security.W008",  # redirecting to HTTPS is the proxy's work
]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "add_email": "accounts.forms.AddEmailForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"  # an installation may have no mail server
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # strangers cannot make us write to anybody
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True  # one address each; the new one counts once its link was opened
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "accounts.models.display_name"
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Atelier"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # follows from no email verification

_email = env.dj_email_url("ATELIER_EMAIL_URL", "console:")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email["EMAIL_HOST"]
EMAIL_PORT = _email["EMAIL_PORT"]
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _email["EMAIL_USE_TLS"]
EMAIL_USE_SSL = _email["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("ATELIER_FROM_EMAIL", "atelier@localhost")

# --- Logs -------------------------------------------------------------------------------------

LOGGING = configure_logging(
    level=env.str("ATELIER_LOG_LEVEL", "INFO"), form=env.str("ATELIER_LOG_FORMAT", "auto")
)
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False

# --- Pages ------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("pt-br", "Português")]  # in their own words
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("ATELIER_STATIC_ROOT", "") or DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": FILE_STORAGE,
    "staticfiles": {"BACKEND": "config.static.StaticStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = False  # the proxy's work
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
