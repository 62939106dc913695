"""What the front server is told."""

import pytest
from django.db import DatabaseError
from django.db.migrations.recorder import MigrationRecorder

from portal import health

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("index")]
USABLE = {"database": "usable", "migrations": "usable", "cache": "usable", "index": "usable"}


def test_the_process_is_up_without_asking_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/health/live").content == b"ok\n"


def test_the_site_is_ready_where_database_migrations_cache_and_index_are_usable(client):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, USABLE)


def test_the_site_is_ready_with_few_queries(client, django_assert_max_num_queries):
    client.get("/health/ready")
    with django_assert_max_num_queries(4):
        client.get("/health/ready")


def test_a_migration_that_is_missing_makes_it_unready(client):
    MigrationRecorder.Migration.objects.filter(app="conditions").delete()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, USABLE | {"migrations": "not usable"})


def test_a_cache_without_its_table_makes_it_unready(client, settings):
    backend = "django.core.cache.backends.db.DatabaseCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "no_such_table"}}
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, USABLE | {"cache": "not usable"})


def test_an_index_that_is_gone_makes_it_unready(client, settings):
    settings.INDEX_DIR.joinpath("current").unlink()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, USABLE | {"index": "not usable"})


def test_a_database_that_does_not_answer_makes_it_unready_and_the_reason_stays_here(client, monkeypatch):
    def refuse():
        raise DatabaseError("connection to server at 10.0.0.7 failed for user plainwell")

    monkeypatch.setattr(health, "database_answers", refuse)
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"database": "not usable"})


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_no_answer_about_health_is_kept_by_a_cache(client, path):
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_is_asked_for_and_nothing_else(client, path):
    assert client.post(path).status_code == 405
