"""The button that reads an article aloud. Only a voice of the reader's own machine may: another would be told what is read."""

import pytest
from playwright.sync_api import expect

ARTICLE = "/conditions/wrist-fracture/"
# A browser with one voice, whose words are kept instead of spoken. The next passage comes when the test says that one has ended.
ONE_VOICE = """
    window.spoken = []
    window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } }
    Object.defineProperty(window, "speechSynthesis", {value: Object.assign(new EventTarget(), {
        getVoices: () => [{name: "A voice", lang: "%(language)s", localService: %(is_local)s}],
        speak: utterance => { spoken.push(utterance.text); window.current = utterance },
        cancel: () => { window.current = null },
    })})
"""


@pytest.fixture
def listen(new_context):
    """Return a function that opens an article in a browser with one voice, and gives the page and the button."""

    def opened(language="en-GB", is_local="true"):
        page = new_context().new_page()
        page.add_init_script(ONE_VOICE % {"language": language, "is_local": is_local})
        page.goto(ARTICLE, wait_until="networkidle")
        return page, page.locator("article button:not(form button)")

    return opened


@pytest.mark.parametrize("voice", [{"is_local": "false"}, {"language": "fr-FR"}], ids=["from elsewhere", "for another language"])
def test_a_voice_that_will_not_do_offers_no_listening(listen, voice):
    _, button = listen(**voice)
    expect(button).to_be_hidden()


def test_a_local_voice_reads_the_article_from_its_title_on(listen):
    page, button = listen()
    button.click()
    page.evaluate("current.onend()")
    assert page.evaluate("spoken")[0] == "Broken wrist"
    assert page.evaluate("spoken")[1].startswith("A broken wrist is a crack or break")


def test_what_a_word_means_is_read_where_somebody_asks_alone(listen):
    page, button = listen()
    page.locator("a.term").first.click()
    said = page.get_by_role("dialog").locator("p").all_inner_texts()
    page.keyboard.press("Escape")
    button.click()
    while page.evaluate("current"):
        page.evaluate("current.onend()")
    assert not {*said, "Words explained"} & set(page.evaluate("spoken"))


def test_a_second_press_stops_the_voice(listen):
    page, button = listen()
    button.click()
    expect(button).to_have_accessible_name("Stop")
    button.click()
    expect(button).to_have_accessible_name("Listen")
    assert page.evaluate("[current, spoken.length]") == [None, 1]
