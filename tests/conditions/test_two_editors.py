"""Two people write in one draft: neither loses a word. And what was typed and not saved is there again, whatever happened."""

import json
import subprocess
import sys
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from conditions.admin import revisions
from conditions.models import Article, AuditEntry, Change, GatedText, Picture, Revision, Seat
from conditions.publishing import publish
from conditions.workflow import discard, lock, start_draft
from tests import factories
from tests.conditions.desk import add_row, desk, errors, filled, grant


@pytest.fixture
def draft(article):
    return start_draft(article)


@pytest.fixture
def page(draft):
    return desk("revision", "change", draft.pk)


@pytest.fixture
def anna(author):
    return at(author)


@pytest.fixture
def ben(editor):
    return at(editor)


def at(user):
    client = Client()
    client.force_login(user)
    return client


def bodies(draft):
    return {section.kind: section.body for section in draft.sections.all()}


def gated(draft):
    return GatedText.objects.for_revision(draft).get().body


OVERVIEW, HELP, TREATMENT = "sections-0", "sections-1", "sections-2"


# --- In different parts -----------------------------------------------------------------------------------------------------


def test_in_different_sections_both_keep_their_work_without_being_asked(anna, ben, draft, page):
    annas, bens = filled(anna, page), filled(ben, page)
    assert not errors(anna.post(page, annas | {f"{OVERVIEW}-body": "<p>Anna wrote this.</p>"}))
    assert not errors(ben.post(page, bens | {f"{HELP}-body": "<p>Ben wrote this.</p>"}))
    assert bodies(draft)["overview"] == "<p>Anna wrote this.</p>"
    assert bodies(draft)["when-to-get-help"] == "<p>Ben wrote this.</p>"
    draft.refresh_from_db()
    assert draft.version == 3
    assert [entry.act for entry in AuditEntry.objects.filter(revision_number=2)][:2] == ["merged", "saved"]


@pytest.mark.parametrize(
    ("annas", "bens"),
    [
        ({"title": "Annas title"}, {"summary": "Bens summary."}),
        ({"references-0-title": "Annas source"}, {f"{TREATMENT}-gated_body": "<p>Ben told the members more.</p>"}),
        ({"care_cards-0-body": "<p>Annas card.</p>"}, {"change_sentence": "Bens sentence."}),
    ],
)
def test_so_do_they_in_every_other_part(anna, ben, draft, page, annas, bens):
    first, second = filled(anna, page), filled(ben, page)
    anna.post(page, first | annas)
    ben.post(page, second | bens)
    now = filled(anna, page)
    assert {name: now[name] for name in annas | bens} == annas | bens


def test_sections_that_each_added_are_both_there(anna, ben, draft, page):
    annas, bens = filled(anna, page), filled(ben, page)
    add_row(annas, "sections", kind="outlook", heading="Outlook", body="<p>It heals.</p>")
    add_row(bens, "sections", kind="causes", heading="Causes", body="<p>An injury.</p>")
    assert not errors(anna.post(page, annas))
    assert not errors(ben.post(page, bens))
    assert (bodies(draft)["outlook"], bodies(draft)["causes"]) == ("<p>It heals.</p>", "<p>An injury.</p>")


def test_what_one_deleted_is_gone_though_the_other_wrote_elsewhere(anna, ben, draft, page):
    annas, bens = filled(anna, page), filled(ben, page)
    anna.post(page, annas | {f"{OVERVIEW}-DELETE": "on"})
    assert not errors(ben.post(page, bens | {f"{HELP}-body": "<p>Ben wrote this.</p>"}))
    assert bodies(draft) == {"when-to-get-help": "<p>Ben wrote this.</p>", "treatment": bodies(draft)["treatment"]}


def test_a_picture_uploaded_meanwhile_and_one_of_mine_are_both_there(anna, ben, draft, page):
    def with_picture(client, name, caption):
        data = filled(client, page)
        drawing = factories.DRAWING.replace(b"Bone", name.encode())
        place = add_row(data, "pictures", section="overview", alternative_text="A hand.", caption=caption, credit="A", licence="B")
        data[f"pictures-{place}-upload"] = SimpleUploadedFile(f"{name}.svg", drawing)
        return data

    annas, bens = with_picture(anna, "Anna", "Annas picture"), with_picture(ben, "Ben", "Bens picture")
    assert not errors(anna.post(page, annas))
    assert not errors(ben.post(page, bens))
    pictures = {picture.caption: picture.drawn_words for picture in Picture.objects.filter(revision=draft)}
    assert {caption: "Anna" in words for caption, words in pictures.items()} == {"Annas picture": True, "Bens picture": False}


def test_what_somebody_only_looked_at_overwrites_nothing(anna, ben, draft, page):
    bens = filled(ben, page)
    anna.post(page, filled(anna, page) | {f"{OVERVIEW}-body": "<p>Anna wrote this.</p>"})
    ben.post(page, bens)
    assert bodies(draft)["overview"] == "<p>Anna wrote this.</p>"


def test_an_error_in_a_joined_form_loses_neither(anna, ben, draft, page):
    annas, bens = filled(anna, page), filled(ben, page)
    anna.post(page, annas | {f"{OVERVIEW}-body": "<p>Anna wrote this.</p>"})
    response = ben.post(page, bens | {f"{HELP}-body": "<p>Ben wrote this.</p>", "title": ""})
    assert errors(response)
    assert "Anna wrote this." in response.text
    assert "Ben wrote this." in response.text
    forms = {name: value for form in sent_back(response) for name, value in form}
    assert not errors(ben.post(page, forms | {"title": "A title"}))
    assert (bodies(draft)["overview"], bodies(draft)["when-to-get-help"]) == ("<p>Anna wrote this.</p>", "<p>Ben wrote this.</p>")


def sent_back(response):
    """Yield the fields of each form of a page that came back, as a browser would send them."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        yield [
            (form.add_prefix(name), "on" if form[name].value() is True else form[name].value())
            for name in form.fields
            if form[name].value() is not None and form[name].value() is not False
        ]


# --- In the same part -------------------------------------------------------------------------------------------------------


@pytest.fixture
def quarrel(anna, ben, draft, page):
    """Return Ben's answer: he and Anna have both written in the overview, and he elsewhere too."""
    annas, bens = filled(anna, page), filled(ben, page)
    anna.post(page, annas | {f"{OVERVIEW}-body": "<p>Anna wrote this.</p>", "summary": "Annas summary."})
    return ben.post(page, bens | {f"{OVERVIEW}-body": "<p>Ben wrote this.</p>", f"{HELP}-body": "<p>Ben helps.</p>"})


def test_in_the_same_section_a_page_shows_mine_theirs_and_what_was_before(quarrel, draft):
    assert quarrel.status_code == 409
    text = quarrel.text.replace("<ins>", "").replace("</ins>", "").replace("<del>", "").replace("</del>", "")
    for words in ("Ben wrote this.", "Anna wrote this.", "A part of the muscle turns into bone.", "author@example.org"):
        assert words in text
    assert bodies(draft)["overview"] == "<p>Anna wrote this.</p>"  # nothing is saved yet


def answer(quarrel, choice):
    name = quarrel.context["conflicts"][0]["name"]
    return dict(quarrel.context["hidden"]) | {name: choice}


@pytest.mark.parametrize(("choice", "kept"), [("mine", "<p>Ben wrote this.</p>"), ("theirs", "<p>Anna wrote this.</p>")])
def test_the_one_who_is_asked_chooses_and_all_the_rest_is_kept(ben, quarrel, draft, page, choice, kept):
    assert not errors(ben.post(page, answer(quarrel, choice)))
    draft.refresh_from_db()
    assert bodies(draft) | {"summary": draft.summary} == bodies(draft) | {
        "overview": kept,
        "when-to-get-help": "<p>Ben helps.</p>",
        "summary": "Annas summary.",
    }


def test_both_texts_are_put_into_the_form_for_a_human_to_join(ben, quarrel, draft, page):
    response = ben.post(page, answer(quarrel, "both"))
    assert response.status_code == 200
    assert "Both texts stand here" in response.text
    assert "Please correct" not in response.text
    forms = {name: value for form in sent_back(response) for name, value in form}
    assert forms[f"{OVERVIEW}-body"] == "<p>Ben wrote this.</p><p>Anna wrote this.</p>"
    assert bodies(draft)["overview"] == "<p>Anna wrote this.</p>"
    assert not errors(ben.post(page, forms))
    assert bodies(draft)["overview"] == "<p>Ben wrote this.</p><p>Anna wrote this.</p>"


def test_while_he_chooses_a_third_change_is_not_lost_either(anna, ben, quarrel, draft, page):
    anna.post(page, filled(anna, page) | {f"{TREATMENT}-gated_body": "<p>Anna told the members more.</p>"})
    assert not errors(ben.post(page, answer(quarrel, "mine")))
    assert bodies(draft)["overview"] == "<p>Ben wrote this.</p>"
    assert gated(draft) == "<p>Anna told the members more.</p>"


def test_he_is_asked_again_where_the_same_part_changed_again(anna, ben, quarrel, draft, page):
    anna.post(page, filled(anna, page) | {f"{OVERVIEW}-body": "<p>Anna changed her mind.</p>"})
    again = ben.post(page, answer(quarrel, "mine"))
    assert again.status_code == 409
    assert not errors(ben.post(page, answer(again, "mine")))
    assert bodies(draft)["overview"] == "<p>Ben wrote this.</p>"


@pytest.mark.parametrize(("choice", "is_there"), [("mine", True), ("theirs", False)])
def test_a_section_that_she_deleted_and_he_changed(anna, ben, draft, page, choice, is_there):
    annas, bens = filled(anna, page), filled(ben, page)
    anna.post(page, annas | {f"{OVERVIEW}-DELETE": "on"})
    quarrel = ben.post(page, bens | {f"{OVERVIEW}-body": "<p>Ben wrote this.</p>"})
    assert "deleted it; you changed it" in quarrel.text
    assert not errors(ben.post(page, answer(quarrel, choice)))
    assert (bodies(draft).get("overview") == "<p>Ben wrote this.</p>") is is_there


@pytest.mark.parametrize(("choice", "is_there"), [("mine", False), ("theirs", True)])
def test_a_section_that_he_deleted_and_she_changed(anna, ben, draft, page, choice, is_there):
    annas, bens = filled(anna, page), filled(ben, page)
    anna.post(page, annas | {f"{OVERVIEW}-body": "<p>Anna wrote this.</p>"})
    quarrel = ben.post(page, bens | {f"{OVERVIEW}-DELETE": "on"})
    assert "You deleted it" in quarrel.text
    assert not errors(ben.post(page, answer(quarrel, choice)))
    assert (bodies(draft).get("overview") == "<p>Anna wrote this.</p>") is is_there


def test_the_members_text_alone_is_a_quarrel_too(anna, ben, draft, page):
    annas, bens = filled(anna, page), filled(ben, page)
    anna.post(page, annas | {f"{TREATMENT}-gated_body": "<p>Annas members read this.</p>"})
    quarrel = ben.post(page, bens | {f"{TREATMENT}-gated_body": "<p>Bens members read that.</p>"})
    assert quarrel.status_code == 409
    ben.post(page, answer(quarrel, "mine"))
    assert gated(draft) == "<p>Bens members read that.</p>"


def test_a_picture_that_came_with_the_form_is_kept_while_one_chooses(anna, ben, draft, page):
    annas, bens = filled(anna, page), filled(ben, page)
    anna.post(page, annas | {f"{OVERVIEW}-body": "<p>Anna wrote this.</p>"})
    place = add_row(bens, "pictures", section="overview", alternative_text="A hand.", caption="Ben", credit="A", licence="B")
    bens[f"pictures-{place}-upload"] = SimpleUploadedFile("ben.svg", factories.DRAWING)
    quarrel = ben.post(page, bens | {f"{OVERVIEW}-body": "<p>Ben wrote this.</p>"})
    assert not errors(ben.post(page, answer(quarrel, "theirs")))
    assert Picture.objects.get(revision=draft).caption == "Ben"


def test_a_form_without_a_readable_base_asks_about_everything_that_differs(anna, ben, draft, page):
    bens = filled(ben, page)
    anna.post(page, filled(anna, page) | {f"{OVERVIEW}-body": "<p>Anna wrote this.</p>"})
    response = ben.post(page, bens | {"base": "{]"})
    assert response.status_code == 409
    assert bodies(draft)["overview"] == "<p>Anna wrote this.</p>"


def as_shown(response):
    """Return the form of a page that came back, as a browser would send it unchanged."""
    return {name: value for form in sent_back(response) for name, value in form}


def test_both_has_what_each_changed_and_twice_nothing(anna, ben, draft, page):
    annas, bens = filled(anna, page), filled(ben, page)
    anna.post(page, annas | {f"{OVERVIEW}-heading": "Annas heading", "care_cards-0-urgency": "emergency"})
    quarrel = ben.post(page, bens | {f"{OVERVIEW}-body": "<p>Ben wrote this.</p>", "care_cards-0-body": "<p>Bens card.</p>"})
    both = {conflict["name"]: "both" for conflict in quarrel.context["conflicts"]}
    assert len(both) == 2
    forms = as_shown(ben.post(page, dict(quarrel.context["hidden"]) | both))
    assert (forms[f"{OVERVIEW}-heading"], forms[f"{OVERVIEW}-body"]) == ("Annas heading", "<p>Ben wrote this.</p>")
    assert (forms["care_cards-0-urgency"], forms["care_cards-0-body"]) == ("emergency", "<p>Bens card.</p>")


def test_what_cannot_be_joined_is_not_offered_to_be(anna, ben, draft, page):
    annas, bens = filled(anna, page), filled(ben, page)
    anna.post(page, annas | {"change_kind": "safety"})
    [conflict] = ben.post(page, bens | {"change_kind": "editorial"}).context["conflicts"]
    assert not conflict["can_join"]


@pytest.mark.parametrize("both", ["{]", "7", "[]", '{"kind": "overview"}', '{"kind": {}, "heading": []}'])
def test_both_that_is_no_row_of_ours_leaves_mine(ben, quarrel, draft, page, both):
    sent = answer(quarrel, "both")
    [name] = [name for name in sent if name.startswith("both-")]
    assert as_shown(ben.post(page, sent | {name: both}))[f"{OVERVIEW}-body"] == "<p>Ben wrote this.</p>"


def test_both_waits_to_be_looked_at_though_he_is_asked_once_more(anna, ben, quarrel, draft, page):
    anna.post(page, filled(anna, page) | {f"{OVERVIEW}-body": "<p>Anna changed her mind.</p>"})
    again = ben.post(page, answer(quarrel, "both"))
    assert again.status_code == 409
    response = ben.post(page, answer(again, "mine"))
    assert response.status_code == 200
    forms = as_shown(response)
    assert forms[f"{OVERVIEW}-body"] == "<p>Ben wrote this.</p><p>Anna wrote this.</p>"
    assert not errors(ben.post(page, forms))


def test_a_new_section_that_both_added_can_be_made_one(anna, ben, draft, page):
    annas, bens = filled(anna, page), filled(ben, page)
    add_row(annas, "sections", kind="outlook", heading="Outlook", body="<p>Anna.</p>", audience="", position="")
    add_row(bens, "sections", kind="outlook", heading="Outlook", body="<p>Ben.</p>", audience="", position="")
    anna.post(page, annas)
    forms = as_shown(ben.post(page, answer(ben.post(page, bens), "both")))
    assert not errors(ben.post(page, forms))
    assert bodies(draft)["outlook"] == "<p>Ben.</p><p>Anna.</p>"


def test_marks_in_plain_text_are_marks(anna, ben, draft, page):
    annas, bens = filled(anna, page), filled(ben, page)
    anna.post(page, annas | {"summary": "Anna says less than <5."})
    quarrel = ben.post(page, bens | {"summary": "Ben says it."})
    assert "<ins>Anna" in quarrel.text
    assert "&lt;ins&gt;" not in quarrel.text
    assert "&lt;5" in quarrel.text.replace("<ins>", "")


# --- New rows ---------------------------------------------------------------------------------------------------------------


def test_a_heading_alone_is_a_new_row_that_a_merge_keeps(anna, ben, draft, page):
    bens = filled(ben, page)
    add_row(bens, "sections", kind="outlook", heading="Outlook for athletes")
    add_row(bens, "care_cards", urgency="urgent", heading="Call today if your hand turns blue")
    anna.post(page, filled(anna, page) | {"summary": "Annas summary."})
    assert not errors(ben.post(page, bens))
    assert draft.sections.filter(heading="Outlook for athletes").exists()
    assert draft.care_cards.filter(heading__startswith="Call today").exists()


def test_of_the_outline_each_writes_a_section_and_what_is_left_alone_is_no_section(anna, ben, hand):
    draft = factories.draft(hand["M61"], slug="other")
    draft.sections.all().delete()
    page = desk("revision", "change", draft.pk)
    annas, bens = filled(anna, page), filled(ben, page)
    assert not errors(anna.post(page, annas | {f"{OVERVIEW}-body": "<p>Anna.</p>"}))
    assert not errors(ben.post(page, bens | {f"{HELP}-heading": "Get help when"}))
    assert {section.kind: section.heading for section in draft.sections.all()} == {
        "overview": annas[f"{OVERVIEW}-heading"],
        "when-to-get-help": "Get help when",
    }


def test_a_form_that_is_sent_twice_adds_its_rows_once(ben, draft, page):
    bens = filled(ben, page)
    add_row(bens, "sections", kind="outlook", heading="Outlook", body="<p>It heals.</p>", audience="", position="")
    add_row(bens, "care_cards", urgency="urgent", heading="If it swells", body="<p>Call.</p>", position="")
    place = add_picture(bens, "Ben")
    before = draft.care_cards.count()
    assert not errors(ben.post(page, bens))
    assert not errors(ben.post(page, bens | {f"pictures-{place}-upload": drawing("Ben")}))
    draft.refresh_from_db()
    assert (draft.version, draft.care_cards.count(), draft.pictures.count()) == (2, before + 1, 1)


def test_a_stale_form_that_names_a_deleted_article_is_saved_without_it(anna, draft, page):
    other = Article.objects.create(slug="empty-one", language="en")
    data = filled(anna, page)
    add_row(data, "related", article=other.pk)
    anna.post(page, data)
    data = filled(anna, page) | {"title": "Annas title"}
    other.delete()
    assert not errors(anna.post(page, data))
    draft.refresh_from_db()
    assert (draft.title, draft.related.count()) == ("Annas title", 0)


# --- Pictures ---------------------------------------------------------------------------------------------------------------


def drawing(name):
    return SimpleUploadedFile(f"{name}.svg", factories.DRAWING.replace(b"Bone", name.encode()))


def add_picture(data, name, **values):
    words = {"section": "overview", "alternative_text": "A hand.", "caption": name, "credit": "A", "licence": "B"}
    place = add_row(data, "pictures", **words | values)
    data[f"pictures-{place}-upload"] = drawing(name)
    return place


def pictures(draft):
    return {picture.caption: picture.drawn_words for picture in draft.pictures.all()}


@pytest.fixture
def pictured(anna, draft, page):
    data = filled(anna, page)
    add_picture(data, "Old")
    assert not errors(anna.post(page, data))
    return draft.pictures.get()


def test_two_files_for_one_picture_are_a_quarrel(anna, ben, draft, page, pictured):
    annas, bens = filled(anna, page), filled(ben, page)
    anna.post(page, annas | {"pictures-0-upload": drawing("Anna")})
    quarrel = ben.post(page, bens | {"pictures-0-upload": drawing("Ben")})
    assert quarrel.status_code == 409
    assert "Anna" in pictures(draft)["Old"]
    assert not errors(ben.post(page, answer(quarrel, "mine")))
    assert "Ben" in pictures(draft)["Old"]


@pytest.mark.parametrize("also", [{}, {"pictures-0-caption": "Bens caption"}])
def test_a_file_for_a_picture_that_she_deleted_is_a_quarrel_and_may_stay(anna, ben, draft, page, pictured, also):
    annas, bens = filled(anna, page), filled(ben, page)
    anna.post(page, annas | {"pictures-0-DELETE": "on"})
    quarrel = ben.post(page, bens | {"pictures-0-upload": drawing("Ben")} | also)
    assert quarrel.status_code == 409
    assert not errors(ben.post(page, answer(quarrel, "mine")))
    assert "Ben" in draft.pictures.get().drawn_words


def test_each_file_stays_with_its_picture(anna, ben, draft, page):
    bens = filled(ben, page)
    add_picture(bens, "First")
    forms = as_shown(ben.post(page, bens | {"title": ""})) | {"title": "A title"}  # the first file is carried by its digest
    forms.pop("pictures-0-upload", None)
    add_picture(forms, "Second")
    anna.post(page, filled(anna, page) | {"summary": "Annas summary."})
    assert not errors(ben.post(page, forms))
    assert {caption: caption in words for caption, words in pictures(draft).items()} == {"First": True, "Second": True}


def test_a_refused_file_says_what_is_wrong_at_its_own_picture(anna, ben, draft, page):
    bens = filled(ben, page)
    add_picture(bens, "First")
    place = add_picture(bens, "Second")
    bens[f"pictures-{place}-upload"] = SimpleUploadedFile("x.svg", b"no picture")
    annas = filled(anna, page) | {"summary": "Annas summary."}
    add_picture(annas, "Annas")
    anna.post(page, annas)
    response = ben.post(page, bens)
    formset = next(inline.formset for inline in response.context["inline_admin_formsets"] if inline.formset.prefix == "pictures")
    assert [list(form.errors) for form in formset.forms] == [[], [], ["upload"]]
    assert "found something else" in errors(response)


# --- At the very same time --------------------------------------------------------------------------------------------------

WRITERS = {"overview": 0, "when-to-get-help": 1, "treatment": 2}  # each writes in a section of their own
ROUNDS = 5
WRITE = """
import sys
import django
django.setup()
from django.test import Client
from django.test.utils import setup_test_environment
from accounts.models import User
from tests.conditions.desk import filled
setup_test_environment(debug=True)  # static files by their plain names
page, place, who, rounds = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
client = Client()
client.force_login(User.objects.get(email=f"{who}@example.org"))
data = filled(client, page)
print("ready", flush=True)
sys.stdin.readline()
for round in range(1, rounds + 1):
    print(client.post(page, data | {f"sections-{place}-body": f"<p>{who} wrote this {round} times.</p>"}).status_code, flush=True)
    data = filled(client, page)
"""


def test_several_who_save_at_once_lose_nothing(database, environment):
    item = factories.item("M61", "A condition", factories.item("13", "A chapter"))
    draft = factories.draft(item)
    for who in WRITERS:
        User.objects.create_user(f"{who}@example.org", "correct horse", is_staff=True, is_superuser=True)
    page = desk("revision", "change", draft.pk)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment |= {"DJANGO_SETTINGS_MODULE": "portal.settings"}
    command = [sys.executable, "-c", WRITE, page]
    writers = [
        subprocess.Popen([*command, str(place), who, str(ROUNDS)], env=environment, cwd=settings.BASE_DIR, **pipes)
        for who, place in WRITERS.items()
    ]
    assert [writer.stdout.readline() for writer in writers] == ["ready\n"] * len(writers)  # all have the same text before them
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    answers = [writer.communicate(timeout=120)[0].split() for writer in writers]
    assert answers == [["302"] * ROUNDS] * len(writers)
    assert bodies(draft) == {who: f"<p>{who} wrote this {ROUNDS} times.</p>" for who in WRITERS}
    draft.refresh_from_db()
    assert draft.version == 1 + ROUNDS * len(writers)
    saves = Counter(AuditEntry.objects.values_list("act", flat=True))
    assert saves["saved"] + saves["merged"] == ROUNDS * len(writers)
    assert saves["merged"] >= len(writers) - 1


# --- When the draft is one no more ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["published", "discarded"])
def test_what_was_written_in_a_draft_that_is_none_any_more_is_shown(anna, editor, draft, page, end):
    data = filled(anna, page) | {f"{OVERVIEW}-body": "<p>Anna wrote this.</p>"}
    if end == "published":
        Revision.objects.filter(pk=draft.pk).update(change_sentence="Clearer.")
        publish(Revision.objects.get(pk=draft.pk))
    else:
        discard(draft, by=editor)
    response = anna.post(page, data)
    assert response.status_code == 409
    assert "Anna wrote this." in response.text
    assert Change.objects.count() == (2 if end == "published" else 1)


def test_of_every_part_everything_is_shown(anna, draft, page):
    data = filled(anna, page) | {"care_cards-0-heading": "Annas card heading", "change_kind": "safety"}
    add_picture(data, "CAPTION", alternative_text="ALTERNATIVE", credit="CREDIT", licence="LICENCE")
    publish_now(draft)
    response = anna.post(page, data)
    words = ["Annas card heading", "ALTERNATIVE", "CAPTION", "CREDIT", "LICENCE", "Safety: readers", data["references-0-url"]]
    assert [word for word in words if word not in response.text] == []


def publish_now(draft):
    Revision.objects.filter(pk=draft.pk).update(change_sentence="Clearer.")
    publish(Revision.objects.get(pk=draft.pk))


def test_kept_text_is_shown_after_its_draft_was_published_until_it_is_discarded(anna, ben, draft, page, keeping):
    anna.post(keeping, filled(anna, page) | {f"{OVERVIEW}-body": "<p>Half a sentence.</p>"})
    ben.get(page)
    publish_now(draft)
    assert [seat.user.email for seat in Seat.objects.all()] == ["author@example.org"]
    response = anna.get(page)
    assert "Half a sentence." in response.text
    assert "Half a sentence." not in ben.get(page).text
    assert anna.post(keeping, {"forget": ""}).url == page
    assert "Half a sentence." not in anna.get(page).text


def test_so_is_what_was_sent_after_the_login_had_ended(anna, author, draft, page):
    data = filled(anna, page) | {f"{OVERVIEW}-body": "<p>A long morning's work.</p>"}
    anna.session.flush()
    anna.post(page, data)
    publish_now(draft)
    anna.force_login(author)
    assert "A long morning" in anna.get(page).text


def test_who_sees_no_drafts_any_more_is_not_given_the_text_of_one(anna, author, draft, page, keeping):
    anna.post(keeping, filled(anna, page) | {f"{OVERVIEW}-body": "<p>Half a sentence.</p>"})
    publish_now(draft)
    author.groups.clear()
    grant(author, "view_revision", "change_revision")
    assert "Half a sentence." not in anna.get(page).text


# --- What was not saved -----------------------------------------------------------------------------------------------------


@pytest.fixture
def keeping(draft):
    return desk("revision", "autosave", draft.pk)


def test_what_is_typed_is_kept_and_makes_no_history(anna, draft, page, keeping):
    kept = anna.post(keeping, filled(anna, page) | {f"{OVERVIEW}-body": "<p>Half a sent"})
    assert kept.json()["kept_at"]
    draft.refresh_from_db()
    assert (draft.version, AuditEntry.objects.filter(act="saved").count()) == (1, 0)
    assert "Half a sent" not in bodies(draft)["overview"]


def test_what_says_no_more_than_the_draft_is_not_kept(anna, draft, page, keeping):
    anna.post(keeping, filled(anna, page) | {f"{OVERVIEW}-body": "<p>Half a sentence.</p>"})
    data = filled(anna, page) | {f"{OVERVIEW}-body": "<p>A whole sentence.</p>"}
    anna.post(page, data)
    anna.post(keeping, data)  # on its way already when the form was sent
    assert Seat.objects.get().form is None
    assert "that was not saved" not in anna.get(page).text


def test_a_form_with_errors_and_one_that_waits_for_a_choice_are_kept_too(anna, ben, draft, page):
    bens = filled(ben, page)
    anna.post(page, filled(anna, page) | {f"{OVERVIEW}-body": "<p>Anna wrote this.</p>"})
    ben.post(page, bens | {f"{OVERVIEW}-body": "<p>Ben wrote this.</p>"})
    anna.post(page, filled(anna, page) | {f"{HELP}-body": "<p>Anna wrote that.</p>", "title": ""})
    forms = [dict(seat.form) for seat in Seat.objects.exclude(form=None).order_by("user__email")]
    assert [form[f"{at}-body"] for form, at in zip(forms, [HELP, OVERVIEW], strict=True)] == [
        ["<p>Anna wrote that.</p>"],
        ["<p>Ben wrote this.</p>"],
    ]


def test_it_is_offered_and_shown_and_saved(anna, draft, page, keeping):
    anna.post(keeping, filled(anna, page) | {f"{OVERVIEW}-body": "<p>Half a sentence.</p>"})
    assert "that was not saved" in anna.get(page).text
    response = anna.get(page, {"unsaved": "1"})
    assert list(response.context["errors"]) == []
    forms = {name: value for form in sent_back(response) for name, value in form}
    assert forms[f"{OVERVIEW}-body"] == "<p>Half a sentence.</p>"
    assert bodies(draft)["overview"] == "<p>A part of the muscle turns into bone.</p>"
    assert not errors(anna.post(page, forms))
    assert bodies(draft)["overview"] == "<p>Half a sentence.</p>"
    assert "that was not saved" not in anna.get(page).text


def test_a_heading_alone_is_kept_too(anna, draft, page, keeping):
    data = filled(anna, page)
    add_row(data, "care_cards", urgency="urgent", heading="Call today if your hand turns blue")
    anna.post(keeping, data)
    assert Seat.objects.get().form


@pytest.mark.parametrize("change", [{"title": ""}, {"title": "Another title"}])
def test_while_one_is_asked_about_it_neither_saving_nor_an_error_touches_it(anna, draft, page, keeping, change):
    anna.post(keeping, filled(anna, page) | {f"{OVERVIEW}-body": "<p>An hour of work.</p>"})
    asked = anna.get(page)
    assert 'name="waiting"' in asked.text
    response = anna.post(page, as_shown(asked) | {"waiting": "1"} | change)
    assert Seat.objects.get().form[f"{OVERVIEW}-body"] == ["<p>An hour of work.</p>"]
    assert 'name="waiting"' in (response if errors(response) else anna.get(page)).text
    assert 'name="waiting"' not in anna.get(page, {"unsaved": "1"}).text


def test_nor_does_a_quarrel(anna, ben, draft, page, keeping):
    anna.post(keeping, filled(anna, page) | {f"{OVERVIEW}-body": "<p>An hour of work.</p>"})
    annas = filled(anna, page) | {"waiting": "1", "title": "Annas title"}
    ben.post(page, filled(ben, page) | {"title": "Bens title"})
    quarrel = anna.post(page, annas)
    assert not errors(anna.post(page, answer(quarrel, "mine")))
    assert Seat.objects.exclude(form=None).get().form[f"{OVERVIEW}-body"] == ["<p>An hour of work.</p>"]


def test_new_rows_that_are_saved_are_not_kept_by_what_comes_late(anna, draft, page, keeping):
    data = filled(anna, page)
    add_row(data, "care_cards", urgency="urgent", heading="If it swells", body="<p>Call.</p>", position="")
    assert not errors(anna.post(page, data))
    anna.post(keeping, data)
    assert Seat.objects.get().form is None


def test_what_others_saved_makes_nothing_of_mine_unsaved(anna, ben, draft, page, keeping):
    annas = filled(anna, page)
    ben.post(page, filled(ben, page) | {"title": "Bens title"})
    anna.post(keeping, annas)
    assert not Seat.objects.exclude(form=None).exists()


def test_what_is_saved_while_it_is_on_its_way_is_not_kept(anna, author, draft, page, keeping, monkeypatch):
    data = filled(anna, page) | {f"{OVERVIEW}-body": "<p>Done.</p>"}

    def lock_after_a_save(article):
        monkeypatch.setattr(revisions, "lock", lock)
        assert not errors(at(author).post(page, data))  # was faster
        return lock(article)

    monkeypatch.setattr(revisions, "lock", lock_after_a_save)
    anna.post(keeping, data)
    assert bodies(draft)["overview"] == "<p>Done.</p>"
    assert Seat.objects.get().form is None


def test_it_is_joined_with_what_others_saved_meanwhile(anna, ben, draft, page, keeping):
    anna.post(keeping, filled(anna, page) | {f"{OVERVIEW}-body": "<p>Half a sentence.</p>"})
    ben.post(page, filled(ben, page) | {f"{HELP}-body": "<p>Ben wrote this.</p>"})
    forms = {name: value for form in sent_back(anna.get(page, {"unsaved": "1"})) for name, value in form}
    assert not errors(anna.post(page, forms))
    assert (bodies(draft)["overview"], bodies(draft)["when-to-get-help"]) == ("<p>Half a sentence.</p>", "<p>Ben wrote this.</p>")


def test_it_can_be_thrown_away(anna, draft, page, keeping):
    anna.post(keeping, filled(anna, page))
    assert anna.post(keeping, {"forget": ""}).url == page
    assert Seat.objects.get().form is None


def test_nobody_is_given_what_another_has_typed(anna, ben, draft, page, keeping):
    anna.post(keeping, filled(anna, page) | {f"{OVERVIEW}-body": "<p>Half a sentence.</p>"})
    assert "Half a sentence." not in ben.get(page, {"unsaved": "1"}).text


def test_a_line_says_who_else_is_here(anna, ben, draft, page, keeping, time_machine):
    anna.get(page)
    assert "Also here now: author@example.org" in ben.get(page).text
    assert anna.post(keeping).json()["others"] == ["editor@example.org"]
    time_machine.move_to(timezone.now() + timedelta(minutes=1))
    assert "Also here now" not in ben.get(page).text


def test_it_says_that_somebody_has_saved_since(anna, ben, draft, page, keeping):
    annas = filled(anna, page)
    ben.post(page, filled(ben, page) | {"title": "Bens title"})
    assert anna.post(keeping, annas).json()["is_newer"] is True
    assert anna.post(keeping, {"seen": "1"}).json()["is_newer"] is True
    assert anna.post(keeping, {"seen": "2"}).json()["is_newer"] is False
    assert anna.post(keeping).json()["is_newer"] is False


def test_a_published_draft_keeps_nothing_more(anna, draft, page, keeping):
    data = filled(anna, page)
    Revision.objects.filter(pk=draft.pk).update(change_sentence="Clearer.")
    publish(Revision.objects.get(pk=draft.pk))
    assert anna.post(keeping, data).status_code == 409


def test_who_may_not_write_keeps_nothing(draft, page, keeping, reviewer, clerk, member):
    assert at(reviewer).post(keeping, {"version": "1"}).status_code == 403
    assert at(grant(clerk, "change_revision", "view_revision")).post(keeping, {"version": "1"}).status_code == 404
    assert at(member).post(keeping, {"version": "1"}).status_code == 302
    assert not Seat.objects.exists()


# --- When the login has ended -----------------------------------------------------------------------------------------------


def test_what_is_sent_after_the_login_has_ended_is_there_after_the_next(anna, author, draft, page):
    data = filled(anna, page) | {f"{OVERVIEW}-body": "<p>A long morning's work.</p>"}
    anna.session.flush()
    response = anna.post(page, data)
    assert response.status_code == 302
    assert page in response.url.replace("%2F", "/")
    assert bodies(draft)["overview"] == "<p>A part of the muscle turns into bone.</p>"
    anna.force_login(author)
    assert "that was not saved" in anna.get(page).text
    forms = {name: value for form in sent_back(anna.get(page, {"unsaved": "1"})) for name, value in form}
    assert not errors(anna.post(page, forms))
    assert bodies(draft)["overview"] == "<p>A long morning's work.</p>"


def test_it_waits_in_that_browser_alone(anna, ben, author, draft, page):
    data = filled(anna, page) | {f"{OVERVIEW}-body": "<p>A long morning's work.</p>"}
    anna.session.flush()
    anna.post(page, data)
    for client in (ben, at(author)):
        assert "long morning" not in client.get(page, {"unsaved": "1"}).text
    assert not Seat.objects.exclude(form=None).exists()


def test_it_is_given_to_nobody_who_may_not_write(anna, clerk, draft, page):
    data = filled(anna, page)
    anna.session.flush()
    anna.post(page, data)
    anna.force_login(grant(clerk, "change_revision", "view_revision"))
    assert factories.CANARY not in anna.get(page, follow=True).text
    assert not Seat.objects.exclude(form=None).exists()


def test_of_several_drafts_the_newest_three_are_kept(anna, author, draft, page, hand):
    drafts = [factories.draft(hand[code], slug=code.lower().replace(".", "-")) for code in ("M61", "M61.241", "M61.242")]
    pages = [page, *(desk("revision", "change", each.pk) for each in drafts)]
    forms = [filled(anna, each) | {"title": f"Typed for {each}"} for each in pages]
    anna.session.flush()
    for each, form in zip(pages, forms, strict=True):
        anna.post(each, form)
    anna.force_login(author)
    assert ["that was not saved" in anna.get(each).text for each in pages] == [False, True, True, True]


def test_what_is_not_kept_is_shown_to_its_writer_and_nothing_else_is(anna, draft, page):
    data = filled(anna, page) | {f"{OVERVIEW}-body": "<p>A long <script>day</script> morning.</p>", "summary": "x" * 500_001}
    anna.session.flush()
    response = anna.post(page, data | {f"{TREATMENT}-gated_body": "", "title": "<b>Typed"})
    assert response.status_code == 403
    assert "<p>A long morning.</p>" in response.text
    assert "&lt;b&gt;Typed" in response.text
    assert f"?next={page}" in response.text
    assert factories.CANARY not in response.text
    assert "author@example.org" not in response.text
    assert anna.post(page, data | {"writer": "1"}).status_code == 302  # says itself whose it is


def test_so_it_is_where_the_token_is_gone(author, draft, page):
    client = Client(enforce_csrf_checks=True)
    client.force_login(author)
    data = filled(client, page) | {f"{OVERVIEW}-body": "<p>A long morning.</p>"}
    response = client.post(page, data)
    assert response.status_code == 403
    assert "<p>A long morning.</p>" in response.text
    for forged in (data | {"writer": "1"}, {"title": "x"}):
        assert "Please send the form once more" in client.post(page, forged).text
    assert "long morning" not in client.post(desk("revision", "publish", draft.pk), data).text


def test_strangers_fill_no_store_with_forms(client, draft, page):
    client.post(page, {"title": "x" * 1_100_000})
    assert "unsaved_drafts" not in client.session
    for _ in range(12):
        client.post(page, {"title": "x"})
    assert len(json.dumps(client.session.get("unsaved_drafts"))) < 100
    again = Client()
    again.post(page, {"title": "x"})
    assert "unsaved_drafts" not in again.session
