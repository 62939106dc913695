"""Words explained: beside the word, and at the end of the page where there is no script."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE

ARTICLE = "/conditions/asthma/"


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(new_context, request):
    page = new_context(viewport=request.param).new_page()
    page.goto(ARTICLE)
    return page


def word(page):
    return page.locator("a.term").first


def meaning(page):
    return page.get_by_role("dialog")


def test_a_word_shows_what_it_means_beside_it_and_inside_the_window(page):
    word(page).click()
    expect(meaning(page)).to_be_visible()
    entry = page.locator(word(page).get_attribute("href"))
    assert meaning(page).inner_text().split() == entry.inner_text().split()
    box, at = meaning(page).bounding_box(), word(page).bounding_box()
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= height
    assert min(abs(box["y"] - at["y"] - at["height"]), abs(at["y"] - box["y"] - box["height"])) < 40


def test_every_word_of_a_page_has_its_meaning(page):
    for link in page.locator("a.term").all():
        link.click()
        expect(meaning(page)).to_contain_text(page.locator(link.get_attribute("href")).locator("dt").inner_text())
        page.keyboard.press("Escape")


def test_by_keyboard_it_opens_is_read_and_gives_the_focus_back(page):
    word(page).focus()
    page.keyboard.press("Enter")
    expect(meaning(page)).to_be_focused()
    page.keyboard.press("Escape")
    expect(meaning(page)).to_be_hidden()
    expect(word(page)).to_be_focused()


def test_the_next_stop_of_the_keyboard_is_not_covered(page):
    word(page).click()
    expect(meaning(page)).to_be_focused()
    page.keyboard.press("Tab")
    expect(meaning(page)).to_be_hidden()
    expect(page.locator(":focus")).to_be_in_viewport()


def test_a_click_elsewhere_puts_it_away(page):
    word(page).click()
    page.mouse.click(2, 2)
    expect(meaning(page)).to_be_hidden()


def test_it_keeps_the_rules_of_accessibility(page):
    word(page).click()
    violations = Axe().run(page).response["violations"]
    assert not violations, violations


def test_without_a_script_the_word_leads_to_its_definition(new_context):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(ARTICLE)
    target = word(page).get_attribute("href")
    word(page).click()
    expect(page.locator(target)).to_be_in_viewport()
