"""`manage.py serve`: what it refuses, what it prepares once, and how it ends."""

import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from urllib.request import urlopen

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError

from portal import startup
from tests import factories
from tests.__main__ import SITE_VARIABLES


@pytest.fixture
def steps(settings, tmp_path, monkeypatch):
    """The commands that preparing called, in a folder of the test's own."""
    settings.VAR_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    settings.STATICFILES_DIRS = [tmp_path / "source"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    (tmp_path / "source").mkdir()
    called = []
    monkeypatch.setattr(startup, "call_command", lambda name, *_, **__: called.append(name))
    return called


def collected(settings):
    """Leave behind what collectstatic leaves."""
    settings.STATIC_ROOT.mkdir()
    (settings.STATIC_ROOT / "staticfiles.json").touch()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(**variables):
    clean = {name: value for name, value in os.environ.items() if name not in SITE_VARIABLES}
    return clean | {"DJANGO_SETTINGS_MODULE": "portal.settings"} | variables


# --- Refused ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "http"), ("PORT", "0"), ("PORT", "65536"), ("LISTEN_ADDRESS", "localhost"), ("WEB_CONCURRENCY", "0")],
)
def test_a_bad_address_is_refused_in_one_line_that_names_it(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=f"^{name} is “{value}”; it must be"):
        startup.listen_address(), startup.worker_count()


def test_nobody_else_can_reach_the_site_unless_told_so(monkeypatch):
    monkeypatch.delenv("LISTEN_ADDRESS", raising=False)
    monkeypatch.setenv("PORT", "8123")
    assert startup.listen_address() == ("127.0.0.1", 8123)


def test_a_taken_port_is_refused():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ImproperlyConfigured, match=f"^PORT is “{port}”, where another program listens"):
            startup.require_free_port("127.0.0.1", port)


def test_a_free_port_is_taken_as_it_is():
    startup.require_free_port("127.0.0.1", free_port())


def test_other_machines_are_not_let_in_with_the_secret_of_the_source():
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY must be set"):
        startup.require_safe_settings("0.0.0.0")  # noqa: S104


def test_production_without_a_front_server_would_redirect_for_ever_and_is_refused(settings):
    settings.PRODUCTION = settings.SECURE_SSL_REDIRECT = True
    with pytest.raises(ImproperlyConfigured, match=r"^TRUSTED_PROXY_COUNT is 0"):
        startup.require_safe_settings("127.0.0.1")


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/plainwell", "postgresql://…@127.0.0.1:1/plainwell"),
        ("DATABASE_URL", "postgresql://me:hunt/er2@127.0.0.1/plainwell", "postgresql://…@127.0.0.1/plainwell"),
        ("DATABASE_URL", "sqlite:////no/such/folder/plainwell.sqlite3", "sqlite:////no/such/folder/plainwell.sqlite3"),
        ("REDIS_URL", "redis://:hunter2@127.0.0.1:1/0", "redis://…@127.0.0.1:1/0"),
    ],
)
def test_what_cannot_be_reached_is_one_line_without_traceback_or_password(settings, tmp_path, name, value, found):
    variables = {"DATABASE_URL": f"sqlite:///{tmp_path}/plainwell.sqlite3", "PORT": str(free_port())} | {name: value}
    command = [sys.executable, "manage.py", "serve"]
    end = subprocess.run(
        command, env=environment(**variables), cwd=settings.BASE_DIR, capture_output=True, text=True, check=False, timeout=60
    )
    assert end.returncode == 1
    assert end.stderr.startswith(f"Plainwell cannot start: {name} is “{found}”")
    assert end.stderr.count("\n") == 1


# --- Prepared once ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_first_start_collects_static_files_loads_classification_and_articles_and_makes_the_index(steps):
    startup.prepare(say=print)
    assert steps == ["collectstatic", "load_classification", "load_articles", "index"]


@pytest.mark.django_db
def test_a_later_start_looks_at_the_articles_and_the_index_and_repeats_nothing(steps, settings):
    startup.prepare(say=print)
    collected(settings)
    factories.release()
    steps.clear()
    assert startup.prepare(say=print) is None
    assert steps == ["load_articles", "index"]


@pytest.mark.django_db
def test_a_site_without_an_index_starts_all_the_same(monkeypatch):
    def refuse(*arguments, **options):
        raise CommandError("The search index could not be written to var/index: No space left on device.")

    monkeypatch.setattr(startup, "call_command", refuse)
    said = []
    startup.make_index(said.append)
    assert "No space left on device. Until the index is in step" in said[1]


def test_static_files_are_collected_again_when_one_has_changed(steps, settings):
    source = settings.VAR_DIR / "source" / "site.css"
    for text in ["a", "a", "ab"]:
        if not source.exists() or source.read_text() != text:
            source.write_text(text)
        startup.collect_static_files(print)
        settings.STATIC_ROOT.exists() or collected(settings)
    assert steps == ["collectstatic", "collectstatic"]


def test_static_files_are_collected_again_after_they_were_deleted(steps):
    startup.collect_static_files(print)
    startup.collect_static_files(print)  # nothing was left behind by the first
    assert steps == ["collectstatic", "collectstatic"]


def test_two_starts_in_one_folder_prepare_one_after_the_other(steps, settings):
    said = []
    with (settings.VAR_DIR / "preparing.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(target=lambda: enter_and_leave(said))
        second.start()
        while not said:
            time.sleep(0.01)
        assert said == ["Another start is preparing this folder; waiting for it …"]
    second.join(5)
    assert said[1:] == ["in"]


def enter_and_leave(said):
    with startup.alone(said.append):
        said.append("in")


@pytest.mark.django_db
def test_the_first_administrator_is_made_once(django_user_model):
    assert re.fullmatch(r"(\w{4}-){3}\w{4}", startup.make_first_administrator())
    assert startup.make_first_administrator() is None
    assert django_user_model.objects.filter(is_staff=True, is_superuser=True).count() == 1


@pytest.mark.django_db
def test_the_first_administrator_logs_in_with_the_password_shown(client):
    password = startup.make_first_administrator()
    assert client.login(email=startup.FIRST_ADMINISTRATOR, password=password)


@pytest.mark.django_db
def test_the_address_of_the_first_administrator_is_verified():
    startup.make_first_administrator()
    address = EmailAddress.objects.get(email=startup.FIRST_ADMINISTRATOR)
    assert (address.verified, address.primary) == (True, True)


@pytest.mark.django_db
def test_an_administrator_of_the_operator_s_own_is_enough(superuser):
    assert startup.make_first_administrator() is None


@pytest.mark.django_db
def test_no_password_is_made_in_production_where_the_console_is_a_log(settings):
    settings.PRODUCTION = True
    assert startup.make_first_administrator() is None


# --- The server -------------------------------------------------------------------------------------------------------------


def test_the_server_answers_logs_no_reading_and_ends_quietly_on_ctrl_c(settings, tmp_path):
    port = free_port()
    command = startup.server_command("127.0.0.1", port, workers=1)
    # A fresh checkout has no collected files, of which WhiteNoise warns.
    variables = environment(DATABASE_URL=f"sqlite:///{tmp_path}/plainwell.sqlite3", PYTHONWARNINGS="ignore::UserWarning")
    with subprocess.Popen(
        command, env=variables, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            assert first_answer(f"http://127.0.0.1:{port}/health/live?q=private") == b"ok\n"
        finally:
            server.send_signal(signal.SIGINT)
            said, _ = server.communicate(timeout=20)
    assert (server.returncode, said) == (0, "")


def first_answer(url):
    """Return what the server says as soon as it says something, within 20 seconds."""
    for _ in range(200):
        try:
            return urlopen(url, timeout=5).read()  # noqa: S310
        except OSError:
            time.sleep(0.1)
    return None
