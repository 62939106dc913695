"""Every way through sign-up and login ends where the gate stood."""

import re

import pytest
from django.urls import reverse

from accounts import way_back
from tests.accounts.conftest import NEW, SECTION

ME = "/me/"


def test_sign_up_comes_back(reader):
    reader.sign_up()
    assert reader.type_code().headers["Location"] == SECTION
    assert reader.is_logged_in


def test_sign_up_by_the_link_of_the_gate_comes_back(reader):
    reader.client.get(reverse("account_signup"), {"next": SECTION})
    reader.sign_up(way_back=None)
    assert reader.type_code().headers["Location"] == SECTION


def test_wrong_code_and_then_the_right_one_comes_back(reader):
    reader.sign_up()
    assert "not the code that we sent last" in reader.type_wrong_code().text
    assert reader.type_code().headers["Location"] == SECTION


def test_three_wrong_codes_and_then_a_new_one_come_back(reader):
    reader.sign_up()
    again = reader.type_wrong_code(times=3)
    page = reader.client.get(again.headers["Location"]).text
    assert "not right three times" in page
    assert f'value="{NEW}"' in page
    reader.ask_for_code()
    assert reader.type_code().headers["Location"] == SECTION


def test_third_wrong_code_ends_the_right_one(reader):
    reader.sign_up()
    reader.type_wrong_code(times=3)
    assert reader.type_code().headers["Location"] == reverse("account_request_login_code")
    assert not reader.is_logged_in


def test_empty_field_is_no_try(reader):
    reader.sign_up()
    for _ in range(4):
        reader.client.post(reverse("account_confirm_login_code"), {"code": " "})
    assert reader.type_code().headers["Location"] == SECTION


@pytest.mark.parametrize("minutes", [16, 59])
def test_expired_code_and_then_a_new_one_come_back(reader, wait, minutes):
    reader.sign_up()
    wait(minutes)
    again = reader.type_code()
    page = reader.client.get(again.headers["Location"]).text
    assert "does not hold any more" in page
    assert f'value="{NEW}"' in page
    reader.ask_for_code()
    assert reader.type_code().headers["Location"] == SECTION


def test_reloading_the_page_of_an_expired_code_says_so(reader, wait):
    reader.sign_up()
    wait(16)
    page = reader.client.get(reverse("account_confirm_login_code"), follow=True)
    assert "does not hold any more" in page.text


def test_resent_code_comes_back(reader):
    reader.sign_up()
    first = reader.code()
    page = reader.client.get(reader.resend().headers["Location"]).text
    assert "on its way" in page
    assert "not the code" in reader.type_code(first).text
    assert reader.type_code().headers["Location"] == SECTION


def test_resent_code_holds_as_long_and_may_be_tried_as_often_as_the_first(reader, wait):
    reader.sign_up()
    reader.type_wrong_code(times=2)
    wait(14)
    reader.resend()
    wait(14)
    reader.type_wrong_code(times=2)
    assert reader.type_code().headers["Location"] == SECTION


def test_fourth_resend_is_not_offered(reader, wait):
    reader.sign_up()
    for _ in range(3):
        wait(2)
        reader.resend()
    assert 'value="resend"' not in reader.client.get(reverse("account_confirm_login_code")).text


@pytest.mark.parametrize(("begin", "page"), [("sign_up", "account_signup"), ("ask_for_code", "account_request_login_code")])
def test_another_address_comes_back(reader, begin, page):
    reader.opens_login()
    getattr(reader, begin)("mistyped@example.org")
    code_page = reader.client.get(reverse("account_confirm_login_code")).text
    assert f'<a href="{reverse(page)}">Use another address</a>' in code_page
    assert 'value="mistyped@example.org"' in reader.client.get(reverse(page)).text
    reader.sign_up("right@example.org", way_back=None)
    assert reader.type_code().headers["Location"] == SECTION


def test_page_opened_while_a_code_is_waited_for_leaves_the_code_alone(reader):
    reader.sign_up()
    for page in ["account_signup", "account_login", "account_request_login_code"]:
        assert reader.client.get(reverse(page)).status_code == 200
    assert reader.type_code().headers["Location"] == SECTION


def test_known_address_at_sign_up_comes_back(reader, member):
    reader.sign_up(member.email)
    assert reader.type_code().headers["Location"] == SECTION
    assert reader.client.session["_auth_user_id"] == str(member.pk)


def test_login_by_code_comes_back(reader, member):
    reader.opens_login()
    reader.ask_for_code(member.email)
    assert reader.type_code().headers["Location"] == SECTION


def test_login_by_password_comes_back(reader, member):
    reader.opens_login()
    wrong = reader.client.post(reverse("account_login"), {"login": member.email, "password": "no"})
    assert wrong.status_code == 200
    right = reader.client.post(reverse("account_login"), {"login": member.email, "password": "correct horse battery"})
    assert right.headers["Location"] == SECTION


def test_login_by_password_of_an_address_never_confirmed_asks_for_a_code_and_comes_back(reader, unverified):
    reader.opens_login()
    login = reader.client.post(reverse("account_login"), {"login": unverified.email, "password": "correct horse battery"})
    assert not reader.is_logged_in
    confirmed = reader.client.post(login.headers["Location"], {"code": reader.code()})
    assert confirmed.headers["Location"] == SECTION


def test_sign_up_by_way_of_an_unknown_login_comes_back(reader):
    reader.opens_login()
    reader.ask_for_code(NEW)
    assert reverse("account_signup") in reader.mailbox[-1].body
    assert reader.client.get(reverse("account_signup")).status_code == 200
    reader.sign_up(way_back=None)
    assert reader.type_code().headers["Location"] == SECTION


def test_new_password_comes_back(reader, member):
    reader.opens_login()
    code_page = reader.client.post(reverse("account_reset_password"), {"email": member.email}).headers["Location"]
    form_page = reader.client.post(code_page, {"code": reader.code()}).headers["Location"]
    passwords = {"password1": "another horse battery", "password2": "another horse battery"}
    assert reader.client.post(form_page, passwords).headers["Location"] == SECTION


def test_second_device_gets_a_code_of_its_own_and_comes_back(reader, second_device):
    reader.sign_up()
    second_device.opens_login()
    second_device.ask_for_code()
    assert second_device.type_code().headers["Location"] == SECTION
    assert second_device.is_logged_in
    assert not reader.is_logged_in


def test_sign_up_can_be_finished_by_a_login_without_a_first_code(reader, second_device):
    reader.sign_up()
    second_device.ask_for_code()
    second_device.type_code()
    reader.resend()
    assert reader.type_code().headers["Location"] == SECTION


def test_cookie_of_a_session_that_is_gone_does_not_get_in_the_way(reader):
    reader.client.cookies["sessionid"] = "a" * 32
    reader.sign_up()
    assert reader.type_code().headers["Location"] == SECTION


def test_later_place_replaces_the_earlier_one(reader):
    reader.opens_login("/conditions/y/")
    reader.opens_login(SECTION)
    reader.sign_up(way_back=None)
    assert reader.type_code().headers["Location"] == SECTION


def test_page_without_a_place_keeps_the_earlier_one(reader):
    reader.opens_login()
    reader.client.get(reverse("account_signup"))
    reader.sign_up(way_back=None)
    assert reader.type_code().headers["Location"] == SECTION


def test_without_a_place_a_login_ends_at_the_members_page(reader):
    reader.sign_up(way_back=None)
    assert reader.type_code().headers["Location"] == ME


FOREIGN = [
    "https://evil.example/conditions/x/",
    "http://testserver.evil.example/",
    "//evil.example/",
    "///evil.example/",
    "http:///evil.example/",
    "http://testserver//evil.example/",
    "https:evil.example",
    "/\\evil.example/",
    "\\\\evil.example/",
    "/conditions/x/\\..\\",
    "javascript:alert(1)",
    "data:text/html,x",
    "/conditions/x/\r\nSet-Cookie: a=b",
    "/\t/evil.example/",
    "/conditions/\x00x/",
    "/conditions/\u2028x/",
    " /conditions/x/",
    "conditions/x/",
    "?q=x",
    "#treatment",
    "http://user@evil.example/",
    "http://[evil",
    "/" + "x" * way_back.LONGEST,
]
CIRCLES = [
    "/accounts/logout/",
    "/accounts/%6cogout/",
    "/accounts/login/",
    "/accounts/login/code/confirm/",
    "/accounts/signup/?next=/conditions/x/",
    "/accounts/start/",
    "/accounts/reauthenticate/code/",
    "http://testserver/accounts/logout/",
    "/admin/logout/",
]


@pytest.mark.parametrize("place", FOREIGN + CIRCLES)
def test_foreign_place_is_refused_and_the_kept_one_stays(reader, place):
    reader.opens_login()
    reader.opens_login(place)
    reader.sign_up(way_back=place)
    assert reader.type_code().headers["Location"] == SECTION


@pytest.mark.parametrize("place", FOREIGN + CIRCLES)
def test_foreign_place_alone_ends_at_the_members_page(reader, member, place):
    form = {"login": member.email, "password": "correct horse battery", "next": place}
    assert reader.client.post(reverse("account_login"), form).headers["Location"] == ME


@pytest.mark.parametrize("place", FOREIGN)
def test_foreign_place_is_refused_after_logout(member_client, place):
    assert member_client.post(reverse("account_logout"), {"next": place}).headers["Location"] == "/"


def test_place_on_this_host_is_kept_as_a_path(reader):
    reader.sign_up(way_back=f"http://testserver{SECTION}")
    assert reader.type_code().headers["Location"] == SECTION


def test_place_without_https_is_refused_on_a_page_with_it(rf):
    request = rf.get("/", {"next": "http://testserver/conditions/x/"}, secure=True)
    assert way_back.wanted(request) is None


def test_place_keeps_its_question_and_other_letters(rf):
    place = "/search/?q=kopfweh+fürs+kind#ergebnis"
    assert way_back.wanted(rf.get("/", {"next": place})) == place


def test_place_is_forgotten_at_login(reader, member):
    reader.sign_up()
    reader.type_code()
    assert not {way_back.PATH, way_back.ADDRESS, way_back.PAGE} & set(reader.client.session.keys())
    reader.client.post(reverse("account_logout"))
    reader.ask_for_code(member.email)
    assert reader.type_code().headers["Location"] == ME


def test_place_is_forgotten_after_an_hour(reader, member, wait):
    reader.opens_login()
    wait(61)
    reader.ask_for_code(member.email)
    assert reader.type_code().headers["Location"] == ME


def test_session_of_a_member_lasts_longer_than_the_entrance(reader):
    reader.sign_up()
    assert reader.client.session.get_expiry_age() == way_back.HOLD
    reader.type_code()
    assert reader.client.session.get_expiry_age() == 14 * 24 * 60 * 60


@pytest.mark.parametrize("page", ["account_login", "account_signup", "account_request_login_code"])
def test_member_is_sent_on_from_the_entrance(member_client, page):
    assert member_client.get(reverse(page), {"next": SECTION}).headers["Location"] == SECTION
    assert member_client.get(reverse(page), {"next": "//evil.example"}).headers["Location"] == ME
    assert way_back.PATH not in member_client.session


def test_code_page_sends_a_member_on(reader):
    reader.sign_up()
    code = reader.code()
    reader.type_code()
    assert reader.type_code(code).headers["Location"] == ME


def test_code_page_without_a_code_sends_to_where_one_can_be_had(client):
    again = client.get(reverse("account_confirm_login_code"))
    assert again.headers["Location"] == reverse("account_request_login_code")


def test_account_removed_while_its_code_is_waited_for_begins_again(reader, django_user_model):
    reader.sign_up()
    django_user_model.objects.all().delete()
    assert reader.type_code().headers["Location"] == reverse("account_request_login_code")


def test_no_url_of_the_way_holds_the_typed_address(reader):
    urls = ["/accounts/login/"]
    for response in [reader.sign_up(), reader.type_wrong_code(3), reader.ask_for_code(), reader.resend(), reader.type_wrong_code()]:
        urls.append(response.headers.get("Location", "/accounts/login/code/confirm/"))
        page = reader.client.get(urls[-1])
        assert NEW in page.text
        urls += re.findall(r'(?:href|action)="([^"]*)"', page.text)
    urls.append(reader.type_code().headers["Location"])
    assert len(urls) > 50
    assert not [url for url in urls if "newcomer" in url]
