"""Pages fit: narrow windows, large text, and nothing that jumps."""

import pytest

from tests.browser.conftest import DESK, PHONE
from tests.browser.pages import WALKED

NARROW = {"width": 320, "height": 640}  # WCAG 2.2, 1.4.10: 1,280 pixels at a zoom of 400 %
DOUBLE_TEXT = """() => {
    const root = document.documentElement
    root.style.fontSize = 2 * parseFloat(getComputedStyle(root).fontSize) + "px"
}"""
# What stands out to the right, outermost last; a scrolling box of its own, such as a wide table's, may hold more than it shows.
TOO_WIDE = """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
    [...document.body.querySelectorAll("*")]
        .filter(element => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
        .map(element => element.outerHTML.slice(0, 120)).slice(-5)
        .concat(document.documentElement.scrollWidth + " pixels wide")"""
# Boxes that hide a part of what they hold; those made to hide all of it, for screen readers, are a pixel in size. A field
# scrolls as one types.
CLIPPED = """() => [...document.body.querySelectorAll("*:not(input)")].filter(element => {
    const {overflowX, overflowY} = getComputedStyle(element)
    const hides = overflow => ["hidden", "clip"].includes(overflow)
    return element.clientWidth > 1 && element.clientHeight > 1 && element.checkVisibility() && (
        hides(overflowX) && element.scrollWidth > element.clientWidth ||
        hides(overflowY) && element.scrollHeight > element.clientHeight + 1)
}).map(element => element.outerHTML.slice(0, 120))"""
SUM_UP_SHIFTS = """
    window.shifts = []
    new PerformanceObserver(list => {
        for (const shift of list.getEntries())
            shifts.push([shift.value, ...shift.sources.map(({node}) => node?.outerHTML?.slice(0, 80) ?? node?.nodeName)])
    }).observe({type: "layout-shift", buffered: true})
"""


@pytest.mark.parametrize("name", WALKED)
def test_a_page_fits_a_narrow_window_and_text_of_double_size(open_page, name):
    page = open_page(name, viewport=NARROW)
    faults = ["in a narrow window:", *page.evaluate(TOO_WIDE)]
    page.evaluate(DOUBLE_TEXT)
    for window in [PHONE, DESK]:
        page.set_viewport_size(window)
        faults += [f"with text of double size, {window['width']} pixels wide:", *page.evaluate(TOO_WIDE), *page.evaluate(CLIPPED)]
    assert len(faults) == 3, "\n".join(faults)


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("address", ["/", "/conditions/paralytic-calcification-of-hand-muscle/", "/icd-10-cm/M61.249/"])
def test_nothing_moves_while_a_page_loads_or_is_scrolled(new_context, address, viewport):
    page = new_context(viewport=viewport).new_page()
    page.add_init_script(SUM_UP_SHIFTS)
    page.goto(address)
    page.evaluate("document.fonts.ready.then(() => 0)")
    scroll_to_the_end(page)
    assert page.evaluate("shifts") == []


def scroll_to_the_end(page):
    while page.evaluate("innerHeight + scrollY < document.documentElement.scrollHeight - 1"):
        page.mouse.wheel(0, 600)
        page.wait_for_timeout(50)
    page.wait_for_load_state("networkidle")
