"""A database that several processes share: a copy of one with all tables, which Django uses for the test as well."""

import contextlib
import os
import shutil

import pytest
from django.core.management import call_command
from django.db import connection, connections

from tests.__main__ import SITE_VARIABLES


@pytest.fixture(scope="session")
def template(django_test_environment, django_db_blocker, tmp_path_factory, worker_id):
    """A database with all tables and no rows, to be copied: its file or, on PostgreSQL, its name."""
    if connection.vendor == "sqlite":
        name = tmp_path_factory.mktemp("template") / "plainwell.sqlite3"
        with django_db_blocker.unblock(), used(name):
            make_tables()
        yield name
        return
    name = f"{os.environ['DATABASE_URL'].rpartition('/')[2]}_worker_{worker_id}"
    with django_db_blocker.unblock(), made(name):
        with used(name):
            make_tables()
        yield name


@pytest.fixture
def database(template, django_db_blocker, settings, tmp_path):
    """The URL of a copy of the template, which Django uses for the test as well."""
    settings.INDEX_DIR = tmp_path / "var" / "index"
    settings.INDEX_DIR.mkdir(parents=True)
    with django_db_blocker.unblock():
        if connection.vendor == "sqlite":
            name = shutil.copy(template, tmp_path)
            with used(name):
                yield f"sqlite:///{name}"
            return
        name = f"{template}_copy"
        with made(name, template), used(name):
            yield f"{os.environ['DATABASE_URL'].rpartition('/')[0]}/{name}"


@contextlib.contextmanager
def made(name, template="template1"):
    """Make the PostgreSQL database `name` of `template`, and drop it in the end."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextlib.contextmanager
def used(name):
    """Have Django use the database `name` in the place of its own."""
    ours, theirs = connections["default"], connection.copy()
    theirs.settings_dict["NAME"] = name
    theirs.settings_dict["OPTIONS"].pop("pool", None)
    connections["default"] = theirs
    try:
        yield
    finally:
        theirs.close()
        connections["default"] = ours


def make_tables():
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)


@pytest.fixture
def environment(database, tmp_path):
    """The environment of a process that works on this database."""
    clean = {name: value for name, value in os.environ.items() if name not in SITE_VARIABLES}
    return clean | {"DATABASE_URL": database, "VAR_DIR": str(tmp_path / "var"), "PYTHONWARNINGS": "ignore::UserWarning"}
