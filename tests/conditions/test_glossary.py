"""Hard words are explained where they stand, by a list of ours and by editors."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from conditions.glossary import Entry, Explainer
from conditions.loading.glossary import GLOSSARY, read_glossary
from conditions.models import GlossaryTerm
from conditions.publishing import publish
from conditions.reading import read
from tests import factories
from tests.conditions.desk import desk, errors, filled, grant, save
from tests.factories import CANARY

LIST = "# A glossary\nTendon\ttendons\tA cord that ties muscle to bone.\nMuscle\t\tA part of the body that moves another.\n"

# --- Marking ----------------------------------------------------------------------------------------------------------------

ENTRIES = [
    Entry(1, "Heart failure", "", "x"),
    Entry(2, "Heart", "hearts, ticker", "x"),
    Entry(3, "AIDS", "", "x"),
    Entry(4, "X-ray", "X-rays,", "x"),
    Entry(5, "A&E", "", "x"),
    Entry(6, "COVID-19", "", "x"),
    Entry(7, "Crohn’s disease", "", "x"),
]


@pytest.mark.parametrize(
    ("markup", "marked"),
    [
        ("<p>Your heart. The heart.</p>", "<p>Your [2:heart]. The heart.</p>"),
        ("<p>Hearts beat.</p>", "<p>[2:Hearts] beat.</p>"),
        ("<p>The ticker, and the heart</p>", "<p>The [2:ticker], and the heart</p>"),
        ("<p>Heart failure, then the heart</p>", "<p>[1:Heart failure], then the [2:heart]</p>"),
        ("<p>heartless, half-heart, heart-shaped</p>", "<p>heartless, half-heart, heart-shaped</p>"),
        ("<p>Hearing aids, and AIDS</p>", "<p>Hearing aids, and [3:AIDS]</p>"),
        ("<p>An x-ray.</p>", "<p>An [4:x-ray].</p>"),
        ("<h3>The heart</h3><p>A <strong>heart</strong></p>", "<h3>The heart</h3><p>A <strong>[2:heart]</strong></p>"),
        (
            '<p><a href="/heart/">The <em>heart</em></a> &amp; heart</p>',
            '<p><a href="/heart/">The <em>heart</em></a> &amp; [2:heart]</p>',
        ),
        ("<p>Heart failure. Heart failure. Heart</p>", "<p>[1:Heart failure]. Heart failure. [2:Heart]</p>"),
        ("<p>heart&nbsp;failure &lt; 1</p>", "<p>[1:heart\u00a0failure] &lt; 1</p>"),
        (
            "<p><strong>Heart</strong>less, un<em>heart</em>, heart\u00adless</p>",
            "<p><strong>Heart</strong>less, un<em>heart</em>, heart\u00adless</p>",
        ),
        ("<p>The heart’s beat, in A&amp;E</p>", "<p>The [2:heart]’s beat, in [5:A&amp;E]</p>"),
        ("<p>Crohn’s disease</p>", "<p>[7:Crohn’s disease]</p>"),
        ("<p>Covid-19</p>", "<p>[6:Covid-19]</p>"),
        ("", ""),
    ],
)
def test_a_word_is_marked_where_it_first_stands_as_a_word_of_its_own(markup, marked):
    found = Explainer(ENTRIES).mark(markup)
    assert re.sub(r'<a class="term" href="#word-(\d)">(.*?)</a>', r"[\1:\2]", found) == marked


def test_each_section_marks_its_words_anew_and_all_that_were_found_are_told():
    explainer = Explainer(ENTRIES)
    assert explainer.mark("<p>A heart.</p>") == explainer.mark("<p>A heart.</p>")
    assert {entry.key for entry in explainer.found} == {2}


# --- On the page ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def muscle(db):
    return GlossaryTerm.objects.create(term="Muscle", other_forms="muscles", definition="What <moves> the body.")


def test_a_page_explains_the_words_that_stand_on_it(client, muscle, article):
    GlossaryTerm.objects.create(term="Lung", definition="What breathes.")
    page = client.get(article.get_absolute_url()).content.decode()
    assert f'<a class="term" href="#word-{muscle.pk}">muscle</a>' in page
    assert f'<div id="word-{muscle.pk}"><dt>Muscle</dt><dd>What &lt;moves&gt; the body.</dd></div>' in page
    assert "What breathes" not in page
    assert '<a href="#words">Words explained</a>' in page


def test_a_page_without_such_words_has_no_place_for_them(client, article):
    assert 'id="words"' not in client.get(article.get_absolute_url()).content.decode()


@pytest.mark.parametrize("change", [{"is_shown": False}, {"language": "de"}])
def test_a_word_that_is_hidden_or_of_another_language_is_not_explained(client, muscle, article, change):
    GlossaryTerm.objects.update(**change)
    assert "What &lt;moves" not in client.get(article.get_absolute_url()).content.decode()


def test_a_word_inside_whom_to_call_does_not_hide_the_number(client, hand, settings):
    settings.EMERGENCY_NUMBER = "999"
    GlossaryTerm.objects.create(term="Emergency number", definition="Whom to call.")
    draft = factories.draft(hand["M61.24"])
    draft.sections.filter(kind="overview").update(body="<p>Call your local emergency number.</p>")
    publish(draft)
    assert "<p>Call 999.</p>" in client.get(draft.article.get_absolute_url()).content.decode()


# --- The list ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def load(db, tmp_path):
    def load_text(text=LIST):
        path = tmp_path / "glossary.tsv"
        path.write_text(text)
        out = StringIO()
        call_command("load_glossary", str(path), stdout=out)
        return out.getvalue()

    return load_text


def test_a_list_is_loaded_and_loading_it_again_writes_nothing(load):
    assert "2 words: 2 added, 0 changed, 0 removed" in load()
    assert GlossaryTerm.objects.get(term="Tendon").other_forms == "tendons"
    assert "2 words: 0 added, 0 changed, 0 removed" in load()


def test_a_list_takes_its_words_back_and_leaves_those_of_editors(load):
    load()
    GlossaryTerm.objects.create(term="Splint", definition="A stiff support.")
    assert "1 words: 0 added, 1 changed, 1 removed" in load("muscle\t\tWhat moves us.\n")
    assert set(GlossaryTerm.objects.values_list("term", flat=True)) == {"muscle", "Splint"}


def test_a_word_that_an_editor_wrote_anew_stays_the_editors(load, client, editor):
    load()
    client.force_login(editor)
    term = GlossaryTerm.objects.get(term="Tendon")
    assert not errors(save(client, desk("glossaryterm", "change", term.pk), definition="What ties muscle to bone."))
    assert "1 known from editors" in load()
    assert GlossaryTerm.objects.get(pk=term.pk).definition == "What ties muscle to bone."


def test_a_word_of_the_list_is_hidden_and_not_deleted(load, client, editor):
    load()
    client.force_login(editor)
    term = GlossaryTerm.objects.get(term="Tendon")
    page = desk("glossaryterm", "change", term.pk)
    assert client.post(desk("glossaryterm", "delete", term.pk), {"post": "yes"}).status_code == 403
    data = filled(client, page)
    assert not {"term", "language"} & data.keys()  # by which the list knows it
    del data["is_shown"]
    assert not errors(client.post(page, data))
    load()
    assert not GlossaryTerm.objects.shown("en").filter(term="Tendon").exists()


def test_saving_a_word_of_the_list_as_it_stands_leaves_it_the_lists(load, client, editor):
    load()
    client.force_login(editor)
    assert not errors(save(client, desk("glossaryterm", "change", GlossaryTerm.objects.get(term="Tendon").pk)))
    assert "0 known from editors" in load()


def test_a_definition_that_gives_members_text_away_is_refused_with_its_words(client, editor, article):
    client.force_login(editor)
    said = errors(
        save(client, desk("glossaryterm", "add"), term="Splint", definition=f"When doctors begin with gentle {CANARY} movement.")
    )
    assert "begin with gentle" in said
    assert not GlossaryTerm.objects.exists()


def test_who_may_not_see_drafts_cannot_ask_what_stands_in_them(client, clerk, muscle):
    client.force_login(grant(clerk, "view_glossaryterm", "add_glossaryterm", "change_glossaryterm"))
    assert client.get(desk("glossaryterm", "changelist")).status_code == 200
    for page in (desk("glossaryterm", "add"), desk("glossaryterm", "change", muscle.pk)):
        assert client.post(page, {"term": "x", "definition": f"Doctors begin with gentle {CANARY} movement."}).status_code == 403


@pytest.mark.parametrize(
    ("line", "field", "expected"),
    [
        ("Tendon\tA cord.", "line", "parted by tabs"),
        ("\t\tA cord.", "term", "1 to 80 characters"),
        ("Tendon\t\t", "definition", "1 to 300 characters"),
        (f"Tendon\t\t{'long ' * 61}", "definition", "1 to 300 characters"),
        ("MUSCLE\t\tA cord.", "term", "'MUSCLE' once; line 3 has it"),
    ],
)
def test_each_fault_names_its_line_and_nothing_is_written(load, line, field, expected):
    with pytest.raises(CommandError) as caught:
        load(LIST + line)
    assert f"glossary.tsv:4: {field}: " in str(caught.value)
    assert expected in str(caught.value)
    assert not GlossaryTerm.objects.exists()


def test_what_readers_get_does_not_depend_on_members_text_but_the_operator_is_told(load, article):
    said = load(f"{LIST}Splint\t\tUsed when doctors begin with gentle {CANARY} movement.\n")
    assert "3 added" in said
    assert "members' text: lines 4." in said


def test_the_shipped_glossary_is_plain():
    for line, fields in read_glossary(GLOSSARY).items():
        definition = fields["definition"]
        assert re.fullmatch(r"[A-Z].*\.", definition), line
        assert read([definition]).sentences == 1, line
        assert len(definition.split()) <= 25, line
