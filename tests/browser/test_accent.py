"""Whatever colour a publisher chooses, its shades can be read."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.test_axe import COLOURS, violations

LOUD = ["#ffe600", "#ff2d00", "#00ff66", "#ffffff", "#000000", "#8a2be2"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("accent", LOUD)
def test_an_accent_of_any_colour_can_be_read(new_context, accent, scheme):
    page = new_context(color_scheme=scheme).new_page()
    theme = f"@layer tokens {{ :root {{ --brand: {accent}; }} }}"
    page.route("**/brand/theme*.css", lambda route: route.fulfill(content_type="text/css", body=theme))
    page.goto("/conditions/wrist-fracture/")
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--brand')").strip() == accent
    page.evaluate(AXE_SCRIPT)
    found = violations(page, COLOURS)
    assert not found, "\n".join(found)
