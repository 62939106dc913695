"""What a reader's words are taken to mean, with a handful of words in place of an index."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conditions.finding.schema import possessives_in, stem, words_in
from conditions.finding.words import MOST_WORDS, american, rows, spellings, synonyms, understand, whole


class Handful:
    """A vocabulary of a few words, the slips of which are said beforehand."""

    def __init__(self, words="", slips=None):
        self.words, self.slips = words.split(), slips or {}

    def knows(self, word):
        return stem(word) in map(stem, self.words)

    def alike(self, spelling):
        return [word for word in self.words if american(word) == spelling]

    def is_rare(self, word):
        return True

    def near(self, word):
        return self.slips.get(word, [])


def slots(text, words="", slips=None, **options):
    """Return {word: what may stand in its place}."""
    question = understand(text, Handful(words, slips), **options)
    return {slot.word: set(slot.alternatives) for slot in question.slots}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("How do I know if I have pneumonia?", ["pneumonia"]),
        ("what are the symptoms of gout", ["gout"]),
        ("hepatitis a", ["hepatitis", "a"]),
        ("vitamin A", ["vitamin", "a"]),
        ("a rash", ["rash"]),
        ("what is it", ["what", "is", "it"]),  # nothing else is left to go by
        ("", []),
        (" ?! ", []),
    ],
)
def test_words_that_name_no_condition_are_left_out(text, words):
    assert list(slots(text)) == words


def test_a_side_is_preferred_and_not_asked_for():
    question = understand("pain in left wrist", Handful("pain left wrist"))
    assert [slot.word for slot in question.slots] == ["pain", "wrist"]
    assert question.sides == {"left"}


def test_a_side_alone_is_a_word():
    assert list(slots("left")) == ["left"]


def test_words_of_how_long_and_how_bad_matter_less():
    question = understand("very bad headache again", Handful("headache"))
    assert [slot.word for slot in question.strong] == ["headache"]


@pytest.mark.parametrize(
    ("british", "here"),
    [
        ("anaemia", "anemia"),
        ("oesophagus", "esophagus"),
        ("tumours", "tumors"),
        ("colour", "color"),
        ("localised", "localized"),
        ("paralysed", "paralyzed"),
        ("fibre", "fiber"),
        ("labelled", "labeled"),
    ],
)
def test_a_british_spelling_meets_the_american_one_and_the_other_way_round(british, here):
    assert american(british) == american(here)
    assert (stem(here),) in slots(british, words=here)[british]
    assert (stem(british),) in slots(here, words=british)[here]


def test_everyday_words_stand_for_those_of_the_titles():
    assert ("fractur",) in slots("broken wrist", "wrist")["broken"]
    assert ("abdomin",) in slots("belly pain", "pain")["belly"]
    assert ("renal",) in slots("kidney failure", "failure")["kidney"]


def test_a_phrase_goes_before_the_words_in_it():
    assert ("vomit",) in slots("throwing up", "up throwing")["throwing"]


def test_what_was_written_as_two_words_is_one():
    found = slots("chicken pox", "chickenpox chicken")
    assert ("chickenpox",) in found["chicken"]
    assert ("chickenpox",) in found["pox"]


def test_what_was_written_as_one_word_is_two():
    question = understand("heartattack", Handful("heart attack"))
    assert ("heart", "attack") in question.slots[0].alternatives
    assert question.corrected == "heart attack"


def test_a_word_that_is_nowhere_is_taken_for_a_slip():
    question = understand("bad neumonia", Handful("pneumonia bad", {"neumonia": [("pneumonia", 0.9)]}))
    assert question.corrected == "bad pneumonia"
    assert ("pneumonia",) in question.slots[-1].alternatives


def test_a_word_that_there_is_is_doubted_only_when_asked_to():
    words, slips = "scabby scabies", {"scabby": [("scabies", 0.8)]}
    assert slots("scabby", words, slips)["scabby"] == {("scabbi",)}
    assert ("scabi",) in slots("scabby", words, slips, doubts_known=True)["scabby"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("heart attack", "attack of the heart"),
        ("kidney stones", "Kidney Stone"),
        ("Crohn's disease", "disease, Crohn’s"),
        ("Ménière's", "meniere"),
        ("iron deficiency anaemia", "anemia, iron deficiency"),
    ],
)
def test_names_of_the_same_words_are_one(one, other):
    assert whole(words_in(one)) == whole(words_in(other))


def test_the_letter_of_a_name_tells_it_from_another():
    assert whole(words_in("hepatitis A")) != whole(words_in("hepatitis B"))


def test_a_possessive_is_known_without_its_apostrophe():
    assert possessives_in("Crohn’s disease and Bell's palsy") == ["crohns", "bells"]


@given(st.text(max_size=300))
def test_any_text_is_understood(text):
    question = understand(text, Handful("hand"))
    assert len(question.slots) <= MOST_WORDS
    assert all(slot.alternatives for slot in question.slots)


# --- The lists ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["synonyms.tsv", "spelling.tsv"])
def test_no_row_stands_twice(name):
    left = [first for first, _ in rows(name)]
    assert len(left) == len(set(left)) > 50


def test_a_spelling_is_of_one_word_and_leads_on_to_no_other():
    chains = {other: here for other, here in spellings().items() if here in spellings()}
    assert not chains


def test_no_synonym_stands_for_itself():
    assert not [words for words, others in synonyms().items() if words in others]
