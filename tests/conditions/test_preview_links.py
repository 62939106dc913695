"""Links for outside reviewers: what they open, for how long, and who makes and ends them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.signing import Signer
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from conditions.audit import Refused
from conditions.models import AuditEntry, GatedText, PreviewLink, Revision
from conditions.sharing import end, link_at, path_of, share
from conditions.workflow import discard, start_draft
from portal.doors import DOORS, Audience
from portal.leakcheck import leakcheck
from tests import factories
from tests.conditions.desk import desk, grant
from tests.factories import CANARY

ANOTHER_WORD = "zirkonomantic"  # stands in the gated text of another revision
NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
Act = AuditEntry.Act


@pytest.fixture
def draft(article):
    """A draft beside the published revision, whose gated text holds `CANARY`; that of the published one holds `ANOTHER_WORD`."""
    draft = start_draft(article)
    Revision.objects.filter(pk=draft.pk).update(title="Stone hand")
    GatedText.objects.exclude(section__revision=draft).update(body=f"<p>Gentle {ANOTHER_WORD} movement.</p>")
    return Revision.objects.get(pk=draft.pk)


@pytest.fixture
def link(draft, author):
    return share(draft, "Dr Okafor", 7, with_members_text=False, by=author)


@pytest.fixture
def full_link(draft, author):
    return share(draft, "Dr Okafor", 7, with_members_text=True, by=author)


@pytest.fixture
def page(draft):
    return desk("revision", "links", draft.pk)


# --- What a link opens ------------------------------------------------------------------------------------------------------


def test_a_link_shows_the_draft_as_a_visitor_would_see_it(client, link):
    page = client.get(path_of(link)).text
    assert "<h1>Stone hand</h1>" in page
    assert "To see full information about treatment" in page
    assert CANARY not in page
    assert ANOTHER_WORD not in page


def test_it_begins_with_what_it_is_and_when_it_ends(client, draft, author):
    with time_machine.travel(NOW, tick=False):
        link = share(draft, "Dr Okafor", 7, with_members_text=False, by=author)
        page = client.get(path_of(link)).text
    words = " ".join(re.sub(r"<[^>]+>", " ", page.partition("<body>")[2]).split())
    told = "A text in preparation. Please do not pass this link on. It ends on 11 May 2026, 09:30 UTC"
    assert words.startswith(f"Skip to the content {told}")


def test_with_members_text_it_shows_that_of_its_revision_alone(client, full_link):
    page = client.get(path_of(full_link)).text
    assert CANARY in page
    assert "Your account" not in page  # whoever has the link is no member
    assert ANOTHER_WORD not in page


def test_it_shows_the_text_as_it_is_now(client, link):
    Revision.objects.filter(pk=link.revision_id).update(title="Stony hand")
    assert "<h1>Stony hand</h1>" in client.get(path_of(link)).text


def test_without_members_text_the_table_of_it_is_not_read(client, link):
    with CaptureQueriesContext(connection) as queries:
        client.get(path_of(link))
    assert not [query["sql"] for query in queries if GatedText._meta.db_table in query["sql"]]


@pytest.mark.parametrize("reader", ["member", "author", "superuser"])
def test_whoever_is_logged_in_gets_the_same_page(client, request, link, reader):
    plain = client.get(path_of(link))
    client.force_login(request.getfixturevalue(reader))
    answer = client.get(path_of(link))
    assert answer.content == plain.content
    assert CANARY not in answer.text


def test_nobodys_session_is_read_for_it(member_client, link):
    with CaptureQueriesContext(connection) as queries:
        member_client.get(path_of(link))
    assert not [query["sql"] for query in queries if "django_session" in query["sql"]]


def test_robots_are_sent_away_and_the_address_is_told_to_nobody(client, link):
    answer = client.get(path_of(link))
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer
    assert not answer.cookies
    assert path_of(link) not in answer.text
    assert "/admin/" not in answer.text


def test_no_other_page_frames_it(client, link):
    assert client.get(path_of(link))["X-Frame-Options"] == "DENY"


def test_it_is_for_reading_alone(client, link):
    assert client.post(path_of(link)).status_code == 405
    assert client.head(path_of(link)).status_code == 200


def test_robots_may_ask_for_it_so_that_they_learn_not_to_list_it(client):
    assert "/preview/" not in client.get("/robots.txt").text


# --- When it has ended ------------------------------------------------------------------------------------------------------


def ended(answer):
    assert answer.status_code == 410
    assert "This link has ended" in answer.text
    assert "ask the person who sent it to you" in answer.text
    for word in (CANARY, "Stone hand", "hardened-hand-muscle"):
        assert word not in answer.text
    return answer


def test_after_its_time_it_says_that_it_has_ended(client, draft, author):
    with time_machine.travel(NOW) as clock:
        link = share(draft, "Dr Okafor", 7, with_members_text=True, by=author)
        clock.move_to(NOW + timedelta(days=7, seconds=-10))
        assert CANARY in client.get(path_of(link)).text
        clock.move_to(NOW + timedelta(days=7, seconds=10))
        ended(client.get(path_of(link)))


def test_ended_by_hand_it_says_so_at_once(client, full_link, author):
    end(full_link, by=author)
    answer = ended(client.get(path_of(full_link)))
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "private, no-store"
    assert not answer.cookies


def test_the_page_of_an_ended_link_is_the_same_for_a_member(client, member, link, author):
    end(link, by=author)
    plain = client.get(path_of(link)).content
    client.force_login(member)
    assert client.get(path_of(link)).content == plain


def test_an_ended_link_shares_no_text_even_where_the_row_at_hand_says_so(full_link, author):
    assert GatedText.objects.shared_by(full_link).count() == 1
    end(full_link, by=author)
    assert GatedText.objects.shared_by(full_link).count() == 0  # the row at hand is older than the end


def test_a_link_shares_the_text_of_its_revision_alone(full_link, link):
    assert {text.section.revision_id for text in GatedText.objects.shared_by(full_link)} == {full_link.revision_id}
    assert not GatedText.objects.shared_by(link)
    link.shows_members_text = True  # what is not saved does not count
    assert not GatedText.objects.shared_by(link)


def test_a_discarded_draft_has_no_page(client, link, editor):
    address = path_of(link)
    discard(link.revision, by=editor)
    assert client.get(address).status_code == 404


def test_the_link_outlives_publishing(client, link):
    Revision.objects.filter(pk=link.revision_id).update(state="draft")
    link.revision.article.revisions.published().update(state="superseded")
    Revision.objects.filter(pk=link.revision_id).update(state="published", published_at=NOW, approval="operator")
    assert client.get(path_of(link)).status_code == 200


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: f"9{token}", lambda token: token.partition(".")[0]])
def test_an_address_that_was_changed_is_not_there(client, link, change):
    token = path_of(link).split("/")[2]
    assert client.get(f"/preview/{change(token)}/").status_code == 404


def test_a_signature_made_for_something_else_opens_nothing(link):
    assert link_at(Signer(sep=".").sign(link.pk)) is None
    assert link_at(path_of(link).split("/")[2]) == link


def test_the_door_is_an_entrance_that_knows_the_open_links(link, full_link, author):
    door = DOORS["conditions:preview"]
    end(full_link, by=author)
    assert door.audience is Audience.ENTRANCE
    assert list(door.addresses()) == [path_of(link)]


def test_the_leakcheck_does_not_take_a_link_for_a_leak(full_link, index):
    findings = leakcheck()
    assert (findings.leaks, findings.faults) == ([], [])


# --- At the desk ------------------------------------------------------------------------------------------------------------


def test_an_author_makes_a_link_and_copies_its_address(at_desk, author, draft, page):
    with time_machine.travel(NOW, tick=False):
        at_desk.force_login(author)
        at_desk.post(page, {"for_whom": "Dr Okafor", "days": 14, "shows_members_text": "on"})
        listed = at_desk.get(page).text
    link = PreviewLink.objects.get()
    assert (link.revision, link.for_whom, link.shows_members_text, link.created_by) == (draft, "Dr Okafor", True, author)
    assert link.expires_at == NOW + timedelta(days=14)
    assert re.search(rf'<input type="text" readonly value="http[^"]+{re.escape(path_of(link))}"', listed)
    assert "author@example.org" in listed


def test_a_link_shows_no_members_text_unless_it_was_ticked(at_desk, page):
    at_desk.post(page, {"for_whom": "Dr Okafor", "days": 7})
    assert not PreviewLink.objects.get().shows_members_text


@pytest.mark.parametrize(("days", "made"), [("1", 1), ("30", 1), ("0", 0), ("31", 0), ("", 0), ("a week", 0)])
def test_a_link_ends_after_one_to_thirty_days(at_desk, page, days, made):
    at_desk.post(page, {"for_whom": "Dr Okafor", "days": days})
    assert PreviewLink.objects.count() == made


def test_it_says_for_whom(at_desk, page):
    assert "This field is required" in at_desk.post(page, {"for_whom": " ", "days": 7}).text
    assert not PreviewLink.objects.exists()


def test_an_author_ends_a_link(at_desk, page, link):
    assert "anyone who opens it is told so" in at_desk.post(page, {"end": link.pk}, follow=True).text
    link.refresh_from_db()
    assert link.revoked_at
    listed = at_desk.get(page).text
    assert "Ended" in listed
    assert path_of(link) not in listed


def test_the_list_tells_the_links_of_this_revision_alone(at_desk, author, page, link, article):
    other = share(article.revisions.published().get(), "Somebody Else", 7, with_members_text=False, by=author)
    listed = at_desk.get(page).text
    assert "Dr Okafor" in listed
    assert "Somebody Else" not in listed
    assert at_desk.post(page, {"end": other.pk}).status_code == 404


@pytest.mark.parametrize("wrong", ["", "999", "x"])
def test_ending_what_is_no_link_is_a_404(at_desk, page, wrong):
    assert at_desk.post(page, {"end": wrong}).status_code == 404


def test_both_deeds_are_in_the_audit_without_the_name_of_the_person(at_desk, author, page):
    with time_machine.travel(NOW, tick=False):
        at_desk.force_login(author)
        at_desk.post(page, {"for_whom": "Dr Okafor", "days": 7, "shows_members_text": "on"})
        link = PreviewLink.objects.get()
        for _ in range(2):  # the second time there is nothing left to end
            at_desk.post(page, {"end": link.pk})
    told = [
        (entry.act, entry.who, entry.revision_number, entry.detail) for entry in AuditEntry.objects.filter(act__startswith="link")
    ]
    made = f"link {link.pk}, until 2026-05-11 09:30 UTC, with members' text"
    assert told == [
        (Act.LINK_REVOKED, "author@example.org", 2, f"link {link.pk}"),
        (Act.LINK_MADE, "author@example.org", 2, made),
    ]


@pytest.mark.parametrize("rights", [[], ["view_revision"], ["view_revision", "view_draft"], ["view_revision", "add_previewlink"]])
@pytest.mark.parametrize("data", [{"for_whom": "Me", "days": 7}, {"end": "1"}])
def test_without_the_right_nothing_is_made_or_ended_and_the_try_is_recorded(client, clerk, article, rights, data):
    client.force_login(grant(clerk, *rights))
    address = desk("revision", "links", article.revisions.get().pk)
    assert client.post(address, data).status_code == 403
    assert client.get(address).status_code == 403
    assert not PreviewLink.objects.exists()
    assert AuditEntry.objects.filter(act=Act.REFUSED, who="clerk@example.org").count() == 1


def test_a_reviewer_sees_drafts_but_no_links(client, reviewer, page, link):
    client.force_login(reviewer)
    assert client.get(page).status_code == 403
    assert client.post(page, {"end": link.pk}).status_code == 403
    assert PreviewLink.objects.open().count() == 1


def test_who_may_look_at_links_sees_neither_form_nor_button(client, clerk, page, link):
    client.force_login(grant(clerk, "view_revision", "view_draft", "view_previewlink"))
    listed = client.get(page).text
    assert path_of(link) in listed
    assert "Make a link" not in listed
    assert "End it now" not in listed


def test_the_functions_refuse_by_themselves(reviewer, member, link):
    with pytest.raises(Refused):
        share(link.revision, "Me", 7, with_members_text=True, by=reviewer)
    with pytest.raises(Refused):
        share(link.revision, "Me", 7, with_members_text=True, by=grant(member, "add_previewlink"))
    with pytest.raises(Refused):
        end(link, by=reviewer)


def test_a_form_of_another_site_makes_no_link(author, page):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(author)
    assert strict.post(page, {"for_whom": "Me", "days": 7}).status_code == 403
    assert not PreviewLink.objects.exists()


def test_an_article_that_was_never_published_can_be_shared(client, hand, author):
    link = share(factories.draft(hand["M61.24"]), "Dr Okafor", 1, with_members_text=True, by=author)
    assert CANARY in client.get(path_of(link)).text
