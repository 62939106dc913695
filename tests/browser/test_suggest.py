"""Suggestions while typing: an editable combobox, by keyboard and by hand, and what a screen reader is told of it."""

import re
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(new_context, request):
    page = new_context(viewport=request.param).new_page()
    page.goto("/")
    return page


@pytest.fixture
def field(page):
    return page.get_by_role("combobox", name="Find a condition")


def options(page):
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def type_in(field, text):
    """Type, and wait for what is suggested to all of it: on a busy machine a pause between two keys is asked about, too."""
    field.click()
    with field.page.expect_response(lambda answer: answer.url.endswith(f"/suggest/?q={quote(text)}")):
        field.press_sequentially(text, delay=10)
    field.page.wait_for_timeout(100)  # until it is shown


def open_list(page, field):
    type_in(field, "broken w")
    expect(options(page).first).to_be_visible()


def test_names_are_suggested_and_counted_aloud(page, field):
    expect(field).to_have_attribute("aria-expanded", "false")
    type_in(field, "broken w")
    expect(options(page).first).to_contain_text("Broken wrist")
    expect(field).to_have_attribute("aria-expanded", "true")
    assert page.locator(f"#{field.get_attribute('aria-controls')}").get_attribute("role") == "listbox"
    expect(page.get_by_role("status")).to_have_text(re.compile(r"\d suggestions?, use the up and down arrow keys"))


def test_the_arrows_move_through_the_list_and_round(page, field):
    open_list(page, field)
    field.press("ArrowDown")
    first = options(page).first
    expect(first).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == first.get_attribute("id")
    field.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") is None
    field.press("ArrowUp")
    expect(options(page).last).to_have_attribute("aria-selected", "true")
    expect(field).to_be_focused()
    expect(field).to_have_value("broken w")


def test_enter_opens_what_is_chosen(page, field):
    open_list(page, field)
    field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url("**/conditions/wrist-fracture/")


def test_enter_without_a_choice_searches_for_what_was_typed(page, field):
    open_list(page, field)
    field.press("Enter")
    page.wait_for_url("**/search/?q=broken+w")


def test_escape_closes_the_list_and_leaves_what_was_typed(page, field):
    open_list(page, field)
    field.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("broken w")
    field.press("ArrowDown")
    expect(options(page).first).to_be_visible()


@pytest.mark.parametrize("key", ["x", "Home", "ArrowLeft"])
def test_going_on_in_the_text_leaves_the_list(page, field, key):
    open_list(page, field)
    field.press("ArrowDown")
    field.press(key)
    assert field.get_attribute("aria-activedescendant") is None


def test_alt_and_up_closes_the_list(page, field):
    open_list(page, field)
    field.press("Alt+ArrowUp")
    expect(options(page)).to_have_count(0)


def test_words_that_a_keyboard_composes_are_suggested_to(page, field):
    """As phones type: each word is composed before it is committed."""
    field.click()
    devtools = page.context.new_cdp_session(page)
    devtools.send("Input.imeSetComposition", {"text": "asthm", "selectionStart": 5, "selectionEnd": 5})
    expect(options(page).first).to_contain_text("Asthma")


def test_a_touch_opens_a_suggestion(page, field):
    type_in(field, "m61.24")
    options(page).nth(1).click()
    page.wait_for_url("**/icd-10-cm/M61.241/")


def test_leaving_the_field_closes_the_list(page, field):
    open_list(page, field)
    field.press("Tab")
    expect(options(page)).to_have_count(0)


def test_the_server_is_asked_when_the_typing_pauses_and_without_a_cookie(page, field):
    asked = []
    page.on("request", lambda request: asked.append(request) if "/suggest/" in request.url else None)
    page.context.add_cookies([{"name": "sessionid", "value": "x", "url": page.url}])
    type_in(field, "pneumonia")
    expect(options(page).first).to_be_visible()
    assert 1 <= len(asked) <= 3
    assert all("cookie" not in request.headers for request in asked)


def test_what_was_asked_once_is_not_asked_again(page, field):
    type_in(field, "gou")
    expect(options(page).first).to_be_visible()
    field.press_sequentially("t", delay=10)
    page.wait_for_timeout(400)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/suggest/" in request.url else None)
    field.press("Backspace")
    page.wait_for_timeout(400)
    assert not asked
    expect(options(page).first).to_be_visible()


def test_a_server_that_does_not_answer_leaves_the_form(page, field):
    page.route("**/search/suggest/**", lambda route: route.fulfill(status=200, body="not JSON"))
    type_in(field, "gout")
    page.wait_for_timeout(400)
    expect(options(page)).to_have_count(0)
    field.press("Enter")
    page.wait_for_url("**/search/?q=gout")


def test_the_field_of_every_other_page_suggests_too(new_context):
    page = new_context(viewport=DESK).new_page()
    page.goto("/about/")
    field = page.get_by_role("combobox", name="Search conditions, names and codes")
    type_in(field, "chest p")
    expect(options(page).first).to_be_visible()


def test_suggestions_keep_to_the_rules_of_accessibility(page, field):
    open_list(page, field)
    field.press("ArrowDown")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_without_javascript_the_form_searches(new_context):
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/")
    field = page.get_by_label("Find a condition")
    field.fill("broken wrist")
    field.press("Enter")
    page.wait_for_url("**/search/?q=broken+wrist")
    expect(page.get_by_role("link", name="Broken wrist", exact=True)).to_be_visible()
