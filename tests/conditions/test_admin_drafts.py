"""The form of a draft: sections with their gated text, care cards, references. What was typed is never lost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.models import GatedText, GlossaryTerm, Name, Revision, Section
from conditions.workflow import start_draft
from tests import factories
from tests.conditions.desk import add_row, desk, errors, filled, save

OVERVIEW, HELP, TREATMENT = range(3)  # places of the factory's sections in the form


@pytest.fixture
def draft(hand):
    return factories.draft(hand["M61.24"])


@pytest.fixture
def page(draft):
    return desk("revision", "change", draft.pk)


def section(place, **values):
    """Return what a section's fields are called in the form."""
    return {f"sections-{place}-{name}": value for name, value in values.items()}


def section_errors(response, place):
    return response.context["inline_admin_formsets"][0].formset.forms[place].errors


# --- Gated text -------------------------------------------------------------------------------------------------------------


def test_gated_text_is_a_field_of_its_section(at_desk, draft, page):
    assert factories.CANARY in filled(at_desk, page)["sections-2-gated_body"]
    assert not errors(save(at_desk, page, **section(TREATMENT, gated_body="<p>Rest.</p>")))
    assert GatedText.objects.get().body == "<p>Rest.</p>"


def test_saving_a_draft_as_it_stands_changes_no_text(at_desk, draft, page):
    before = [list(rows.values()) for rows in (draft.sections.all(), GatedText.objects.all(), draft.care_cards.all())]
    assert not errors(save(at_desk, page))
    assert [list(rows.values()) for rows in (draft.sections.all(), GatedText.objects.all(), draft.care_cards.all())] == before


def test_gated_text_in_a_section_for_everybody_is_an_error_and_is_kept(at_desk, draft, page):
    response = save(at_desk, page, **section(TREATMENT, audience="public"))
    assert "gated_body" in section_errors(response, TREATMENT)
    assert factories.CANARY in response.text
    assert GatedText.objects.get().section.audience == "members"


def test_a_section_given_to_everybody_has_its_gated_text_taken_out(at_desk, draft, page):
    assert not errors(save(at_desk, page, **section(TREATMENT, audience="public", gated_body="")))
    assert not GatedText.objects.exists()


def test_a_members_section_may_wait_for_its_text(at_desk, draft, page):
    assert not errors(save(at_desk, page, **section(TREATMENT, gated_body="<p></p>")))
    assert not GatedText.objects.exists()
    assert draft.sections.get(kind="treatment").is_gated


def test_when_to_get_help_is_for_everybody(at_desk, draft, page):
    response = save(at_desk, page, **section(HELP, audience="members"))
    assert section_errors(response, HELP).keys() == {"audience"}


def test_markup_beyond_the_allow_list_is_not_saved(at_desk, draft, page):
    save(at_desk, page, **section(TREATMENT, gated_body='<p onclick="x()">Rest.</p><script>x()</script>', body="<h1>Rest</h1>"))
    assert GatedText.objects.get().body == "<p>Rest.</p>"
    assert draft.sections.get(kind="treatment").body == "Rest"


# --- The six-word rule ------------------------------------------------------------------------------------------------------

TOLD = "Then add splints made for the hand"
PLACES = {
    "title": "the title",
    "summary": "the summary",
    "change_sentence": "what changed",
    "sections-0-heading": "the section “Overview”",
    "sections-2-body": "the section “Treatment”",
    "care_cards-0-heading": "the care card “Urgent”",
    "care_cards-0-body": "the care card “Urgent”",
    "references-0-title": f"the reference “{TOLD}”",
}


@pytest.mark.parametrize(("field", "place"), PLACES.items())
def test_six_words_of_gated_text_in_public_text_are_shown_at_their_section(at_desk, draft, page, field, place):
    response = save(at_desk, page, **{field: TOLD})
    assert f"in {place} too" in errors(response)
    assert "Reword one of the two places." in errors(response)
    assert section_errors(response, TREATMENT).keys() == {"gated_body"}
    assert TOLD in response.text
    draft.refresh_from_db()
    assert draft.title == "Hardened hand muscle"


def test_the_rule_looks_at_the_gated_side_too(at_desk, draft, page):
    response = save(at_desk, page, **section(TREATMENT, gated_body="<p>A part of the muscle turns into bone.</p>"))
    assert "in the section “Overview” too" in errors(response)


def test_a_name_of_the_article_is_public_text(at_desk, draft, page):
    Name.objects.create(article=draft.article, text=TOLD)
    assert f"in the name “{TOLD}” too" in errors(save(at_desk, page))


def test_a_part_that_is_being_deleted_gives_nothing_away(at_desk, draft, page):
    assert not errors(save(at_desk, page, **{"care_cards-0-heading": TOLD, "care_cards-0-DELETE": "on"}))


# --- Kinds, places, audiences -----------------------------------------------------------------------------------------------


def test_two_sections_of_a_kind_are_an_error_at_the_field(at_desk, draft, page):
    response = save(at_desk, page, **section(OVERVIEW, kind="treatment"))
    assert "kind" in section_errors(response, TREATMENT)


def test_a_section_that_another_editor_added_meanwhile_counts(at_desk, draft, page):
    data = filled(at_desk, page)
    factories.section(draft, Section.Kind.OUTLOOK)
    response = at_desk.post(page, data | section(OVERVIEW, kind="outlook"))
    assert "Another section is of this kind" in errors(response)


def test_two_sections_may_change_kinds(at_desk, draft, page):
    assert not errors(save(at_desk, page, **section(OVERVIEW, kind="when-to-get-help"), **section(HELP, kind="overview")))
    assert [each.kind for each in draft.sections.all()] == ["when-to-get-help", "overview", "treatment"]


def test_a_new_section_takes_the_kind_of_a_deleted_one(at_desk, draft, page):
    data = filled(at_desk, page) | section(OVERVIEW, DELETE="on")
    add_row(data, "sections", kind="overview", heading="In short", body="<p>Bone forms.</p>", audience="", position="")
    assert not errors(at_desk.post(page, data))
    assert draft.sections.get(kind="overview").heading == "In short"


@pytest.mark.parametrize(("kind", "audience"), [("self-care", "public"), ("treatment", "members")])
def test_a_new_section_has_the_usual_audience_of_its_kind(at_desk, article, kind, audience):
    draft = start_draft(article)
    draft.sections.filter(kind=kind).delete()
    page = desk("revision", "change", draft.pk)
    data = filled(at_desk, page)
    add_row(data, "sections", kind=kind, heading="A heading", audience="", position="")
    assert not errors(at_desk.post(page, data))
    assert draft.sections.get(kind=kind).audience == audience


def test_the_usual_audience_is_a_setting(at_desk, draft, page, settings):
    settings.GATED_SECTION_KINDS = ["outlook"]
    data = filled(at_desk, page)
    add_row(data, "sections", kind="outlook", heading="A heading", audience="", position="")
    at_desk.post(page, data)
    assert draft.sections.get(kind="outlook").is_gated


def test_a_part_without_a_place_comes_last(at_desk, draft, page):
    data = filled(at_desk, page)
    add_row(data, "sections", kind="outlook", heading="A heading", audience="", position="")
    add_row(data, "care_cards", urgency="emergency", heading="Call if:", body="<p>You bleed.</p>", position="")
    assert not errors(at_desk.post(page, data))
    assert draft.sections.last().kind == "outlook"
    assert draft.care_cards.last().urgency == "emergency"


@pytest.mark.parametrize(
    "said",
    [
        "Emergency: call now. Urgent: be seen today. Non-urgent: make an appointment.",
        "The signs, as a list that goes on from “if:”",
        "What readers see above the section",
        "Of a guideline: its full title",
        "Of a guideline: the body that issued it",
        "Of a guideline: its page rather than a file.",
    ],
)
def test_the_parts_say_what_belongs_in_them(at_desk, page, said):
    assert said in at_desk.get(page).text


def test_an_empty_draft_is_offered_an_outline_that_is_not_saved_by_itself(at_desk, draft, page):
    draft.sections.all().delete()
    assert filled(at_desk, page)["sections-1-kind"] == "when-to-get-help"
    assert not errors(save(at_desk, page))
    assert not draft.sections.exists()
    assert not errors(save(at_desk, page, **section(HELP, body="<p>Ask for help when it swells.</p>")))
    assert [each.kind for each in draft.sections.all()] == ["when-to-get-help"]


# --- Half written, and not lost ---------------------------------------------------------------------------------------------


def test_a_draft_may_be_half_written(at_desk, draft, page):
    assert not errors(save(at_desk, page, summary="", change_sentence="", **section(OVERVIEW, body="")))


def test_an_error_in_one_place_keeps_what_was_typed_in_all(at_desk, draft, page):
    typed = {"title": "", "summary": "Typed one.", "care_cards-0-body": "<p>Typed two.</p>", "references-0-title": "Typed three"}
    response = save(at_desk, page, **typed, **section(TREATMENT, gated_body="<p>Typed four.</p>", body="<p>Typed five.</p>"))
    assert errors(response)
    assert all(f"Typed {number}" in response.text for number in ("one", "two", "three", "four", "five"))


def test_a_draft_that_came_from_a_file_is_the_desks_once_it_is_saved_here(at_desk, draft, page):
    Revision.objects.update(origin=Revision.Origin.FILE)
    save(at_desk, page)
    draft.refresh_from_db()
    assert draft.origin == Revision.Origin.FILE  # nothing was changed
    save(at_desk, page, title="A harder hand")
    draft.refresh_from_db()
    assert draft.origin == Revision.Origin.DESK


def test_state_and_number_are_not_taken_from_the_form(at_desk, draft, page):
    save(at_desk, page, state="published", number=7, published_at="2026-01-01", article=99)
    draft.refresh_from_db()
    assert (draft.state, draft.number, draft.published_at) == ("draft", 1, None)


# --- Where readers go next, and hard words ----------------------------------------------------------------------------------


@pytest.fixture
def others(hand):
    return [
        factories.published_article(hand[code], slug=f"hand-{code}".lower().replace(".", "-")) for code in ("M61.241", "M61.242")
    ]


def test_related_articles_are_chosen_and_may_trade_places(at_desk, draft, page, others):
    one, other = others
    data = filled(at_desk, page)
    add_row(data, "related", article=one.pk, position="")
    add_row(data, "related", article=other.pk, position="")
    assert not errors(at_desk.post(page, data))
    assert [related.article for related in draft.related.all()] == [one, other]
    assert not errors(save(at_desk, page, **{"related-0-article": other.pk, "related-1-article": one.pk}))
    assert [related.article for related in draft.related.all()] == [other, one]


def test_an_article_is_not_related_to_itself_nor_twice_to_another(at_desk, draft, page, others):
    data = filled(at_desk, page)
    add_row(data, "related", article=draft.article.pk, position="")
    assert "This is the article itself" in errors(at_desk.post(page, data))
    data = filled(at_desk, page)
    for _ in range(2):
        add_row(data, "related", article=others[0].pk, position="")
    assert "duplicate data for article" in errors(at_desk.post(page, data))
    assert not draft.related.exists()


def test_nor_to_one_in_another_language(at_desk, draft, page, hand):
    data = filled(at_desk, page)
    add_row(data, "related", article=factories.published_article(hand["M61.24"], slug="mano", language="es").pk, position="")
    assert "in the language of this one" in errors(at_desk.post(page, data))


def test_six_words_of_gated_text_in_the_glossary_are_shown_at_their_section(at_desk, draft, page):
    GlossaryTerm.objects.create(term="Splint", definition="Made to rest a sore hand at night.")
    response = save(at_desk, page, **section(TREATMENT, gated_body="<p>It is made to rest a sore hand at night.</p>"))
    assert "the glossary at “Splint”" in str(section_errors(response, TREATMENT))


def test_the_form_costs_the_same_for_few_parts_and_for_many(at_desk, draft, page):
    def costs():
        data, found = filled(at_desk, page), []
        for ask in (lambda: at_desk.get(page), lambda: at_desk.post(desk("revision", "autosave", draft.pk), data)):
            with CaptureQueriesContext(connection) as queries:
                assert ask().status_code == 200
            found.append(len(queries))
        return found

    costs()
    before = costs()
    for kind in ("causes", "outlook", "prevention", "self-care"):
        factories.section(draft, kind, gated_body="<p>More for members.</p>")
        draft.references.create(title=kind, publisher="MedlinePlus", url=f"https://medlineplus.gov/{kind}.html")
    assert costs() == before
