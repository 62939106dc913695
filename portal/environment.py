"""Typed reading of the environment. A value of the wrong form is one line: the variable, what was found, what is expected.

What was found is shown without passwords, however the value is misspelt.
"""

import os
import re
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

DATABASE_FORM = "sqlite:///path/of/the/file or postgresql://user:password@host:port/name"
REDIS_FORM = "redis://user:password@host:port/number, rediss://… (encrypted) or unix:///path/of/the/socket"
MAIL_FORM = "console:, smtp://host:port, smtp+tls://user:password@host:port or smtp+ssl://user:password@host:port"
# For each scheme of EMAIL_URL: the port unless one is given, STARTTLS, TLS from the start.
MAIL_SCHEMES = {
    "smtp": (25, False, False),
    "smtp+tls": (587, True, False),
    "submission": (587, True, False),
    "smtp+ssl": (465, False, True),
    "smtps": (465, False, True),
}

env = Env()


def read(kind, name, default=None, expected="", valid=None):
    """Return one variable as `kind`, a parser of environs; `default` where it is unset or empty, as container tools leave it.

    Raises ImproperlyConfigured where it has the wrong form or `valid` says no. Numbers count something: none is negative.
    """
    found = os.environ.get(name, "").strip()
    if not found:
        return default
    try:
        value = getattr(env, kind)(name)
    except EnvError:
        raise mistake(name, found, expected) from None
    value = [part.strip() for part in value] if kind == "list" else value
    if (kind == "int" and value < 0) or (valid and not valid(value)):
        raise mistake(name, found, expected)
    return value


def mistake(name, found, expected):
    """Return the exception that says so in one line."""
    return ImproperlyConfigured(f"{name} is “{' '.join(found.split())}”; it must be {expected}.")


def url_mistake(name, url, expected):
    return mistake(name, without_secrets(url), expected)


def without_secrets(url):
    """Return `url` as a log may hold it: scheme, host, port and path, and no part that may belong to a password."""
    scheme, slashes, rest = url.partition("://") if "://" in url else ("", "", url)
    scheme = scheme if re.fullmatch(r"[a-z+]*", scheme) else "…"
    if re.search(r"[?#].*@", rest):
        return f"{scheme}{slashes}…"  # a password before the host or a parameter after it: nobody can tell
    _, at, address = rest.rpartition("@")
    address = re.split(r"[?#]", address)[0]
    if not at:
        # Without an @ a colon comes before a port or, in a slip of the pen, before a password.
        address = re.sub(r":(?!\d+(/|$)).+", ":…", address)
    return f"{scheme}{slashes}{'…@' if at else ''}{address}"


def has_parent(path):
    return Path(path).parent.is_dir()


def is_time_zone(name):
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # an unknown name, a path that climbs, a folder
        return False
    return True


def are_hosts(names):
    return not any(re.search(r"[/@\s]", name) or not name for name in names)


def are_origins(names):
    return all(re.fullmatch(r"https?://[^/@\s]+", name) for name in names)


def is_svg_file(path):
    return path.endswith(".svg") and Path(path).is_file()


def is_colour(text):
    return bool(re.fullmatch(r"#[0-9a-fA-F]{6}", text))


def is_phone_number(text):
    return bool(re.fullmatch(r"\+?[0-9]+([ -][0-9]+)*", text))


def is_address(text):
    """Say whether `text` names a mailbox: `someone@example.org` or `Plainwell <someone@example.org>`."""
    return bool(re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(text)[1]))


def database(name, default_file: Path):
    """Return Django's settings of the database that the variable `name` names; an SQLite file without it."""
    url = read("str", name, "")
    if not url:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": default_file, "OPTIONS": {}}
    parts = split(name, url, DATABASE_FORM)
    named = {"sqlite": names_a_file, "postgres": names_a_database, "postgresql": names_a_database}.get(parts.scheme)
    if not named or not named(parts):
        raise url_mistake(name, url, DATABASE_FORM)
    try:
        return {"OPTIONS": {}} | dj_database_url.parse(url)
    except ValueError:
        raise url_mistake(name, url, DATABASE_FORM) from None


def names_a_file(parts):
    # sqlite://name.sqlite3 has one slash too few: it would be a database in memory, gone with the process.
    return (bool(parts.path.strip("/")) and not parts.netloc) or parts.netloc == ":memory:"


def names_a_database(parts):
    # An @ or # further on belongs to a password that is not percent-encoded.
    return bool(parts.path.strip("/")) and "@" not in parts.path and not parts.fragment


def redis(name):
    """Return the address of Redis in the variable `name`, or "". redis-py would take number 0 for a number it cannot read."""
    url = read("str", name, "")
    if url:
        parts = split(name, url, REDIS_FORM)
        by_socket = parts.scheme == "unix" and parts.path.strip("/")
        by_host = parts.scheme in ("redis", "rediss") and parts.hostname and re.fullmatch(r"/?\d*", parts.path)
        if not (by_socket or by_host) or parts.fragment:
            raise url_mistake(name, url, REDIS_FORM)
    return url


def mail(name):
    """Return Django's EMAIL_* settings from the URL in the variable `name`; without it mail is written to the console."""
    url = read("str", name, "console:")
    parts = split(name, url, MAIL_FORM)
    if parts.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if parts.scheme not in MAIL_SCHEMES or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise url_mistake(name, url, MAIL_FORM)
    port, starttls, tls = MAIL_SCHEMES[parts.scheme]
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": starttls,
        "EMAIL_USE_SSL": tls,
    }


def split(name, url, expected):
    """Return the parts of `url`; raises ImproperlyConfigured where it cannot be taken apart."""
    try:
        parts = urlsplit(url)
        if parts.netloc != ":memory:":
            parts.port  # noqa: B018 - reading it raises where it is no number
    except ValueError:
        raise url_mistake(name, url, expected) from None
    return parts
