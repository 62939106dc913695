"""The articles that ship keep the rules that they were written by."""

from pathlib import Path

import pytest

from conditions.loading.article_files import read_article_file
from conditions.text import words

FILES = sorted((Path(__file__).parents[2] / "conditions" / "articles").glob("*.md"))
CODES = {"asthma": ["J45"], "high-blood-pressure": ["I10"], "influenza": ["J10", "J11", "J09"], "type-2-diabetes": ["E11"]}
CODES |= {"paralytic-calcification-of-hand-muscle": ["M61.24"], "wrist-fracture": ["S52.5", "S52.6", "S62.1"]}


def test_there_are_six_articles_each_with_its_codes():
    assert {file.stem: [code for code, _ in read_article_file(file).codes] for file in FILES} == CODES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_is_complete_and_says_that_it_is_a_sample(file):
    article = read_article_file(file)
    assert article.is_sample
    assert len(article.sections) >= 6
    assert len(article.references) >= 3
    assert len(article.names) >= 5
    assert {card["urgency"] for card in article.care_cards} == {"emergency", "urgent", "non-urgent"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_has_a_short_teaser_and_a_full_members_text_of_its_treatment(file):
    treatment = next(section for section in read_article_file(file).sections if section.kind == "treatment")
    assert 15 <= len(words(treatment.body)) <= 80
    assert 250 <= len(words(treatment.gated_body)) <= 600


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_has_a_drawing_that_is_described(file):
    pictures = read_article_file(file).pictures
    assert pictures
    for picture in pictures:
        assert len(words(picture.texts["alternative_text"])) >= 15
        assert picture.texts["licence"] == "CC BY 4.0"


def test_no_drawing_ships_unused():
    used = {line.split()[-1] for file in FILES for line in file.read_text().splitlines() if line.startswith("    file: pictures/")}
    assert used == {f"pictures/{drawing.name}" for drawing in FILES[0].parent.joinpath("pictures").iterdir()}
