"""What is found in a text: grade, long sentences and paragraphs, passives, hard words, words of the members' text."""

import re

import pytest

from conditions.plain_language import JARGON, SHORTEST_GRADED, examine, hard_words, is_passive, jargon, shared_words

EASY = "The heart is a strong pump in your chest. It moves blood to all parts of you. "
HARD = "Considerable deterioration of cardiovascular functionality necessitates immediate multidisciplinary evaluation. "


def paragraph(text):
    return f"<p>{text.strip()}</p>"


def found_hard(text, **known):
    return [(hard.word, hard.plainer) for hard in hard_words(text, **known)]


# --- Grade ------------------------------------------------------------------------------------------------------------------


def test_a_text_has_a_grade_and_a_word_for_it():
    easy, hard = examine(paragraph(EASY * 4)), examine(paragraph(HARD * 7))
    assert (easy.level, easy.is_too_hard) == ("easy", False)
    assert (hard.level, hard.is_too_hard) == ("hard", True)
    assert easy.grade == round(easy.grade, 1) < 4 < 20 < hard.grade


def test_a_text_with_fewer_than_fifty_words_has_none():
    words = "bone " * (SHORTEST_GRADED - 1)
    assert examine(paragraph(words)).grade is None
    assert "Too short for a grade" in examine(paragraph(words)).grade_told
    assert examine(paragraph(words + "bone")).grade is not None


def test_headings_count_for_nothing():
    text = paragraph(EASY * 4)
    assert examine("<h3>Multidisciplinary considerations</h3>" + text).grade == examine(text).grade


# --- Sentences and paragraphs -----------------------------------------------------------------------------------------------


def test_sentences_of_more_than_twenty_words_are_named_the_longest_first():
    twenty, longer, longest = ("Go " + "on " * (count - 2) + "now." for count in (20, 21, 25))
    assert examine(paragraph(f"{twenty} {longer} {longest}")).long_sentences == (longest, longer)


def test_paragraphs_of_more_than_three_sentences_are_named():
    found = examine("<p>One. Two. Three.</p><p>One. Two. Three. Four.</p><ul><li>A.</li><li>B.</li><li>C.</li><li>D.</li></ul>")
    assert found.long_paragraphs == ("One. Two. Three. Four.",)


# --- Passives ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "The blood is tested.",
        "You may be given an antibiotic.",
        "It has been carefully removed.",
        "Your arm is then put in a cast.",
        "The skin is being treated.",
        "These drugs are used to treat pain.",
        "The wound isn’t often closed at once, and it was cleaned by a nurse.",
        "Get tested today.",
        "The artery is blocked by a clot.",
        "Children are infected by their friends.",
        "It can be seen on an X-ray.",
        "You’re offered a scan.",
    ],
)
def test_a_form_of_be_or_get_and_a_participle_are_a_passive(sentence):
    assert is_passive(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "You are tired and worried.",
        "People who are used to walking walk.",
        "Most get used to the noise.",
        "She is interested in the result.",
        "The knee is swollen and inflamed.",
        "The cut is infected.",
        "The artery is blocked.",
        "It was very reduced.",
        "There are two hundred of them.",
        "Your eyes are red.",
        "What you are in need of is sleep.",
        "You should be in bed.",
        "The gene is unchanged.",
        "This is called asthma.",
        "He was born early.",
        "Bones are made of cells.",
        "You get started with small steps.",
        "The disease has progressed.",
        "You treated it yourself.",
        "That is how serious it is: treated early, it heals.",
        "The left-sided pain is left-sided.",
        "The doctor is tired-looking.",
    ],
)
def test_what_says_how_somebody_or_something_is_is_none(sentence):
    assert not is_passive(sentence)


def test_the_share_of_passives_is_told():
    found = examine("<p>The blood is tested. You wait. You go home. They ring you.</p>")
    assert found.passive_sentences == ("The blood is tested.",)
    assert found.passive_share == 0.25
    assert found.told == [
        "1 paragraph has more than 3 sentences.",
        "1 sentence is in the passive (25%): say who does it.",
    ]


# --- Hard words -------------------------------------------------------------------------------------------------------------


def test_hard_words_are_named_once_with_plainer_ones_in_the_order_of_the_text():
    text = "Commence an analgesic in the event of hypertension. Analgesics help; an analgesic, too."
    assert found_hard(text) == [
        ("Commence", "start"),
        ("analgesic", "painkiller"),
        ("in the event of", "if"),
        ("hypertension", "high blood pressure"),
        ("Analgesics", "painkiller"),
    ]


@pytest.mark.parametrize(
    "word", ["pancreatitis", "colectomy", "Bacteriaemia", "uraemia", "neuropathy", "gastroscopy", "fibrosis", "myoma"]
)
def test_words_with_a_medical_ending_are_hard(word):
    assert found_hard(f"You have {word}.") == [(word, "")]


@pytest.mark.parametrize("word", ["sympathy", "diagnosis", "coma", "aroma", "academia", "nostalgia", "home", "arthritis", "doses"])
def test_everyday_words_with_such_an_ending_are_not(word):
    assert not found_hard(f"It is a {word}.")


def test_a_word_that_the_glossary_explains_is_not_hard():
    text = "Rheumatoid fibrosis, fibrosis, and Renal’s renal."
    assert found_hard(text, explained=["rheumatoid fibrosis", "Renal"]) == [("fibrosis", "")]


def test_a_word_of_the_articles_own_name_is_not_hard():
    assert not found_hard(
        "Myomas bleed. Hypertension follows a myoma.", own_names=["Myoma of the womb", "High pressure (hypertension)"]
    )


def test_a_part_of_a_longer_word_is_not_the_word():
    assert not found_hard("It is non-invasive, and viable.")


def test_the_list_of_plainer_words_is_well_formed():
    lines = [line for line in JARGON.read_text().splitlines() if line and not line.startswith("#")]
    forms = [form for line in lines for form in filter(None, [line.split("\t")[0], *line.split("\t")[1].split(", ")])]
    assert len(lines) >= 200
    assert len(forms) == len(set(forms)) == len(jargon())
    assert all(form == form.lower().strip() for form in forms)
    assert lines == sorted(lines)


def test_no_plainer_word_is_a_hard_one_itself():
    assert not [(form, plainer) for form, plainer in jargon().items() if hard_words(plainer)]


# --- Words of the members' text ---------------------------------------------------------------------------------------------

GATED = "<p>Doctors start with gentle stretches of the wrist twice a day, then add splints made for the hand.</p>"


@pytest.mark.parametrize(
    ("teaser", "runs"),
    [
        ("Read on gentle stretches of the arm", ["gentle stretches of the"]),
        ("Then add splints made, and other things", ["then add splints made"]),
        ("There are splints <em>made</em> for the foot", ["splints made for the"]),
        ("Add splints made for the foot", ["add splints made for the"]),
        ("Gentle stretches and some splints", []),
        ("then add splints made for the hand", ["then add splints made for the hand"]),
    ],
)
def test_four_or_more_words_of_the_members_text_in_a_teaser_are_named(teaser, runs):
    assert shared_words(paragraph(teaser), GATED) == runs


def test_what_the_six_word_rule_refuses_stands_first_among_what_is_to_be_mended():
    found = examine("<p>Then add splints made for the hand.</p>", gated=GATED)
    assert (found.refused, found.given_away) == (("then add splints made for the hand",), ())
    assert "may not be" in found.faults[0][0]


def test_stock_phrases_and_small_words_give_nothing_away():
    said = "<p>Talk to your doctor or nurse. It is one of the most.</p>"
    assert not shared_words("<p>You talk to your doctor or a friend. It is one of the few.</p>", said)


# --- Other languages --------------------------------------------------------------------------------------------------------


def test_of_other_languages_only_sentences_and_paragraphs_are_counted():
    text = "La hipertensión is treated. " * 2 + "Es " + "muy " * 20 + "larga. Época de sol. Éstas son."
    found = examine(paragraph(text), "es")
    assert (found.grade, found.passive_sentences, found.hard_words) == (None, (), ())
    assert (found.sentences, len(found.long_sentences), len(found.long_paragraphs)) == (5, 1, 1)
    assert "Grades are for English" in found.grade_told


def test_english_of_any_country_is_english():
    assert examine(paragraph(EASY * 4), "en-gb").grade is not None


def test_nothing_found_tells_nothing():
    found = examine("<p>You are well.</p>")
    assert found.told == []
    assert not re.search("grade [0-9]", found.grade_told)
