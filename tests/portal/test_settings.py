"""What the environment may say, and what is refused."""

import os
import re
import runpy
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from portal.environment import without_secrets
from tests.__main__ import SITE_VARIABLES

PRODUCTION = {"PRODUCTION": "true", "SECRET_KEY": "s3cret " * 10, "ALLOWED_HOSTS": "plainwell.example"}


@pytest.fixture
def settings_of(monkeypatch):
    """Return a function that reads the settings anew, in an environment of nothing but the given variables."""

    def read_anew(**variables):
        for name in SITE_VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(settings.BASE_DIR / "portal" / "settings.py")

    return read_anew


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DEBUG", "maybe", "true or false"),
        ("TRUSTED_PROXY_COUNT", "one", "a number"),
        ("TRUSTED_PROXY_COUNT", "-1", "a number"),
        ("ALLOWED_HOSTS", "https://plainwell.example", "host names"),
        ("CSRF_TRUSTED_ORIGINS", "plainwell.example", "https://"),
        ("TIME_ZONE", "Mars/Olympus", "Europe/London"),
        ("TIME_ZONE", "../../etc/passwd", "Europe/London"),
        ("CONTACT_EMAIL", "nobody", "an e-mail address"),
        ("COUNTRY", "XX", "EMERGENCY_NUMBER"),
        ("COUNTRY", "England", "EMERGENCY_NUMBER"),
        ("EMERGENCY_NUMBER", "112;113", "a telephone number"),
        ("ADVICE_NUMBER", "<b>811</b>", "a telephone number"),
        ("VAR_DIR", "/no/such/folder", "a folder"),
        ("DEFAULT_FROM_EMAIL", "Plainwell", "an e-mail address"),
        ("DATABASE_URL", "mysql://localhost/plainwell", "postgresql://"),
        ("DATABASE_URL", "postgresql://localhost", "postgresql://"),
        ("DATABASE_URL", "postgresql://localhost:port/plainwell", "postgresql://"),
        ("DATABASE_URL", "sqlite://plainwell.sqlite3", "sqlite:///"),
        ("REDIS_URL", "localhost:6379", "redis://"),
        ("REDIS_URL", "redis://localhost:6379/first", "redis://"),
        ("REDIS_URL", "redis://", "redis://"),
        ("EMAIL_URL", "mail.example.org", "smtp+tls://"),
        ("EMAIL_URL", "smtp://mail.example.org:port", "smtp+tls://"),
    ],
)
def test_a_bad_value_is_refused_in_one_line_that_names_it(settings_of, name, value, expected):
    with pytest.raises(ImproperlyConfigured) as refusal:
        settings_of(**{name: value})
    line = str(refusal.value)
    assert line.startswith(f"{name} is “{value[:12]}")
    assert expected in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://plainwell:hunter2@db:5432/plainwell",
        "postgresql://plainwell:hunter2]@db:5432/plainwell",
        "postgresql://plainwell:x/hunter2@db/plainwell",
        "postgresql://plainwell:x?hunter2@db/plainwell",
        "postgresql://plainwell:x#hunter2@db/plainwell",
        "postgresql://plainwell:x@hunter2@db/plainwell",
        "postgresql://plainwell:x://hunter2@db/plainwell",
        "postgresql://db/plainwell?password=hunter2",
        "postgresql://db/plainwell?password=x@hunter2",
        "plainwell:hunter2@db/plainwell",
        "redis://:hunter2",
        "hunter2://:hunter2@db",
    ],
)
def test_a_password_is_never_shown_however_the_url_is_misspelt(url):
    assert "hunter2" not in without_secrets(url)


def test_host_port_and_name_of_a_url_are_shown():
    assert without_secrets("postgresql://me:hunter2@db:5432/plainwell?sslmode=require") == "postgresql://…@db:5432/plainwell"


def test_an_empty_variable_counts_as_unset(settings_of):
    assert settings_of(TIME_ZONE="", DEBUG="", DATABASE_URL="", REDIS_URL="", EMAIL_URL="")["TIME_ZONE"] == "UTC"


def test_hosts_are_separated_by_commas_with_or_without_a_space(settings_of):
    assert settings_of(ALLOWED_HOSTS="plainwell.example, www.plainwell.example")["ALLOWED_HOSTS"][1] == "www.plainwell.example"


def numbers(fresh):
    return [fresh[name] for name in ("EMERGENCY_NUMBER", "ADVICE_NUMBER", "ADVICE_NAME")]


def test_a_country_gives_the_pages_its_numbers(settings_of):
    assert numbers(settings_of(COUNTRY="gb")) == ["999", "111", "NHS 111"]


def test_without_a_country_no_number_is_known(settings_of):
    assert numbers(settings_of()) == ["", "", ""]


def test_numbers_of_the_operator_s_own_come_before_those_of_the_country(settings_of):
    fresh = settings_of(COUNTRY="CA", EMERGENCY_NUMBER="+1 604 555-0100", ADVICE_NUMBER="1-866-555-0100")
    assert numbers(fresh) == ["+1 604 555-0100", "1-866-555-0100", "1-866-555-0100"]


def test_nothing_set_means_sqlite_in_var_a_shared_cache_there_and_mail_in_the_console(settings_of):
    fresh = settings_of()
    assert fresh["DATABASES"]["default"]["NAME"] == fresh["BASE_DIR"] / "var" / "plainwell.sqlite3"
    assert fresh["CACHES"]["default"]["BACKEND"].endswith("DatabaseCache")
    assert fresh["EMAIL_BACKEND"].endswith("console.EmailBackend")


def test_options_of_the_database_url_stand_beside_ours(settings_of):
    database = settings_of(DATABASE_URL="postgresql://me:p%40ss@db/plainwell?sslmode=require")["DATABASES"]["default"]
    assert database["PASSWORD"] == "p@ss"
    assert database["OPTIONS"].keys() == {"sslmode", "pool"}


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://me:p%40ss@mail.example.org", 25, False, False),
        ("smtp+tls://me:p%40ss@mail.example.org", 587, True, False),
        ("smtp+ssl://me:p%40ss@mail.example.org", 465, False, True),
        ("smtp+tls://me:p%40ss@mail.example.org:2525", 2525, True, False),
    ],
)
def test_mail_goes_where_its_url_says(settings_of, url, port, starttls, tls):
    fresh = settings_of(EMAIL_URL=url)
    assert (fresh["EMAIL_HOST"], fresh["EMAIL_PORT"]) == ("mail.example.org", port)
    assert (fresh["EMAIL_HOST_USER"], fresh["EMAIL_HOST_PASSWORD"]) == ("me", "p@ss")
    assert (fresh["EMAIL_USE_TLS"], fresh["EMAIL_USE_SSL"]) == (starttls, tls)


@pytest.mark.parametrize(
    ("change", "named"),
    [({"SECRET_KEY": ""}, "SECRET_KEY"), ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS"), ({"DEBUG": "true"}, "DEBUG")],
)
def test_production_refuses_what_is_safe_on_one_s_own_machine_only(settings_of, change, named):
    with pytest.raises(ImproperlyConfigured, match=f"^{named} must be"):
        settings_of(**PRODUCTION | change)


def test_production_refuses_the_secret_that_stands_in_the_source(settings_of):
    with pytest.raises(ImproperlyConfigured, match=r"^SECRET_KEY must be set"):
        settings_of(**PRODUCTION | {"SECRET_KEY": settings.DEFAULT_SECRET_KEY})


def test_production_sends_cookies_over_https_alone(settings_of):
    fresh = settings_of(**PRODUCTION)
    assert fresh["SESSION_COOKIE_SECURE"]
    assert fresh["CSRF_COOKIE_SECURE"]
    assert fresh["SECURE_SSL_REDIRECT"]


def test_a_command_says_it_in_one_line_without_a_traceback():
    command = [sys.executable, "manage.py", "check"]
    end = subprocess.run(
        command, env=os.environ | {"DEBUG": "maybe"}, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert end.returncode == 1
    assert end.stderr == "Plainwell cannot start: DEBUG is “maybe”; it must be true or false.\n"


def test_every_variable_is_in_the_readme_and_kept_out_of_the_suite():
    source = "".join((settings.BASE_DIR / "portal" / name).read_text() for name in ["settings.py", "startup.py"])
    read = set(re.findall(r"""(?:read\(\s*"\w+",\s*|environment\.\w+\()"([A-Z_]+)\"""", source))
    readme = (settings.BASE_DIR / "README.md").read_text()
    assert read >= {"DATABASE_URL", "PORT", "TIME_ZONE"}
    assert [name for name in sorted(read) if f"`{name}`" not in readme] == []
    assert read <= set(SITE_VARIABLES)
