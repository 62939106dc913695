"""The clinicians who review articles: their page, where articles name them, and their form at the desk."""

import html
import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.models import GatedText, Reviewer
from conditions.publishing import publish, withdraw
from conditions.workflow import start_draft
from tests import factories
from tests.conditions.clinicians import clinician, reviewed
from tests.conditions.desk import desk, errors, filled, grant, save
from tests.factories import CANARY

SIX_WORDS = f"begin with gentle {CANARY} movement twice"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(datetime(2026, 6, 15, 12, tzinfo=UTC), tick=False):
        yield


def text_of(client, address):
    """Return what a page says, without its markup and with single spaces."""
    page = client.get(address).content.decode()
    return html.unescape(" ".join(re.sub(r"<[^>]+>", "", page).split()))


# --- The page about the person ----------------------------------------------------------------------------------------------


def test_the_page_tells_who_it_is_what_is_declared_and_what_was_reviewed(client, article):
    person = clinician(interests="Paid by nobody.\n\nWrote a book.")
    reviewed(article, date(2026, 5, 3), by=person)
    text = text_of(client, "/reviewers/wilhelmina-quarrendon-plum/")
    for said in (person.name, person.credentials, "Paid by nobody.", "Wrote a book.", "Last reviewed 3 May 2026"):
        assert said in text
    assert f'href="{article.get_absolute_url()}"' in client.get(person.get_absolute_url()).content.decode()


def test_what_the_person_did_not_review_last_is_not_listed(client, article, hand):
    reviewed(factories.published_article(hand["M61.2"], slug="others"), by=clinician(slug="another", name="Another"))
    assert "No article on this site has its last review by this person" in text_of(client, clinician().get_absolute_url())


@pytest.mark.parametrize("why", ["a draft", "withdrawn", "a sample"])
@pytest.mark.parametrize("reader", ["visitor", "editor"])
def test_what_readers_do_not_have_as_reviewed_is_not_listed(client, article, request, why, reader):
    reviewed(article, by=clinician())
    if reader == "editor":
        client.force_login(request.getfixturevalue("editor"))
    if why == "withdrawn":
        withdraw(article.revisions.get(), "Out of date.")
    elif why == "a sample":
        article.revisions.update(is_sample=True)
    else:
        article.revisions.update(state="draft")
    assert article.get_absolute_url() not in client.get(clinician().get_absolute_url()).content.decode()


def test_an_open_draft_does_not_show_in_the_title_of_what_was_reviewed(client, editor, article):
    reviewed(article, by=clinician())
    draft = start_draft(article)
    draft.title = "Zirkonomantic hand"
    draft.save()
    client.force_login(editor)
    assert "Zirkonomantic" not in client.get(clinician().get_absolute_url()).content.decode()


def test_an_unknown_reviewer_has_no_page(client, db):
    assert client.get("/reviewers/nobody/").status_code == 404


def test_the_page_may_be_shared_and_costs_two_queries(client, article, hand, django_assert_num_queries):
    for code in ("M61", "M61.2", "M61.241"):
        reviewed(factories.published_article(hand[code], slug=f"at-{hand[code].pk}"), by=clinician())
    address = clinician().get_absolute_url()
    with django_assert_num_queries(2):
        response = client.get(address)
    assert response["Cache-Control"] == "public, max-age=0, s-maxage=60"
    assert not response.cookies


def test_search_engines_are_told_of_it(client, db, settings):
    assert f"{settings.SITE_URL}{clinician().get_absolute_url()}<" in client.get("/sitemap.xml").content.decode()


# --- On the article ---------------------------------------------------------------------------------------------------------


def test_the_article_names_who_reviewed_it_in_both_places_and_leads_to_the_person(client, article):
    reviewed(article, date(2026, 5, 3), by=clinician())
    text = text_of(client, article.get_absolute_url())
    who = "Wilhelmina Quarrendon-Plum, Hand surgeon, invented for tests"
    assert f"Last reviewed 3 May 2026 by {who}" in text
    assert f"3 May 2026, the whole page, by {who}" in text
    assert client.get(article.get_absolute_url()).content.decode().count(f'href="{clinician().get_absolute_url()}"') == 2


def test_a_review_whose_reader_is_not_known_names_nobody(client, article):
    reviewed(article, date(2026, 5, 3))
    assert "3 May 2026, the whole page, by a clinician" in text_of(client, article.get_absolute_url())


def test_a_sample_names_nobody(client, article):
    reviewed(article, by=clinician(), due_on=date(2026, 5, 3))
    article.revisions.update(is_sample=True)
    text = text_of(client, article.get_absolute_url())
    assert "Quarrendon" not in text
    assert "due for a review" not in text


def test_the_name_costs_no_query(client, article, django_assert_num_queries):
    reviewed(article, by=clinician(), due_on=date(2026, 5, 3))
    with django_assert_num_queries(12):
        client.get(article.get_absolute_url())


LATE = "This page was due for a review on 3 May 2026. It has not been reviewed again yet."


@pytest.mark.parametrize(("due_on", "times"), [(date(2026, 5, 3), 2), (date(2026, 6, 15), 0), (None, 0)])
def test_an_article_whose_day_is_past_says_so_at_the_top_and_in_the_review_box(client, article, due_on, times):
    reviewed(article, date(2023, 5, 3), due_on=due_on)
    text = text_of(client, article.get_absolute_url())
    assert text.count(LATE) == times
    assert text.count("was due for a review") == times


def test_one_that_was_never_reviewed_does_not_say_again(client, article):
    reviewed(article, on=None, due_on=date(2026, 5, 3))
    assert text_of(client, article.get_absolute_url()).count("It has not been reviewed yet.") == 2


def test_the_notice_comes_with_the_day_after_and_a_shared_copy_is_another_one(client, article):
    reviewed(article, date(2023, 6, 15), due_on=date(2026, 6, 15))
    before = client.get(article.get_absolute_url())
    with time_machine.travel(datetime(2026, 6, 16, 0, 1, tzinfo=UTC)):
        after = client.get(article.get_absolute_url(), headers={"if-none-match": before["ETag"]})
    assert "due for a review on" not in before.content.decode()
    assert (after.status_code, "due for a review on" in after.content.decode()) == (200, True)


# --- The gate ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_reviewed", [True, False])
def test_members_text_that_stands_on_a_reviewers_page_is_not_published(hand, has_reviewed):
    person = clinician(interests=f"I {SIX_WORDS} a day.")
    draft = factories.draft(hand["M61.24"])
    if has_reviewed:
        reviewed(draft.article, by=person)
    with pytest.raises(ValidationError, match="the reviewer Wilhelmina Quarrendon-Plum: “begin with gentle"):
        publish(draft)


@pytest.mark.parametrize("field", ["name", "credentials", "interests"])
def test_no_text_about_a_reviewer_may_hold_six_words_of_members_text(article, field):
    person = clinician()
    setattr(person, field, f"I {SIX_WORDS} a day.")
    with pytest.raises(ValidationError, match="begin with gentle"):
        person.full_clean()


def test_words_of_a_draft_are_guarded_too(client, editor, hand):
    factories.draft(hand["M61.24"])
    client.force_login(editor)
    page = desk("reviewer", "change", clinician().pk)
    assert "begin with gentle" in errors(save(client, page, interests=f"I {SIX_WORDS} a day."))
    assert clinician().interests == "None to declare."


# --- At the desk ------------------------------------------------------------------------------------------------------------


def test_an_editor_adds_a_reviewer_who_is_public_at_once(client, editor):
    client.force_login(editor)
    page = desk("reviewer", "add")
    words = {"name": "Ada Invented", "slug": "ada-invented", "credentials": "Nurse", "interests": "None."}
    assert not errors(client.post(page, filled(client, page) | words))
    client.logout()
    assert "Ada Invented" in text_of(client, "/reviewers/ada-invented/")


def test_the_address_is_made_of_the_name_as_it_is_typed(client, editor):
    client.force_login(editor)
    assert client.get(desk("reviewer", "add")).context["adminform"].prepopulated_fields[0]["field"].name == "slug"


@pytest.mark.parametrize("who", ["author", "reviewer"])
def test_authors_and_reviewers_look_and_change_nothing(client, request, who):
    client.force_login(request.getfixturevalue(who))
    page = desk("reviewer", "change", clinician().pk)
    assert "Quarrendon" in client.get(page).text
    assert client.post(page, {"name": "Else"}).status_code == 403
    assert client.get(desk("reviewer", "add")).status_code == 403


def test_who_may_not_see_drafts_cannot_ask_what_stands_in_them(client, clerk, article):
    client.force_login(grant(clerk, "view_reviewer", "add_reviewer", "change_reviewer"))
    asked = {"name": "X", "slug": "x", "credentials": "Y", "interests": f"I {SIX_WORDS} a day."}
    for page in (desk("reviewer", "add"), desk("reviewer", "change", clinician().pk)):
        assert client.post(page, asked).status_code == 403


def test_whoever_stands_on_an_article_stays_and_keeps_the_address(client, superuser, article):
    client.force_login(superuser)
    reviewed(article, by=clinician())
    delete, change = (desk("reviewer", page, clinician().pk) for page in ("delete", "change"))
    assert client.post(delete, {"post": "yes"}).status_code == 403
    assert "slug" not in filled(client, change)
    reviewed(article, by=None)
    assert "slug" in filled(client, change)
    client.post(delete, {"post": "yes"})
    assert not Reviewer.objects.exists()


def test_several_are_not_deleted_from_the_list(client, superuser):
    client.force_login(superuser)
    data = {"action": "delete_selected", "_selected_action": [clinician().pk], "post": "yes"}
    client.post(desk("reviewer", "changelist"), data)
    assert Reviewer.objects.exists()


def test_only_people_of_the_desk_are_offered_as_accounts(client, editor, author, member, django_user_model):
    django_user_model.objects.filter(pk=author.pk).update(is_active=False)
    client.force_login(editor)
    assert list(client.get(desk("reviewer", "add")).context["adminform"].form.fields["user"].queryset) == [editor]


def test_the_page_of_a_person_tells_nothing_of_members_text(client, article):
    reviewed(article, by=clinician())
    before = client.get(clinician().get_absolute_url()).content
    GatedText.objects.update(body="<p>Quite another text for members.</p>")
    assert client.get(clinician().get_absolute_url()).content == before


def test_saving_waits_for_whoever_publishes_so_that_neither_looks_past_the_other(client, editor, article):
    client.force_login(editor)
    page = desk("reviewer", "change", clinician().pk)
    data = filled(client, page)
    with CaptureQueriesContext(connection) as queries:
        client.post(page, data)
    asked = [query["sql"] for query in queries]
    locked = next(place for place, sql in enumerate(asked) if "conditions_changecounter" in sql)
    assert locked < next(place for place, sql in enumerate(asked) if "conditions_gatedtext" in sql)
