"""From the gate's form, on a page that everybody shares, to the sign-up form that is one's own."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from tests.accounts.conftest import NEW, SECTION, code_in

START = "/accounts/start/"


def fields(page):
    return dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))


@pytest.fixture
def strict_client(db):
    return Client(enforce_csrf_checks=True)


def test_gate_leads_to_the_section(strict_client, mailoutbox):
    page = strict_client.post(START, {"email": NEW, "next": SECTION})
    code_page = strict_client.post(reverse("account_signup"), fields(page.text)).headers["Location"]
    token = fields(strict_client.get(code_page).text)["csrfmiddlewaretoken"]
    typed = {"code": code_in(mailoutbox[0]), "csrfmiddlewaretoken": token}
    assert strict_client.post(code_page, typed).headers["Location"] == SECTION


def test_form_is_filled_in(strict_client):
    page = strict_client.post(START, {"email": NEW, "next": SECTION})
    filled = fields(page.text)
    assert page.status_code == 200
    assert (filled["email"], filled["next"], len(filled["csrfmiddlewaretoken"])) == (NEW, SECTION, 64)


def test_step_changes_nothing(strict_client, mailoutbox, django_user_model, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = strict_client.post(START, {"email": NEW, "next": SECTION})
    assert set(page.cookies) == {"csrftoken"}
    assert not mailoutbox
    assert not any(model.objects.exists() for model in (Session, EmailAddress, django_user_model))


def test_answer_is_for_one_reader_alone(strict_client):
    cache_control = strict_client.post(START, {"email": NEW}).headers["Cache-Control"]
    assert {"private", "no-store"} <= set(cache_control.replace(" ", "").split(","))


@pytest.mark.parametrize("typed", ["", "no address", "a@b", "a" * 260 + "@example.org"])
def test_mistyped_address_is_told_beside_its_field(strict_client, typed):
    page = strict_client.post(START, {"email": typed, "next": SECTION}).text
    assert re.search(r'<p class="error" id="id_email_error">.+</p>', page)
    assert re.search(r'<input type="email"[^>]* aria-invalid="true"[^>]* aria-describedby="id_email_error"', page)
    assert fields(page)["next"] == SECTION


def test_foreign_place_is_left_out(strict_client):
    assert "evil" not in strict_client.post(START, {"email": NEW, "next": "//evil.example"}).text


def test_link_to_the_login_carries_the_place(strict_client):
    page = strict_client.post(START, {"email": NEW, "next": SECTION}).text
    assert 'href="/accounts/login/?next=%2Fconditions%2Fx%2F%23treatment"' in page


def test_opening_the_step_leads_to_sign_up(client):
    assert client.get(START).headers["Location"] == reverse("account_signup")


def test_reloaded_step_keeps_its_address_out_of_the_url(client):
    assert client.get(START, {"email": NEW}).headers["Location"] == reverse("account_signup")


def test_member_is_sent_on(member_client):
    assert member_client.post(START, {"email": NEW, "next": SECTION}).headers["Location"] == SECTION
    assert member_client.post(START, {"email": NEW, "next": "//evil.example"}).headers["Location"] == "/me/"


def test_sign_up_itself_needs_the_token(strict_client, mailoutbox):
    assert strict_client.post(reverse("account_signup"), {"email": NEW}).status_code == 403
    assert not mailoutbox
