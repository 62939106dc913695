"""The reading grade, against what is counted by hand."""

import re

import pytest

from conditions.reading import read, sentences, syllables

SPOKEN = "cat 1 people 2 idea 2 breathing 2 table 2 little 2 needed 2 tested 2 moved 1 changes 2 pieces 2 eyes 1 doctor 2"
SPOKEN += " corticosteroid 5 conjunctivitis 5 medicine 3 inhaler 3"
SPOKEN += " serious 3 anaemia 4 region 2 pneumonia 4 ECG 3 the 1 fatigue 2 disease 2"


@pytest.mark.parametrize(("word", "count"), re.findall(r"(\S+) (\d)", SPOKEN))
def test_syllables_are_counted_as_they_are_spoken(word, count):
    assert syllables(word) == int(count)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<p>One. Two! Three?</p>", ["One.", "Two!", "Three?"]),
        ("<p>It rose by 2.5 points. Then it fell.</p>", ["It rose by 2.5 points.", "Then it fell."]),
        ("<p>Call if:</p><ul><li>you bleed</li><li>you faint.</li></ul>", ["Call if:", "you bleed", "you faint."]),
        ("<ul><li>Outer<ul><li>inner</li></ul></li></ul>", ["Outer", "inner"]),
        ("<h3>Not a sentence. At all.</h3><p>A sentence.</p>", ["A sentence."]),
        ("<p>It said “go.” So we went.</p>", ["It said “go.”", "So we went."]),
        ("<p>A <strong>bold</strong> word.</p><p>– …</p>", ["A bold word."]),
    ],
)
def test_paragraphs_items_and_stops_end_a_sentence_and_headings_are_none(markup, expected):
    assert sentences(markup) == expected


def test_the_grade_is_that_of_the_formula():
    found = read(["<p>The cat sat on the mat.</p>", "<p>It was a serious cat.</p>"])
    assert (found.sentences, found.words, found.syllables) == (2, 11, 13)
    assert found.grade == pytest.approx(0.39 * 11 / 2 + 11.8 * 13 / 11 - 15.59)


def test_long_words_and_long_sentences_ask_for_more_years_of_school():
    plain = read(["<p>Your heart beats too fast. Sit down and rest.</p>"]).grade
    long_words = read(["<p>Supraventricular tachycardia necessitates immediate relaxation. Sit down and rest.</p>"]).grade
    long_sentence = read(["<p>Your heart beats too fast, so that you should sit down and rest till it is calm.</p>"]).grade
    assert plain < long_sentence < long_words


def test_no_text_has_no_grade_to_speak_of():
    assert read([""]).words == 0
