"""Afterwards a visitor is a visitor again: no cookie, and nothing said on public pages."""

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse

from tests.accounts.conftest import SECTION

KEPT_BY_CACHES = "public, max-age=0, s-maxage=60"


def cookies_left(client):
    return {name for name, cookie in client.cookies.items() if cookie.value}


def test_after_logout_no_cookie_is_left(reader):
    reader.sign_up()
    reader.type_code()
    assert reader.client.get("/me/").status_code == 200
    reader.client.post(reverse("account_logout"))
    assert not cookies_left(reader.client)
    assert not Session.objects.exists()


def test_home_after_logout_is_the_copy_for_everybody(reader, client):
    reader.sign_up()
    reader.type_code()
    reader.client.post(reverse("account_logout"))
    for name in reader.client.cookies.keys() - cookies_left(reader.client):
        del reader.client.cookies[name]  # a browser does so; the test client would send them on, empty
    home = reader.client.get("/")
    assert home.headers["Cache-Control"] == KEPT_BY_CACHES
    assert not home.cookies
    assert home.content == client.get("/").content


@pytest.mark.parametrize("public", ["/", "/about/"])
def test_public_page_says_nothing_of_the_login(reader, public):
    reader.sign_up()
    reader.type_code()
    assert "newcomer" not in reader.client.get(public).text
    assert "_messages" not in reader.client.session


def test_nothing_is_said_later_of_what_was_done_before(reader):
    reader.sign_up()
    reader.type_code()
    assert 'class="messages"' not in reader.client.get("/me/").text


def test_home_of_somebody_half_way_through_sign_up_holds_no_address(reader):
    reader.sign_up()
    reader.type_wrong_code()
    assert "newcomer" not in reader.client.get("/").text


def test_logout_asks_first(member_client):
    assert member_client.get(reverse("account_logout")).status_code == 200
    assert member_client.get("/me/").status_code == 200


def test_logout_can_lead_back_to_the_page(member_client):
    assert member_client.post(reverse("account_logout"), {"next": SECTION}).headers["Location"] == SECTION


def test_logout_of_nobody_leads_home(client):
    assert client.post(reverse("account_logout")).headers["Location"] == "/"
    assert client.get(reverse("account_logout")).headers["Location"] == "/"


def test_looking_at_the_entrance_makes_no_session(client):
    for page in ["account_signup", "account_login", "account_request_login_code", "account_reset_password"]:
        client.get(reverse(page))
    assert set(client.cookies) == {"csrftoken"}


def test_message_on_an_account_page_leaves_a_short_session(client):
    client.post(reverse("account_confirm_login_code"), {"code": "BCDF-GHJK"})
    assert client.session.get_expiry_age() == 60 * 60


def test_what_the_next_page_will_say_stays_on_the_server(reader):
    reader.sign_up()
    reader.type_wrong_code(times=3)
    assert "_messages" in reader.client.session
    assert "messages" not in reader.client.cookies
