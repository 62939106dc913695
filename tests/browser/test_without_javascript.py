import pytest
from playwright.sync_api import expect

from tests.browser.pages import WALKED

# A button of no form does nothing without a script, nor does a link that leads nowhere.
IDLE_CONTROLS = 'button:not(form button):visible, button[type=button]:visible, a[href="#"]:visible, a[href^="javascript:"]:visible'


@pytest.mark.parametrize("name", WALKED)
def test_a_page_is_read_without_javascript_and_shows_no_control_that_needs_it(open_page, name):
    page = open_page(name, java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.locator("main").inner_text().strip()
    if name != "style guide":  # which shows buttons for their looks
        assert page.locator(IDLE_CONTROLS).all_inner_texts() == []
