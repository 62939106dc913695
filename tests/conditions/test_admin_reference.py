"""What the desk looks things up in: the classification, the log of changes, readers' reports."""

import pytest

from conditions.models import Change, Item, MistakeReport, Name
from tests.conditions.desk import desk, errors, filled


@pytest.fixture
def at_desk(client, editor):
    client.force_login(editor)
    return client


# --- Classification ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["M61.249", "m61249", " M61.249 ", "unspecified hand"])
def test_an_item_is_found_by_code_and_by_words(at_desk, hand, words):
    found = at_desk.get(desk("item", "changelist"), {"q": words}).context["cl"].result_list
    assert [item.code for item in found] == ["M61.249"]


@pytest.mark.parametrize("is_shown", [True, False])
def test_an_item_is_found_by_its_names_in_the_list_and_where_an_article_is_attached(at_desk, hand, is_shown):
    hand["M61.249"].names.create(text="Pebble paw", origin="list", is_shown=is_shown)
    found = at_desk.get(desk("item", "changelist"), {"q": "paw pebble"}).context["cl"].result_list
    assert [item.code for item in found] == ["M61.249"]
    asked = {"app_label": "conditions", "model_name": "articleitem", "field_name": "item"}
    offered = at_desk.get("/admin/autocomplete/", asked | {"term": "PEBBLE paw"}).json()["results"]
    assert [item["id"] for item in offered] == [str(hand["M61.249"].pk)]
    assert not at_desk.get("/admin/autocomplete/", asked | {"term": "pebble foot"}).json()["results"]


def test_an_item_keeps_what_its_release_says(client, superuser, hand):
    client.force_login(superuser)
    page = desk("item", "change", hand["M61.24"].pk)
    client.post(page, filled(client, page) | {"title": "Another", "code": "X99", "is_assignable": "on"})
    assert Item.objects.get(pk=hand["M61.24"].pk).title == hand["M61.24"].title
    assert client.get(desk("item", "add")).status_code == 403
    assert client.post(desk("item", "delete", hand["M61.249"].pk), {"post": "yes"}).status_code == 403


def test_names_of_an_item_are_written_on_its_page(at_desk, hand):
    page = desk("item", "change", hand["M61.24"].pk)
    assert not errors(at_desk.post(page, filled(at_desk, page) | {"names-0-text": "Stone hand"}))
    name = Name.objects.get()
    assert (name.item, name.article, name.language) == (hand["M61.24"], None, "en")


def test_the_names_of_lists_are_read_and_not_edited(at_desk, hand):
    hand["M61.24"].names.create(text="Marble hand", origin="list")
    hand["M61.24"].names.create(text="Hand, marble", origin="index", is_shown=False)
    page = desk("item", "change", hand["M61.24"].pk)
    assert "Marble hand, Hand, marble (hidden)" in at_desk.get(page).text
    assert "names-0-text" not in {name for name, value in filled(at_desk, page).items() if value}
    said = errors(at_desk.post(page, filled(at_desk, page) | {"names-0-text": "marble hand"}))
    assert "A list has this name already" in said


def test_a_name_that_an_editor_gave_is_found(at_desk, hand, index, django_capture_on_commit_callbacks):
    page = desk("item", "change", hand["M61.24"].pk)
    with django_capture_on_commit_callbacks(execute=True):
        at_desk.post(page, filled(at_desk, page) | {"names-0-text": "Pebble paw"})
    assert "/icd-10-cm/M61.24/" in at_desk.get("/search/", {"q": "pebble paw"}).text


def test_a_reviewer_only_reads_them(client, reviewer, hand):
    client.force_login(reviewer)
    page = desk("item", "change", hand["M61.24"].pk)
    assert client.get(page).status_code == 200
    assert client.post(page, filled(client, page) | {"names-0-text": "Stone hand"}).status_code == 403


def test_the_page_of_an_item_names_its_article(at_desk, article, hand):
    assert "hardened-hand-muscle" in at_desk.get(desk("item", "change", hand["M61.24"].pk)).text


# --- The log of changes -----------------------------------------------------------------------------------------------------


def test_nobody_writes_in_the_log(client, superuser, article):
    client.force_login(superuser)
    change = Change.objects.get()
    assert client.get(desk("change", "change", change.pk)).status_code == 200
    for address in (desk("change", "add"), desk("change", "change", change.pk), desk("change", "delete", change.pk)):
        assert client.post(address, {"post": "yes", "sentence": "Another."}).status_code == 403
    assert Change.objects.get().sentence == "First version."


# --- Readers' reports -------------------------------------------------------------------------------------------------------


def test_a_report_is_read_and_marked_done(at_desk):
    report = MistakeReport.objects.create(page="/conditions/asthma/", text="A word is missing.")
    page = desk("mistakereport", "change", report.pk)
    assert "A word is missing." in at_desk.get(page).text
    at_desk.post(page, {"state": "done", "text": "Nothing is missing.", "page": "/"})
    report.refresh_from_db()
    assert (report.state, report.text, report.page) == ("done", "A word is missing.", "/conditions/asthma/")


def test_reports_are_for_editors(client, author, db):
    client.force_login(author)
    assert client.get(desk("mistakereport", "changelist")).status_code == 403


# --- The desk itself --------------------------------------------------------------------------------------------------------


def test_the_desk_bears_the_name_of_the_site(at_desk):
    assert "Plainwell" in at_desk.get("/admin/").text
    assert "Django administration" not in at_desk.get("/admin/").text
