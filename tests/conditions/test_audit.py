"""The audit is only added to, and outlives what it tells of; the desk shows it to those who may see drafts."""

import re
from zoneinfo import ZoneInfo

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from conditions.admin.audit import ON_A_PAGE, history_view
from conditions.audit import note
from conditions.models import Article, AuditEntry
from conditions.publishing import publish
from conditions.text import plain
from conditions.workflow import discard, start_draft
from tests import factories
from tests.conditions.desk import desk, grant

Act = AuditEntry.Act


def by_sql(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def triggers():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'conditions_auditentry'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'conditions_auditentry'::regclass AND NOT tgisinternal")
        return {name for (name,) in cursor.fetchall()}


# --- It is only added to ----------------------------------------------------------------------------------------------------


def test_the_triggers_are_there_after_all_migrations(db):
    one_for_both = {"audit_refuses"}
    assert triggers() == ({"audit_refuses_UPDATE", "audit_refuses_DELETE"} if connection.vendor == "sqlite" else one_for_both)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE conditions_auditentry SET who = 'nobody'",
        "DELETE FROM conditions_auditentry",
        "INSERT INTO conditions_auditentry SELECT * FROM conditions_auditentry WHERE true "
        "ON CONFLICT (id) DO UPDATE SET who = 'nobody'",
    ],
)
def test_the_database_refuses_to_change_an_entry(article, statement):
    before = list(AuditEntry.objects.values())
    with pytest.raises(DatabaseError, match="the audit is only added to"):
        by_sql(statement)
    assert list(AuditEntry.objects.values()) == before


@pytest.mark.parametrize(
    "act",
    [
        lambda: AuditEntry.objects.update(who="nobody"),
        lambda: AuditEntry.objects.all().delete(),
        lambda: AuditEntry.objects.bulk_update([AuditEntry.objects.get()], ["who"]),
        lambda: AuditEntry.objects.get().save(),
        lambda: AuditEntry.objects.get().delete(),
        lambda: AuditEntry.objects.update_or_create(act=Act.PUBLISHED, defaults={"who": "nobody"}),
    ],
)
def test_nor_does_the_code_ask_it_to(article, act):
    with pytest.raises(TypeError, match="only added to"), transaction.atomic():
        act()
    assert AuditEntry.objects.get().who == "a command on the machine"


def test_tables_can_be_emptied_between_tests_and_keep_their_triggers(db):
    before = triggers()
    note(Act.EXPORTED)
    call_command("flush", interactive=False, verbosity=0, inhibit_post_migrate=True)
    assert not AuditEntry.objects.exists()
    assert triggers() == before


# --- It outlives what it tells of -------------------------------------------------------------------------------------------


def test_an_entry_survives_its_person_and_its_draft(article, editor):
    draft = start_draft(article, editor)
    pk = editor.pk
    discard(draft, editor)
    editor.delete()
    entry = AuditEntry.objects.get(act=Act.DISCARDED)
    assert (entry.who, entry.user_pk) == ("editor@example.org", pk)
    assert (entry.article, entry.revision_number) == ("hardened-hand-muscle", 2)


def test_an_entry_survives_its_article(db, editor):
    note(Act.ASSIGNED, Article.objects.create(slug="gone"), editor)
    Article.objects.get(slug="gone").delete()
    assert AuditEntry.objects.get().article == "gone"


# --- As a list --------------------------------------------------------------------------------------------------------------


def shown(response):
    return [(entry.act, entry.who) for entry in response.context["cl"].result_list]


def test_the_list_is_filtered_by_act_and_person_and_searched_by_article(client, reviewer, editor, hand, article):
    other = factories.published_article(hand["M61"], slug="other")
    start_draft(other, editor)
    client.force_login(reviewer)
    page = desk("auditentry", "changelist")
    assert len(shown(client.get(page))) == 3
    assert shown(client.get(page, {"act__exact": "started"})) == [("started", editor.email)]
    assert shown(client.get(page, {"who": editor.email})) == [("started", editor.email)]
    assert shown(client.get(page, {"q": "other"})) == [("started", editor.email), ("published", "a command on the machine")]
    assert shown(client.get(page, {"q": "editor@"})) == [("started", editor.email)]


def test_nobody_adds_changes_or_deletes_an_entry(client, superuser, article):
    client.force_login(superuser)
    entry = AuditEntry.objects.get()
    assert client.get(desk("auditentry", "add")).status_code == 403
    assert client.post(desk("auditentry", "change", entry.pk), {"who": "nobody"}).status_code == 403
    assert client.post(desk("auditentry", "delete", entry.pk), {"post": "yes"}).status_code == 403
    selected = {"action": "delete_selected", "_selected_action": entry.pk, "post": "yes"}
    client.post(desk("auditentry", "changelist"), selected)
    assert AuditEntry.objects.get(pk=entry.pk).who == entry.who


@pytest.mark.parametrize(("rights", "status"), [(["view_auditentry"], 403), (["view_auditentry", "view_draft"], 200)])
def test_the_list_is_for_those_who_may_see_it_and_drafts(client, clerk, article, rights, status):
    client.force_login(grant(clerk, *rights))
    assert client.get(desk("auditentry", "changelist")).status_code == status
    assert client.get(desk("auditentry", "change", AuditEntry.objects.get().pk)).status_code == status


# --- As the history of an article -------------------------------------------------------------------------------------------


def history(client, article, **query):
    """Return the rows of the history as texts, each with the addresses that it links to."""
    found = client.get(desk("article", "history", article.pk), query)
    table = found.text.partition('<table class="audit">')[2].partition("<tbody>")[2]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [(plain(row), re.findall(r'href="([^"]*)"', row)) for row in rows]


def test_the_history_tells_who_did_what_newest_first(client, reviewer, editor, article):
    draft = start_draft(article, editor)
    note(Act.SCHEDULED, draft, editor, "for 2031-05-04 09:00 UTC")
    client.force_login(reviewer)
    texts = [text for text, _ in history(client, article)]
    assert [" ".join(text.split()[4:]) for text in texts] == [
        "editor@example.org Scheduled it 2 for 2031-05-04 09:00 UTC Compare revision 2 with revision 1",
        "editor@example.org Started a draft 2 –",
        "a command on the machine Published it 1 –",
    ]


def test_it_links_to_revisions_and_to_what_each_changed(client, reviewer, article):
    draft = start_draft(article)
    client.force_login(reviewer)
    links = [links for _, links in history(client, article)]
    first = article.revisions.get(number=1)
    assert links == [[desk("revision", page, draft.pk) for page in ("change", "compare")], [desk("revision", "change", first.pk)]]


def test_the_comparison_of_a_revision_stands_once_at_its_newest_entry(client, reviewer, editor, article):
    draft = start_draft(article, editor)
    for _ in range(3):
        note(Act.SAVED, draft, editor)
    client.force_login(reviewer)
    texts = [text for text, _ in history(client, article)]
    assert ["Compare" in text for text in texts] == [True, False, False, False, False]


def asked(rf, user, of):
    """Return what `user` is answered who asks for the history of an article or a revision."""
    request = rf.get("/")
    request.user = user
    return history_view(admin.site.get_model_admin(type(of)), request, str(of.pk))


def test_the_history_of_a_revision_is_its_articles(rf, reviewer, article, hand):
    factories.published_article(hand["M61"], slug="other")
    draft = start_draft(article)
    entries = [row["entry"] for row in asked(rf, reviewer, draft).context_data["rows"]]
    assert entries == list(AuditEntry.objects.filter(article_pk=article.pk))
    assert len(entries) == 2


def test_times_are_in_the_zone_of_the_site(client, reviewer, article, settings):
    settings.TIME_ZONE = "Asia/Kathmandu"
    client.force_login(reviewer)
    at = AuditEntry.objects.get().at.astimezone(ZoneInfo("Asia/Kathmandu"))
    text = client.get(desk("article", "history", article.pk)).text
    assert f"{at.day} {at:%B %Y, %H:%M}</time>" in text
    assert "Times are those of Asia/Kathmandu." in text


def test_a_draft_that_is_no_more_lends_its_entries_to_no_other(client, reviewer, editor, article):
    discard(start_draft(article, editor), editor)
    editor.delete()
    again = start_draft(article)
    assert again.number == 2
    client.force_login(reviewer)
    (started, links), *gone = history(client, article)[:3]
    assert desk("revision", "change", again.pk) in links
    assert "a discarded draft" not in started
    assert [("editor@example.org" in text, "2 (a discarded draft)" in text, links) for text, links in gone] == [
        (True, True, [])
    ] * 2


def test_a_long_history_comes_in_pages(client, reviewer, article):
    for _ in range(ON_A_PAGE):
        note(Act.SAVED, article)
    client.force_login(reviewer)
    assert len(history(client, article)) == ON_A_PAGE
    assert [text for text, _ in history(client, article, p=2) if "Published it" in text]
    assert f"{ON_A_PAGE + 1} entries" in client.get(desk("article", "history", article.pk)).text


def test_a_long_history_costs_as_much_as_a_short_one(client, reviewer, article):
    client.force_login(reviewer)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            history(client, article)
        return len(queries)

    cost()
    before = cost()
    for _ in range(4):
        draft = start_draft(article)
        draft.change_sentence = "Another text."
        draft.save()
        publish(draft)
    assert cost() == before


@pytest.mark.parametrize("rights", [["view_article", "view_revision", "view_auditentry"], ["view_draft", "view_auditentry"]])
def test_the_history_is_for_those_who_see_drafts_and_the_page(rf, clerk, article, rights):
    user = grant(clerk, *rights)
    for of in (article, article.revisions.get()):
        with pytest.raises(PermissionDenied):
            asked(rf, user, of)


def test_who_views_no_revisions_gets_no_links_to_them(client, clerk, article):
    start_draft(article)
    client.force_login(grant(clerk, "view_article", "view_draft"))
    assert [links for _, links in history(client, article)] == [[], []]


def test_an_article_that_is_not_there_has_no_history(client, reviewer, db):
    client.force_login(reviewer)
    assert client.get(desk("article", "history", 4711)).url == "/admin/"
