"""Codes that readers looked for and no article serves are counted, and nothing else is."""

from datetime import date

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conditions import demand
from conditions.models import CodeDemand
from tests import factories

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
ROBOT = {"User-Agent": "Mozilla/5.0 (compatible; Examplebot/2.1; +http://example.org/bot.html)"}


@pytest.fixture(autouse=True)
def _nothing_waits(monkeypatch):
    """No other test's counts, and no thread that writes, which would not see the test's rows."""
    monkeypatch.setattr(demand, "WRITE_EVERY", float("inf"))
    monkeypatch.setattr(demand, "MOST_WAITING", float("inf"))
    demand.forget()
    yield
    demand.forget()


@pytest.fixture
def counted(db):
    """Return a function that writes what waits and returns {code: count}."""

    def read():
        demand.flush()
        return dict(CodeDemand.objects.values_list("item__code", "count"))

    return read


def looked_for(item, count, months_ago=0):
    CodeDemand.objects.create(item=item, month=demand.months_ago(months_ago), count=count)


def wanted(**options):
    return [(each.item.code, each.count) for each in demand.most_wanted(**options)]


# --- What is counted --------------------------------------------------------------------------------------------------------


def test_a_code_without_an_article_is_counted_when_a_reader_opens_it(client, hand, counted):
    client.get("/icd-10-cm/M61.24/", headers=BROWSER)
    client.get("/icd-10-cm/M61.24/", headers=BROWSER)
    assert counted() == {"M61.24": 2}


def test_a_code_that_an_article_serves_is_not_counted(client, article, counted):
    client.get("/icd-10-cm/M61.241/", headers=BROWSER)
    assert counted() == {}


@pytest.mark.parametrize("query", ["M61.2", "m612", "Disorders of muscles"])
def test_a_search_that_leads_to_a_code_without_an_article_counts_it(client, article, index, counted, query):
    client.get("/search/", {"q": query}, headers=BROWSER)
    assert sum(counted().values()) == 1
    assert "M61.24" not in counted()


@pytest.mark.parametrize("query", ["M61.249", "hardened hand", "qwzxvqwzxvqw", ""])
def test_a_search_that_leads_to_an_article_or_nowhere_counts_nothing(client, article, index, counted, query):
    client.get("/search/", {"q": query}, headers=BROWSER)
    assert counted() == {}


def test_without_the_index_nobody_knows_what_is_served_and_words_count_nothing(client, article, counted):
    assert "Disorders" in client.get("/search/", {"q": "Disorders of muscles"}, headers=BROWSER).text
    assert counted() == {}


@pytest.mark.parametrize("headers", [ROBOT, {}, {"User-Agent": "curl/8.5"}])
def test_what_is_no_browser_is_not_counted(client, hand, counted, headers):
    client.get("/icd-10-cm/M61.24/", headers=headers)
    assert counted() == {}


def test_asking_for_the_headers_alone_is_not_counted(client, hand, counted):
    client.head("/icd-10-cm/M61.24/", headers=BROWSER)
    assert counted() == {}


@pytest.mark.parametrize(("person", "count"), [("member", {"M61.24": 1}), ("clerk", {})])
def test_members_are_counted_like_visitors_and_staff_are_not(client, request, hand, counted, person, count):
    client.force_login(request.getfixturevalue(person))
    client.get("/icd-10-cm/M61.24/", headers=BROWSER)
    assert counted() == count


def test_what_is_kept_is_a_code_a_month_and_a_number(client, hand, counted):
    client.get("/icd-10-cm/M61.24/", headers=BROWSER)
    counted()
    assert {field.name for field in CodeDemand._meta.get_fields()} == {"id", "item", "month", "count"}
    assert CodeDemand.objects.get().month == timezone.localdate().replace(day=1)


# --- Writing ----------------------------------------------------------------------------------------------------------------


def test_counts_add_up_in_the_table(hand, counted):
    for times in (1, 2):
        for _ in range(times):
            demand.note(hand["M61"].pk)
        demand.note(hand["M61.2"].pk)
        counted()
    assert counted() == {"M61": 3, "M61.2": 2}


def test_a_page_that_counts_costs_no_query_more(client, hand, counted):
    def cost(headers):
        with CaptureQueriesContext(connection) as queries:
            client.get("/icd-10-cm/M61.24/", headers=headers)
        return len(queries)

    assert cost(BROWSER) == cost({})
    assert counted() == {"M61.24": 1}


@pytest.mark.parametrize(("name", "value"), [("WRITE_EVERY", 0.0), ("MOST_WAITING", 2)])
def test_they_are_written_when_it_is_time_or_many_wait(hand, monkeypatch, name, value):
    written = []
    monkeypatch.setattr(demand, "_flush_and_leave", lambda: written.append(True))
    demand.note(hand["M61"].pk)
    demand.note(hand["M61"].pk)
    assert not written
    monkeypatch.setattr(demand, name, value)
    demand.note(hand["M61"].pk)
    demand._writer.join()
    assert written == [True]


def refuse(counts):
    raise DatabaseError("database is locked")


def test_a_database_that_refuses_costs_the_counts_and_no_page(client, hand, counted, monkeypatch, caplog):
    monkeypatch.setattr(demand, "_has_failed", False)
    with monkeypatch.context() as broken:
        broken.setattr(demand, "_add", refuse)
        for _ in range(2):
            assert client.get("/icd-10-cm/M61.24/", headers=BROWSER).status_code == 200
            demand.flush()
    assert len(caplog.records) == 1
    assert counted() == {}


# --- What is wanted ---------------------------------------------------------------------------------------------------------


def test_the_most_wanted_come_first_rounded_down_and_small_numbers_stay_hidden(hand):
    for code, count in [("M61.2", 19), ("M61", 9), ("M61.24", 128), ("M60-M63", 10)]:
        looked_for(hand[code], count)
    assert wanted() == [("M61.24", 120), ("M61.2", 10), ("M60-M63", 10)]


def test_months_add_up_and_old_ones_fall_out(hand):
    for months_ago in (0, 2, 3):
        looked_for(hand["M61"], 8, months_ago)
    assert wanted() == [("M61", 10)]
    assert wanted(months=2) == []


def test_what_an_article_serves_by_now_is_wanted_no_more(hand):
    for code in ("M61.24", "M61.241", "M61.2"):
        looked_for(hand[code], 30)
    article = factories.published_article(hand["M61.24"])
    assert wanted() == [("M61.2", 30)]
    article.revisions.update(state="superseded")
    assert len(wanted()) == 3


def test_an_article_in_another_language_serves_nobody_here(hand):
    looked_for(hand["M61.24"], 30)
    factories.published_article(hand["M61.24"], language="de")
    assert wanted() == [("M61.24", 30)]


def test_no_more_than_twenty_are_told_in_two_queries(hand, django_assert_num_queries):
    for number in range(25):
        looked_for(factories.item(f"Z{number:02}", parent=hand["M60-M63"]), 50)
    with django_assert_num_queries(2):
        assert len(demand.most_wanted()) == 20


@pytest.mark.parametrize(
    ("months", "first"), [(0, date(2026, 1, 1)), (1, date(2025, 12, 1)), (13, date(2024, 12, 1)), (-12, date(2027, 1, 1))]
)
def test_months_are_counted_across_years(months, first):
    assert demand.months_ago(months, date(2026, 1, 31)) == first
