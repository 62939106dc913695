"""The preview of a revision at the desk: the readers' page of any revision, and who may see what of it."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.models import Article, GatedText, GlossaryTerm, Revision
from conditions.pages import preview
from conditions.publishing import publish, withdraw
from conditions.workflow import start_draft
from tests import factories
from tests.conditions.desk import desk, grant
from tests.factories import CANARY

ANOTHER_WORD = "zirkonomantic"  # stands in the gated text of another revision


@pytest.fixture
def draft(article):
    """A draft beside the published revision, whose gated text holds `CANARY`; that of the published one holds `ANOTHER_WORD`."""
    draft = start_draft(article)
    Revision.objects.filter(pk=draft.pk).update(title="Stone hand")
    GatedText.objects.exclude(section__revision=draft).update(body=f"<p>Gentle {ANOTHER_WORD} movement.</p>")
    return Revision.objects.get(pk=draft.pk)


@pytest.fixture
def looker(clerk):
    """On the staff, with the right to view revisions, but not drafts."""
    return grant(clerk, "view_revision")


def framed(client, revision, seen_as="visitor"):
    return client.get(desk("revision", "preview_page", revision.pk), {"as": seen_as})


# --- What it shows ----------------------------------------------------------------------------------------------------------


def test_a_visitors_preview_of_a_draft_shows_its_text_and_the_gate(at_desk, draft):
    page = framed(at_desk, draft).text
    assert "<h1>Stone hand</h1>" in page
    assert "To see full information about treatment" in page
    assert CANARY not in page
    assert ANOTHER_WORD not in page


def test_a_visitors_preview_does_not_read_the_table_of_gated_text(at_desk, draft):
    with CaptureQueriesContext(connection) as queries:
        framed(at_desk, draft)
    assert not [query["sql"] for query in queries if GatedText._meta.db_table in query["sql"]]


def test_a_members_preview_shows_the_members_text_of_this_revision_alone(at_desk, draft):
    page = framed(at_desk, draft, "member").text
    assert CANARY in page
    assert ANOTHER_WORD not in page
    assert "To see full information" not in page
    assert 'href="/me/"' in page


def test_members_text_that_is_not_written_yet_is_said_to_be_missing(at_desk, draft):
    GatedText.objects.for_revision(draft).delete()
    page = framed(at_desk, draft, "member").text
    assert "The members’ text of this section is not written yet." in page
    assert "To see full information" not in page


def test_the_header_is_a_readers_and_not_that_of_who_looks(at_desk, draft):
    page = framed(at_desk, draft).text
    assert f'href="/accounts/login/?next={draft.article.get_absolute_url()}"' in page
    assert "/admin/" not in page


@pytest.mark.parametrize(("seen_as", "banner"), [("visitor", "as a visitor sees it"), ("member", "as a member sees it")])
def test_a_banner_says_which_revision_it_is_and_who_sees_it(at_desk, draft, seen_as, banner):
    assert f"Preview of revision 2 (draft), {banner}." in framed(at_desk, draft, seen_as).text


def test_a_draft_says_that_it_is_not_published_yet(at_desk, hand):
    assert framed(at_desk, factories.draft(hand["M61.24"])).text.count("Not published yet") == 2


def test_a_draft_without_anything_in_it_has_a_preview(at_desk, db):
    empty = start_draft(Article.objects.create(slug="empty"))
    for seen_as in ("visitor", "member"):
        assert "(no title yet)" in framed(at_desk, empty, seen_as).text


def test_every_state_has_a_preview(at_desk, article):
    first = article.revisions.get()
    second = start_draft(article)
    second.change_sentence = "Once more."
    second.save()
    publish(second)
    assert "(superseded)" in framed(at_desk, first).text
    assert "(published)" in framed(at_desk, second).text
    withdraw(second, "Out of date.")
    assert "(withdrawn)" in framed(at_desk, second).text


def test_the_preview_of_a_published_revision_is_the_readers_page_in_another_frame(client, at_desk, article):
    def main(page):
        return page.partition('<main id="content"')[2].replace(' target="_self"', "")

    previewed = main(framed(at_desk, article.revisions.get()).text)
    client.logout()
    assert previewed == main(client.get(article.get_absolute_url()).text)


def test_robots_and_other_sites_are_told_nothing(at_desk, draft):
    page = framed(at_desk, draft).text
    assert '<meta name="robots" content="noindex, nofollow">' in page
    assert "canonical" not in page
    assert "og:" not in page


def test_links_lead_out_of_the_frame_and_places_on_the_page_stay_in_it(at_desk, draft):
    GlossaryTerm.objects.create(term="Bone", definition="What holds you up.")
    page = framed(at_desk, draft).text
    assert '<base target="_top">' in page
    on_the_page = re.findall(r'<a\b[^>]* href="#[^>]*>', page)
    assert len(on_the_page) > 5
    assert all('target="_self"' in link for link in on_the_page)
    assert page.count('target="_self"') == len(on_the_page)


# --- Who may see it ---------------------------------------------------------------------------------------------------------


def test_without_the_right_to_see_drafts_there_is_none_of_a_draft(client, looker, draft):
    client.force_login(looker)
    assert client.get(desk("revision", "preview", draft.pk)).status_code == 404
    assert framed(client, draft, "member").status_code == 404


def test_without_it_the_members_preview_of_a_published_revision_is_the_visitors(client, looker, article):
    client.force_login(looker)
    page = framed(client, article.revisions.get(), "member").text
    assert CANARY not in page
    assert "as a visitor sees it" in page
    assert "as=member" not in client.get(desk("revision", "preview", article.revisions.get().pk), {"as": "member"}).text


def test_who_views_no_revisions_has_no_preview(client, clerk, article):
    client.force_login(clerk)
    assert client.get(desk("revision", "preview", article.revisions.get().pk)).status_code == 403
    assert framed(client, article.revisions.get()).status_code == 403


def test_the_right_to_see_drafts_is_asked_of_who_looks(at_desk, author, draft):
    author.groups.clear()
    grant(author, "view_revision", "view_draft")
    assert CANARY in framed(at_desk, draft, "member").text
    author.user_permissions.clear()
    grant(author, "view_revision")
    assert framed(at_desk, draft, "member").status_code == 404


# --- The page around it, and what browsers are told ---------------------------------------------------------------------------


def test_the_page_around_it_frames_what_was_chosen(at_desk, draft):
    page = at_desk.get(desk("revision", "preview", draft.pk), {"as": "member", "width": "desktop"}).text
    assert f'<iframe src="{desk("revision", "preview_page", draft.pk)}?as=member" title="The page as a member sees it">' in page
    assert "preview-desktop" in page
    assert page.count('aria-current="true"') == 2
    assert 'href="?as=member&amp;width=phone"' in page


@pytest.mark.parametrize("asked", ["?as=editor&width=9", "?as=&width=", ""])
def test_an_unknown_choice_is_a_visitor_on_a_phone(at_desk, draft, asked):
    page = at_desk.get(f"{desk('revision', 'preview', draft.pk)}{asked}").text
    assert "?as=visitor" in page
    assert "preview-phone" in page


def directives(response):
    return dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))


def test_only_our_own_pages_frame_the_previewed_page(at_desk, draft):
    response = framed(at_desk, draft)
    assert directives(response)["frame-ancestors"] == "'self'"
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-src" not in directives(response)
    assert directives(response)["img-src"] == "'self'"  # the readers' policy, without what the admin adds


def test_the_page_around_it_may_hold_a_frame_of_ours_and_stands_in_none(at_desk, draft):
    response = at_desk.get(desk("revision", "preview", draft.pk))
    assert directives(response)["frame-src"] == "'self'"
    assert directives(response)["frame-ancestors"] == "'none'"
    assert response["X-Frame-Options"] == "DENY"
    assert "data:" in directives(response)["img-src"]


def test_other_pages_of_the_admin_hold_and_enter_no_frame(at_desk, draft):
    told = directives(at_desk.get(desk("revision", "change", draft.pk)))
    assert "frame-src" not in told
    assert told["frame-ancestors"] == "'none'"


def test_a_preview_is_never_stored_and_only_looked_at(at_desk, draft):
    for page in ("preview", "preview_page"):
        assert at_desk.get(desk("revision", page, draft.pk))["Cache-Control"] == "private, no-store"
        assert at_desk.post(desk("revision", page, draft.pk)).status_code == 405


def test_the_readers_request_is_nobodys_own():
    request = preview.request_of(AnonymousUser(), "/conditions/hand/")
    assert (request.path, request.COOKIES) == ("/conditions/hand/", {})
    assert not hasattr(request, "session")
