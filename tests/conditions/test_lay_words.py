"""The chapters in words of everyday life."""

import pytest

from conditions.lay_words import CHAPTERS
from tests import factories


def test_each_of_the_22_chapters_has_a_name_and_a_sentence():
    assert list(CHAPTERS) == [str(number) for number in range(1, 23)]
    assert len({name for name, _ in CHAPTERS.values()}) == 22


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_name_has_at_most_five_words_and_a_sentence_a_hundred_characters(chapter):
    name, sentence = CHAPTERS[chapter]
    assert len(name.split()) <= 5
    assert len(sentence) <= 100
    assert sentence.endswith(".")


@pytest.mark.django_db
def test_a_chapter_is_called_by_its_lay_name(hand):
    assert hand["13"].lay_title == "Bones, joints and muscles"
    assert hand["13"].lay_sentence.startswith("Arthritis")


@pytest.mark.django_db
def test_all_else_is_called_by_its_official_title(hand):
    assert hand["M61"].lay_title == hand["M61"].title
    assert hand["M61"].lay_sentence == ""


@pytest.mark.django_db
def test_a_chapter_that_a_later_release_adds_is_called_by_its_official_title():
    assert factories.item("23", "Something new").lay_title == "Something new"
