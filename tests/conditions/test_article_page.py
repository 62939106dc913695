"""The article page and its neighbours, as a reader finds them."""

import re
from datetime import date

import pytest

from conditions.models import GatedText, OldSlug
from conditions.publishing import publish, withdraw
from conditions.workflow import start_draft
from tests import factories


@pytest.fixture
def page(client, article):
    article.names.create(text="Stone hand")
    article.names.create(text="Ston hand", is_shown=False)
    return client.get(article.get_absolute_url()).content.decode()


def test_breadcrumbs_lead_up_the_classification(page):
    places = [page.index(f'href="/icd-10-cm/{code}/"') for code in ["13", "M60-M63", "M61", "M61.2", "M61.24"]]
    assert places == sorted(places)


def test_shown_names_stand_on_the_page_and_hidden_ones_do_not(page):
    assert "Stone hand" in page
    assert "Ston hand" not in page


def test_each_section_has_its_kind_for_an_address(page):
    for kind in ["overview", "when-to-get-help", "treatment"]:
        assert f'<section class="section" id="{kind}"' in page


def test_care_cards_say_their_urgency_in_words(page):
    assert '<span class="visually-hidden" lang="en">Urgent: </span>Get medical help today if:' in page


def test_references_link_to_their_publishers_page(page):
    assert 'href="https://medlineplus.gov/muscledisorders.html"' in page


def test_there_is_one_main_heading(page):
    assert page.count("<h1>") == 1


def test_a_sample_says_that_no_clinician_has_reviewed_it(client, hand):
    article = factories.published_article(hand["M61.24"], is_sample=True)
    for address in [article.get_absolute_url(), "/icd-10-cm/M61.249/"]:
        assert "No clinician has reviewed this text" in client.get(address).content.decode()


def test_an_old_address_redirects_for_good(client, article):
    OldSlug.objects.create(article=article, slug="stone-hand")
    response = client.get("/conditions/stone-hand/")
    assert (response.status_code, response["Location"]) == (301, article.get_absolute_url())
    assert client.get("/conditions/stone-hand/changes/")["Location"] == article.get_changes_url()


def test_the_changes_page_tells_each_published_revision(client, article):
    draft = start_draft(article)
    draft.change_sentence, draft.change_kind = "The signs are clearer.", "editorial"
    draft.save()
    publish(draft)
    page = client.get(article.get_changes_url()).content.decode()
    assert page.index("The signs are clearer.") < page.index("First version.")


def test_an_open_draft_does_not_show_in_the_changes(client, article):
    draft = start_draft(article)
    draft.change_sentence = "Not for readers yet."
    draft.save()
    assert "Not for readers yet." not in client.get(article.get_changes_url()).content.decode()


def test_the_changes_of_a_withdrawn_article_stay_readable(client, article):
    withdraw(article.revisions.get(), "Out of date.")
    assert "Out of date." in client.get(article.get_changes_url()).content.decode()


def test_an_article_in_another_language_stands_under_its_language(client, hand):
    article = factories.published_article(hand["M61.24"], language="es", slug="mano")
    assert article.get_absolute_url() == "/es/conditions/mano/"
    assert client.get("/es/conditions/mano/").status_code == 200
    assert client.get("/conditions/mano/").status_code == 404


def test_the_page_does_not_follow_the_browsers_language(client, article):
    plain = client.get(article.get_absolute_url()).content
    assert client.get(article.get_absolute_url(), headers={"accept-language": "de"}).content == plain


def test_no_page_asks_another_host_for_anything(page):
    assert not re.findall(r'(?:src|srcset|action)="(?:https?:)?//', page)
    assert not re.findall(r'<link[^>]+rel="stylesheet"[^>]+href="(?:https?:)?//', page)


# --- What stands around the text --------------------------------------------------------------------------------------------


def test_contents_lead_to_each_section_the_references_and_the_review_box(page):
    contents = page[page.index('class="contents') : page.index("</nav>", page.index('class="contents'))]
    assert re.findall(r'href="#([\w-]+)"', contents) == ["overview", "when-to-get-help", "treatment", "references", "about-article"]


def test_an_article_without_a_review_says_so_at_the_top_and_in_the_review_box(page):
    assert page.count("Not yet reviewed by a clinician") == 2


def test_the_review_box_tells_when_the_page_was_reviewed_and_is_due(client, article):
    article.reviewed_on, article.review_due_on = date(2026, 3, 1), date(2029, 3, 1)
    article.save()
    page = client.get(article.get_absolute_url()).content.decode()
    assert page.count('<time datetime="2026-03-01">1 March 2026</time>') == 2
    assert 'Due <time datetime="2029-03-01">1 March 2029</time>' in page
    assert "Not yet reviewed" not in page


def test_a_new_text_does_not_move_the_days_of_review(client, article):
    article.reviewed_on = date(2026, 3, 1)
    article.save()
    draft = start_draft(article)
    draft.change_sentence = "Another word."
    draft.save()
    publish(draft)
    assert "1 March 2026" in client.get(article.get_absolute_url()).content.decode()


def test_related_conditions_are_the_nearest_of_the_same_chapter(client, article, hand):
    factories.published_article(hand["M61.2"], slug="hardened-muscle", title="Hardened muscle")
    page = client.get(article.get_absolute_url()).content.decode()
    related = page[page.index('id="related"') : page.index('id="references"')]
    assert 'href="/conditions/hardened-muscle/"' in related
    assert f'href="{article.get_absolute_url()}"' not in related


def related(client, article):
    page = client.get(article.get_absolute_url()).content.decode()
    return re.findall(r'href="/conditions/([^/"]+)/"', page.partition('id="related"')[2].partition("</section>")[0])


def test_an_editors_choice_of_related_articles_stands_before_the_nearest_in_its_order(client, article, hand):
    factories.published_article(hand["M61.2"], slug="hardened-muscle")
    chosen = [
        factories.published_article(hand[code], slug=slug) for code, slug in [("M61.241", "weak-hand"), ("M61.242", "stiff-hand")]
    ]
    for place, other in enumerate(reversed(chosen)):
        article.revisions.get().related.create(article=other, position=place)
    assert related(client, article) == ["stiff-hand", "weak-hand"]
    article.revisions.get().related.update(position=0)  # as the desk orders them then
    assert related(client, article) == ["stiff-hand", "weak-hand"]


def test_a_related_article_that_readers_do_not_have_is_not_shown(client, article, hand):
    factories.published_article(hand["M61.2"], slug="hardened-muscle")
    article.revisions.get().related.create(article=factories.draft(slug="weak-hand").article)
    assert related(client, article) == ["hardened-muscle"]


def test_a_new_draft_keeps_what_its_editor_chose(article, hand):
    other = factories.published_article(hand["M61.2"], slug="hardened-muscle")
    article.revisions.get().related.create(article=other)
    assert start_draft(article).related.get().article == other


def test_the_picture_of_its_place_says_in_words_which_of_how_many(client, hand):
    factories.item("M62", "Other disorders of muscle", hand["M60-M63"])
    factories.published_article(hand["M61"])
    page = client.get("/conditions/hardened-hand-muscle/").content.decode()
    assert re.findall(r'role="img" aria-label="(.*?)"', page) == ["Chapter 1 of 1", "Block 1 of 1", "Category 1 of 2"]


def test_retired_siblings_are_not_counted_and_a_retired_item_has_no_place(client, hand):
    last = factories.item("M61.248", "No more", hand["M61.24"], retired_in=factories.release(), is_assignable=True)
    assert 'aria-label="Code 3 of 3"' in client.get("/icd-10-cm/M61.249/").content.decode()
    assert 'aria-label="Subcategory' in client.get(last.get_absolute_url()).content.decode()
    assert 'aria-label="Code' not in client.get(last.get_absolute_url()).content.decode()


def test_an_article_in_arabic_runs_from_right_to_left_and_the_page_around_it_does_not(client, hand):
    article = factories.published_article(hand["M61.24"], language="ar", slug="yad")
    page = client.get(article.get_absolute_url()).content.decode()
    assert '<html lang="en">' in page
    assert re.search(r'<article [^>]*lang="ar" dir="rtl">', page)


def test_a_longer_article_is_printed_in_smaller_type(client, article):
    assert "leaflet-large" in client.get(article.get_absolute_url()).content.decode()
    draft = start_draft(article)
    draft.sections.filter(kind="overview").update(body="<p>Some more words of plain text.</p>" * 400)
    draft.change_sentence = "Much more."
    draft.save()
    publish(draft)
    assert "leaflet-small" in client.get(article.get_absolute_url()).content.decode()


def test_the_size_of_print_does_not_tell_how_long_the_gated_text_is(client, article):
    before = client.get(article.get_absolute_url()).content
    GatedText.objects.update(body="<p>Much longer words for members.</p>" * 900)
    assert client.get(article.get_absolute_url()).content == before


@pytest.mark.parametrize(("number", "heading"), [("", "Call your local emergency number if:"), ("999", "Call 999 if:")])
def test_an_emergency_card_names_the_number_of_the_country(client, hand, settings, number, heading):
    settings.EMERGENCY_NUMBER = number
    draft = factories.draft(hand["M61.24"])
    draft.care_cards.update(urgency="emergency", heading="Call your local emergency number if:")
    publish(draft)
    page = client.get("/conditions/hardened-hand-muscle/").content.decode()
    assert f'<span class="visually-hidden" lang="en">Emergency: </span>{heading}' in page
    assert ('href="tel:999"' in page) == bool(number)


def test_an_urgent_card_offers_the_advice_line_where_there_is_one(client, article, settings):
    settings.ADVICE_NUMBER, settings.ADVICE_NAME = "1800 022 222", "healthdirect"
    page = client.get(article.get_absolute_url()).content.decode()
    assert 'href="tel:1800022222">Call healthdirect: 1800 022 222</a>' in page


def test_a_picture_stands_in_its_section_with_its_words(client, hand):
    draft = factories.draft(hand["M61.24"])
    shown = factories.picture(draft)
    publish(draft)
    page = client.get(draft.article.get_absolute_url()).content.decode()
    section = page[page.index(f'id="{shown.section}"') : page.index("</section>", page.index(f'id="{shown.section}"'))]
    assert f'alt="{shown.alternative_text}"' in section
    assert f'width="{shown.width}" height="{shown.height}" loading="lazy"' in section
    assert all(text in section for text in [shown.caption, shown.credit, shown.licence])


def test_a_text_that_is_newer_than_the_review_says_so_and_a_sample_is_never_reviewed(client, article):
    article.reviewed_on = date(2020, 1, 1)
    article.save()
    assert "The text has changed since" in client.get(article.get_absolute_url()).content.decode()
    article.revisions.update(is_sample=True)
    assert "1 January 2020" not in client.get(article.get_absolute_url()).content.decode()


def test_a_sample_has_no_next_review(client, article):
    article.reviewed_on, article.review_due_on = date(2020, 1, 1), date(2099, 3, 1)
    article.save()
    assert "1 March 2099" in client.get(article.get_absolute_url()).text
    article.revisions.update(is_sample=True)
    text = client.get(article.get_absolute_url()).text
    assert "2099" not in text
    assert "No date is set yet" in text
