"""From a checkout to a running site: what `manage.py serve` looks at first, prepares where it is missing, and starts.

Whatever keeps the site from starting raises ImproperlyConfigured with one line: the variable, what was found, what is expected.
"""

import fcntl
import hashlib
import os
import secrets
import socket
import subprocess
import sys
from contextlib import contextmanager
from ipaddress import ip_address

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from redis import RedisError

from conditions.finding import opening
from conditions.loading.faults import FileFaults
from conditions.loading.glossary import load_glossary
from conditions.loading.names import load_lay_names
from conditions.models import Article, Release, Revision
from conditions.publishing import publish_due
from conditions.text import counted
from portal.environment import read, without_secrets

ARTICLES = settings.BASE_DIR / "conditions" / "articles"
FIRST_ADMINISTRATOR = "admin@plainwell.localhost"  # RFC 6761 keeps .localhost for the machine itself: no mail leaves it
DATABASE_EXPECTED = {
    "postgresql": "a PostgreSQL server that runs, and a database that exists there (createdb makes one)",
    "sqlite": "a file that this account may write, in a folder that exists",
}
# Without l, 1, o and 0, which look alike: it is read from a console and typed once. Sixteen of these are 79 bits.
EASY_TO_READ = "abcdefghijkmnpqrstuvwxyz23456789"


# --- Before anything is written ---------------------------------------------------------------------------------------------


def listen_address():
    """Return (address, port) to listen on: this machine alone, unless LISTEN_ADDRESS says otherwise."""
    address = read("str", "LISTEN_ADDRESS", "127.0.0.1", "an IP address of this machine, or 0.0.0.0 for all of them", is_ip_address)
    port = read("int", "PORT", 8000, "a number from 1 to 65535", lambda port: 1 <= port <= 65535)
    return address, port


def worker_count():
    """Return how many processes serve: two at least, so that one slow request holds nobody up, and up to four by the cores."""
    cores = os.cpu_count() or 1
    return read(
        "int", "WEB_CONCURRENCY", max(2, min(cores, 4)), "the number of worker processes, 1 or more", lambda count: count >= 1
    )


def wants_worker():
    """Return whether a worker is to run beside the server."""
    return read("bool", "WORKER", True, "true or false")


def is_ip_address(text):
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def refuse_what_cannot_work(address, port):
    require_safe_settings(address)
    require_free_port(address, port)
    require_database()
    require_redis()


def require_safe_settings(address):
    if settings.SECRET_KEY == settings.DEFAULT_SECRET_KEY and not ip_address(address).is_loopback:
        raise ImproperlyConfigured(
            f"LISTEN_ADDRESS is “{address}”, which other machines reach; SECRET_KEY must be set: 50 or more random characters."
        )
    if settings.PRODUCTION and settings.SECURE_SSL_REDIRECT and not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        raise ImproperlyConfigured(
            "TRUSTED_PROXY_COUNT is 0, so that every request would be sent to https for ever; in production it must be the number "
            "of front servers that set X-Forwarded-For and X-Forwarded-Proto."
        )


def require_free_port(address, port):
    expected = "a free port. Name another with: make run PORT=8001"
    # The server shares its port between its workers, and would share it with another server's just as well.
    if something_answers_at(address, port):
        raise ImproperlyConfigured(f"PORT is “{port}”, where another program listens already; it must be {expected}")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise ImproperlyConfigured(
                f"PORT is “{port}”, which cannot be opened on {address} ({error.strerror}); it must be {expected}"
            ) from None


def something_answers_at(address, port):
    # A browser takes "localhost" for ::1 as well.
    host = "localhost" if ip_address(address).is_loopback or ip_address(address).is_unspecified else address
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def require_database():
    """Open one connection of the kind the site will use, without the pool, which would go on trying."""
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        raise ImproperlyConfigured("DATABASE_URL is a database in memory, which worker processes cannot share; it must be a file.")
    probe = connection.copy()
    options = probe.settings_dict["OPTIONS"]
    if options.pop("pool", None):
        options["connect_timeout"] = 5  # seconds
    try:
        probe.ensure_connection()
    except DatabaseError as error:
        reason, expected = first_line(error), DATABASE_EXPECTED[connection.vendor]
        raise ImproperlyConfigured(f"{database_found()}, which cannot be used: {reason}. It must be {expected}.") from None
    finally:
        probe.close()


def database_found():
    if url := read("str", "DATABASE_URL"):
        return f"DATABASE_URL is “{without_secrets(url)}”"
    return f"DATABASE_URL is not set, which means {connection.settings_dict['NAME']}"


def require_redis():
    if not settings.REDIS_URL:
        return
    try:
        cache.get("anything")
    except RedisError as error:
        found = without_secrets(settings.REDIS_URL)
        raise ImproperlyConfigured(
            f"REDIS_URL is “{found}”, which cannot be used: {first_line(error)}. It must be a Redis server that runs."
        ) from None


def first_line(error):
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")


# --- What is prepared once --------------------------------------------------------------------------------------------------


def prepare(say):
    """Bring database and files to where the site can start, each step only where something is missing.

    `say` is told what is being done. Returns the password of the first administrator where one was made, else None.
    """
    with alone(say):
        migrate(say)
        make_cache_table()
        collect_static_files(say)
        load_content(say)
        make_index(say)
        catch_up(say)
        return make_first_administrator()


@contextmanager
def alone(say):
    """Let one start prepare at a time: two in one folder would make the same tables. The kernel lets go if we are killed."""
    with (settings.VAR_DIR / "preparing.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is preparing this folder; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def migrate(say):
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Bringing the tables up to date …")
        call_command("migrate", interactive=False, verbosity=0)


def make_cache_table():
    backend = settings.CACHES["default"]
    if backend["BACKEND"].endswith("DatabaseCache") and backend["LOCATION"] not in connection.introspection.table_names():
        call_command("createcachetable", verbosity=0)


def collect_static_files(say):
    """Hash and compress the static files, unless what was collected last came from the same files."""
    mark = settings.VAR_DIR / "static.sha256"
    fingerprint = static_fingerprint()
    is_collected = (settings.STATIC_ROOT / "staticfiles.json").exists()
    if is_collected and mark.exists() and mark.read_text() == fingerprint:
        return
    say("Collecting the static files …")
    call_command("collectstatic", interactive=False, verbosity=0)
    mark.write_text(fingerprint)  # last, so that an interrupted collection is begun again


def static_fingerprint():
    """Return a digest of every static file's place, size and time."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = os.stat(storage.path(path))
            digest.update(f"{storage.path(path)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def load_content(say):
    """Load the classification where there is none, and the articles that changed. Later releases are the operator's to load."""
    if not Release.objects.exists():
        say("Loading the classification, once …")
        call_command("load_classification")
    for what, load in [("lay names", load_lay_names), ("glossary", load_glossary)]:
        try:
            load()
        except FileFaults as error:
            say(f"The {what} of this release did not load.\n{error}")
    try:
        call_command("load_articles", ARTICLES, verbosity=0 if Article.objects.exists() else 1)  # the first time is worth telling
    except CommandError as error:  # an editor is at work on one of them: readers keep what they have
        say(f"The articles of this release were not loaded.\n{error}")


def make_index(say):
    """Bring the search index in step, so that the first reader need not wait for it. Without one the site answers, if poorly."""
    is_first = not opening.current_name()
    if is_first:
        say("Making the search index, once …")
    try:
        call_command("index", verbosity=1 if is_first else 0)  # the first time takes a moment, and shows how far it is
    except CommandError as error:
        say(f"{error} Until the index is in step, searches may find by titles and names alone.")


def catch_up(say):
    """Publish what came due while nothing ran, before the first reader comes. What goes wrong is left to the worker."""
    count = held = 0
    try:
        for revision, why_not in publish_due():
            count += revision.state == Revision.State.PUBLISHED
            held += bool(why_not)
    except Exception as error:  # whatever it is: the site starts without it
        say(f"Not all that is due could be published ({type(error).__name__}).")
    if count:
        say(f"Published {counted(count, 'article')} whose time had come while nothing ran.")
    if held:
        say(f"{counted(held, 'article')} could not be published at the time set; the administration says why.")


def make_first_administrator():
    """Make the account that makes the others, and return its password; None where there is one, or in production.

    In production the console is a log, where no password should be: there it is `manage.py createsuperuser`.
    """
    User = get_user_model()
    if settings.PRODUCTION or User.objects.filter(is_superuser=True).exists():
        return None
    password = "-".join("".join(secrets.choice(EASY_TO_READ) for _ in range(4)) for _ in range(4))
    with transaction.atomic():
        user = User.objects.create_superuser(FIRST_ADMINISTRATOR, password)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return password


# --- The server -------------------------------------------------------------------------------------------------------------


def start_worker():
    """Start the worker beside the server that this process is about to become; it ends with it, however that ends.

    It has a process group of its own: Ctrl-C is for the server, and reaches the worker by the server's end.
    """
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "work", "--beside", str(os.getpid())]
    subprocess.Popen(command, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, process_group=0)  # noqa: S603 - our own command


def become_server(address, port, workers):
    """Replace this process by the server, so that its signals are ours. Does not return."""
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()
    sys.stdout.flush()
    os.chdir(settings.BASE_DIR)
    os.execv(sys.executable, server_command(address, port, workers))  # noqa: S606 - no shell is wanted


def server_command(address, port, workers):
    """Return the server's command line. A worker takes one request at a time: its threads would only share one core."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "portal.wsgi:application"),
        *("--host", address, "--port", str(port), "--no-ws"),
        *("--workers", str(workers), "--blocking-threads", "1"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "5"),
        # Nobody's reading is logged, whatever GRANIAN_… variables say.
        *("--log-level", "error", "--no-access-log"),
    ]
