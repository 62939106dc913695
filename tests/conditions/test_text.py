"""Sanitising, plain words, the teaser's ellipsis, and the six-word rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions.overlap import STOCK_PHRASES, shared_run
from conditions.text import counted, plain, sanitise, with_ellipsis, words

WORD = st.text("abcdefg", min_size=1, max_size=4)


@given(st.text())
def test_sanitising_is_done_after_once(markup):
    once = sanitise(markup)
    assert sanitise(once) == once


@pytest.mark.parametrize(
    ("markup", "clean"),
    [
        ("<p onclick='x()'>a</p>", "<p>a</p>"),
        ("<p style='color:red'>a</p>", "<p>a</p>"),
        ("<script>x()</script><style>p{}</style>a", "a"),
        ("<iframe src='https://elsewhere'></iframe><img src=x>", ""),
        ("<p><br></p>", ""),
        ("<p>a\n  b</p>", "<p>a b</p>"),
        ("<!-- hidden -->a", "a"),
    ],
)
def test_only_the_allow_list_survives(markup, clean):
    assert sanitise(markup) == clean


def test_a_script_link_loses_its_address():
    assert "javascript" not in sanitise(
        '<a href="javascript:x()">a</a><a href="JaVaScript&#58;x()">b</a><a href="data:text/html,x">c</a>'
    )


@pytest.mark.parametrize(
    ("markup", "text"), [("<p>a</p><p>b</p>", "a b"), ("<strong>a</strong>b &amp; c", "ab & c"), ("<li>a<br>b</li>", "a b")]
)
def test_the_end_of_an_element_parts_words(markup, text):
    assert plain(markup) == text


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("<p>First rest. What comes next</p>", "<p>First rest. What comes next…</p>"),
        ("<p>First rest.</p>", "<p>First rest…</p>"),
        ("<ul><li>Rest,</li></ul>", "<ul><li>Rest…</li></ul>"),
        ("<p>Already…</p>", "<p>Already…</p>"),
        ("<p>Rest &amp;</p>", "<p>Rest &amp;…</p>"),
    ],
)
def test_a_teaser_ends_in_an_ellipsis(stored, shown):
    assert with_ellipsis(stored) == shown


@given(st.lists(WORD, min_size=6, max_size=6), st.lists(WORD, max_size=4), st.lists(WORD, max_size=4))
def test_six_words_in_a_row_are_found_wherever_they_stand(run, before, after):
    gated = f"<p>{' '.join(run)}</p>"
    public = " ".join([*before, *run, *after]).upper().replace(" ", ", ")
    assert shared_run([public], gated) == " ".join(words(gated))


@given(st.lists(WORD, min_size=6, max_size=12, unique=True))
def test_five_words_in_a_row_are_not(found):
    assert shared_run([" ".join(found[:5])], " ".join(found)) is None


@pytest.mark.parametrize("phrase", sorted(STOCK_PHRASES))
def test_stock_phrases_may_stand_in_both(phrase):
    assert shared_run([phrase], phrase) is None
    assert words(phrase) == phrase.split()
    assert len(phrase.split()) == 6


@pytest.mark.parametrize(
    "public",
    [
        "don’t pull at the sore finger",
        "Don't pull at the s\u00adore finger",
        "don't pull at\u200b the sore finger",
        "ｄｏｎ't pull at the sore ﬁnger",
        "<p>don't pull</p><ul><li>at the <em>sore</em> finger</li></ul>",
    ],
)
def test_the_same_words_in_another_dress_are_the_same(public):
    assert shared_run([public], "<p>Don’t pull at the sore finger today.</p>")


@pytest.mark.parametrize("markup", ["&nbsp;", "<p>\u200b</p>", "<p> … </p>"])
def test_what_has_no_word_in_it_is_nothing(markup):
    assert sanitise(markup) == ""


@pytest.mark.parametrize(
    ("count", "forms", "told"),
    [
        (1, ["draft"], "1 draft"),
        (0, ["draft"], "0 drafts"),
        (2000, ["draft"], "2,000 drafts"),
        (1, ["comment is", "comments are"], "1 comment is"),
        (2, ["comment is", "comments are"], "2 comments are"),
    ],
)
def test_a_count_is_told_with_its_noun(count, forms, told):
    assert counted(count, *forms) == told
