"""The cast and the smallest rows: every test module plays with these."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import connection

from conditions.finding import keeping, opening
from conditions.models.audit import TRIGGERS
from conditions.pages import az
from tests import factories
from tests.databases import database, environment, template  # noqa: F401  fixtures


@pytest.fixture(autouse=True)
def _local_files(settings, tmp_path, monkeypatch):
    """Static files by their plain names, mail in memory, media and index in folders of the test's own; passwords hashed fast."""
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    settings.STATIC_ROOT, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"  # an empty folder is walked faster than a full one
    settings.INDEX_DIR = tmp_path / "index"
    monkeypatch.setattr(opening, "CHECK_EVERY", 0.0)  # every request sees what the test wrote
    # Another process would not see the test's database.
    monkeypatch.setattr(opening, "begin_repair", lambda reason, **kinds: None)  # noqa: ARG005
    opening.forget()
    az.read_names.cache_clear()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def _an_audit_that_can_be_emptied():
    """Let Django empty the tables after a test with transactions of its own: on SQLite by DELETE, which a trigger refuses."""
    if connection.vendor != "sqlite":
        yield
        return
    flush = connection.ops.sql_flush
    trigger = next(statement for statement in TRIGGERS["sqlite"] if "BEFORE DELETE" in statement)

    def sql_flush(*args, **options):
        return [f"DROP TRIGGER {trigger.split()[2]}", *flush(*args, **options), trigger]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connection.ops, "sql_flush", sql_flush)
        yield


def pytest_terminal_summary(terminalreporter):
    """Print what tests measured, whichever process ran them."""
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, value in report.user_properties:
            if name == "told" and report.when == "call":
                terminalreporter.write_line(value)


def person(django_user_model, name, *, verified=True, group=None, **fields):
    user = django_user_model.objects.create_user(f"{name}@example.org", "correct horse battery", **fields)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def visitor():
    from django.contrib.auth.models import AnonymousUser

    return AnonymousUser()


@pytest.fixture
def unverified(django_user_model):
    return person(django_user_model, "unverified", verified=False)


@pytest.fixture
def member(django_user_model):
    return person(django_user_model, "member")


@pytest.fixture
def clerk(django_user_model):
    """On the staff, without any right: the one who must see nothing in the admin."""
    return person(django_user_model, "clerk", is_staff=True)


@pytest.fixture
def author(django_user_model):
    return person(django_user_model, "author", is_staff=True, group="Author")


@pytest.fixture
def editor(django_user_model):
    return person(django_user_model, "editor", is_staff=True, group="Editor")


@pytest.fixture
def reviewer(django_user_model):
    return person(django_user_model, "reviewer", is_staff=True, group="Reviewer")


@pytest.fixture
def superuser(django_user_model):
    return person(django_user_model, "superuser", is_staff=True, is_superuser=True)


@pytest.fixture
def member_client(client, member):
    client.force_login(member)
    return client


@pytest.fixture
def at_desk(client, author):
    client.force_login(author)
    return client


@pytest.fixture
def hand(db):
    """The branch of the classification around M61.24, from its chapter down to right, left and unspecified hand."""
    return factories.branch_of_the_hand()


@pytest.fixture
def index(db):
    """The search index of what the database holds; each request brings it in step with what comes later."""
    keeping.rebuild()


@pytest.fixture
def article(hand):
    """A published article at M61.24 with a gated treatment section, whose gated text holds `factories.CANARY`."""
    return factories.published_article(hand["M61.24"])
