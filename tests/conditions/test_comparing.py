"""Two texts side by side: what is marked, and that nothing but marks is added."""

import random
import re
import time
from html import escape
from html.parser import HTMLParser

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions.comparing import compare, compare_plain
from conditions.text import ATTRIBUTES, TAGS, plain, sanitise

MARKS = re.compile(r"</?(?:ins|del)>")
MARKED = re.compile(r"<(ins|del)>(.*?)</\1>")
WORD = st.sampled_from(["rest", "the", "hand", "don’t", "0.5 mg", "&amp;", "&lt;5", "a&nbsp;b", "مرض", "é", ",", ".", "(", "…"])
TAG = st.sampled_from(sorted(TAGS))


def element(inner):
    address = st.sampled_from(['<a href="/a?x=1&amp;y=2">{}</a>', '<a href="/a?b>c">{}</a>', '<ol start="3"><li>{}</li></ol>'])
    plain_tag = st.builds("<{0}>{{}}</{0}>".format, TAG)
    return st.builds(str.format, address | plain_tag, st.lists(inner, max_size=3).map(" ".join))


MARKUP = st.lists(st.recursive(WORD, element, max_leaves=12), max_size=4).map("".join).map(sanitise)


def unmarked_words(markup):
    return plain(MARKED.sub("", markup).replace("<br>", " ")).split()


@given(MARKUP | st.text().map(sanitise), MARKUP)
def test_without_its_marks_each_text_is_as_it_was(old, new):
    left, right = compare(old, new)
    assert MARKS.sub("", left) == old
    assert MARKS.sub("", right) == new


@given(MARKUP)
def test_equal_texts_have_no_marks(markup):
    assert compare(markup, markup) == (markup, markup)


@given(MARKUP, MARKUP)
def test_outside_the_marks_both_say_the_same(old, new):
    left, right = compare(old, new)
    assert "".join(unmarked_words(left)) == "".join(unmarked_words(right))


@given(MARKUP, MARKUP)
def test_what_is_gone_stands_left_and_what_is_new_right(old, new):
    left, right = compare(old, new)
    assert "<ins>" not in left
    assert "<del>" not in right


@given(MARKUP | st.text().map(sanitise), MARKUP)
def test_marks_stand_inside_elements_and_hold_words_alone(old, new):
    for text in compare(old, new):
        assert not [inside for _, inside in MARKED.findall(text) if "<" in inside or not inside.strip()]
        assert len(MARKS.findall(text)) == 2 * len(MARKED.findall(text))


class Nesting(HTMLParser):
    """Reads the tags of a text, which have to close in the order in which they opened."""

    def __init__(self, markup):
        super().__init__()
        self.open = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.open += [tag] if tag != "br" else []

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@given(MARKUP | st.text().map(sanitise), MARKUP)
def test_both_are_well_formed(old, new):
    assert [Nesting(text).open for text in compare(old, new)] == [[], []]


@given(MARKUP | st.text().map(sanitise), MARKUP)
def test_a_browser_reads_it_as_it_reads_the_text_itself(old, new):
    for text in compare(old, new):
        parsed = nh3.clean(text, tags=TAGS | {"ins", "del"}, attributes=ATTRIBUTES, link_rel="noopener")
        # A link around a table with another link is taken apart as it is read: such a text is none that stays as it was written.
        if sanitise(MARKS.sub("", text)) == MARKS.sub("", text):
            assert parsed == text


@given(st.text(), st.text())
def test_plain_text_is_escaped_and_else_the_same(old, new):
    left, right = compare_plain(old, new)
    assert MARKS.sub("", left) == escape(old, quote=False)
    assert MARKS.sub("", right) == escape(new, quote=False)


@pytest.mark.parametrize(
    ("old", "new", "left", "right"),
    [
        ("<p>Rest the hand.</p>", "<p>Rest the arm.</p>", "<p>Rest the <del>hand</del>.</p>", "<p>Rest the <ins>arm</ins>.</p>"),
        ("<p>Take 0.5 mg</p>", "<p>Take 0.25 mg</p>", "<p>Take <del>0.5</del> mg</p>", "<p>Take <ins>0.25</ins> mg</p>"),
        ("<p>a</p>", "<p>a</p><p>b c</p>", "<p>a</p>", "<p>a</p><p><ins>b c</ins></p>"),
        ("<p>a b <em>c</em></p>", "", "<p><del>a b</del> <em><del>c</del></em></p>", ""),
        ("<p>one</p><p>two</p>", "<p>two</p>", "<p><del>one</del></p><p>two</p>", "<p>two</p>"),
        ("<p>I &lt; you</p>", "<p>I &gt; you</p>", "<p>I <del>&lt;</del> you</p>", "<p>I <ins>&gt;</ins> you</p>"),
        ("<p>don’t</p>", "<p>do</p>", "<p><del>don’t</del></p>", "<p><ins>do</ins></p>"),
    ],
)
def test_words_are_marked_whole(old, new, left, right):
    assert compare(old, new) == (left, right)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<p><a href="/a">here</a></p>', '<p><a href="/b">here</a></p>'),
        ("<p>never</p>", "<p><strong>never</strong></p>"),
        ("<p>a b</p>", "<p>a</p><p>b</p>"),
        ("<ul><li>a</li></ul>", "<ol><li>a</li></ol>"),
    ],
)
def test_a_word_in_another_link_emphasis_or_line_is_marked(old, new):
    left, right = compare(old, new)
    assert MARKED.search(left)
    assert MARKED.search(right)


def paragraphs(words, seed=1):
    drawn = random.Random(seed)  # noqa: S311
    vocabulary = [f"word{number}" for number in range(1500)]
    weights = [1 / (place + 1) for place in range(len(vocabulary))]  # as words are in a language
    return "".join(f"<p>{' '.join(drawn.choices(vocabulary, weights, k=60))}.</p>" for _ in range(words // 60))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(paragraphs(3000), paragraphs(3000).replace("word7", "other"), id="edited"),
        pytest.param(paragraphs(3000), paragraphs(3000, seed=2), id="rewritten"),
        pytest.param(f"<p>{'a b ' * 1500}</p>", f"<p>{'b a a ' * 1000}</p>", id="of two words"),
    ],
)
def test_texts_of_3000_words_are_compared_in_a_moment(old, new):
    begun = time.perf_counter()
    compare(old, new)
    assert time.perf_counter() - begun < 2  # seconds; it takes some hundredths
