"""Report a mistake: anybody can, and nothing about them is kept. The desk's inbox says who looks after a report."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import cache

from conditions.models import AuditEntry, MistakeReport, OldSlug
from tests.conditions.desk import desk, errors, filled, grant, save

INBOX = "/admin/conditions/mistakereport/"


def test_a_report_is_kept_without_its_sender(client, db):
    response = client.post("/report/", {"page": "/conditions/hand/", "text": "The hand is a foot."})
    assert (response.status_code, response["Location"]) == (302, "/report/sent/")
    assert not response.cookies
    report = MistakeReport.objects.get()
    assert (report.page, report.text, report.state) == ("/conditions/hand/", "The hand is a foot.", "new")
    # `owner` and `note` are the desk's: who of the staff looks after it, and what they found. Nothing fills them here.
    kept = {"id", "page", "text", "state", "owner", "note", "created_at"}
    assert {field.name for field in MistakeReport._meta.fields} == kept
    assert (report.owner, report.note) == (None, "")


def test_not_even_of_a_member_who_is_logged_in(member_client):
    member_client.post("/report/", {"text": "The hand is a foot.", "owner": "1", "note": "Me", "state": "done"})
    report = MistakeReport.objects.get()
    assert (report.owner, report.note, report.state) == (None, "", "new")


def test_an_empty_report_says_what_is_missing_and_keeps_the_page(client, db):
    page = client.post("/report/", {"page": "/conditions/hand/", "text": " "}).content.decode()
    assert "Write what is wrong" in page
    assert 'value="/conditions/hand/"' in page


def test_a_program_that_fills_every_field_is_thanked_and_forgotten(client, db):
    client.post("/report/", {"page": "", "text": "Buy this", "website": "https://example.org"})
    assert not MistakeReport.objects.exists()


def test_a_report_sent_empty_says_so(client, db):
    assert client.post("/report/").status_code == 422


def test_a_flood_of_reports_is_stopped_and_the_text_is_kept(client, db):
    cache.clear()
    answers = [client.post("/report/", {"page": "", "text": f"Mistake {number}"}) for number in range(7)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429] * 2
    assert "Mistake 6" in answers[6].text
    assert MistakeReport.objects.count() == 5


def test_the_page_it_is_about_is_filled_in(client, db):
    assert 'value="/conditions/hand/"' in client.get("/report/", {"page": "/conditions/hand/"}).content.decode()


# --- The inbox --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def inbox(client, editor):
    client.force_login(editor)
    return client


def report(text="The hand is a foot.", **fields):
    return MistakeReport.objects.create(text=text, **fields)


def listed(client, **narrowed):
    return {found.text for found in client.get(INBOX, narrowed).context["cl"].result_list}


def act(client, action, *reports):
    return client.post(INBOX, {"action": action, "index": 0, "_selected_action": [found.pk for found in reports]}, follow=True)


def test_the_inbox_shows_what_is_to_do_and_all_of_it_when_asked(inbox):
    for state in MistakeReport.State.values:
        report(state, state=state)
    assert listed(inbox) == {"new", "in-work"}
    assert listed(inbox, show="all") == set(MistakeReport.State.values)
    assert listed(inbox, show="done") == {"done"}


def test_it_counts_what_is_to_do(inbox):
    for state in ("new", "new", "in-work", "done"):
        report(state=state)
    text = inbox.get(INBOX).text
    assert "<strong>2 new</strong>, 1 in progress." in text
    MistakeReport.objects.filter(state="in-work").update(state="done")
    assert "<strong>2 new</strong>, none in progress." in inbox.get(INBOX).text
    MistakeReport.objects.update(state="done")
    assert "Nothing to do: every report" in inbox.get(INBOX).text


def test_it_is_narrowed_to_ones_own_and_to_nobodys(inbox, editor, superuser):
    report("mine", owner=editor)
    report("another's", owner=superuser)
    report("nobody's")
    assert (listed(inbox, keeper="me"), listed(inbox, keeper="nobody")) == ({"mine"}, {"nobody's"})


def test_who_takes_reports_is_their_owner(inbox, editor, superuser):
    mine, others = report(), report(owner=superuser)
    left = report("left")
    assert "2 reports are now assigned to you." in act(inbox, "take", mine, others).text
    taken = MistakeReport.objects.filter(owner=editor, state="in-work")
    assert {found.pk for found in taken} == {mine.pk, others.pk}
    left.refresh_from_db()
    assert (left.owner, left.state) == (None, "new")
    assert LogEntry.objects.count() == 2
    assert "1 report is now assigned to you." in act(inbox, "take", mine).text


@pytest.mark.parametrize(("action", "state"), [("close_as_done", "done"), ("close_as_no_mistake", "no-mistake")])
def test_who_settles_a_report_that_nobody_has_becomes_its_owner(inbox, editor, superuser, action, state):
    free, others = report(), report(owner=superuser)
    act(inbox, action, free, others)
    assert list(MistakeReport.objects.order_by("pk").values_list("state", "owner")) == [(state, editor.pk), (state, superuser.pk)]


@pytest.mark.parametrize("person", ["author", "reviewer", "clerk"])
def test_the_inbox_is_for_editors(client, request, person):
    client.force_login(request.getfixturevalue(person))
    found = report()
    assert client.get(INBOX).status_code == 403
    assert act(client, "close_as_done", found).status_code == 403
    found.refresh_from_db()
    assert found.state == "new"


def test_who_may_only_look_settles_nothing(client, clerk):
    client.force_login(grant(clerk, "view_mistakereport"))
    found = report()
    assert "close_as_done" not in client.get(INBOX).text
    act(client, "close_as_done", found)
    found.refresh_from_db()
    assert found.state == "new"


def test_a_refused_action_is_written_down(client, clerk):
    client.force_login(grant(clerk, "view_mistakereport"))
    assert act(client, "take", report()).status_code == 403
    assert AuditEntry.objects.get().act == "refused"


@pytest.mark.parametrize(
    "page",
    [
        "/conditions/hardened-hand-muscle/",
        "/conditions/stone-hand/?from=a#treatment",
        "http://localhost:8000/conditions/stone-hand/",
    ],
)
def test_a_report_leads_to_its_page_and_its_article(inbox, article, settings, page):
    settings.SITE_URL = "http://localhost:8000"
    OldSlug.objects.create(article=article, slug="stone-hand")
    found = report(page=page)
    for address in (INBOX, desk("mistakereport", "change", found.pk)):
        text = inbox.get(address).text
        assert f'<a href="{page.removeprefix(settings.SITE_URL)}">' in text
        assert f'href="{desk("article", "change", article.pk)}">Article at the desk' in text


@pytest.mark.parametrize(
    "page",
    [
        *("javascript:alert(1)", "//evil.example/", "https://evil.example/conditions/hand/", "/admin/logout/", "/accounts/logout/"),
        *("/\t/evil.example/conditions/hand/", "/conditions/ha\tnd/", "\t//evil.example/"),
    ],
)
def test_what_a_reader_gave_as_a_page_leads_nowhere_else(inbox, page):
    found = report(page=page)
    for address in (INBOX, desk("mistakereport", "change", found.pk)):
        text = inbox.get(address).text
        assert page in text
        assert f'href="{page}">{page}' not in text


def test_a_page_that_is_no_article_has_none(inbox):
    report(page="/conditions/no-such-thing/")
    text = inbox.get(INBOX).text
    assert '<a href="/conditions/no-such-thing/">' in text
    assert "Article at the desk" not in text


def test_the_article_is_for_those_who_may_see_articles(client, clerk, article):
    report(page=article.get_absolute_url())
    client.force_login(grant(clerk, "view_mistakereport"))
    assert "Article at the desk" not in client.get(INBOX).text


def test_a_text_is_read_and_not_changed(inbox, editor):
    found = report("<b>The hand</b> is a foot.")
    page = desk("mistakereport", "change", found.pk)
    assert "&lt;b&gt;The hand&lt;/b&gt; is a foot." in inbox.get(page).text
    changes = {"text": "A foot.", "page": "/x/", "state": "done", "owner": editor.pk, "note": "It was a hand."}
    assert not errors(inbox.post(page, filled(inbox, page) | changes))
    found.refresh_from_db()
    assert (found.text, found.page) == ("<b>The hand</b> is a foot.", "")
    assert (found.state, found.owner, found.note) == ("done", editor, "It was a hand.")


def test_reports_are_given_to_those_who_may_see_them(inbox, author, editor, reviewer, superuser, member):
    page = desk("mistakereport", "change", report().pk)
    owners = inbox.get(page).context["adminform"].form.fields["owner"].queryset
    assert list(owners) == [editor, superuser]
    assert "Select a valid choice" in errors(save(inbox, page, owner=author.pk))
