"""The gate, invariant by invariant. Each of these goes red when the gate is broken on purpose."""

import gzip
import re

import pytest
from django.contrib.messages import INFO
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import MessageEncoder
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conditions.finding import keeping
from conditions.models import GatedText, GlossaryTerm, Revision
from conditions.publishing import publish, withdraw
from conditions.workflow import start_draft
from portal.doors import public_addresses
from tests import factories
from tests.factories import CANARY

SHARED = "public, max-age=0, s-maxage=60"
PRIVATE = "private, no-store"


def visible_words(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# The gated word itself, its beginning, a slip of it; words that the public text has too; and none of them.
QUERIES = ["hardened hand", "movement", "bone", CANARY, CANARY[:5], f"{CANARY[:-1]}x", f"hand {CANARY}", "qwzxvqwzxvqw"]


def snapshot(client):
    """Return {address: everything a visitor receives} for every public address and search; the time of the answer apart."""
    answers = {}
    searches = [f"{reverse(f'conditions:{name}')}?q={query}" for name in ("search", "suggest") for query in QUERIES]
    for address in [*public_addresses(), *searches]:
        response = client.get(address)
        answers[address] = (response.status_code, response.content, sorted(response.headers.items()))
    return answers


# 1 --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reader", "texts"), [("visitor", 0), ("member", 1), ("clerk", 1), ("author", 2), ("editor", 2), ("reviewer", 2)]
)
def test_each_reader_gets_the_gated_text_meant_for_them(reader, texts, article, request):
    start_draft(article)
    assert GatedText.objects.readable_by(request.getfixturevalue(reader)).count() == texts


def test_a_visitor_reads_the_teaser_with_its_ellipsis_and_the_invitation(client, article):
    seen = visible_words(client.get(article.get_absolute_url()))
    assert "Movement comes first, and other help can follow…" in seen
    assert "To see full information about treatment please Sign up or Log in" in seen
    assert CANARY not in seen


def test_both_words_of_the_invitation_carry_the_way_back(client, article):
    page = client.get(article.get_absolute_url()).content.decode()
    way_back = f"next={article.get_absolute_url()}#treatment".replace("/", "%2F").replace("#", "%23")
    assert f'href="{reverse("account_signup")}?{way_back}"' in page
    assert f'href="{reverse("account_login")}?{way_back}"' in page


def test_a_member_reads_the_gated_text_in_the_teasers_place(member_client, article):
    page = member_client.get(article.get_absolute_url()).content.decode()
    assert CANARY in page
    assert "Movement comes first" not in page
    assert "please" not in page.partition('id="treatment"')[2].partition("</section>")[0]


def test_public_sections_may_follow_the_gate(client, hand):
    draft = factories.draft(hand["M61.24"])
    factories.section(draft, "outlook", "Outlook", "<p>It often gets better.</p>")
    publish(draft)
    page = client.get(draft.article.get_absolute_url()).content.decode()
    assert page.index('id="treatment"') < page.index("It often gets better.")


def test_a_draft_is_a_404_even_for_members(member_client, hand):
    draft = factories.draft(hand["M61.24"])
    assert member_client.get(draft.article.get_absolute_url()).status_code == 404


def test_the_page_shows_editors_the_published_revision_not_the_draft(client, editor, article):
    Revision.objects.filter(pk=start_draft(article).pk).update(title="An unpublished title")
    client.force_login(editor)
    assert b"An unpublished title" not in client.get(article.get_absolute_url()).content


# 2 --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_indexed", [True, False])
def test_no_request_of_a_visitor_reads_the_table_of_gated_text(client, article, is_indexed):
    if is_indexed:
        keeping.rebuild()
    with CaptureQueriesContext(connection) as queries:
        snapshot(client)
    assert not [query["sql"] for query in queries if GatedText._meta.db_table in query["sql"]]


# 3 --------------------------------------------------------------------------------------------------------------------------


def test_two_databases_that_differ_in_gated_text_alone_give_visitors_the_same_bytes(client, article, index):
    GlossaryTerm.objects.create(term="Splint", other_forms="splints", definition="A stiff support.")  # in the gated text alone
    before = snapshot(client)
    GatedText.objects.update(body="<p>Quite another text, and a good deal longer than the one that stood here before it.</p>")
    keeping.rebuild()
    assert snapshot(client) == before


# 4 --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("query", ["{}", "hand {}", "{} {}"])
@pytest.mark.parametrize("name", ["search", "suggest"])
def test_a_gated_word_is_to_a_visitor_a_word_that_occurs_nowhere(client, article, index, name, query):
    def answer(word):
        return client.get(reverse(f"conditions:{name}"), {"q": query.replace("{}", word)}).text.replace(word, "")

    assert answer(CANARY) == answer("qwzxvqwzxvqw")


@pytest.mark.parametrize("word", [CANARY, CANARY.upper(), f"{CANARY}s", "ⓧylocanarium"])
def test_members_find_what_stands_in_the_treatment(member_client, article, index, word):
    assert article.get_absolute_url() in member_client.get(reverse("conditions:search"), {"q": word}).text


def test_a_member_finds_no_draft(member_client, article, index):
    draft = start_draft(article)
    GatedText.objects.filter(section__revision=draft).update(body="<p>Now with vortanplex.</p>")
    keeping.rebuild()
    assert article.get_absolute_url() not in member_client.get(reverse("conditions:search"), {"q": "vortanplex"}).text


# 5 --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sitemap", "robots", "conditions:suggest"])
def test_machine_endpoints_give_members_what_they_give_visitors(member, article, index, name):
    logged_in = Client()
    logged_in.force_login(member)
    for query in QUERIES:
        assert logged_in.get(reverse(name), {"q": query}).content == Client().get(reverse(name), {"q": query}).content


# 6 --------------------------------------------------------------------------------------------------------------------------


def test_a_visitors_copy_may_be_shared_and_a_members_may_not(client, member_client, article):
    response = Client().get(article.get_absolute_url())
    assert (response["Cache-Control"], bool(response["ETag"]), "Cookie" in response["Vary"]) == (SHARED, True, True)
    response = member_client.get(article.get_absolute_url())
    assert (response["Cache-Control"], "ETag" in response) == (PRIVATE, False)


def test_a_visitor_with_a_stale_cookie_gets_a_private_copy(client, article):
    client.cookies["sessionid"] = "gone-long-ago"
    assert client.get(article.get_absolute_url())["Cache-Control"] == PRIVATE


def test_a_visitor_with_a_messages_cookie_gets_a_private_copy(client, article):
    client.cookies["messages"] = "something"
    assert client.get(article.get_absolute_url())["Cache-Control"] == PRIVATE


def test_a_second_request_with_the_etag_is_a_304_that_may_be_shared(client, article):
    etag = client.get(article.get_absolute_url())["ETag"]
    response = client.get(article.get_absolute_url(), headers={"if-none-match": etag})
    assert (response.status_code, response["Cache-Control"]) == (304, SHARED)


def test_a_compressed_copy_has_the_etag_of_the_page_and_is_a_304_too(client, article):
    address, asks = article.get_absolute_url(), {"accept-encoding": "gzip"}
    plain, compressed = client.get(address), client.get(address, headers=asks)
    assert gzip.decompress(compressed.content) == plain.content
    assert compressed["ETag"].removeprefix("W/") == plain["ETag"]
    assert {"Accept-Encoding", "Cookie"} <= {name.strip() for name in plain["Vary"].split(",")}
    assert client.get(address, headers=asks | {"if-none-match": compressed["ETag"]}).status_code == 304


def test_a_visitors_etag_never_answers_for_a_member(client, member, article):
    etag = client.get(article.get_absolute_url())["ETag"]
    client.force_login(member)
    response = client.get(article.get_absolute_url(), headers={"if-none-match": etag})
    assert (response.status_code, CANARY in response.content.decode()) == (200, True)


def test_a_message_that_waits_is_not_shown_on_a_public_page(member_client, article):
    session = member_client.session
    session["_messages"] = MessageEncoder().encode([Message(INFO, "Hello member@example.org")])
    session.save()
    for address in public_addresses():
        assert b"Hello member" not in member_client.get(address).content, address


def test_no_public_answer_holds_the_host_that_was_asked_for(client, article):
    for address in public_addresses():
        assert b":31337" not in client.get(address, headers={"host": "localhost:31337"}).content, address


def test_answers_made_before_any_view_are_never_stored(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True
    response = Client().get("/")
    assert (response.status_code, response["Cache-Control"]) == (301, PRIVATE)


def test_errors_are_never_stored(client, db):
    assert client.get("/conditions/nothing-of-the-kind/")["Cache-Control"] == PRIVATE
    assert client.post("/")["Cache-Control"] == PRIVATE


def test_a_withdrawn_article_answers_410_with_date_reason_and_nearest(client, article, hand):
    other = factories.published_article(hand["M61"], slug="hardened-muscle", title="Hardened muscle")
    withdraw(article.revisions.get(), "The advice is out of date.")
    response = client.get(article.get_absolute_url())
    assert (response.status_code, response["Cache-Control"]) == (410, SHARED)
    seen = visible_words(response)
    assert "The advice is out of date." in seen
    assert other.get_absolute_url() in response.content.decode()
    assert CANARY not in seen


def test_a_withdrawn_article_is_gone_for_members_too(member_client, article):
    withdraw(article.revisions.get(), "The advice is out of date.")
    response = member_client.get(article.get_absolute_url())
    assert (response.status_code, CANARY in response.content.decode()) == (410, False)
    assert not GatedText.objects.readable_by(response.wsgi_request.user).exists()


# 8 --------------------------------------------------------------------------------------------------------------------------

SIX_WORDS = f"begin with gentle {CANARY} movement twice"


@pytest.mark.parametrize("place", ["title", "summary", "change_sentence"])
def test_six_gated_words_in_a_public_field_keep_a_revision_from_readers(hand, place):
    with pytest.raises(ValidationError, match=f"“{SIX_WORDS}”"):
        publish(factories.draft(hand["M61.24"], **{place: f"Doctors say: {SIX_WORDS.title()}!"}))


def test_six_gated_words_in_a_teaser_keep_a_revision_from_readers(hand):
    draft = factories.draft(hand["M61.24"])
    draft.sections.filter(kind="treatment").update(body=f"<p>Doctors <strong>{SIX_WORDS}</strong></p>")
    with pytest.raises(ValidationError, match=f"“doctors begin with gentle {CANARY} movement”|“{SIX_WORDS}”"):
        publish(draft)


def test_a_name_may_not_hold_six_gated_words(article):
    name = article.names.model(article=article, text=SIX_WORDS)
    with pytest.raises(ValidationError, match=f"“{SIX_WORDS}”"):
        name.full_clean()


def test_words_between_angle_brackets_of_a_plain_text_count(hand):
    with pytest.raises(ValidationError, match=SIX_WORDS):
        publish(factories.draft(hand["M61.24"], summary=f"If it is <5 {SIX_WORDS} and not >7."))


def test_a_reason_for_withdrawing_may_not_quote_six_gated_words(article):
    with pytest.raises(ValidationError, match=SIX_WORDS):
        withdraw(article.revisions.get(), f"We no longer {SIX_WORDS}.")
    assert article.revisions.published().exists()


def test_a_name_of_the_item_may_not_hold_six_gated_words(article, hand):
    name = article.names.model(item=hand["M61.24"], text=SIX_WORDS)
    with pytest.raises(ValidationError, match=SIX_WORDS):
        name.full_clean()


def test_what_changed_before_may_not_hold_six_gated_words(article):
    article.changes.update(sentence=f"We {SIX_WORDS}.")
    draft = start_draft(article)
    draft.change_sentence = "Another text."
    draft.save()
    with pytest.raises(ValidationError, match=SIX_WORDS):
        publish(draft)


def test_a_definition_may_not_hold_six_gated_words(hand):
    GlossaryTerm.objects.create(term="Splint", definition=f"Used when doctors begin with gentle {CANARY} movement.")
    with pytest.raises(ValidationError, match="members' text"):
        publish(factories.draft(hand["M61.24"]))


def test_nor_may_the_word_itself(article):
    term = GlossaryTerm(term=f"Begin with gentle {CANARY} movement twice", other_forms="muscle", definition="A.")
    with pytest.raises(ValidationError, match="begin with gentle"):
        term.full_clean()


def test_what_was_withdrawn_stays_guarded(article):
    withdraw(article.revisions.get(), "Out of date.")
    with pytest.raises(ValidationError, match="begin with gentle"):
        GlossaryTerm(term="Splint", definition=f"Doctors begin with gentle {CANARY} movement.").full_clean()


def test_nor_may_one_be_written_beside_an_article_that_has_them(article):
    term = GlossaryTerm(term="Splint", definition=f"Used when doctors begin with gentle {CANARY} movement.")
    with pytest.raises(ValidationError, match="begin with gentle"):
        term.full_clean()


def test_a_word_that_stands_in_gated_text_alone_is_explained_to_members_alone(client, member, article):
    GlossaryTerm.objects.create(term="Splint", other_forms="splints", definition="A stiff support for a sore part.")
    assert "A stiff support" not in client.get(article.get_absolute_url()).content.decode()
    client.force_login(member)
    assert "A stiff support" in client.get(article.get_absolute_url()).content.decode()


def test_five_words_may_be_shared(hand):
    assert publish(factories.draft(hand["M61.24"], summary=f"begin with gentle {CANARY} movement."))
