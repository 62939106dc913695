"""What an article costs somebody who has never been here, in bytes on the wire."""

import pytest

from tests.browser.pages import ARTICLES
from tests.browser.test_fit import scroll_to_the_end

MOST = 60_000  # bytes until the first screen stands
BELOW_THE_FIRST_SCREEN = """() => [...document.images]
    .filter(image => image.getBoundingClientRect().top >= innerHeight).map(image => image.currentSrc)"""


@pytest.fixture
def page(new_context):
    return new_context().new_page()


@pytest.fixture
def costs(page):
    """{address: bytes} of what `page` has fetched, headers included."""
    addresses, costs = {}, {}
    network = page.context.new_cdp_session(page)
    network.on("Network.requestWillBeSent", lambda sent: addresses.update({sent["requestId"]: sent["request"]["url"]}))
    network.on("Network.loadingFinished", lambda end: costs.update({addresses[end["requestId"]]: int(end["encodedDataLength"])}))
    network.send("Network.enable")
    return costs


@pytest.mark.parametrize("article", ARTICLES)
def test_the_first_screen_of_an_article_costs_little(page, costs, article):
    page.goto(f"/conditions/{article}/", wait_until="networkidle")
    later = page.evaluate(BELOW_THE_FIRST_SCREEN)
    first = {address: size for address, size in costs.items() if address not in later}
    scroll_to_the_end(page)
    print(f"{article}: {sum(first.values()):,} bytes, {sum(costs.values()):,} at the end")  # noqa: T201 - for pytest -s
    assert sum(first.values()) <= MOST, first
