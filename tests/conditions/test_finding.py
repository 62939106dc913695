"""What readers find: by name, code, spelling and text, and what they do not."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conditions.changes import ask_to_reindex
from conditions.finding import keeping, opening
from conditions.finding.codes import read_code
from conditions.finding.query import Index, find
from conditions.finding.results import lines, marked, passage, shortened
from conditions.finding.schema import stem
from conditions.models import Article, Item, Note
from conditions.publishing import publish, withdraw
from conditions.workflow import start_draft
from tests import factories
from tests.factories import CANARY


@pytest.fixture
def tree(hand):
    """Besides the hand: asthma and pneumonia in a chapter of their own, and a painful shoulder with its two sides."""
    lungs = factories.item("10", "Diseases of the respiratory system")
    block = factories.item("J40-J47", "Chronic lower respiratory diseases", lungs)
    hand["J45"] = factories.item("J45", "Asthma", block)
    for place in range(12):
        factories.item(f"J45.{place:02}", f"Asthma of kind {place}", hand["J45"], is_assignable=True)
    hand["J18"] = factories.item("J18", "Pneumonia, unspecified organism", block)
    joints = factories.item("M20-M25", "Other joint disorders", hand["13"])
    category = factories.item("M25", "Other joint disorder, not elsewhere classified", joints)
    hand["M25.51"] = factories.item("M25.51", "Pain in shoulder", category)
    for code, side in [("M25.511", "right"), ("M25.512", "left"), ("M25.519", "unspecified")]:
        hand[code] = factories.item(code, f"Pain in {side} shoulder", hand["M25.51"], is_assignable=True)
    hand["J18"].names.create(text="lung infection")
    Note.objects.create(item=hand["J18"], kind=Note.Kind.INCLUSION_TERM, position=0, text="Walking pneumonia")
    return hand


@pytest.fixture
def search(tree, request):
    """Return a function that gives what a visitor finds, in lines of results."""
    if "article" in request.fixturenames:
        request.getfixturevalue("article")
    keeping.rebuild()

    def search(text, **options):
        found = find(Index(*opening.ready_searcher()), text, **options)
        return lines(found.results, found.question)

    return search


def codes(found):
    return [line.item.code for line in found if line.item]


# --- By name ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "pneumonia",
        "PNEUMONIAS",
        "lung infection",
        "infection of the lung",
        "neumonia",
        "pnuemonia",
        "how do I know if I have pneumonia",
    ],
)
def test_an_item_is_found_by_title_name_order_and_spelling(search, text):
    assert codes(search(text))[0] == "J18"


def test_an_inclusion_term_is_a_name_and_is_told(search):
    line = search("walking pneumonia")[0]
    assert (line.item.code, line.name) == ("J18", "Walking pneumonia")


def test_an_article_goes_before_the_codes_that_it_serves(search, article):
    found = search("ossification of hand muscle")
    assert found[0].revision.article == article
    assert "M61.24" in [found[0].item.code, *(item.code for item in found[0].members)]


def test_a_hidden_name_leads_and_is_not_told(tree):
    tree["J45"].names.create(text="wheezy chest", is_shown=False)
    keeping.rebuild()
    found = find(Index(*opening.ready_searcher()), "wheezy chest")
    line = lines(found.results, found.question)[0]
    assert (line.item.code, line.name) == ("J45", "")


def test_retired_items_are_not_found(tree):
    Item.objects.filter(code__startswith="J45").update(retired_in=factories.release())
    keeping.rebuild()
    assert not find(Index(*opening.ready_searcher()), "asthma").results


def test_a_draft_is_not_found(search, tree):
    factories.draft(tree["J45"], slug="draft", title="Zebra lung")
    keeping.rebuild()
    assert not search("zebra")


# --- Families -----------------------------------------------------------------------------------------------------------------


def test_the_codes_of_a_category_are_one_result_with_its_members_folded_in(search):
    found = search("asthma")
    assert codes(found) == ["J45"]
    assert (len(found[0].members), found[0].more_members) == (6, 6)
    assert found[0].family.code == "J45"


def test_sides_are_one_family(search):
    found = search("shoulder pain")
    assert codes(found) == ["M25.51"]


def test_a_side_that_is_named_is_preferred(search):
    assert codes(search("pain in left shoulder")) == ["M25.512"]
    assert codes(search("right shoulder pain")) == ["M25.511"]
    assert codes(search("bad pain in my left shoulder")) == ["M25.512"]  # no name in full


def test_seventh_characters_are_of_the_family_of_their_code(tree):
    code = factories.item("M61.241A", "Paralytic calcification and ossification of muscle, right hand, first", tree["M61.241"])
    keeping.rebuild()
    keys = keeping.check()
    assert not keys
    assert not Index(*opening.ready_searcher()).searcher.doc_freq("key", f"i{code.pk}")


# --- Codes --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("m61249", "M61.249"),
        (" M61.249 ", "M61.249"),
        ("m61 249", "M61.249"),
        ("M61-249", "M61.249"),
        ("ICD-10-CM M61.249", "M61.249"),
        ("icd 10 code: i10", "I10"),
        ("m60-m63", "M60-M63"),
        ("M60 – M63", "M60-M63"),
        ("qa0", "QA0"),
        ("gout", None),
        ("", None),
        ("2020", None),
    ],
)
def test_codes_are_read_as_people_write_them(text, code):
    assert read_code(text) == code


def test_covid_19_is_words(search):
    assert search("covid 19") == []


def test_a_code_leads_to_its_article_and_its_own_page(client, index, article):
    page = client.get("/search/", {"q": "m61241"}).text
    assert article.get_absolute_url() in page
    assert 'href="/icd-10-cm/M61.241/"' in page


def test_a_code_that_there_is_not_leads_to_the_nearest(client, index, article):
    page = client.get("/search/", {"q": "M61.2477"}).text
    assert "There is no code" in page
    assert 'href="/icd-10-cm/M61.24/"' in page


# --- The gate -----------------------------------------------------------------------------------------------------------------


def test_members_find_gated_words_and_are_told_where(search, article):
    found = search(CANARY, may_read_gated=True)
    assert [line.revision.article for line in found] == [article]
    assert found[0].gated_section == "treatment"
    assert found[0].url == f"{article.get_absolute_url()}#treatment"


def test_a_gated_word_is_no_slip_to_members(tree):
    body = "<p>Doctors give a drug called astmha, which is short for its name.</p>"
    factories.published_article(tree["M25.51"], slug="shoulder", title="Sore shoulder", gated_body=body)
    keeping.rebuild()
    index = Index(*opening.ready_searcher())
    assert find(index, "astmha").question.corrected == "asthma"
    members = find(index, "astmha", may_read_gated=True)
    assert not members.question.corrected
    assert members.results[0].gated_kind == "treatment"


def test_what_the_public_text_says_too_is_not_marked(search, article):
    assert not search("bone", may_read_gated=True)[0].gated_section
    assert not search("movement", may_read_gated=True)[0].gated_section  # it stands in both


def test_a_question_that_is_answered_in_part_is_not_marked(search, article):
    assert not search("bone muscle zebra", may_read_gated=True)[0].gated_section


def test_the_members_section_that_holds_the_word_is_named(tree):
    draft = factories.draft(tree["J45"], slug="asthma", title="Short of breath")
    draft.sections.filter(kind="treatment").delete()
    factories.section(draft, "self-care", "What you can do", "<p>There is much to do</p>", "<p>Breathe like a walrusfish.</p>")
    publish(draft)
    keeping.rebuild()
    found = find(Index(*opening.ready_searcher()), "walrusfish", may_read_gated=True)
    assert lines(found.results, found.question)[0].url == "/conditions/asthma/#self-care"


def test_a_visitor_finds_no_gated_word(search, article):
    assert search(CANARY) == []


def test_a_members_snippet_is_public(member_client, article, index):
    page = member_client.get("/search/", {"q": CANARY}).text
    assert "in treatment" in page
    assert CANARY not in page.replace(f'value="{CANARY}"', "").replace(f"{CANARY} – Search", "")


def test_gated_words_are_in_no_vocabulary(article, index):
    searcher = Index(*opening.ready_searcher()).searcher
    assert searcher.terms_with_prefix("word", CANARY[:4]) == []
    assert searcher.doc_freq("text", stem(CANARY)) == 0
    assert searcher.doc_freq("gated", stem(CANARY)) == 1


def test_a_published_text_that_was_withdrawn_is_not_told_whatever_the_index_says(client, article, index):
    withdraw(article.revisions.get(), "Out of date.")
    assert "Hardened hand muscle" not in client.get("/search/", {"q": "hardened hand"}).text
    assert client.get("/search/suggest/", {"q": "hardened"}).json() == {"suggestions": []}


# --- In step ------------------------------------------------------------------------------------------------------------------


def test_a_publication_is_found_by_the_next_request(client, article, index, django_capture_on_commit_callbacks):
    draft = start_draft(article)
    draft.title, draft.change_sentence = "Marble hand", "Another title."
    draft.save()
    with django_capture_on_commit_callbacks(execute=True):
        publish(draft)
    assert article.get_absolute_url() in client.get("/search/", {"q": "marble"}).text


def test_names_that_changed_are_found(client, hand, article, index, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        hand["M61"].names.create(text="pebble muscle")
        ask_to_reindex(items=[hand["M61"]])
    assert "Calcification and ossification" in client.get("/search/", {"q": "pebble"}).text


# --- Pages and snippets -------------------------------------------------------------------------------------------------------


def test_results_can_be_narrowed_to_a_chapter(client, tree):
    tree["J45"].names.create(text="stone muscle")
    tree["M61"].names.create(text="stone muscle")
    keeping.rebuild()
    page = client.get("/search/", {"q": "stone muscle"}).text
    assert 'href="?q=stone+muscle&amp;chapter=10"' in page
    narrowed = client.get("/search/", {"q": "stone muscle", "chapter": "10"}).text
    assert "/icd-10-cm/J45/" in narrowed
    assert "/icd-10-cm/M61/" not in narrowed


@pytest.mark.parametrize("chapter", ["", "99", "x", "-1", "١"])
def test_a_chapter_that_there_is_not_is_none(client, index, article, chapter):
    assert client.get("/search/", {"q": "hand", "chapter": chapter}).status_code == 200


def test_more_texts_than_are_looked_at_are_counted(tree, monkeypatch):
    monkeypatch.setattr("conditions.finding.query.MOST_PAGES", 2)
    for place, code in enumerate(["M61", "M61.2", "M61.241", "M61.242"]):
        publish(factories.draft(tree[code], slug=f"article-{place}", title=f"Number {place}", summary="Fatigue."))
    keeping.rebuild()
    assert find(Index(*opening.ready_searcher()), "fatigue").total == 4


def test_the_item_that_stands_for_an_article_is_no_member_of_itself(search, article):
    found = search("hardened paralytic calcification muscle hand")[0]
    assert found.item not in found.members


def test_pages_are_stable_and_hold_every_result_once(client, hand):
    for place in range(25):
        category = factories.item(f"M{70 + place // 10}{place % 10}", f"Sore spot {place}", hand["M60-M63"])
        assert category.level == Item.Level.CATEGORY
    keeping.rebuild()
    pages = [client.get("/search/", {"q": "sore spot", "page": page}).context["lines"] for page in (1, 2, 3)]
    found = [line.item.code for page in pages for line in page]
    assert len(found) == len(set(found)) == 25
    again = client.get("/search/", {"q": "sore spot", "page": 2}).context["lines"]
    assert [line.item.code for line in again] == [line.item.code for line in pages[1]]


@pytest.mark.parametrize("page", ["0", "99", "x", ""])
def test_a_page_that_there_is_not_is_the_nearest(client, index, article, page):
    assert client.get("/search/", {"q": "hand", "page": page}).status_code == 200


def test_a_correction_is_told_and_leads_to_itself(client, tree):
    keeping.rebuild()
    page = client.get("/search/", {"q": "neumonia"}).text
    assert 'href="?q=pneumonia"' in page


def test_finding_nothing_leads_on(client, tree):
    keeping.rebuild()
    page = client.get("/search/", {"q": "qwzxvqwzxvqw"}).text
    assert "Nothing was found for" in page
    assert 'href="/icd-10-cm/10/"' in page
    assert 'href="/conditions/"' in page


def test_the_passage_is_the_sentence_that_holds_the_words():
    assert passage(["It is a summary. It is short.", "Bone forms slowly. Nobody knows why."], {"bone"}) == "Bone forms slowly."


def test_a_long_passage_is_cut_between_words_around_the_first_of_them():
    cut = shortened("word " * 100 + "bone " + "word " * 100, {"bone"})
    assert "bone" in cut
    assert cut.startswith("… word")
    assert len(cut) < 240


def test_what_is_marked_is_escaped():
    assert marked("a <b> bone & more", {"bone"}) == "a &lt;b&gt; <mark>bone</mark> &amp; more"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(text=st.text(max_size=220))
def test_any_text_is_answered(search, article, text):
    assert isinstance(search(text), list)
    assert isinstance(search(text, may_read_gated=True), list)


# --- Suggestions --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def suggestions(client, tree):
    keeping.rebuild()
    return lambda text: [each["name"] for each in client.get("/search/suggest/", {"q": text}).json()["suggestions"]]


@pytest.mark.parametrize("text", ["asth", "ASTH", "astma", "lung inf"])
def test_a_beginning_becomes_a_name(suggestions, text):
    assert suggestions(text)[0] in ("Asthma", "Lung infection")


def test_the_beginning_of_a_code_becomes_its_codes(suggestions):
    assert suggestions("m25.51")[:2] == ["Pain in shoulder", "Pain in right shoulder"]


def test_a_family_is_suggested_once(suggestions):
    assert len(suggestions("shoulder")) == 1


@pytest.mark.parametrize("text", ["", " ", "\x00", "☃\ud7ff", "x" * 900, "%", "qwzxv"])
def test_nothing_to_suggest_is_an_empty_list(suggestions, text):
    assert suggestions(text) == []


def test_suggestions_are_the_same_for_members_and_may_be_shared(client, member, article, index):
    visitors = client.get("/search/suggest/", {"q": CANARY[:6]})
    client.force_login(member)
    assert client.get("/search/suggest/", {"q": CANARY[:6]}).content == visitors.content
    assert visitors["Cache-Control"] == "public, max-age=0, s-maxage=60"


def test_a_name_of_a_block_of_one_category_leads_to_both(hand):
    block = factories.item("C50", "Malignant neoplasms of breast", hand["13"])
    factories.item("C50", "Malignant neoplasm of breast", block)
    block.names.create(text="lump of lead")
    keeping.rebuild()
    assert find(Index(*opening.ready_searcher()), "lump of lead").results
    ask_to_reindex(items=[block])
    keeping.catch_up()
    assert find(Index(*opening.ready_searcher()), "lump of lead").results
    assert not keeping.check()


def test_a_code_that_two_items_share_is_suggested_once(client, hand):
    factories.item("C50", "Malignant neoplasm of breast", factories.item("C50", "Malignant neoplasms of breast", hand["13"]))
    keeping.rebuild()
    assert [each["note"] for each in client.get("/search/suggest/", {"q": "c50"}).json()["suggestions"]] == ["C50"]


def test_results_in_another_language_say_so(client, tree):
    factories.published_article(tree["J45"], slug="asma", language="es", title="Asma bronquial")
    keeping.rebuild()
    assert '<bdi lang="es"><mark>Asma</mark>' in client.get("/search/", {"q": "asma"}).text
    assert client.get("/search/suggest/", {"q": "asma"}).json()["suggestions"][0]["lang"] == "es"


def test_without_an_index_a_chapter_and_accents_count(client, tree):
    tree["J45"].names.create(text="Ménière’s thing")
    assert "/icd-10-cm/J45/" in client.get("/search/", {"q": "Ménière's thing"}).text
    assert "/icd-10-cm/J45/" in client.get("/search/", {"q": "ménière", "chapter": "10"}).text
    assert "/icd-10-cm/J45/" not in client.get("/search/", {"q": "ménière", "chapter": "13"}).text


def test_an_article_in_another_language_is_found_and_serves_no_code(tree):
    Article.objects.all().delete()
    article = factories.published_article(tree["J45"], slug="asma", language="es", title="Asma bronquial")
    keeping.rebuild()
    index = Index(*opening.ready_searcher())
    assert find(index, "asma bronquial").results[0].article == article.pk
    assert find(index, "asthma").results[0].article is None
