"""The same way with the keyboard alone: at every stop one sees where one is."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK
from tests.browser.pages import new_address

MOST_STOPS = 120  # on one page
# Says what is wrong with the place of the focus, or "".
FAULT_OF_FOCUS = """() => {
    const element = document.activeElement
    const {left, top, right, bottom, width, height} = element.getBoundingClientRect()
    const style = getComputedStyle(element)
    if (!element.checkVisibility({opacityProperty: true, visibilityProperty: true}) || width < 2 || height < 2)
        return "is not visible"
    if (bottom <= 0 || right <= 0 || top >= innerHeight || left >= innerWidth) return "is outside the window"
    if ((style.outlineStyle === "none" || style.outlineWidth === "0px") && style.boxShadow === "none") return "looks like any other"
    const x = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2
    const y = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2
    const above = document.elementFromPoint(x, y)
    const [line] = element.getClientRects()
    const first = document.elementFromPoint(line.left + line.width / 2, line.top + line.height / 2)
    const label = element.labels?.[0]
    if (![above, first].some(found => element.contains(found) || found?.contains(element) || label?.contains(found)))
        return "is covered by " + above?.outerHTML.slice(0, 80)
    return ""
}"""


@pytest.fixture(params=[pytest.param(None, id="phone"), pytest.param(DESK, id="desk")])
def page(request, new_context):
    return new_context(**({"viewport": request.param} if request.param else {})).new_page()


def tab(page):
    """Press Tab and return what has the focus, which must show."""
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.count() == 1, f"{page.url}: the focus is nowhere"
    for _ in range(30):
        if not (fault := page.evaluate(FAULT_OF_FOCUS)):
            break
        page.wait_for_timeout(100)  # a page may scroll smoothly
    assert not fault, f"{page.url}: {focused.evaluate('element => element.outerHTML')[:200]} {fault}"
    return focused


def tab_to(page, target):
    for _ in range(MOST_STOPS):
        focused = tab(page)
        if target.first.evaluate("(target, focused) => target === focused", focused.element_handle()):
            return
    raise AssertionError(f"{page.url}: no Tab leads to {target}")


def test_the_first_stop_leads_past_the_header_to_the_content(page):
    page.goto("/conditions/wrist-fracture/")
    expect(tab(page)).to_have_attribute("href", "#content")
    page.keyboard.press("Enter")
    page.wait_for_url("**#content")
    assert tab(page).evaluate("element => Boolean(element.closest('main'))")


def test_every_stop_of_an_article_shows(page):
    page.goto("/conditions/wrist-fracture/")
    stops = 0
    while not tab(page).evaluate("element => Boolean(element.closest('footer'))"):
        stops += 1
        assert stops < MOST_STOPS
    assert stops > 5


def test_a_visitor_finds_an_article_and_becomes_a_member_without_a_pointer(page, site):
    address = new_address()
    page.goto("/")
    tab_to(page, page.get_by_label("Find a condition"))
    page.keyboard.type("broken wrist")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/*")
    tab_to(page, page.locator("main").get_by_role("link", name="Broken wrist"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/conditions/wrist-fracture/")
    tab_to(page, page.locator("#treatment").get_by_role("textbox"))
    page.keyboard.type(address)
    page.keyboard.press("Enter")
    page.wait_for_url("**/accounts/**")
    tab_to(page, page.get_by_role("button", name="Send me a code"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/code/confirm/")
    tab_to(page, page.get_by_label("Code", exact=True))
    page.keyboard.type(site.code_for(address))
    page.keyboard.press("Enter")
    page.wait_for_url("**/conditions/wrist-fracture/#treatment")
    assert page.locator("#treatment").evaluate("section => section.textContent.includes('Numbing injections')")
