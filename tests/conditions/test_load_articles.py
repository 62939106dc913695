"""Loading article files publishes what is new, spares what editors wrote, and repeats nothing."""

from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from conditions.addresses import save_at_its_address
from conditions.models import Article, Change, GatedText, Item, Picture, RelatedArticle, Revision
from conditions.publishing import publish, reasons_against_publishing, withdraw
from conditions.workflow import start_draft
from tests import factories
from tests.conditions.test_article_files import EXAMPLE, line_of


@pytest.fixture
def elbow(db):
    chapter = factories.item("13", "Diseases of the musculoskeletal system")
    block = factories.item("M70-M79", "Other soft tissue disorders", chapter)
    category = factories.item("M77", "Other enthesopathies", block)
    return factories.item("M77.1", "Lateral epicondylitis", category)


@pytest.fixture
def load(elbow, tmp_path):
    path = tmp_path / "tennis-elbow.md"

    def load_text(text=EXAMPLE, *options):
        path.write_text(text)
        out = StringIO()
        call_command("load_articles", str(tmp_path), *options, stdout=out, stderr=StringIO())
        return out.getvalue()

    return load_text


@pytest.fixture
def tennis_elbow(load):
    load()
    return Article.objects.get(slug="tennis-elbow")


def test_a_new_file_is_published_with_everything_in_it(tennis_elbow, elbow):
    revision = tennis_elbow.revisions.get()
    assert (revision.state, revision.origin, revision.is_sample) == ("published", "file", True)
    assert tennis_elbow.attachments.get(is_primary=True).item == elbow
    assert (revision.sections.count(), revision.care_cards.count(), revision.references.count()) == (4, 1, 1)
    assert tennis_elbow.names.count() == 2
    assert "Stop the movement" in GatedText.objects.get().body


def test_an_unchanged_file_writes_nothing(tennis_elbow, load, django_assert_max_num_queries):
    with django_assert_max_num_queries(14) as queries:
        assert "1 unchanged" in load()
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_a_changed_file_publishes_over_its_own_text(tennis_elbow, load):
    assert "published anew" in load(EXAMPLE.replace("many months", "some months"))
    assert list(tennis_elbow.revisions.values_list("number", "state")) == [(2, "published"), (1, "superseded")]


def test_over_an_editors_text_a_file_makes_a_draft_and_says_so(tennis_elbow, load, editor):
    draft = start_draft(tennis_elbow, by=editor)
    draft.change_sentence, draft.change_kind = "Clearer.", "editorial"
    draft.save()
    publish(draft, by=editor)
    assert "loaded as a draft, not published (over an editor's text)" in load(EXAMPLE.replace("many months", "some months"))
    assert tennis_elbow.revisions.published().get() == draft
    assert tennis_elbow.revisions.open().get().origin == Revision.Origin.FILE


def test_a_withdrawn_article_does_not_come_back_by_a_file(tennis_elbow, load):
    withdraw(tennis_elbow.revisions.get(), "Out of date.")
    assert "as a draft" in load(EXAMPLE.replace("many months", "some months"))
    assert not tennis_elbow.revisions.published().exists()


def test_an_editors_open_draft_is_not_written_over(tennis_elbow, load):
    start_draft(tennis_elbow)
    with pytest.raises(CommandError, match="an editor is at work"):
        load(EXAMPLE.replace("many months", "some months"))
    assert tennis_elbow.revisions.count() == 2


def test_what_editors_added_stays(tennis_elbow, load, elbow):
    category = elbow.parent
    tennis_elbow.attachments.create(item=category)
    tennis_elbow.names.create(text="Painter's elbow")
    load(EXAMPLE.replace("many months", "some months"))
    assert tennis_elbow.attachments.count() == 2
    assert tennis_elbow.names.filter(text="Painter's elbow").exists()


def test_a_dry_run_writes_nothing(load):
    assert "1 published" in load(EXAMPLE, "--dry-run")
    assert not Article.objects.exists()
    assert not Change.objects.exists()


@pytest.mark.parametrize("code", ["M77.9", "fever", "Z99.999"])
def test_an_unknown_code_is_refused(load, code):
    with pytest.raises(CommandError, match=f"tennis-elbow.md:4: codes: expected a code of the classification.*{code}"):
        load(EXAMPLE.replace("M77.1", code))


def test_a_retired_code_is_refused(load):
    Item.objects.filter(code="M77.1").update(retired_in=factories.release("April 2027"))
    with pytest.raises(CommandError, match="expected a code of the classification"):
        load()


def test_a_code_of_another_article_is_refused(load, elbow):
    factories.published_article(elbow, slug="sore-elbow")
    with pytest.raises(CommandError, match="belongs to “sore-elbow”"):
        load()


def test_two_files_with_one_slug_are_refused(load, tmp_path):
    (tmp_path / "again.md").write_text(EXAMPLE)
    with pytest.raises(CommandError, match="has 'tennis-elbow' too"):
        load()


def test_one_fault_in_one_file_keeps_all_files_out(load, tmp_path):
    (tmp_path / "other.md").write_text(EXAMPLE.replace("tennis-elbow", "other").replace("M77.1", "nothing"))
    with pytest.raises(CommandError, match="nothing was written"):
        load()
    assert not Article.objects.exists()


# --- Pictures ---------------------------------------------------------------------------------------------------------------

PICTURED = EXAMPLE.replace(
    "care_cards:",
    """pictures:
  - section: overview
    file: pictures/elbow.svg
    alt: An elbow from the outer side, with two tendons.
    caption: Where the tendons meet the bone.
    credit: A. Artist
    licence: CC BY 4.0
care_cards:""",
    1,
)


@pytest.fixture
def svg(tmp_path):
    (tmp_path / "pictures").mkdir()
    path = tmp_path / "pictures" / "elbow.svg"
    path.write_bytes(factories.DRAWING)
    return path


def media(tmp_path):
    return [path for path in (tmp_path / "media").rglob("*") if path.is_file()]


def test_a_picture_is_stored_and_stands_in_its_section(load, svg, tmp_path):
    assert "1 published" in load(PICTURED)
    picture = Picture.objects.get()
    assert (picture.section, picture.format, picture.width, picture.credit) == ("overview", "svg", 640, "A. Artist")
    assert [path.read_bytes() for path in media(tmp_path)] == [factories.DRAWING]


def test_a_changed_picture_is_a_changed_article_though_its_text_is_the_same(load, svg):
    load(PICTURED)
    assert "1 unchanged" in load(PICTURED)
    svg.write_bytes(factories.DRAWING.replace(b"Bone", b"Tendon"))
    assert "published anew" in load(PICTURED)
    assert Picture.objects.values("digest").distinct().count() == 2


def test_a_file_without_pictures_keeps_the_digest_it_had(tennis_elbow):
    assert tennis_elbow.revisions.get().source_digest == sha256(EXAMPLE.encode()).hexdigest()


def test_a_dry_run_stores_no_picture(load, svg, tmp_path):
    assert "1 published" in load(PICTURED, "--dry-run")
    assert not media(tmp_path)


@pytest.mark.parametrize("broken", [("M77.1", "M77.9"), ("{#outlook}", "{#future}"), ("credit: A. Artist", "credit:")])
def test_no_picture_is_stored_where_anything_is_at_fault(load, svg, tmp_path, broken):
    with pytest.raises(CommandError, match="nothing was written"):
        load(PICTURED.replace(*broken))
    assert not media(tmp_path)
    assert not Picture.objects.exists()


def test_a_media_folder_that_was_lost_is_made_again(load, svg, tmp_path):
    load(PICTURED)
    for path in media(tmp_path):
        path.unlink()
    assert "1 unchanged" in load(PICTURED)
    assert media(tmp_path)


def test_a_folder_without_articles_is_said(db, tmp_path):
    with pytest.raises(CommandError, match="expected an article file, or a folder"):
        call_command("load_articles", str(tmp_path))


CHANGED = EXAMPLE.replace("many months", "some months")


def test_an_unchanged_file_is_left_alone_whatever_editors_did_since(tennis_elbow, load, elbow):
    other = factories.item("M77.2", "Periarthritis of wrist", elbow.parent)
    tennis_elbow.attachments.update(item=other)
    factories.published_article(elbow, slug="sore-elbow")
    start_draft(tennis_elbow)
    assert "1 unchanged" in load()


def test_the_file_of_a_renamed_article_is_still_its_file(tennis_elbow, load):
    tennis_elbow.slug = "elbow"
    save_at_its_address(tennis_elbow)
    assert "1 unchanged" in load()
    with pytest.raises(CommandError, match="this one redirects to “elbow”"):
        load(CHANGED)


def test_a_file_that_an_editor_made_their_own_does_not_come_back(tennis_elbow, load, editor):
    draft = start_draft(tennis_elbow, by=editor)
    draft.change_sentence, draft.change_kind = "Clearer.", "editorial"
    draft.save()
    publish(draft, by=editor)
    load(CHANGED)
    tennis_elbow.revisions.open().update(origin=Revision.Origin.DESK, change_kind="editorial", change_sentence="Rewritten.")
    publish(tennis_elbow.revisions.open().get(), by=editor)
    assert "1 unchanged" in load(CHANGED)
    assert not tennis_elbow.revisions.open().exists()


def test_members_words_in_a_name_that_an_editor_gave_keep_the_file_out(tennis_elbow, load):
    tennis_elbow.names.create(text="the one with the sore green thumb")
    with pytest.raises(CommandError, match="the one with the sore green"):
        load(EXAMPLE.replace("### First steps", "### First steps\n\nIt is the one with the sore green thumb."))
    assert tennis_elbow.revisions.count() == 1


@pytest.mark.parametrize("other", ["m771", "M77.1"])
def test_one_code_in_two_files_is_refused_however_it_is_written(load, tmp_path, other):
    (tmp_path / "other.md").write_text(EXAMPLE.replace("tennis-elbow", "other").replace("M77.1", other))
    with pytest.raises(CommandError, match="expected once"):
        load()


# --- Articles that name each other ------------------------------------------------------------------------------------------

GOUT = EXAMPLE.replace("slug: tennis-elbow", "slug: gout").replace("[M77.1]", "[M77]")
LINKED = EXAMPLE.replace("elbow hurt.", "elbow hurt. It is not [gout](/conditions/gout/#overview).")
RELATED = EXAMPLE.replace("sample: true", "sample: true\nrelated: [gout]")


def test_two_new_files_may_name_each_other(load, tmp_path):
    gout = GOUT.replace("elbow hurt.", "elbow hurt. It is not [another](/conditions/tennis-elbow/).")
    tmp_path.joinpath("gout.md").write_text(gout.replace("sample: true", "sample: true\nrelated: [tennis-elbow]"))
    assert "2 published" in load(RELATED.replace("elbow hurt.", "elbow hurt. It is not [gout](/conditions/gout/)."))
    assert [str(related) for related in RelatedArticle.objects.order_by("pk")] == ["tennis-elbow", "gout"]


@pytest.mark.parametrize(("text", "field", "line"), [(LINKED, "#overview", "{#overview}"), (RELATED, "related", "related:")])
def test_an_article_that_is_not_there_is_named_with_its_line(load, text, field, line):
    with pytest.raises(CommandError, match=r"expected .* there or being loaded") as caught:
        load(text)
    assert f":{line_of(text, line)}: {field}:" in str(caught.value)
    assert not Article.objects.exists()


def test_an_old_address_of_an_article_is_one_of_it(load, tmp_path):
    tmp_path.joinpath("gout.md").write_text(GOUT)
    load()
    gout = Article.objects.get(slug="gout")
    gout.slug = "gouty-arthritis"
    save_at_its_address(gout)
    load(LINKED.replace("sample: true", "sample: true\nrelated: [gout, gouty-arthritis]"))
    assert RelatedArticle.objects.get().article == gout


def test_an_editor_is_told_of_a_link_that_leads_to_no_article(tennis_elbow):
    draft = start_draft(tennis_elbow)
    draft.sections.filter(kind="overview").update(body='<p>Not <a href="/conditions/gout/">gout</a>.</p>')
    assert "no page at “/conditions/gout/”" in " ".join(reasons_against_publishing(draft))
    factories.draft(slug="gout")
    assert "no page at “/conditions/gout/”" in " ".join(reasons_against_publishing(draft))
    draft.sections.filter(kind="overview").update(body='<p>See <a href="/conditions/g/">G</a>.</p>')
    assert "no page at" not in " ".join(reasons_against_publishing(draft))


def test_files_are_measured_in_a_table_with_their_hardest_sentences(elbow, tmp_path, capsys):
    tmp_path.joinpath("tennis-elbow.md").write_text(EXAMPLE)
    call_command("measure_articles", str(tmp_path), "--hardest", "1")
    head, _, row, _, hardest = capsys.readouterr().out.splitlines()
    assert head.startswith("| article | codes | chapter |")
    assert row.startswith("| Tennis elbow | M77.1 | 13 | 4 | ")
    assert "tennis-elbow, " in hardest


def test_a_file_that_cannot_be_read_is_not_measured(db, tmp_path):
    tmp_path.joinpath("tennis-elbow.md").write_text(EXAMPLE.replace("{#outlook}", "{#future}"))
    with pytest.raises(CommandError, match="#future"):
        call_command("measure_articles", str(tmp_path))
