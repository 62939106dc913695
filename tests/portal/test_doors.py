"""The door test: every URL pattern is registered, and each door lets in just those it is for."""

import pytest
from django.urls import URLResolver, get_resolver, reverse

from portal.doors import DOORS, Audience, public_addresses
from tests import factories
from tests.conditions.clinicians import clinician, reviewed
from tests.factories import CANARY

ADMIN = "admin:"  # walked pattern by pattern in test_admin_doors.py


def pattern_names(resolver=None, namespace=""):
    """Yield the full name of every URL pattern of the site."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from pattern_names(pattern, inner)
        else:
            yield f"{namespace}{pattern.name or pattern.pattern}"


def doors_for(*audiences):
    return sorted(name for name, door in DOORS.items() if door.audience in audiences and not door.addresses)


def test_every_url_pattern_is_registered_and_nothing_else():
    names = {name for name in pattern_names() if not name.startswith(ADMIN)}
    assert names == DOORS.keys()


def test_every_public_door_is_open_to_visitors_and_gives_nothing_away(client, article):
    reviewed(article, by=clinician())
    addresses = list(public_addresses())
    assert len(addresses) > 30
    for address in addresses:
        response = client.get(address)
        assert response.status_code in (200, 404), address
        assert CANARY not in response.content.decode(), address


@pytest.mark.parametrize("name", sorted(name for name, door in DOORS.items() if door.audience is Audience.PUBLIC))
def test_a_public_door_has_an_address_to_walk(name, article):
    clinician()
    door = DOORS[name]
    assert door.addresses is None or list(door.addresses()) or "in_language" in name


@pytest.mark.parametrize("name", doors_for(Audience.PUBLIC))
def test_a_public_page_may_be_shared_and_sets_no_cookie(client, db, name):
    response = client.get(reverse(name))
    assert response["Cache-Control"] == "public, max-age=0, s-maxage=60"
    assert response["ETag"]
    assert "Cookie" in response["Vary"]
    assert not response.cookies


def test_the_pictures_that_readers_have_are_public_and_may_be_kept(client, article):
    factories.picture(article.revisions.get())
    addresses = [address for address in public_addresses() if address.startswith("/media/")]
    assert len(addresses) == 1
    assert client.get(addresses[0])["Cache-Control"] == "public, max-age=31536000, immutable"


def test_the_pictures_of_a_draft_are_not_walked(client, hand):
    factories.picture(factories.draft(hand["M61.24"]))
    assert not [address for address in public_addresses() if address.startswith("/media/")]


@pytest.mark.parametrize("name", doors_for(Audience.ENTRANCE))
def test_an_entrance_is_never_stored(client, db, name):
    response = client.get(reverse(name))
    assert response.status_code in (200, 302, 405, 503)
    assert response["Cache-Control"] == "private, no-store"
    assert "ETag" not in response


@pytest.mark.parametrize("name", doors_for(Audience.MEMBER))
def test_a_members_door_sends_visitors_to_login(client, db, name):
    response = client.get(reverse(name))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("name", doors_for(Audience.STAFF))
def test_behind_a_door_of_the_staff_there_is_nothing_for_readers(client, member, clerk, name):
    address = reverse(name)
    assert client.get(address).status_code == 404
    client.force_login(member)
    assert client.get(address).status_code == 404
    client.force_login(clerk)
    response = client.get(address)
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-store")


@pytest.mark.parametrize("name", doors_for(Audience.MEMBER))
def test_a_members_door_opens_for_members(member_client, name):
    assert member_client.get(reverse(name)).status_code in (200, 302, 405)
