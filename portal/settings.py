"""Plainwell's settings: one file, read from the environment by a typed reader.

A checkout runs with none of the variables set. `PRODUCTION=true` asks for the ones that have no safe default and turns on what
needs HTTPS. README.md lists the variables.
"""

from contextlib import suppress
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from portal import environment, phones
from portal.environment import read

BASE_DIR = Path(__file__).resolve().parent.parent
# Database, collected static files and media: never in git.
VAR_DIR = Path(read("str", "VAR_DIR", BASE_DIR / "var", "a folder, or a new one inside a folder", environment.has_parent)).resolve()
with suppress(OSError):  # a checkout that cannot be written to may have its database elsewhere
    VAR_DIR.mkdir(exist_ok=True)


# --- Mode -------------------------------------------------------------------------------------------------------------------

PRODUCTION = read("bool", "PRODUCTION", False, "true or false")
DEBUG = read("bool", "DEBUG", False, "true or false")
DEFAULT_SECRET_KEY = "plainwell-development-only-" + "x" * 40
SECRET_KEY = read("str", "SECRET_KEY", DEFAULT_SECRET_KEY)
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = read(
    "list", "ALLOWED_HOSTS", [] if PRODUCTION else LOCAL_HOSTS, "host names separated by commas", valid=environment.are_hosts
)
CSRF_TRUSTED_ORIGINS = read(
    "list", "CSRF_TRUSTED_ORIGINS", [], "origins such as https://example.org, separated by commas", valid=environment.are_origins
)

if PRODUCTION:
    if SECRET_KEY == DEFAULT_SECRET_KEY:
        raise ImproperlyConfigured("SECRET_KEY must be set in production: 50 or more random characters, kept secret.")
    if not ALLOWED_HOSTS:
        raise ImproperlyConfigured("ALLOWED_HOSTS must be set in production: the host names of the site, separated by commas.")
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be false in production: its error pages print settings and gated text.")

# --- Applications -----------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal",
    "accounts",
    "conditions",
    "portal.apps.DeskConfig",  # django.contrib.admin
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "csp",
    "js_asset",
    "django_prose_editor",
]

MIDDLEWARE = [
    "portal.middleware.unstored_unless_said",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Above ConditionalGet, so that an ETag is of the page and not of its compressed bytes, whose length this varies at random.
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    # Below ConditionalGet, which leaves answers marked no-store without an ETag; above Session, whose cookies it looks for.
    "portal.middleware.delivery",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.errors.page_for_not_allowed",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            # That of messages is for the admin and the account pages. No public page asks for them: it would show one reader's
            # to the next.
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.site",
            ],
        },
    },
]

# --- Database, cache, sessions ----------------------------------------------------------------------------------------------

DATABASES = {"default": environment.database("DATABASE_URL", VAR_DIR / "plainwell.sqlite3")}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["CONN_MAX_AGE"] = None  # opening the file for each request costs more than most of its queries
    DATABASES["default"]["OPTIONS"] |= {
        # A transaction takes the write lock when it opens, so that two writers queue instead of failing half way.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # a restarted server must not fail the next request of each worker
    DATABASES["default"]["OPTIONS"] |= {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}}

REDIS_URL = environment.redis("REDIS_URL")
# A Redis that hangs must not hang the pages.
redis_timeouts = {"socket_timeout": 2} | ({} if REDIS_URL.startswith("unix:") else {"socket_connect_timeout": 2})  # seconds
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "plainwell",
        "OPTIONS": redis_timeouts,
    }
    if REDIS_URL
    else {
        # Shared by the workers, which the rate limits need; a per-process cache would multiply every limit.
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "portal_cache",
        # Django's 300 would let a crowd push each other's counted attempts out.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
# With Redis the session is read from there and still kept in the database, so that emptying the cache logs nobody out.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db" if REDIS_URL else "django.contrib.sessions.backends.db"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60
# Messages may name an address: they stay on the server, in the session of an account page.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_AGE = None  # gone with the browser window, so that a visitor's later requests carry no cookie
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"

# --- People -----------------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:me"
LOGOUT_REDIRECT_URL = "home"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignUpForm",
    "login": "accounts.forms.PasswordLoginForm",
    "request_login_code": "accounts.forms.RequestCodeForm",
    "confirm_login_code": "accounts.forms.LoginCodeForm",
    "confirm_email_verification_code": "accounts.forms.AddressCodeForm",
    "confirm_password_reset_code": "accounts.forms.PasswordResetCodeForm",
    "add_email": "accounts.forms.ChangeAddressForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.NewPasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60  # seconds, as for every code
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 3
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3  # a code; the pages say three
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = 3
ACCOUNT_LOGIN_TIMEOUT = 60 * 60  # the first code and three more
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_CHANGE_EMAIL = True  # one address a member; the old one holds until the new one is confirmed
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_PREVENT_ENUMERATION = True
# The same for known and unknown addresses. "key" is the typed address; sign-up and resending count as requests for a code.
ACCOUNT_RATE_LIMITS = {
    "signup": "20/m/ip",
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "request_login_code": "20/m/ip,3/m/key",
    "reset_password": "20/m/ip,3/m/key",
    "report": "5/m/ip",  # reports of mistakes
    "unsaved_draft": "10/m/ip,60/h/ip",  # forms of drafts that come after the login has ended
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed address or password is told to the member by mail
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
# How many proxies of ours stand in front and append to X-Forwarded-For: without it the rate limits would count the proxy.
ALLAUTH_TRUSTED_PROXY_COUNT = read("int", "TRUSTED_PROXY_COUNT", 0, "a number, 0 without a front server")

# --- Mail -------------------------------------------------------------------------------------------------------------------

mail = environment.mail("EMAIL_URL")
EMAIL_BACKEND = mail["EMAIL_BACKEND"]
EMAIL_HOST = mail.get("EMAIL_HOST", "")
EMAIL_PORT = mail.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = mail.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = mail.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10  # seconds
an_address = "an e-mail address, such as Plainwell <noreply@example.org>"
DEFAULT_FROM_EMAIL = read("str", "DEFAULT_FROM_EMAIL", "Plainwell <noreply@localhost>", an_address, valid=environment.is_address)

# --- The publisher's site ---------------------------------------------------------------------------------------------------

SITE_NAME = read("str", "SITE_NAME", "Plainwell")
# portal/brand.py draws icons, link preview and theme of these two.
SITE_MARK = read("str", "SITE_MARK", str(BASE_DIR / "portal" / "mark.svg"), "an SVG file", valid=environment.is_svg_file)
ACCENT_COLOUR = read("str", "ACCENT_COLOUR", "#0b5e63", "a colour such as #0b5e63", valid=environment.is_colour)
BRAND_DIR = VAR_DIR / "brand"
# Where the site is, for addresses that must be whole. They are not taken from the request: what a stranger sends as its host would
# reach the next reader by a shared cache.
SITE_URL = read(
    "str",
    "SITE_URL",
    f"https://{ALLOWED_HOSTS[0].lstrip('.')}" if PRODUCTION else f"http://localhost:{read('str', 'PORT', '8000')}",
    "an origin such as https://example.org",
    valid=lambda url: environment.are_origins([url]),
)
if "*" in SITE_URL:
    raise ImproperlyConfigured("SITE_URL must be set where ALLOWED_HOSTS begins with *: an origin such as https://example.org.")
CONTACT_EMAIL = read("str", "CONTACT_EMAIL", "", an_address, valid=environment.is_address)
# Whom its readers call: by the country, or as the operator says. Empty: the pages speak of “your local emergency number”.
COUNTRY = read(
    "str",
    "COUNTRY",
    "",
    "a country of portal/phones.py by its two letters, such as GB; for another one set EMERGENCY_NUMBER in its place",
    valid=phones.has_phones,
)
country_phones = phones.phones_of(COUNTRY)
a_number = "a telephone number such as 112: digits with spaces or hyphens between them"
EMERGENCY_NUMBER = read("str", "EMERGENCY_NUMBER", country_phones.emergency, a_number, valid=environment.is_phone_number)
ADVICE_NUMBER = read("str", "ADVICE_NUMBER", country_phones.advice, a_number, valid=environment.is_phone_number)
ADVICE_NAME = country_phones.advice_name if country_phones.advice == ADVICE_NUMBER else ADVICE_NUMBER
# The kinds of section whose text is for members unless an editor says otherwise.
GATED_SECTION_KINDS = ["treatment"]

LANGUAGE_CODE = "en"
# The languages an article may be written in; the first stands at the root, the others under /<language>/.
LANGUAGES = [("en", "English"), ("es", "Español"), ("fr", "Français"), ("de", "Deutsch"), ("ar", "العربية")]
TIME_ZONE = read("str", "TIME_ZONE", "UTC", "a name such as Europe/London", valid=environment.is_time_zone)
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["portal.formats"]

# --- The worker -------------------------------------------------------------------------------------------------------------

# Whether it asks the addresses in references, once a day, if they still answer. A developer's machine asks no other hosts.
CHECK_LINKS = read("bool", "CHECK_LINKS", PRODUCTION, "true or false")

# --- Files ------------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_FINDERS = [
    "portal.brand.BrandFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
# The search index: made of the database, on the disk of each machine that serves.
INDEX_DIR = VAR_DIR / "index"

# --- Security ---------------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# The admin's pages alone: the rich text editor's import map is an inline script and its mark an inline style, let through by a
# nonce; Django's icons and the editor's are data: images.
ADMIN_CSP = {"script-src": [SELF, NONCE], "style-src": [SELF, NONCE], "img-src": [SELF, "data:"]}

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # a page's address names a condition: no other host is told
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = read("bool", "SECURE_SSL_REDIRECT", True, "true or false")
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    SECURE_HSTS_SECONDS = read("int", "SECURE_HSTS_SECONDS", 365 * 24 * 60 * 60, "a number of seconds")
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True

# --- Logs -------------------------------------------------------------------------------------------------------------------

# No line names a reader and a page together: there is no access log, and Django's own warnings carry no address of a person.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "portal.logs.DiscreetFormatter", "format": "{asctime} {levelname} {name}: {message}", "style": "{"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Without handlers of its own: Django's default would mail errors with the form that was sent.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # A 404, 410 or refused form names a path, and a path names a condition.
        "django.request": {"level": "ERROR"},
        "django.security.csrf": {"level": "ERROR"},
    },
}
