"""An article file is read whole or refused with every fault, each with its line."""

import re
from pathlib import Path

import pytest

from conditions.loading.article_files import ArticleFileError, read_article_file
from conditions.text import sanitise
from tests import factories

DOCUMENTED = Path(__file__).parents[2] / "docs" / "article-files.md"
TEASER = "Most people get better without an operation. What helps first, and what comes next if it does not"
EXAMPLE = re.search(r"```markdown\n(.*?)```", DOCUMENTED.read_text(), re.DOTALL)[1]


@pytest.fixture
def read(tmp_path):
    def read_text(text):
        path = tmp_path / "article.md"
        path.write_text(text)
        return read_article_file(path)

    return read_text


@pytest.fixture
def faults(read):
    def faults_of(text):
        with pytest.raises(ArticleFileError) as caught:
            read(text)
        return [(fault.line, fault.field, fault.expected) for fault in caught.value.faults]

    return faults_of


def line_of(text, words):
    return next(number for number, line in enumerate(text.split("\n"), start=1) if words in line)


def test_the_documented_example_is_read(read):
    article = read(EXAMPLE)
    assert (article.slug, article.title, article.is_sample) == ("tennis-elbow", "Tennis elbow", True)
    assert [code for code, line in article.codes] == ["M77.1"]
    assert article.names == [{"text": "Lateral epicondylitis", "is_shown": True}, {"text": "Tenis elbow", "is_shown": False}]
    assert [section.kind for section in article.sections] == ["overview", "when-to-get-help", "treatment", "outlook"]


def test_treatment_is_for_members_without_saying_so(read):
    treatment = read(EXAMPLE).sections[2]
    assert treatment.audience == "members"
    assert treatment.body.startswith("<p>Most people get better")
    assert treatment.gated_body.startswith("<h3>First steps</h3>")
    assert "Stop the movement" not in treatment.body


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        ("slug: tennis-elbow", "slug: Tennis Elbow", "slug", "hyphens"),
        ("language: en", "language: xx", "language", "expected one of en"),
        ("codes: [M77.1]", "codes: []", "codes", "at least one code"),
        ("codes: [M77.1]", "codes: [M77.1, M77.1]", "codes", "found twice"),
        ("title: Tennis elbow\nsummary", "summary", "title", "found nothing"),
        ("sample: true", "sample: maybe", "sample", "true or false"),
        ("kind: clinical", "kind: big", "kind", "editorial, clinical, safety"),
        ("sample: true", "colour: red", "colour", "no such field"),
        ("sample: true", "sample: true\nslug: other", "slug", "found twice"),
        ("urgency: urgent", "urgency: someday", "care_cards 1.urgency", "emergency, urgent, non-urgent"),
        ('"Get medical help today if:"', '"Get help"', "care_cards 1.heading", "if:"),
        ("url: https://www", "url: javascript://www", "references 1.url", "https://"),
        ("read: 2026-05-31", "read: in May", "references 1.read", "a day"),
        ("## What it is {#overview}", "## What it is", "sections", "## Heading {#kind}"),
        ("## What it is {#overview}", "Stray text", "sections", "before any text"),
        ("{#outlook}", "{#future}", "#future", "expected one of overview"),
        ("{#outlook}", "{#overview}", "sections", "found twice"),
        ("{#outlook}", "{#outlook .staff}", "#outlook", "found .staff"),
        ("{#outlook}", "{#outlook .members}", "#outlook", "::: members"),
        ("{#treatment}", "{#treatment .public}", "#treatment", "no members' text in a public section"),
        ("## When to get help {#when-to-get-help}", "## Symptoms {#symptoms}", "sections", "no article goes out without it"),
        ("{#when-to-get-help}", "{#when-to-get-help .members}", "#when-to-get-help", "never gated"),
        ("what comes next if it does not", "what comes next…", "#treatment", "ellipsis"),
        ("### First steps", "# First steps", "#treatment", "### or ####"),
        ("week.\n:::", "week.", "#treatment", "a line “:::”"),
        ("week.\n:::", "week.\n:::\nMore.", "#treatment", "nothing after"),
        ("a little more each week", "![a picture](x.png)", "#treatment", "without pictures"),
        ("::: members", ":::members", "#treatment", "as those very words"),
        ("## Outlook {#outlook}", "## Outlook {#outlook}\n::: Members\nSecret words.\n::: end", "#outlook", "as those very words"),
        ("### If it lasts", "::: members\n### If it lasts", "#treatment", "“::: members” once"),
        ("slug: tennis-elbow", "slug: t", "slug", "more than a letter"),
        ("sample: true", "sample: true\nrelated: gout", "related", "expected a list"),
        ("sample: true", "sample: true\nrelated: [gout, gout]", "related", "'gout' once"),
        ("sample: true", "sample: true\nrelated: [tennis-elbow]", "related", "other articles than this one"),
        ("hurt.", "[hurt](hurt.html).", "#overview", "begins with https://"),
        ("hurt.", "[hurt](//example.org/hurt).", "#overview", "begins with https://"),
        ("hurt.", "[hurt](#symptoms).", "#overview", "# and a section"),
        ("a little more each week", "a little [more](more) each week", "#treatment", "begins with https://"),
        ("- your elbow is hot", "- your [elbow](elbow) is hot", "care_cards 1.body", "begins with https://"),
        ("sample: true", "sample: !thing true", "sample", "true or false"),
        ("sample: true", "[a, b]: c", "front matter", "name: value"),
        ("read: 2026-05-31", "read: 2026-13-45", "references 1.read", "a day"),
        ("title: Tennis elbow", 'title: "Tennis\\0elbow"', "file", "cannot be kept"),
        ("what comes next if it does not", "what comes next **…**", "#treatment", "ellipsis"),
        (
            "Most people get better without an operation. What helps first, and what comes next if it does not",
            "&nbsp;",
            "#treatment",
            "a teaser",
        ),
    ],
)
def test_each_fault_names_field_and_expectation(faults, old, new, field, expected):
    assert old in EXAMPLE
    found = faults(EXAMPLE.replace(old, new, 1))
    assert any(name == field and expected in said for _, name, said in found), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: clinical", "kind: big"),
        ("urgency: urgent", "urgency: someday"),
        ("{#outlook}", "{#future}"),
        ("### First", "# First"),
    ],
)
def test_each_fault_names_the_line(faults, old, new):
    text = EXAMPLE.replace(old, new, 1)
    assert [line for line, _, _ in faults(text)] == [line_of(text, new)]


def test_broken_yaml_names_its_line(faults):
    text = EXAMPLE.replace("title: Tennis elbow", "title: 'Tennis elbow", 1)
    assert faults(text)[0][1] == "front matter"


@pytest.mark.parametrize("text", ["", "no front matter", "---\nslug: x\n", "---\n- a list\n---\n", "---\n---\n"])
def test_a_file_without_front_matter_is_refused(faults, text):
    assert faults(text)


def test_a_file_that_is_not_text_is_refused(tmp_path):
    path = tmp_path / "article.md"
    path.write_bytes(b"---\nslug: \xff\n---\n")
    with pytest.raises(ArticleFileError, match=r"article.md:2: file: expected UTF-8"):
        read_article_file(path)


def test_six_words_of_the_members_text_in_public_are_named(faults):
    text = EXAMPLE.replace("It often heals", "Hold something cold against the sore place. It often heals", 1)
    line, _, said = faults(text)[0]
    assert "“hold something cold against the sore”" in said
    assert line == line_of(text, "::: members")


# --- Pictures ---------------------------------------------------------------------------------------------------------------

PICTURE = """pictures:
  - section: overview
    file: elbow.svg
    alt: An elbow from the outer side.
    caption: Where the tendons meet the bone.
    credit: A. Artist
    licence: CC BY 4.0
"""
PICTURED = EXAMPLE.replace("care_cards:", f"{PICTURE}care_cards:", 1)


@pytest.fixture
def svg(tmp_path):
    path = tmp_path / "elbow.svg"
    path.write_bytes(factories.DRAWING)
    return path


def test_a_picture_is_read_with_its_words(read, svg):
    picture = read(PICTURED).pictures[0]
    assert (picture.section, picture.stored.format, picture.texts["alternative_text"]) == (
        "overview",
        "svg",
        "An elbow from the outer side.",
    )


@pytest.mark.parametrize(
    ("old", "new", "field", "expected"),
    [
        ("section: overview", "section: cover", "pictures 1.section", "expected one of overview"),
        (
            "section: overview",
            "section: prevention",
            "pictures 1.section",
            "expected a section of this article, found 'prevention'",
        ),
        ("file: elbow.svg", "colour: red", "pictures 1.file", "found nothing"),
        ("file: elbow.svg", "file: knee.svg", "pictures 1.file", "found no file 'knee.svg'"),
        ("file: elbow.svg", "file: ../elbow.svg", "pictures 1.file", "in the article's folder, found '../elbow.svg'"),
        ("file: elbow.svg", "file: x/../elbow.svg", "pictures 1.file", "in the article's folder"),
        ("file: elbow.svg", "file: /etc/passwd", "pictures 1.file", "in the article's folder"),
        ("file: elbow.svg", "file: outside.svg", "pictures 1.file", "in the article's folder"),
        ("file: elbow.svg", "file: loop.svg", "pictures 1.file", "expected a file that can be read"),
        ("file: elbow.svg", 'file: "a\\0b"', "pictures 1.file", "expected a file that can be read"),
        ("file: elbow.svg", "file: .", "pictures 1.file", "found no file"),
        ("file: elbow.svg", "file: article.md", "pictures 1.file", "expected a JPEG, PNG, WebP or AVIF picture"),
        ("alt: An elbow from the outer side.", "alt:", "pictures 1.alt", "found nothing"),
        ("licence: CC BY 4.0", f"licence: {'x' * 101}", "pictures 1.licence", "at most 100 characters"),
        ("credit: A. Artist", "by: A. Artist", "pictures 1.by", "no such field"),
    ],
)
def test_each_fault_of_a_picture_names_its_line(faults, svg, tmp_path, old, new, field, expected):
    (tmp_path / "outside.svg").symlink_to("/etc/passwd")
    (tmp_path / "loop.svg").symlink_to("loop.svg")
    text = PICTURED.replace(old, new, 1)
    found = faults(text)
    assert any(name == field and expected in said for _, name, said in found), found
    assert {line for line, name, _ in found} <= {line_of(text, "- section"), line_of(text, new)}


def test_a_pictures_own_faults_are_told(faults, svg):
    svg.write_bytes(factories.DRAWING.replace(b"text", b"script"))
    expected = "expected an SVG drawing of plain shapes and text, found the element <script>"
    assert faults(PICTURED) == [(line_of(PICTURED, "file: elbow.svg"), "pictures 1.file", expected)]


@pytest.mark.parametrize("place", ["An elbow from the outer side", "Where the tendons meet the bone", "A. Artist", "CC BY 4.0"])
def test_six_words_of_the_members_text_at_a_picture_are_named(faults, svg, place):
    text = PICTURED.replace(place, "hold something cold against the sore", 1)
    assert "“hold something cold against the sore”" in faults(text)[0][2]


def test_six_words_of_the_members_text_in_a_drawing_are_named(faults, svg):
    svg.write_bytes(factories.DRAWING.replace(b"Bone", b"Hold something cold against the sore"))
    assert "“hold something cold against the sore”" in faults(PICTURED)[0][2]


def test_html_bodies_are_reduced_to_the_allow_list(read):
    nasty = '<p onclick="x()">Safe <a href="javascript:x()">link</a><script>x()</script><img src="//elsewhere/x.png"></p>'
    text = EXAMPLE.replace("---\nslug", "---\nformat: html\nslug", 1).replace("It often heals by itself", nasty, 1)
    body = read(text).sections[3].body
    assert "Safe" in body
    for gone in ("onclick", "javascript", "script", "img", "elsewhere"):
        assert gone not in body


def test_sanitising_twice_changes_nothing():
    once = sanitise('<p style="color:red">a &amp; b\n c</p><h1>x</h1><iframe src="x"></iframe>')
    assert sanitise(once) == once == "<p>a &amp; b c</p>x"


@pytest.mark.parametrize(
    "front",
    [
        "a: &a [*a]",
        "? {b: c}\n: d",
        "<<: nothing",
        "codes: " + "[" * 2000,
        "title: !!int abc",
        "codes: [[a], {b: c}]",
        "names: {a: b}",
    ],
)
def test_odd_front_matter_is_a_fault_and_no_traceback(faults, front):
    assert faults(f"---\n{front}\n---\n")
