"""From a worry at night to the whole article: find it, meet the gate, become a member, and read on in the same place."""

import pytest
from playwright.sync_api import expect

from tests.browser.pages import PEOPLE, new_address, type_code

ARTICLE = "/conditions/wrist-fracture/"
MEMBERS_WORDS = "Numbing injections block the pain"
WITH_AND_WITHOUT_JAVASCRIPT = [
    pytest.param(True, id="with JavaScript"),
    pytest.param(False, id="without JavaScript"),
]


@pytest.fixture(params=WITH_AND_WITHOUT_JAVASCRIPT)
def page(request, new_context):
    return new_context(java_script_enabled=request.param).new_page()


def find_the_article(page):
    page.goto("/")
    field = page.get_by_label("Find a condition")
    field.fill("broken wrist")
    field.press("Enter")
    page.wait_for_url("**/search/?q=broken+wrist")  # the first page has a link of this name too
    page.locator("main").get_by_role("link", name="Broken wrist").first.click()
    page.wait_for_url(f"**{ARTICLE}")
    return page.locator("#treatment")


def ask_at_the_gate(page, address):
    """Type an address in the gate's own form, and go on to the page that waits for the code."""
    field = find_the_article(page).get_by_role("textbox")
    field.fill(address)
    field.press("Enter")
    page.locator("main").get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code", exact=True).wait_for()


def expect_to_read_on(page):
    page.wait_for_url(f"**{ARTICLE}#treatment")
    treatment = page.locator("#treatment")
    expect(treatment).to_contain_text(MEMBERS_WORDS)
    expect(treatment).to_be_in_viewport()
    expect(treatment.get_by_role("textbox")).to_have_count(0)


def test_a_visitor_is_invited_and_reads_no_members_text(page):
    treatment = find_the_article(page)
    expect(treatment.get_by_role("textbox")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(MEMBERS_WORDS)


def test_a_visitor_signs_up_at_the_gate_and_reads_on_there(page, site):
    address = new_address()
    ask_at_the_gate(page, address)
    type_code(page, site.code_for(address))
    expect_to_read_on(page)


def test_a_wrong_code_keeps_the_way_back(page, site):
    address = new_address()
    ask_at_the_gate(page, address)
    type_code(page, "WRNG-WRNG")
    expect(page.get_by_role("alert")).to_be_visible()
    type_code(page, site.code_for(address))
    expect_to_read_on(page)


def test_a_member_logs_in_at_the_gate_and_reads_on_there(page, site):
    find_the_article(page).get_by_role("link", name="Log in").click()
    page.get_by_label("E-mail address").first.fill(PEOPLE["returning"])
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code", exact=True).wait_for()
    type_code(page, site.code_for(PEOPLE["returning"]))
    expect_to_read_on(page)


def test_a_member_s_address_at_the_gate_leads_to_the_same_place(page, site):
    ask_at_the_gate(page, PEOPLE["member"])
    type_code(page, site.code_for(PEOPLE["member"]))
    expect_to_read_on(page)
