"""Many articles at the desk: files are tried, then loaded as drafts; an export holds what the person may see, and no more."""

import csv
import re
import struct
import zipfile
from datetime import timedelta
from io import BytesIO, StringIO
from tempfile import gettempdir
from types import SimpleNamespace

import pytest
import time_machine
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from conditions.admin import bulk
from conditions.audit import Refused
from conditions.loading import uploads
from conditions.loading.articles import load_articles
from conditions.loading.uploads import unpack
from conditions.models import Article, AuditEntry, GatedText, Picture, Revision
from conditions.publishing import publish
from conditions.workflow import approve, discard, start_draft, submit
from tests import factories
from tests.conditions.desk import desk, grant
from tests.conditions.test_article_files import EXAMPLE
from tests.conditions.test_load_articles import CHANGED, PICTURED

PAGE = "/admin/conditions/article/load/"
LOADED, EXPORTED, REFUSED = AuditEntry.Act.LOADED, AuditEntry.Act.EXPORTED, AuditEntry.Act.REFUSED


@pytest.fixture
def elbow(hand):
    category = factories.item("M77", "Other enthesopathies", factories.item("M70-M79", parent=hand["13"]))
    return factories.item("M77.1", "Lateral epicondylitis", category)


@pytest.fixture
def at_editors_desk(client, editor, elbow):
    client.force_login(editor)
    return client


def packed(files, **options):
    """Return a .zip of {path: text}."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return out.getvalue()


def attempt(client, *files):
    """Upload (name, text), … and return the page that says what would become of them."""
    data = [SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode()) for name, text in files]
    return client.post(PAGE, {"upload": data})


def confirm(client, response, **fields):
    """Press the button of the page."""
    found = re.search(r'name="key" value="([\w-]+)"', response.text)
    return client.post(PAGE, {"key": found[1]} | fields, follow=True)


def upload_and_load(client, *files):
    return confirm(client, attempt(client, *files))


def load_as_operator(folder, text, **how):
    (folder / "a.md").write_text(text)
    return load_articles([folder / "a.md"], **how)


# --- Trying -----------------------------------------------------------------------------------------------------------------


def test_a_file_is_tried_first_and_writes_nothing(at_editors_desk, tmp_path):
    response = attempt(
        at_editors_desk, ("tennis-elbow.md", EXAMPLE), ("more.html", EXAMPLE.replace("M77.1", "M77").replace("tennis-", "sore-"))
    )
    assert response.text.count("A draft of a new article") == 2
    assert "Load these as drafts" in response.text
    assert not Article.objects.exists()
    assert not AuditEntry.objects.exists()
    assert not (tmp_path / "media").exists()


def test_each_fault_is_shown_at_its_file_with_line_field_and_what_was_expected(at_editors_desk):
    response = attempt(
        at_editors_desk,
        ("wrong.md", EXAMPLE.replace("kind: clinical", "kind: big").replace("M77.1", "M99.9")),
        ("right.md", EXAMPLE.replace("tennis-elbow", "other").replace("M77.1", "M77")),
    )
    outcomes = {outcome.name: outcome for outcome in response.context["outcomes"]}
    assert [fault[:2] for fault in outcomes["wrong.md"].faults] == [(12, "kind")]
    assert "Line 12, kind: expected one of editorial, clinical, safety, found &#x27;big&#x27;" in response.text
    assert "No fault was found in it." in response.text
    assert 'name="key"' not in response.text


def test_a_fault_that_names_another_file_does_not_say_where_it_lay(at_editors_desk):
    response = attempt(at_editors_desk, ("a.md", EXAMPLE), ("b.md", EXAMPLE))
    assert "a.md has &#x27;tennis-elbow&#x27; too" in response.text
    assert gettempdir() not in response.text


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([], "Choose at least one file."),
        ([("notes.txt", "a")], "“notes.txt” is no article file"),
        ([("a.zip", b"PK"), ("b.md", "a")], "either one .zip or article files"),
        ([("a.zip", b"no archive")], "cannot be unpacked"),
        ([("a.zip", packed({"pictures/a.svg": "<svg/>"}))], "no article file in it"),
    ],
)
def test_what_cannot_be_taken_is_said(at_editors_desk, files, told):
    assert told in attempt(at_editors_desk, *files).text


def test_more_than_ten_megabytes_are_refused_at_once(at_editors_desk):
    assert "more than 10 MB" in attempt(at_editors_desk, ("a.md", b"a" * 6_000_000), ("b.md", b"b" * 6_000_000)).text


# --- Loading ----------------------------------------------------------------------------------------------------------------


def test_what_was_tried_is_loaded_as_a_draft_of_its_loader(at_editors_desk, editor, elbow):
    page = upload_and_load(at_editors_desk, ("tennis-elbow.md", EXAMPLE))
    assert "1 draft loaded" in page.text
    revision = Revision.objects.get()
    assert (revision.state, revision.origin, revision.created_by) == ("draft", "desk", editor)
    assert list(revision.contributions.values_list("user", "role")) == [(editor.pk, "author")]
    assert revision.article.attachments.get(is_primary=True).item == elbow
    assert revision.article.names.count() == 2
    assert "Stop the movement" in GatedText.objects.get().body
    assert list(AuditEntry.objects.values_list("act", "who", "revision_number")) == [(LOADED, editor.email, 1)]


def test_files_never_publish_from_the_desk_over_a_files_own_text_either(at_editors_desk, elbow, tmp_path):
    load_as_operator(tmp_path, EXAMPLE)
    article = Article.objects.get()
    changed = CHANGED.replace("codes: [M77.1]", "codes: [M77, M77.1]").replace("Lateral epicondylitis", "Sore elbow")
    tried = attempt(at_editors_desk, ("a.md", changed))
    assert "readers keep what they have" in tried.text
    confirm(at_editors_desk, tried)
    assert list(article.revisions.order_by("number").values_list("state", flat=True)) == ["published", "draft"]
    assert [attachment.item for attachment in article.attachments.all()] == [elbow]
    assert not article.names.filter(text="Sore elbow").exists()


def test_even_a_call_without_drafts_only_publishes_nothing_for_a_person(elbow, editor, tmp_path):
    load_as_operator(tmp_path, EXAMPLE, by=editor)
    assert Revision.objects.get().state == "draft"


def test_the_operators_publications_are_in_the_audit_too(elbow, tmp_path):
    load_as_operator(tmp_path, EXAMPLE)
    assert set(AuditEntry.objects.values_list("act", "user_pk")) == {(LOADED, None), ("published", None)}


def test_who_loaded_a_file_does_not_approve_it(at_editors_desk, editor):
    upload_and_load(at_editors_desk, ("tennis-elbow.md", EXAMPLE))
    submit(Revision.objects.get(), editor)
    with pytest.raises(Refused):
        approve(Revision.objects.get(), editor)


def test_an_archive_brings_its_pictures(at_editors_desk, tmp_path):
    files = {"my articles/": "", "my articles/tennis-elbow.md": PICTURED, "my articles/pictures/elbow.svg": factories.DRAWING}
    upload_and_load(at_editors_desk, ("a.zip", packed(files | {"__MACOSX/my articles/._tennis-elbow.md": b"\0\1"})))
    assert Picture.objects.get().caption == "Where the tendons meet the bone."
    assert [path.read_bytes() for path in (tmp_path / "media").rglob("*.svg")] == [factories.DRAWING]


def test_two_articles_that_name_each_other_are_loaded_together(at_editors_desk):
    one = EXAMPLE.replace("sample: true", "related: [sore-elbow]")
    two = EXAMPLE.replace("tennis-elbow", "sore-elbow").replace("M77.1", "M77").replace("sample: true", "related: [tennis-elbow]")
    assert "2 drafts loaded" in upload_and_load(at_editors_desk, ("one.md", one), ("two.md", two)).text


def test_a_file_that_the_operator_has_loaded_already_is_told_and_there_is_nothing_to_load(at_editors_desk, tmp_path):
    load_as_operator(tmp_path, EXAMPLE)
    response = attempt(at_editors_desk, ("tennis-elbow.md", EXAMPLE))
    assert "as it was when it was loaded before" in response.text
    assert "Load these as drafts" not in response.text


@pytest.mark.parametrize("text", [EXAMPLE, CHANGED], ids=["the same file", "a changed one"])
def test_what_a_person_has_loaded_is_an_editors_text_and_no_file_takes_its_place(at_editors_desk, text):
    upload_and_load(at_editors_desk, ("tennis-elbow.md", EXAMPLE))
    draft = Revision.objects.get()
    response = attempt(at_editors_desk, ("tennis-elbow.md", text))
    assert "an editor is at work on this article; publish or discard it first" in response.text
    assert 'name="key"' not in response.text
    assert Revision.objects.get() == draft


def test_once_that_draft_is_discarded_the_next_file_is_loaded(at_editors_desk, editor):
    upload_and_load(at_editors_desk, ("tennis-elbow.md", EXAMPLE))
    discard(Revision.objects.get(), editor)
    assert "1 draft loaded" in upload_and_load(at_editors_desk, ("tennis-elbow.md", CHANGED)).text
    assert "some months" in Revision.objects.get().sections.get(kind="outlook").body


def test_a_draft_that_the_operators_file_left_is_replaced_by_the_next_file_and_that_is_in_the_audit(at_editors_desk, tmp_path):
    load_as_operator(tmp_path, EXAMPLE, drafts_only=True)
    upload_and_load(at_editors_desk, ("tennis-elbow.md", CHANGED))
    assert "some months" in Revision.objects.get().sections.get(kind="outlook").body
    assert AuditEntry.objects.filter(act="discarded").count() == 1


@pytest.mark.parametrize("work", ["submitted", "commented"])
def test_one_on_which_others_have_spent_work_is_not_replaced(at_editors_desk, editor, reviewer, tmp_path, work):
    load_as_operator(tmp_path, EXAMPLE, drafts_only=True)
    draft = Revision.objects.get()
    if work == "submitted":
        submit(draft, editor)
    else:
        draft.comments.create(text="Plainer.", by=reviewer)
    assert "expected no draft under review" in attempt(at_editors_desk, ("tennis-elbow.md", CHANGED)).text


def test_the_operators_next_release_does_not_undo_what_a_person_loaded_and_another_approved(
    at_editors_desk, editor, reviewer, tmp_path
):
    load_as_operator(tmp_path, EXAMPLE)
    upload_and_load(at_editors_desk, ("tennis-elbow.md", CHANGED))
    draft = Revision.objects.open().get()
    submit(draft, editor)
    approve(draft, reviewer)
    publish(draft, by=editor)
    assert load_as_operator(tmp_path, EXAMPLE).published == []
    newer = EXAMPLE.replace("It often heals by itself", "It mostly heals by itself")
    assert "over an editor's text" in load_as_operator(tmp_path, newer).drafted[0][1]
    assert Revision.objects.published().get() == draft


def test_nor_is_one_that_was_begun_between_trying_and_loading(at_editors_desk, tmp_path, editor):
    load_as_operator(tmp_path, EXAMPLE)
    tried = attempt(at_editors_desk, ("tennis-elbow.md", CHANGED))
    start_draft(Article.objects.get(), by=editor)
    page = confirm(at_editors_desk, tried)
    assert "an editor is at work on this article" in page.text
    assert Revision.objects.open().get().origin == Revision.Origin.DESK


def test_after_half_an_hour_the_files_are_to_be_chosen_once_more(at_editors_desk):
    tried = attempt(at_editors_desk, ("tennis-elbow.md", EXAMPLE))
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        page = confirm(at_editors_desk, tried)
    assert "choose them once more" in page.text
    assert not Article.objects.exists()


def test_nobody_loads_what_another_person_has_tried(at_editors_desk, superuser):
    tried = attempt(at_editors_desk, ("tennis-elbow.md", EXAMPLE))
    at_editors_desk.force_login(superuser)
    assert "choose them once more" in confirm(at_editors_desk, tried).text
    assert not Article.objects.exists()


@pytest.mark.parametrize("key", ["", "a" * 5000, "\0", "../x y"])
def test_a_made_up_key_finds_nothing(at_editors_desk, key):
    assert "choose them once more" in at_editors_desk.post(PAGE, {"key": key}, follow=True).text


@pytest.mark.parametrize("rights", [["load_articles"], ["view_draft"], ["change_revision", "add_article", "view_article"]])
def test_loading_asks_for_both_rights_and_a_refusal_is_in_the_audit(client, clerk, elbow, rights):
    client.force_login(grant(clerk, *rights))
    assert client.get(PAGE).status_code == 403
    assert attempt(client, ("tennis-elbow.md", EXAMPLE)).status_code == 403
    assert client.post(PAGE, {"key": "x"}).status_code == 403
    assert AuditEntry.objects.filter(act=REFUSED, who=clerk.email).count() == 3


def test_nor_does_the_loader_itself_load_for_who_may_not(author, elbow, tmp_path):
    (tmp_path / "a.md").write_text(EXAMPLE)
    with pytest.raises(Refused):
        load_articles([tmp_path / "a.md"], by=author)
    assert not Article.objects.exists()


@pytest.mark.parametrize(("person", "is_offered"), [("editor", True), ("author", False), ("reviewer", False)])
def test_the_list_leads_to_the_page_those_who_may_load(client, request, hand, person, is_offered):
    client.force_login(request.getfixturevalue(person))
    assert (PAGE in client.get(desk("article", "changelist")).text) == is_offered


# --- Archives that mean harm ------------------------------------------------------------------------------------------------


def refusal(data, name="a.zip"):
    with pytest.raises(ValidationError) as caught:
        unpack([(name, BytesIO(data))])
    return " ".join(caught.value.messages)


@pytest.mark.parametrize(
    "path",
    [
        "../a.md",
        "/etc/a.md",
        "b/../../a.md",
        "./a.md",
        "b//a.md",
        "b\\..\\a.md",
        "C:a.md",
        "a\n.md",
        "a?.md",
        "x" * 300 + ".md",
        "d/" * 300 + "a.md",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path):
    assert re.search("name", refusal(packed({path: EXAMPLE})))


@pytest.mark.parametrize("paths", [("a.md", "A.md"), ("a.md", "a.md/b.md"), ("a.md/b.md", "a.md")])
def test_two_files_in_one_place_are_refused(paths):
    assert "stands there twice" in refusal(packed(dict.fromkeys(paths, EXAMPLE)))


def test_a_link_in_an_archive_is_refused():
    link = zipfile.ZipInfo("a.md")
    link.external_attr = 0o120777 << 16
    assert "is a link to another file" in refusal(packed({link: "/etc/passwd"}))


def test_another_kind_of_file_is_named():
    assert "“run.sh” is neither an article file" in refusal(packed({"a.md": EXAMPLE, "run.sh": "rm"}))


def test_what_unpacks_to_too_much_is_refused_whatever_it_says_of_itself():
    bomb = packed({"a.md": b"\0" * 50_000_000})
    assert len(bomb) < 100_000
    assert "more than 10 MB in all, unpacked" in refusal(bomb)
    # The same with a size of 10 bytes in both places where an archive gives it.
    lying = bomb.replace(struct.pack("<I", 50_000_000), struct.pack("<I", 10))
    assert "cannot be unpacked" in refusal(lying)


def test_many_files_are_counted_together(monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    assert "in all, unpacked" in refusal(packed({f"{place}.md": "a" * 400 for place in range(3)}))
    monkeypatch.setattr(uploads, "MOST_FILES", 2)
    assert "at most 2 files" in refusal(packed({f"{place}.md": "a" for place in range(3)}))


def test_entries_that_lie_over_each_other_are_counted_each(monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    data = packed({"a.md": bytes(range(256)) * 2})
    directory = data.index(b"PK\1\2")
    end = data.index(b"PK\5\6")
    entry = data[directory:end]
    many = data[:directory] + entry.replace(b"a.md", b"b.md") + entry.replace(b"a.md", b"c.md") + entry
    many += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 3, 3, 3 * len(entry), directory, 0)
    assert "too large" in refusal(many) or "cannot be unpacked" in refusal(many)


@pytest.mark.parametrize("way", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_packed_in_a_rare_way_it_is_not_unpacked(way):
    entry = zipfile.ZipInfo("a.md")
    entry.compress_type = way
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, EXAMPLE)
    assert "cannot be unpacked" in refusal(out.getvalue())


def test_a_locked_or_cut_off_archive_is_said():
    data = packed({"a.md": EXAMPLE})
    locked = data.replace(b"PK\1\2\x14\x03\x14\0\0\0", b"PK\1\2\x14\x03\x14\0\1\0")
    assert locked != data
    assert "cannot be unpacked" in refusal(locked)
    assert "cannot be unpacked" in refusal(data[:200])


# --- Out --------------------------------------------------------------------------------------------------------------------


class Desk(type(admin.site.get_model_admin(Article))):
    """The articles' admin with these actions, whatever else it has."""

    actions = bulk.ACTIONS

    def has_view_draft_permission(self, request):
        return request.user.has_perm("conditions.view_draft")


@pytest.fixture
def take(rf):
    """Return a function that takes an action on all articles, as a person."""

    def act(action, user):
        request = rf.post("/")
        request.user = user
        model_admin = Desk(Article, admin.site)
        told = []
        model_admin.message_user = lambda request, text, level: told.append(text)  # noqa: ARG005
        response = action(model_admin, request, model_admin.get_queryset(request))
        return SimpleNamespace(data=response and response.getvalue(), response=response, told=" ".join(told))

    return act


@pytest.fixture
def looker(clerk):
    """On the staff, seeing articles, but no drafts and no members' text."""
    return grant(clerk, "view_article", "view_revision")


@pytest.fixture
def with_draft(article, hand):
    """A published article, and a draft of it and of another one, each with words of its own."""
    factories.picture(article.revisions.get())
    draft = start_draft(article)
    Revision.objects.filter(pk=draft.pk).update(title="zirkonomantic", summary="zirkonomantic", hard_because=factories.CANARY)
    factories.draft(hand["M61.242"], slug="unseen", title="zirkonomantic")
    return article


def unzipped(data):
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.parametrize("person", ["looker", "editor"])
def test_selected_articles_are_exported_without_members_text(take, request, with_draft, person):
    result = take(bulk.export_selected, request.getfixturevalue(person))
    files = unzipped(result.data)
    assert [name.rpartition(".")[2] for name in files] == ["html", "svg"]
    assert "Movement comes first" in files["hardened-hand-muscle.html"]
    assert not [text for text in files.values() if factories.CANARY in text or "zirkonomantic" in text]
    assert "1 article of those selected cannot be exported" in result.told
    assert re.search(r'attachment; filename="articles-\d{4}-\d\d-\d\d.zip"', result.response["Content-Disposition"])


def test_members_text_is_exported_for_those_who_may_see_drafts(take, editor, with_draft):
    files = unzipped(take(bulk.export_selected_with_members_text, editor).data)
    assert factories.CANARY in files["hardened-hand-muscle.html"]
    assert "zirkonomantic" not in files["hardened-hand-muscle.html"]
    assert AuditEntry.objects.filter(act=EXPORTED, who=editor.email).get().detail == (
        "1 article, with members' text: hardened-hand-muscle"
    )


def test_it_is_neither_offered_nor_done_for_others_and_that_is_in_the_audit(take, rf, looker, with_draft):
    request = rf.get("/")
    request.user = looker
    offered = Desk(Article, admin.site).get_actions(request)
    assert "export_selected_with_members_text" not in offered
    assert {"export_selected", "list_as_csv"} <= offered.keys()
    with pytest.raises(Refused):
        take(bulk.export_selected_with_members_text, looker)
    assert AuditEntry.objects.filter(act=REFUSED, who=looker.email).exists()
    assert not AuditEntry.objects.filter(act=EXPORTED).exists()


def test_without_members_text_the_table_of_it_is_not_even_asked(take, looker, with_draft, django_assert_max_num_queries):
    with django_assert_max_num_queries(40) as queries:
        take(bulk.export_selected, looker)
    assert not [query for query in queries if "gatedtext" in query["sql"]]


def test_what_was_exported_at_the_desk_is_loaded_there(take, client, editor, with_draft):
    data = take(bulk.export_selected_with_members_text, editor).data
    before = with_draft.revisions.published().get()
    Article.objects.all().delete()
    client.force_login(editor)
    upload_and_load(client, ("articles.zip", data))
    draft = Revision.objects.get()
    assert (draft.title, draft.pictures.count()) == (before.title, 1)
    assert factories.CANARY in GatedText.objects.get().body


def test_where_readers_have_nothing_there_is_nothing_to_export(take, editor, hand):
    factories.draft(hand["M61.24"])
    result = take(bulk.export_selected, editor)
    assert result.response is None
    assert "readers have no page of them" in result.told
    assert not AuditEntry.objects.exists()


def table(result):
    return list(csv.DictReader(StringIO(result.data.decode("utf-8-sig"))))


def test_the_list_is_a_table_for_spreadsheets(take, editor, article, hand):
    article.attachments.create(item=hand["M61.2"])
    Article.objects.update(owner=editor, reviewed_on="2026-05-31")
    Revision.objects.update(grade=6.5)
    row = table(take(bulk.list_as_csv, editor))[0]
    assert list(row) == bulk.COLUMNS
    assert (row["slug"], row["title"], row["state"], row["owner"]) == (
        "hardened-hand-muscle",
        "Hardened hand muscle",
        "Published",
        editor.email,
    )
    assert (row["primary code"], row["all codes"], row["last reviewed"], row["deputy"]) == (
        "M61.24",
        "M61.24 M61.2",
        "2026-05-31",
        "",
    )
    assert row["reading grade"] == "6.5"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", row["published at"])
    assert AuditEntry.objects.get(act=EXPORTED).detail == "the list of 1 article"


@pytest.mark.parametrize(
    ("person", "titles", "states"),
    [
        ("editor", ["zirkonomantic"] * 2, ["Draft"] * 2),
        ("looker", ["Hardened hand muscle", ""], ["Published", "Not published yet"]),
    ],
)
def test_the_list_has_the_titles_that_the_person_may_see(take, request, with_draft, person, titles, states):
    rows = table(take(bulk.list_as_csv, request.getfixturevalue(person)))
    assert [row["title"] for row in rows] == titles
    assert [row["state"] for row in rows] == states


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t=", "\r="])
def test_a_title_that_a_spreadsheet_would_calculate_is_a_text(take, editor, article, begins):
    Revision.objects.update(title=f'{begins}HYPERLINK("//evil")')
    assert table(take(bulk.list_as_csv, editor))[0]["title"].startswith(f"'{begins}")


def test_the_list_costs_the_same_for_many(take, editor, hand, django_assert_max_num_queries):
    for code in ("M61.24", "M61.2", "M61.241"):
        publish(factories.draft(hand[code], slug=f"at-{code.lower().replace('.', '-')}"))
    with django_assert_max_num_queries(6):
        assert len(table(take(bulk.list_as_csv, editor))) == 3
