"""A text that is hard to read is held at publishing, unless it is written down why; editors see what it costs."""

from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from conditions.admin.plain_language import panels
from conditions.checking import check, explained_forms, fill_grades, grade, own_names, reasons
from conditions.contents import content, prose
from conditions.loading.article_files import read_article_file
from conditions.models import GlossaryTerm, Name, Revision
from conditions.publishing import publish, reasons_against_publishing
from conditions.workflow import start_draft
from tests import factories

HARD = "<p>" + "Considerable deterioration of functionality necessitates multidisciplinary evaluation. " * 9 + "</p>"
EASY = "<p>" + "The heart is a strong pump in your chest. It moves blood to all parts of you. " * 4 + "</p>"
BECAUSE = "The law gives these words."


@pytest.fixture
def draft(hand):
    return factories.draft(hand["M61.24"])


@pytest.fixture
def hard_draft(draft):
    factories.section(draft, "diagnosis", "Diagnosis", HARD)
    return draft


def checked(revision, **known):
    return check(content(revision), revision.article.language, **known)


# --- At publishing ----------------------------------------------------------------------------------------------------------


def test_a_part_above_grade_eight_keeps_a_revision_from_readers_and_is_named(hard_draft):
    with pytest.raises(ValidationError, match=r"The section “Diagnosis” reads at grade [\d.]+; aim for 6 to 7, 8 at most"):
        publish(hard_draft)
    hard_draft.refresh_from_db()
    assert (hard_draft.state, hard_draft.grade) == ("draft", None)


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("members", "The members' text of the section “Treatment” reads at grade"),
        ("card", "The care card “Get medical help today if:” reads at grade"),
        ("summary", "The summary reads at grade"),
    ],
)
def test_every_part_is_asked(draft, part, told):
    if part == "members":
        draft.sections.get(kind="treatment").gated_text.delete()
        draft.sections.filter(kind="treatment").delete()
        factories.section(draft, "treatment", "Treatment", "<p>What helps</p>", HARD)
    elif part == "card":
        draft.care_cards.update(body=HARD)
    else:
        Revision.objects.update(summary=HARD[3:-4])
        draft.refresh_from_db()
    assert [reason for reason in reasons_against_publishing(draft) if reason.startswith(told)]


def test_with_a_written_reason_it_goes_out_and_the_reason_is_kept(hard_draft):
    Revision.objects.update(hard_because=BECAUSE)
    publish(hard_draft)
    kept = Revision.objects.get()
    assert (kept.state, kept.hard_because) == ("published", BECAUSE)
    assert kept.grade == grade(checked(kept)) > 8


def test_blanks_are_no_reason(hard_draft):
    Revision.objects.update(hard_because="  ")
    with pytest.raises(ValidationError, match="reads at grade"):
        publish(hard_draft)


def test_the_next_draft_begins_with_the_reason(hard_draft):
    Revision.objects.update(hard_because=BECAUSE)
    publish(hard_draft)
    assert start_draft(hard_draft.article).hard_because == BECAUSE


def test_a_published_revision_has_the_grade_of_its_hardest_part(draft):
    factories.section(draft, "diagnosis", "Diagnosis", EASY)
    publish(draft)
    draft.refresh_from_db()
    assert draft.grade == checked(draft)["sections-3-body"].grade


def test_what_is_too_short_has_no_grade_and_is_not_held(draft):
    factories.section(draft, "diagnosis", "Diagnosis", HARD[:200] + "</p>")
    publish(draft)
    draft.refresh_from_db()
    assert (draft.state, draft.grade) == ("published", None)


def test_a_text_in_another_language_has_no_grade_and_is_not_held(hand):
    draft = factories.draft(hand["M61.24"], language="fr")
    factories.section(draft, "diagnosis", "Diagnostic", HARD)
    publish(draft)
    draft.refresh_from_db()
    assert (draft.state, draft.grade) == ("published", None)


def test_looking_at_the_text_costs_three_queries_however_long_it_is(hard_draft, django_assert_num_queries):
    for kind in ["causes", "outlook", "prevention"]:
        factories.section(hard_draft, kind, kind.title(), EASY, GATED_TEXT)
    with django_assert_num_queries(3):
        check(prose(hard_draft), "en")


GATED_TEXT = "<p>" + "Rest the hand. " * 20 + "</p>"


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "conditions" / "articles").glob("*.md")), ids=lambda path: path.stem
)
def test_no_shipped_article_is_held(path):
    file = read_article_file(path)
    sections = [vars(section) for section in file.sections]
    said = {"title": file.title, "summary": file.summary, "sections": sections, "care_cards": file.care_cards}
    found = check(said, "en")
    assert not reasons(found, "")
    assert len(found) == 1 + len(file.sections) + len(file.care_cards) + sum(bool(section.gated_body) for section in file.sections)


# --- What is known of words -------------------------------------------------------------------------------------------------


def test_words_that_the_glossary_or_the_articles_names_hold_are_not_hard(draft):
    factories.section(draft, "diagnosis", "Diagnosis", "<p>A renal myoma, with fibroses or fibrosis and otalgia.</p>")
    GlossaryTerm.objects.create(term="Fibrosis", definition="Scars.", other_forms="fibroses, scarring")
    GlossaryTerm.objects.create(term="Renal", definition="Of the kidneys.", is_shown=False)
    Name.objects.create(article=draft.article, text="Otalgia of the hand")
    known = {"explained_forms": explained_forms("en"), "own_names": own_names(draft.article)}
    assert [hard.word for hard in checked(draft, **known)["sections-3-body"].hard_words] == ["renal", "myoma"]


def test_a_teaser_is_held_against_its_members_text(draft):
    draft.sections.filter(kind="treatment").update(body="<p>Learn which splints made for the foot help</p>")
    found = checked(draft)
    assert found["sections-2-body"].given_away == ("splints made for the",)
    assert found["sections-2-gated_body"].given_away == ()


# --- While it is written ----------------------------------------------------------------------------------------------------


def test_every_field_with_words_has_a_panel(hard_draft):
    factories.section(hard_draft, "outlook", "Outlook", "")
    fields = ["summary", "sections-0-body", "sections-1-body", "sections-2-body", "sections-2-gated_body", "sections-3-body"]
    assert list(panels(content(hard_draft), hard_draft.article)) == [*fields, "care_cards-0-body"]


def test_a_panel_shows_the_grade_and_the_places(hard_draft):
    said = content(hard_draft)
    panel = panels(said, hard_draft.article)["sections-3-body"]
    assert 'class="reading-grade reading-hard">Grade' in panel
    assert "Before it can be published" in panel
    assert "necessitates: need" in panel
    panel = panels(said | {"hard_because": BECAUSE}, hard_draft.article)["sections-3-body"]
    assert "It may go out like this" in panel


def test_a_panel_shows_text_as_text(draft):
    factories.section(draft, "diagnosis", "Diagnosis", "<p>The &lt;b&gt;blood&lt;/b&gt; is tested.</p>")
    assert "<li>The &lt;b&gt;blood&lt;/b&gt; is tested.</li>" in panels(content(draft), draft.article)["sections-3-body"]


def test_a_form_without_anything_in_it_has_no_panels(draft):
    empty = {"kind": "", "heading": "", "audience": "", "body": "", "gated_body": ""}
    said = {
        "title": "",
        "summary": " ",
        "hard_because": "",
        "sections": [empty],
        "care_cards": [{"urgency": "", "heading": "", "body": ""}],
    }
    assert panels(said, draft.article) == {}


def test_panels_cost_two_queries(hard_draft, django_assert_num_queries):
    said = content(hard_draft)
    with django_assert_num_queries(2):
        panels(said, hard_draft.article)


# --- What was published before ----------------------------------------------------------------------------------------------


def test_published_revisions_without_a_grade_get_theirs_once(hand):
    for slug, place, body in [("one", "M61.24", EASY), ("two", "M61.2", EASY), ("three", "M61", "<p>Short.</p>")]:
        draft = factories.draft(hand[place], slug=slug)
        factories.section(draft, "diagnosis", "Diagnosis", body)
        publish(draft)
    Revision.objects.update(grade=None)
    assert fill_grades(at_once=1) == 2
    assert set(Revision.objects.values_list("article__slug", "grade")) == {("one", 0), ("two", 0), ("three", None)}
    assert fill_grades() == 0


def test_a_hard_revision_that_is_published_stays_and_gets_its_grade(hard_draft):
    Revision.objects.update(hard_because=BECAUSE)
    publish(hard_draft)
    Revision.objects.update(grade=None, hard_because="")
    assert fill_grades() == 1
    assert Revision.objects.get().grade > 8
