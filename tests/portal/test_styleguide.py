"""The styleguide, which staff see, and everybody where DEBUG is on."""

import pytest

from tests import factories

PARTS = [
    *("breadcrumbs", "contents", "care-card-emergency", "care-card-urgent", "care-card-non-urgent", "gate", "notice", "review"),
    *("references", "chip", "note-kind", "items", "letters", "results", "pagination", "field", "error-summary", "button", "tag"),
    *("search", "place", "chapters", "changes"),
]


def test_it_shows_every_part(client, clerk):
    client.force_login(clerk)
    page = client.get("/styleguide/").content.decode()
    assert [part for part in PARTS if f'"{part}' not in page and f" {part}" not in page] == []


@pytest.mark.parametrize("who", ["visitor", "member"])
def test_for_readers_there_is_no_such_page(client, request, db, who):
    if who == "member":
        client.force_login(request.getfixturevalue("member"))
    assert client.get("/styleguide/").status_code == 404


def test_a_drafts_picture_is_not_shown_to_staff_without_rights(client, clerk, hand):
    factories.picture(factories.draft(hand["M61.24"]), caption="Not for readers yet.")
    client.force_login(clerk)
    assert "Not for readers yet." not in client.get("/styleguide/").content.decode()


def test_developers_see_it_without_logging_in(client, db, settings):
    settings.DEBUG = True
    assert client.get("/styleguide/").status_code == 200
