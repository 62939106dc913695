"""What a reader is told where there is no page to give."""

import re
import sqlite3
from urllib.parse import quote

import psycopg
import psycopg_pool
import pytest
from allauth.core import ratelimit
from django.contrib.staticfiles import finders
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError, ProgrammingError, connection
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from conditions.finding import keeping
from conditions.models import Item, Name
from portal import errors, near
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("index")]
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def asthma(hand):
    article = factories.published_article(hand["M61"], slug="asthma", title="Asthma")
    Name.objects.create(article=article, text="Bronchial asthma")
    keeping.rebuild()
    return article


@pytest.fixture
def broken_database():
    def refuse(*arguments):
        raise OperationalError("connection to server at 10.0.0.7 failed for user plainwell")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture
def view_that_raises(monkeypatch, client):
    """Return a function that asks for a page whose view raises the given error, and returns the answer."""

    def ask(error):
        def raises(*arguments, **named):
            raise error

        monkeypatch.setattr("conditions.pages.search.ask", raises)
        return client.get("/search/?q=hand")

    return ask


def offered(answer):
    """Return {address: text} of the links that a 404 page offers as near."""
    place = re.search(r'<ul class="results">(.*?)</ul>', answer.text, re.DOTALL)
    return dict(re.findall(r'<a href="([^"]*)"><bdi[^>]*>([^<]*)', place[1])) if place else {}


def search_field(answer):
    return re.search(r'name="q" value="([^"]*)"', answer.text)[1]


# --- Each status ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("error", "status"), [(SuspiciousOperation(), 400), (PermissionDenied(), 403), (ValueError(), 500)])
def test_each_error_has_a_page_with_a_way_on_that_nobody_stores(view_that_raises, error, status):
    answer = view_that_raises(error)
    assert answer.status_code == status
    assert answer["Cache-Control"] == "private, no-store"
    assert "What you can do" in answer.text
    assert 'href="/"' in answer.text


def test_a_page_that_is_not_there_is_said_so_with_a_way_on(client):
    answer = client.get("/no-such-page/")
    assert answer.status_code == 404
    assert answer["Cache-Control"] == "private, no-store"
    assert reverse("conditions:az") in answer.text


def test_too_many_requests_have_a_page(rf):
    answer = errors.too_many_requests(rf.post("/accounts/signup/"))
    assert answer.status_code == 429
    assert "Please wait a moment" in answer.text


def test_too_many_requests_are_told_without_a_database(rf, broken_database):
    request = rf.post("/accounts/signup/")
    request.user = SimpleLazyObject(User.objects.first)
    assert ratelimit.respond_429(request).status_code == 429


def test_a_request_for_another_host_has_a_page(client):
    answer = client.get("/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "We could not read this request" in answer.text


@pytest.mark.parametrize("template", [400, 403, "403_csrf", 404, 405, 429, 500, 503])
def test_no_error_page_holds_a_token_or_blames(template, rf):
    text = render_to_string(f"{template}.html", request=rf.get("/"))
    assert "csrfmiddlewaretoken" not in text
    assert not re.search(r"\byou (must|failed|did)|invalid|illegal|forbidden|denied|wrong with your", text, re.IGNORECASE)


# --- 405 --------------------------------------------------------------------------------------------------------------------


def test_a_browser_that_asks_the_other_way_gets_a_page_and_the_methods_that_work(client):
    answer = client.post("/search/", headers=BROWSER)
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
    assert answer["Cache-Control"] == "private, no-store"
    assert "Nothing was changed" in answer.text


@pytest.mark.parametrize("accept", ["", "*/*", "application/json"])
def test_a_program_that_asks_the_other_way_gets_the_bare_answer(client, accept):
    answer = client.post("/health/live", headers={"Accept": accept})
    assert (answer.status_code, answer.content) == (405, b"")
    assert answer["Allow"] == "GET, HEAD"


# --- 500 and 503 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("connection refused"),
        InterfaceError("connection already closed"),
        psycopg.OperationalError("server closed the connection"),
        psycopg_pool.PoolTimeout("couldn't get a connection after 10.00 sec"),
    ],
)
def test_a_database_that_does_not_answer_is_a_503_that_says_when_to_come_back(view_that_raises, error):
    answer = view_that_raises(error)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "30"
    assert answer["Cache-Control"] == "private, no-store"
    assert "Back in a moment" in answer.text


@pytest.mark.parametrize("error", [ProgrammingError("no such table"), DataError("too long"), KeyError("x"), RuntimeError("x")])
def test_every_other_error_is_a_500(view_that_raises, error):
    answer = view_that_raises(error)
    assert answer.status_code == 500
    assert "Retry-After" not in answer


def test_a_missing_table_of_sqlite_is_a_500_and_a_locked_file_a_503(view_that_raises):
    def of_sqlite(code):
        error = OperationalError("as Django gives it on")
        error.__cause__ = sqlite3.OperationalError()
        error.__cause__.sqlite_errorcode = code
        return error

    assert view_that_raises(of_sqlite(sqlite3.SQLITE_ERROR)).status_code == 500
    assert view_that_raises(of_sqlite(sqlite3.SQLITE_BUSY)).status_code == 503


def test_the_page_without_a_database_needs_no_session_no_manifest_and_no_user(client, broken_database, settings):
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}  # and nothing was collected
    }
    client.cookies["sessionid"] = "x" * 32
    answer = client.get("/me/")
    assert answer.status_code == 503
    assert "Back in a moment" in answer.text


def test_a_failed_context_processor_does_not_hinder_a_500(view_that_raises, monkeypatch):
    monkeypatch.setattr("django.contrib.auth.context_processors.auth", None)
    assert view_that_raises(ValueError()).status_code == 500


def test_the_reason_of_an_error_stays_here(view_that_raises):
    assert "10.0.0.7" not in view_that_raises(OperationalError("connection to 10.0.0.7 refused")).text


def test_in_an_emergency_the_number_is_there_even_without_a_database(view_that_raises, settings):
    settings.EMERGENCY_NUMBER = "999"
    assert "call 999." in view_that_raises(OperationalError()).text
    settings.EMERGENCY_NUMBER = ""
    assert "call your local emergency number." in view_that_raises(ValueError()).text


def test_health_keeps_its_own_answer_without_a_database(client, broken_database):
    assert client.get("/health/ready").json() == {"database": "not usable"}


def test_the_style_sheets_that_a_page_names_without_the_manifest_exist(rf):
    sheets = re.findall(r'href="/static/([^"]*\.css)"', errors.bare_page(rf.get("/"), 500).text)
    assert sheets
    assert [sheet for sheet in sheets if not finders.find(sheet)] == []


# --- What a 404 offers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/conditions/astma-in-children/", "astma in children"),
        ("/conditions/astma-in-children/changes/", "astma in children"),
        ("/es/conditions/rotura_de_mu%C3%B1eca/", "rotura de muñeca"),
        ("/heart+attack.html", "heart attack"),
        ("/icd-10-cm/M99.999/", "M99.999"),
        ("/conditions/%D8%B1%D8%A8%D9%88%E2%80%AE/", "ربو"),
        ("/conditions/%E0%A4%A6%E0%A4%AE%E0%A4%BE/", "दमा"),
    ],
)
def test_the_search_field_holds_the_words_of_the_address(client, path, words):
    assert search_field(client.get(path)) == words


@pytest.mark.parametrize("slug", ["astma", "ASTHMA-x", "asthmä", "astma-in-children", "bronchal-asthma"])
def test_a_name_near_to_the_address_leads_to_its_article(client, asthma, slug):
    assert list(offered(client.get(f"/conditions/{slug}/"))) == ["/conditions/asthma/"]


def test_the_nearest_of_the_names_of_an_article_is_offered(client, asthma):
    assert offered(client.get("/conditions/bronchal-asthma/")) == {"/conditions/asthma/": "Bronchial asthma"}


def test_an_address_in_another_language_leads_to_names_in_it(client, hand):
    factories.published_article(hand["M61"], slug="mano-dura", language="es", title="Mano dura")
    keeping.rebuild()
    assert list(offered(client.get("/es/conditions/mano-duro/"))) == ["/es/conditions/mano-dura/"]
    assert not offered(client.get("/conditions/mano-duro/"))


def test_at_most_five_names_are_offered(client, asthma, hand):
    for number, code in enumerate(["M60-M63", "M61.2", "M61.24", "M61.241", "M61.242", "M61.249"]):
        factories.published_article(hand[code], slug=f"asthma-{number}", title="Asthma")
    keeping.rebuild()
    assert len(offered(client.get("/conditions/astma/"))) == 5


def test_what_readers_may_not_see_is_not_offered(client, hand):
    draft = factories.draft(hand["M61"], slug="secret", title="Asthma")
    Name.objects.create(article=draft.article, text="Bronchial asthma")
    keeping.rebuild()
    assert not offered(client.get("/conditions/astma/"))


def test_a_hidden_name_leads_to_its_article_and_is_not_shown(client, hand):
    shown = factories.published_article(hand["M61.2"], slug="other", title="Something else")
    Name.objects.create(article=shown, text="Asthmas", is_shown=False)
    keeping.rebuild()
    assert offered(client.get("/conditions/asthma/")) == {"/conditions/other/": "Something else"}


def test_gated_words_offer_nothing_and_are_not_asked_for(client, article, django_assert_max_num_queries):
    keeping.rebuild()
    with django_assert_max_num_queries(5) as queries:
        answer = client.get(f"/conditions/{factories.CANARY}/")
    assert not offered(answer)
    assert "gatedtext" not in str(queries.captured_queries)


def test_nothing_like_the_address_offers_nothing(client, asthma):
    assert not offered(client.get("/conditions/qwxzv/"))


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [("M61.2499", "M61.249"), ("m6124x", "M61.24"), ("M61-M99", "M61"), ("M61.9", "M61"), ("M61.249.7.extra-words", "M61.249")],
)
def test_an_unknown_code_leads_to_its_longest_beginning_and_the_article(client, asthma, asked, nearest):
    text = client.get(f"/icd-10-cm/{asked}/").text
    assert f'href="{reverse("conditions:code", args=[nearest])}"' in text
    assert 'href="/conditions/asthma/"' in text


def test_an_unknown_code_without_a_beginning_here_offers_names(client, asthma):
    assert list(offered(client.get("/icd-10-cm/astma/"))) == ["/conditions/asthma/"]


def test_a_block_is_not_taken_for_its_only_category(client, hand):
    block = factories.item("M65-M65", parent=hand["13"])
    Item.objects.filter(pk=block.pk).update(code="M65")
    assert near.nearest_item("M65.9") is None


@pytest.mark.parametrize("path", ["/conditions/astma/", "/icd-10-cm/M61.2499/", "/icd-10-cm/astma/", "/astma"])
def test_what_is_near_takes_three_queries_at_most(path, asthma, django_assert_max_num_queries):
    near.suggestions(path)  # opens the index
    with django_assert_max_num_queries(3):
        near.suggestions(path)


def test_a_withdrawn_name_is_gone_whatever_the_index_says(asthma):
    assert near.near_names("astma")
    asthma.revisions.update(state="superseded")
    assert near.near_names("astma") == []


def test_a_long_address_is_not_looked_at(client, asthma, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/astma/" + "asthma-" * 40)
    assert (answer.status_code, search_field(answer)) == (404, "")


@pytest.mark.parametrize("name", ["favicon.png", "wp-login.php", "astma.txt"])
def test_a_file_that_robots_ask_for_is_not_looked_for(client, asthma, django_assert_num_queries, name):
    with django_assert_num_queries(0):
        assert client.get(f"/{name}").status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        *(b"\x00", b"a\x00b", b"%", b"%00", b"..", b".", b"-", b"'\"<>&;--"),
        *(b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80"),  # no UTF-8
        *(
            b"\xe2\x80\xae\xd8\xb1",
            b"\xf0\x9f\x98\x80" * 20,
            b"e\xcc\x81" * 60,
            b"\xef\xb7\xba" * 60,
        ),  # from right to left, marks, long when folded
        *(b"x" * 190, b"x" * 10_000, b"9" * 150, b"M61" * 60),
    ],
    ids=repr,
)
@pytest.mark.parametrize("folder", ["", "conditions/", "icd-10-cm/", "es/conditions/"])
def test_no_bytes_of_an_address_are_an_error(client, asthma, folder, raw):
    for end in ("", "/"):
        assert client.get(f"/{folder}{quote(raw)}{end}").status_code in (200, 301, 404)


def test_nothing_of_an_address_is_shown_unescaped(client):
    text = client.get(f"/conditions/{quote(chr(34))}{quote('><script>alert(1)</script>')}").text
    assert "<script>" not in text


def test_the_words_of_an_address_are_not_logged(client, asthma, caplog):
    client.get("/conditions/astma-in-children/")
    assert "astma" not in caplog.text


def test_a_404_without_a_database_is_a_404_without_near_names(client, broken_database):
    answer = client.get("/no/such/asthma/")
    assert answer.status_code == 404
    assert not offered(answer)
    assert search_field(answer) == "asthma"


def test_a_404_without_a_database_is_a_404_for_members_too(client, broken_database):
    client.cookies["sessionid"] = "x" * 32
    answer = client.get("/no/such/asthma/")
    assert answer.status_code == 404
    assert search_field(answer) == "asthma"
