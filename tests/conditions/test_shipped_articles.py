"""The articles that ship keep the rules that they were written by (docs/library.md)."""

import html
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conditions.finding.schema import stem
from conditions.glossary import Entry, Explainer
from conditions.loading.article_files import read_article_file
from conditions.loading.glossary import GLOSSARY, read_glossary
from conditions.loading.measures import hard_sentences, parts, public_and_gated, readings
from conditions.overlap import shared_runs
from conditions.text import links, plain, words, words_of

FILES = sorted((Path(__file__).parents[2] / "conditions" / "articles").glob("*.md"))
LIBRARY = {
    "anxiety": "F41",
    "asthma": "J45",
    "atopic-eczema": "L20",
    "colorectal-cancer": "C18 C19 C20",
    "concussion": "S06.0",
    "conjunctivitis": "H10 B30",
    "copd": "J44 J43",
    "depression": "F32 F33",
    "epilepsy": "G40",
    "gastro-oesophageal-reflux": "K21",
    "gout": "M10 M1A",
    "hearing-loss": "H90 H91",
    "heart-attack": "I21",
    "heart-failure": "I50",
    "high-blood-pressure": "I10",
    "hypothyroidism": "E03",
    "influenza": "J10 J11 J09",
    "iron-deficiency-anaemia": "D50",
    "kidney-stones": "N20 N21",
    "low-back-pain": "M54.5",
    "marfan-syndrome": "Q87.4",
    "migraine": "G43",
    "newborn-jaundice": "P59 P58",
    "osteoarthritis": "M15 M16 M17 M18 M19",
    "paralytic-calcification-of-hand-muscle": "M61.24",
    "pneumonia": "J18 J12 J13 J14 J15 J16",
    "pre-eclampsia": "O14",
    "shingles": "B02",
    "stroke": "I63 I61",
    "type-2-diabetes": "E11",
    "urinary-tract-infection": "N39.0 N30",
    "wrist-fracture": "S52.5 S52.6 S62.0 S62.1",
}
# The last category of each chapter of ICD-10-CM.
CHAPTERS = [
    *("B99", "D49", "D89", "E89", "F99", "G99", "H59", "H95", "I99", "J99", "K95"),
    *("L99", "M99", "N99", "O9A", "P96", "Q99", "R99", "T88", "U85", "Y99", "Z99"),
]
# Public bodies, and those that make guidelines.
BODIES = {
    *("gov.uk", "nhs.uk", "nhsinform.scot", "nice.org.uk", "sign.ac.uk", "who.int", "europa.eu"),
    *("medlineplus.gov", "nih.gov", "cdc.gov", "cancer.gov", "health.gov", "womenshealth.gov"),
}
NEEDED = {"overview", "symptoms", "causes", "when-to-get-help", "diagnosis", "treatment"}
# An amount of a medicine; mg/dL is what a laboratory says.
DOSE = re.compile(
    r"\b\d+(?:[.,]\d+)? ?(?:mg|mcg|µg|micrograms?|milligrams?|ml|millilitres?|IU|units|tablets?|puffs?|drops?)\b(?!/)"
)
SAME = 6  # words: shorter sentences may stand in several articles
DIFFERENT = {"aem": "em", r"\boedem": "edem", r"\boesoph": "esoph", "tumour": "tumor", "colour": "color", "paed": "ped"}  # UK, US


@cache
def article(slug):
    return read_article_file(FILES[0].with_name(f"{slug}.md"))


def treatment(slug):
    return next(section for section in article(slug).sections if section.kind == "treatment")


each = pytest.mark.parametrize("slug", LIBRARY)


# --- What there is ----------------------------------------------------------------------------------------------------------


def test_the_library_holds_these_articles_each_with_its_codes():
    assert {file.stem: " ".join(code for code, _ in article(file.stem).codes) for file in FILES} == LIBRARY


def test_it_has_an_article_in_each_of_eighteen_chapters():
    def chapter(code):
        return next(number for number, last in enumerate(CHAPTERS, start=1) if code[:3] <= last)

    assert len({chapter(codes) for codes in LIBRARY.values()}) >= 18  # of the primary codes


@each
def test_each_is_complete_and_says_that_it_is_a_sample(slug):
    found = article(slug)
    assert found.is_sample
    assert 6 <= len(found.sections) <= 9
    assert not NEEDED - {section.kind for section in found.sections}


@each
def test_each_says_at_three_urgencies_what_to_look_for(slug):
    signs = {card["urgency"]: card["body"].count("<li>") for card in article(slug).care_cards}
    assert signs.keys() == {"emergency", "urgent", "non-urgent"}
    assert min(signs.values()) >= 3, signs


@each
def test_each_is_found_under_many_names_and_in_both_spellings(slug):
    names = article(slug).names
    assert len(names) >= 5
    assert {name["is_shown"] for name in names} == {True, False}
    all_names = {
        word for text in [article(slug).title, *(name["text"] for name in names)] for word in words_of(text.replace("-", ""))
    }
    for british, american in DIFFERENT.items():
        for word in [word for word in all_names if re.search(british, word)]:
            assert re.sub(british, american, word) in all_names, word


@each
def test_each_has_a_drawing_that_is_described(slug):
    assert article(slug).pictures
    for picture in article(slug).pictures:
        assert len(words(picture.texts["alternative_text"])) >= 15
        assert picture.texts["licence"] == "CC BY 4.0"


def test_no_drawing_ships_unused():
    used = {picture.path.name for slug in LIBRARY for picture in article(slug).pictures}
    assert used == {drawing.name for drawing in FILES[0].parent.joinpath("pictures").iterdir()}


# --- What it rests on -------------------------------------------------------------------------------------------------------


@each
def test_each_refers_to_pages_of_public_bodies(slug):
    addresses = [reference["url"] for reference in article(slug).references]
    assert len(addresses) >= 3
    assert len(set(addresses)) == len(addresses)
    of_bodies = [address for address in addresses if any(f".{urlsplit(address).hostname}".endswith(f".{body}") for body in BODIES)]
    assert len(of_bodies) >= 3, set(addresses) - set(of_bodies)
    assert all(urlsplit(address).scheme == "https" for address in addresses)


# --- What members get -------------------------------------------------------------------------------------------------------


@each
def test_each_has_a_short_teaser_and_a_full_members_text_of_its_treatment(slug):
    assert 15 <= len(words(treatment(slug).body)) <= 80
    assert 250 <= len(words(treatment(slug).gated_body)) <= 600
    assert "Questions to ask" in treatment(slug).gated_body
    assert [section.kind for section in article(slug).sections if section.gated_body] == ["treatment"]


@each
def test_a_teaser_names_what_the_members_text_holds(slug):
    """Its longer words stand in the members' text, in whatever form, but for what any invitation is made of: “members can read”."""

    def stems(markup):
        return {stem(word) for word in words(markup) if len(word) > 4} - {stem(word) for word in ("members", "member")}

    teaser = stems(treatment(slug).body)
    assert len(teaser & stems(treatment(slug).gated_body)) >= 0.4 * len(teaser), teaser - stems(treatment(slug).gated_body)


@each
def test_doses_are_left_to_the_prescriber(slug):
    assert not [found[0] for text in parts(article(slug)).values() if (found := DOSE.search(plain(text)))]


# --- How it reads -----------------------------------------------------------------------------------------------------------


@each
def test_every_part_is_read_at_grade_eight_or_below_with_short_sentences(slug):
    for part, reading in readings(article(slug)).items():
        assert reading.grade <= 8, (part, reading.grade)
        assert reading.words_a_sentence <= 20, (part, reading.words_a_sentence)


@each
def test_the_whole_is_plainer_than_any_part_has_to_be(slug):
    public, gated = public_and_gated(article(slug))
    assert public.grade <= 6
    assert gated.grade <= 7.5
    assert 1_000 <= public.words <= 2_200


@each
def test_no_sentence_runs_on(slug):
    assert not [found.text for found in hard_sentences(article(slug)) if len(words(found.text)) > 32]


def test_no_sentence_stands_in_two_articles():
    seen = defaultdict(set)
    for slug in LIBRARY:
        for sentence in hard_sentences(article(slug)):
            if len(words(sentence.text)) >= SAME:
                seen[" ".join(words(sentence.text))].add(slug)
    assert not {text: slugs for text, slugs in seen.items() if len(slugs) > 1}


# --- Where it leads ---------------------------------------------------------------------------------------------------------


@each
def test_links_in_texts_lead_to_sections_of_the_library(slug):
    for _, markup, _ in article(slug).marked_up():
        for address in links(markup):
            found = re.fullmatch(r"(?:/conditions/([a-z0-9-]+)/)?(?:#([a-z-]+))?", address)
            assert found, address
            assert found[1] != slug
            there = article(found[1] or slug)  # fails where it is not in the library
            assert not found[2] or found[2] in {section.kind for section in there.sections}


@each
def test_each_leads_on_to_related_articles(slug):
    related = [name for name, _ in article(slug).related]
    assert 2 <= len(related) <= 5
    assert LIBRARY.keys() >= set(related)


def test_most_say_what_else_it_could_be():
    assert sum("differential" in {section.kind for section in article(slug).sections} for slug in LIBRARY) >= 20


# --- Hard words -------------------------------------------------------------------------------------------------------------


@cache
def entries():
    return [Entry(line, **fields) for line, fields in read_glossary(GLOSSARY).items()]


def explained(slug):
    explainer = Explainer(entries())
    for section in article(slug).sections:
        explainer.mark(section.body)
        explainer.mark(section.gated_body)
    return explainer.found


@each
def test_each_has_its_hard_words_explained(slug):
    assert len(explained(slug)) >= 5


@each
def test_no_definition_gives_members_text_away(slug):
    public = {entry.term: html.escape(f"{entry.term}: {entry.definition}") for entry in entries()}
    assert not shared_runs(public, [treatment(slug).gated_body])


def test_the_glossary_explains_no_word_that_no_article_has():
    used = set().union(*(explained(slug) for slug in LIBRARY))
    assert not {entry.term for entry in entries()} - {entry.term for entry in used}
