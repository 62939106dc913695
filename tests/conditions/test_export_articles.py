"""Published articles are written to files that load back to the same content; without members' text, to files that do not load."""

import hashlib
from io import BytesIO, StringIO
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from conditions.contents import content
from conditions.loading.article_files import ArticleFileError, read_article_file
from conditions.loading.exporting import article_text
from conditions.models import Article, AuditEntry, Name, Picture, Revision, Section
from conditions.publishing import publish
from conditions.text import sanitise
from tests import factories

SHIPPED = Path(__file__).parents[2] / "conditions" / "articles"


@pytest.fixture
def export(tmp_path):
    def to_folder(*options, folder=tmp_path / "out"):
        out, err = StringIO(), StringIO()
        call_command("export_articles", str(folder), *options, stdout=out, stderr=err)
        return out.getvalue() + err.getvalue()

    return to_folder


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def load(folder, *options):
    told = StringIO()
    call_command("load_articles", str(folder), *options, stdout=told)
    return told.getvalue()


def state():
    """Return {article: what a file has to bring back of it} for everything that is published."""
    return {
        str(revision.article): (
            content(revision),
            [(str(attachment.item), attachment.is_primary) for attachment in revision.article.attachments.all()],
            list(revision.article.names.order_by("pk").values_list("text", "is_shown", "language")),
        )
        for revision in Revision.objects.published().select_related("article")
    }


def said(article):
    """Return everything that a file that was read says, without its lines and path."""
    pictures = [(picture.section, picture.stored, picture.texts) for picture in article.pictures]
    sections = [(part.kind, part.heading, part.audience, part.body, part.gated_body) for part in article.sections]
    (primary, *codes), related = [code for code, _ in article.codes], [slug for slug, _ in article.related]
    names = ("slug", "language", "title", "summary", "change_kind", "change_sentence", "is_sample", "hard_because", "names")
    plain = [getattr(article, name) for name in (*names, "care_cards", "references")]
    return [*plain, primary, set(codes), related, sections, pictures]


# --- There and back ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def rich(hand):
    """A published article with something in every field, and one that is related to it."""
    factories.published_article(hand["M61.242"], slug="other-hand")
    draft = factories.draft(
        hand["M61.24"],
        title="Hand: “hard” # muscle",
        summary="- Bone forms,\n  in a muscle. yes: no",
        hard_because="The word: ossification",
        is_sample=True,
        change_kind="safety",
    )
    draft.article.attachments.create(item=hand["M60-M63"])
    for text, fields in {"Stone hand": {}, "1984": {"is_shown": False}, "Mano dura": {"language": "es"}}.items():
        Name.objects.create(article=draft.article, text=text, **fields)
    Name.objects.create(article=draft.article, text="Stone hand", language="de", is_shown=False)
    draft.related.create(article=Article.objects.get(slug="other-hand"))
    draft.references.update(read_on="2026-05-31")
    factories.picture(draft, caption="Where: bone #1")
    draft.sections.filter(kind="overview").update(heading="What {#it} is", body="## <em>Bone</em> in a muscle")
    publish(draft)
    return draft.article


def test_what_was_exported_loads_into_an_empty_database_as_it_was(rich, export, out):
    before = state()
    assert "Exported 2 articles and 1 picture to" in export("--with-gated")
    Article.objects.all().delete()
    assert "2 published" in load(out)
    after = state()
    folded = before["hardened-hand-muscle"][0]
    folded["summary"] = " ".join(folded["summary"].split())
    assert after == before


def test_the_thirty_two_shipped_articles_come_back(db, export, out):
    files = {path.stem: read_article_file(path) for path in sorted(SHIPPED.glob("*.md"))}
    category = factories.item("A00", parent=factories.item("A00-A09", parent=factories.item("01")))
    for code in {code for file in files.values() for code, _ in file.codes}:
        factories.item(code, parent=category)
    load(SHIPPED)
    assert f"Exported {len(files)} articles" in export("--with-gated")
    for slug, file in files.items():
        assert said(read_article_file(out / f"{slug}.html")) == said(file)
    assert len(files) == len(list(out.glob("*.html"))) == 32


def test_another_language_is_in_the_name_of_the_file(hand, export, out):
    factories.published_article(hand["M61.24"])
    factories.published_article(hand["M61.24"], language="es")
    before = state()
    export("--with-gated")
    assert sorted(path.name for path in out.iterdir()) == ["hardened-hand-muscle.es.html", "hardened-hand-muscle.html"]
    Article.objects.all().delete()
    load(out)
    assert state() == before


def test_a_block_of_one_category_is_told_from_the_category(hand, export, out):
    block = factories.item("C50", "Tumours of the breast", hand["13"])
    category = factories.item("C50", "Tumour of the breast", block)
    factories.published_article(block, slug="at-the-block")
    factories.published_article(category, slug="at-the-category")
    before = state()
    export("--with-gated")
    Article.objects.all().delete()
    load(out)
    assert state() == before


def test_only_what_readers_have_is_exported(article, hand, export, out):
    factories.draft(hand["M61.242"], slug="only-a-draft")
    export("--with-gated")
    assert [path.name for path in out.glob("*.html")] == ["hardened-hand-muscle.html"]


# --- Pictures ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def pictured(hand):
    def with_picture(kind="JPEG", mode="RGB", width=1700):
        out = BytesIO()
        gradient = Image.radial_gradient("L").resize((width, 400))
        image = gradient.convert(mode)
        if mode == "RGBA":
            image.putalpha(gradient)
        image.save(out, kind)
        draft = factories.draft(hand["M61.24"])
        factories.picture(draft, out.getvalue())
        publish(draft)
        return draft.article

    return with_picture


@pytest.mark.parametrize(
    ("kind", "mode", "width", "suffix"),
    [("JPEG", "RGB", 1700, ".webp"), ("PNG", "RGBA", 640, ".png"), ("PNG", "RGBA", 900, ".webp")],
)
def test_a_photograph_comes_back_to_the_site_it_came_from_as_the_same_picture(pictured, export, out, kind, mode, width, suffix):
    pictured(kind, mode, width)
    before = state()
    export("--with-gated")
    assert [path.suffix for path in (out / "pictures").iterdir()] == [suffix]
    Article.objects.all().delete()
    load(out)
    assert state() == before


def test_elsewhere_it_becomes_a_picture_of_its_own_which_then_stays_the_same(pictured, export, out, settings, tmp_path):
    pictured()
    export("--with-gated")
    Article.objects.all().delete()
    rmtree(settings.MEDIA_ROOT)
    load(out)
    exported = next((out / "pictures").iterdir()).read_bytes()
    assert Picture.objects.get().digest == hashlib.sha256(exported).hexdigest()
    before = state()
    export("--with-gated", folder=tmp_path / "again")
    Article.objects.all().delete()
    load(tmp_path / "again")
    assert state() == before


def test_a_file_that_was_changed_is_not_taken_for_the_picture_it_was(pictured, export, out):
    pictured()
    was = Picture.objects.get().digest
    export("--with-gated")
    path = next((out / "pictures").iterdir())
    Image.new("RGB", (500, 300), "green").save(path)
    Article.objects.all().delete()
    load(out)
    assert Picture.objects.get().digest == hashlib.sha256(path.read_bytes()).hexdigest() != was


def test_a_missing_picture_is_said_and_the_text_is_exported_all_the_same(rich, export, out, settings):
    rmtree(settings.MEDIA_ROOT)
    told = export("--with-gated")
    assert ".svg is missing from the site's files" in told
    assert "2 articles and 0 pictures" in told


# --- The gate ---------------------------------------------------------------------------------------------------------------


def everything_in(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).decode()


def test_without_the_members_text_no_word_of_it_is_exported(rich, export, out, django_assert_num_queries):
    Revision.objects.update(hard_because=f"It is about a {factories.CANARY}.")
    assert "without members' text" in export()
    text = everything_in(out)
    assert "Movement comes first" in text
    assert factories.CANARY not in text
    assert factories.CANARY in (export("--with-gated", "--overwrite"), everything_in(out))[1]


def test_a_file_without_members_text_says_so_and_is_never_loaded(article, export, out):
    export()
    text = (out / "hardened-hand-muscle.html").read_text()
    assert "# This file is without the members' text" in text
    Article.objects.all().delete()
    with pytest.raises(CommandError, match="#treatment: expected the members' text between “::: members” and “:::”, found nothing"):
        load(out)
    assert not Article.objects.exists()


def test_an_article_for_everybody_is_whole_without_members_text(hand, export, out):
    draft = factories.draft(hand["M61.24"], gated_body=None)
    assert not draft.sections.filter(audience=Section.Audience.MEMBERS).exists()
    publish(draft)
    before = state()
    export()
    Article.objects.all().delete()
    load(out)
    assert state() == before


# --- The folder, and what is said -------------------------------------------------------------------------------------------


def test_a_folder_that_is_not_empty_is_named_and_left_alone(article, export, out):
    out.mkdir()
    (out / "hardened-hand-muscle.html").write_text("Mine.")
    with pytest.raises(CommandError, match=r"out is not empty.*--overwrite"):
        export()
    assert (out / "hardened-hand-muscle.html").read_text() == "Mine."
    assert not AuditEntry.objects.filter(act="exported").exists()


def test_overwriting_replaces_files_of_the_same_name_and_names_the_others(article, export, out):
    out.mkdir()
    (out / "hardened-hand-muscle.html").write_text("Mine.")
    (out / "gout.html").write_text("Mine.")
    assert "gout.html: was there before and is left as it is" in export("--overwrite")
    assert "Movement comes first" in (out / "hardened-hand-muscle.html").read_text()
    assert (out / "gout.html").read_text() == "Mine."
    assert len(list(out.iterdir())) == 2


def test_a_file_in_the_place_of_the_folder_is_said(article, export, out):
    out.write_text("Mine.")
    with pytest.raises(CommandError, match=r"out: Not a directory\."):
        export()


def test_what_could_not_be_loaded_as_it_stands_is_said(article, export, out):
    revision = article.revisions.get()
    revision.care_cards.update(heading="Get medical help")
    assert "To be mended before it is loaded" in export("--with-gated")
    with pytest.raises(ArticleFileError):
        read_article_file(out / "hardened-hand-muscle.html")


@pytest.mark.parametrize(("options", "told"), [([], "without members' text"), (["--with-gated"], "with members' text")])
def test_each_export_is_in_the_audit(article, export, options, told):
    export(*options)
    entry = AuditEntry.objects.get(act=AuditEntry.Act.EXPORTED)
    assert (entry.user_pk, entry.detail) == (None, f"1 article, {told}: hardened-hand-muscle")


# --- Any text there is ------------------------------------------------------------------------------------------------------

# What YAML, Markdown, HTML or the format itself would take for something else.
NASTY = [
    *("## x", "## A {#overview}", ":::", "::: members", "---", "--- a", "...", "# c", "- a", "? b", "a: b", "a:", ": a", "'", '"'),
    *(
        "null",
        "~",
        "yes",
        "1e3",
        "0x1F",
        "12:30:45",
        "2026-01-01",
        "<<",
        "=",
        "!tag",
        "&a",
        "*a",
        "|",
        ">",
        "%d",
        "@x",
        "`x`",
        "{a}",
    ),
    *(
        "[a]",
        "{#treatment .public}",
        "\\n",
        "\\",
        "&amp;",
        "&lt;p&gt;",
        "&#35;",
        "é",
        "ß",
        "𝔘",
        "عربي",
        "\u200b",
        "\xad",
        "\ufeff",
        "\x7f",
    ),
    *("a\tb", "…", "x" * 130, "<5 and >7", "</p>", "<!-- a -->", "&", ";", "\u2028", "\x85", "$", "{% x %}", "{{ x }}"),
]
LOOSE = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12))


def plain(longest=100):
    """A line of text as it is kept: white space folded, something in it."""
    return (
        st.lists(LOOSE, min_size=1, max_size=6).map(lambda parts: " ".join(" ".join(parts).split())[:longest].strip()).filter(bool)
    )


# Control characters are kept by a database and fold away nowhere; the six-word rule and links are tested elsewhere.
BLOCKS = [
    "{}",
    "<p>{}</p>",
    "<p>{}</p> <p>{}</p>",
    "<ul><li>{}</li> <li>b</li></ul> c",
    "<h3>{}</h3><p>a</p>",
    "<p><em>{}</em> <strong>a</strong></p>",
]
BODIES = st.builds(
    lambda shape, text, is_markup: sanitise(shape.replace("{}", text if is_markup else text.replace("<", "&lt;"))),
    st.sampled_from(BLOCKS),
    plain(),
    st.booleans(),
).filter(lambda body: body and sanitise(body) == body)
# Few words, so that no six of them stand in public by chance.
GATED = st.builds(lambda text: sanitise(f"{text[:6]} zeta"), plain()).filter(lambda body: body and sanitise(body) == body)
READ_ON = st.one_of(st.none(), st.dates().map(lambda day: day.isoformat()))


@st.composite
def contents(draw):
    """Return (content, codes, names) of an article that the rules of files allow."""
    kinds = [
        Section.Kind.WHEN_TO_GET_HELP,
        *draw(st.sets(st.sampled_from([*Section.Kind]).filter(lambda kind: kind != "when-to-get-help"), max_size=3)),
    ]
    sections = []
    for kind in kinds:
        is_gated = kind != Section.Kind.WHEN_TO_GET_HELP and draw(st.booleans())
        sections.append(
            {
                "kind": str(kind),
                "heading": draw(plain()),
                "audience": "members" if is_gated else "public",
                "body": draw(BODIES),
                "gated_body": draw(GATED) if is_gated else "",
            }
        )
    said = {
        "title": draw(plain()),
        "summary": draw(plain(500)),
        "change_kind": draw(st.sampled_from(Revision.ChangeKind.values)),
        "change_sentence": draw(plain()),
        "is_sample": draw(st.booleans()),
        "hard_because": draw(st.one_of(st.just(""), plain())),
        "sections": sections,
        "care_cards": draw(
            st.lists(
                st.fixed_dictionaries(
                    {"urgency": st.sampled_from(["emergency", "urgent"]), "heading": plain(90).map("{} if:".format), "body": BODIES}
                ),
                max_size=2,
            )
        ),
        "references": draw(
            st.lists(
                st.fixed_dictionaries(
                    {
                        "title": plain(),
                        "publisher": plain(),
                        "url": st.just("https://example.org/a?b=c&d=#e: f"[:29]),
                        "read_on": READ_ON,
                    }
                ),
                max_size=2,
            )
        ),
        "pictures": draw(
            st.lists(
                st.fixed_dictionaries(
                    {"section": st.just("when-to-get-help"), "digest": st.just("d")}
                    | dict.fromkeys(Picture.PUBLIC_TEXTS, plain(90))
                ),
                max_size=2,
            )
        ),
        "related": draw(
            st.lists(st.sampled_from(["null", "gout", "1984", "on"]), unique=True).map(
                lambda slugs: [{"slug": slug} for slug in slugs]
            )
        ),
    }
    names = draw(
        st.lists(
            st.fixed_dictionaries({"text": plain(), "is_shown": st.booleans(), "language": st.sampled_from(["en", "es", "ar"])}),
            max_size=3,
            unique_by=lambda name: (name["text"].lower(), name["language"]),
        )
    )
    return said, draw(st.lists(st.sampled_from(["13", "M61", "M60-M63", "block C50", "1E3"]), min_size=1, unique=True)), names


@pytest.fixture(scope="module")
def folder():
    with TemporaryDirectory() as name:
        Path(name, "drawing.svg").write_bytes(factories.DRAWING)
        yield Path(name)


@hypothesis_settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], deadline=None, max_examples=60)
@given(contents())
def test_any_content_is_read_back_as_it_was_written(folder, written):
    content, codes, names = written
    text = article_text(content, slug="off", language="en", codes=codes, names=names, pictures={"d": "drawing.svg"})
    path = folder / "article.html"
    path.write_bytes(text.encode())
    try:
        article = read_article_file(path)
    except ArticleFileError as error:
        # What any file may not say, however it was written.
        told = [fault.expected for fault in error.faults]
        assume(not all("ellipsis" in expected or "six stand in both" in expected for expected in told))
        raise
    assert (article.title, article.summary, article.change_kind) == (content["title"], content["summary"], content["change_kind"])
    assert (article.change_sentence, article.is_sample, article.hard_because) == (
        content["change_sentence"],
        content["is_sample"],
        content["hard_because"],
    )
    assert [code for code, _ in article.codes] == codes
    assert [{"language": "en"} | name for name in article.names] == names
    assert [slug for slug, _ in article.related] == [related["slug"] for related in content["related"]]
    assert article.care_cards == content["care_cards"]
    assert [
        reference | {"read_on": reference["read_on"] and reference["read_on"].isoformat()} for reference in article.references
    ] == (content["references"])
    assert [{"section": picture.section, "digest": "d"} | picture.texts for picture in article.pictures] == content["pictures"]
    assert [
        {name: getattr(section, name) for name in ("kind", "heading", "audience", "body", "gated_body")}
        for section in article.sections
    ] == content["sections"]


@pytest.mark.parametrize(
    "body", ["## x", "## A {#overview}", ":::", "::: members", ":::x", "# x", "x\n## y", "&amp;#35;", "## &lt;b&gt;"]
)
@pytest.mark.parametrize("place", ["body", "gated_body"])
def test_a_body_that_looks_like_the_format_is_text(folder, body, place):
    section = {"kind": "when-to-get-help", "heading": "Help", "audience": "public", "body": "<p>a</p>", "gated_body": ""}
    gated = {"kind": "treatment", "heading": "T", "audience": "members", "body": "<p>b</p>", "gated_body": "c"}
    gated[place] = sanitise(f"{body} word")
    content = {"sections": [section, gated], "title": "T", "summary": "S", "change_kind": "clinical", "change_sentence": "C"}
    content |= {"is_sample": False, "hard_because": "", "care_cards": [], "references": [], "pictures": [], "related": []}
    path = folder / "body.html"
    path.write_text(article_text(content, slug="x-y", language="en", codes=["M61"], names=[], pictures={}))
    assert getattr(read_article_file(path).sections[1], place) == gated[place]
