"""The rules of axe for WCAG 2.2, levels A and AA, and its best practices."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.pages import EXAMPLES, PAGES, WALKED

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
# Rules that are off unless asked for, and belong to these tags.
RULES = {"target-size": {"enabled": True}}
ALL = {"runOnly": TAGS, "rules": RULES, "resultTypes": ["violations"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}, "resultTypes": ["violations"]}
READERS = [
    *((name, PAGES[name].reader) for name in WALKED),
    # The shipped articles have the same parts to a member; one will do.
    *((name, "member") for name in WALKED if PAGES[name].is_for_everybody and name not in EXAMPLES[1:]),
]


def violations(page, options):
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{rule['id']}: {node['target'][0]} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize(("name", "reader"), READERS)
def test_no_rule_of_axe_is_broken_in_light_or_dark(open_page, name, reader):
    page = open_page(name, reader)
    page.evaluate(AXE_SCRIPT)
    light = violations(page, ALL)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(50)  # a frame or two, in which colours change
    dark = [f"in the dark, {fault}" for fault in violations(page, COLOURS)]
    assert not light + dark, "\n".join(light + dark)
