"""The article page and its neighbours, as a reader finds them."""

import pytest

from conditions.models import OldSlug
from conditions.publishing import publish, start_draft, withdraw
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
        assert f'<section id="{kind}"' in page


def test_care_cards_say_their_urgency_in_words(page):
    assert '<span class="visually-hidden">Urgent: </span>Get medical help today if:' in page


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
    import re

    assert not re.findall(r'(?:src|srcset|action)="(?:https?:)?//', page)
    assert not re.findall(r'<link[^>]+rel="stylesheet"[^>]+href="(?:https?:)?//', page)
