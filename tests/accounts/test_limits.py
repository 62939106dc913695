from django.urls import reverse

from tests.accounts.conftest import NEW


def test_many_sign_ups_from_one_place_are_asked_to_wait(reader):
    answers = [reader.sign_up(f"reader{number}@example.org") for number in range(21)]
    assert [answer.status_code for answer in answers] == [302] * 20 + [429]
    assert "Please wait a moment" in answers[-1].text
    assert "<h1>" in answers[-1].text


def test_many_logins_from_one_place_are_asked_to_wait(reader):
    form = {"login": NEW, "password": "no"}
    answers = [reader.client.post(reverse("account_login"), form).status_code for _ in range(31)]
    assert answers == [200] * 30 + [429]


def test_one_address_gets_three_mails_a_minute_however_they_are_asked_for(reader, wait):
    reader.sign_up()
    reader.ask_for_code()
    reader.resend()
    refused = [reader.sign_up(), reader.ask_for_code(), reader.client.get(reader.resend().headers["Location"])]
    assert all("often in a short time" in answer.text for answer in refused)
    assert len(reader.mailbox) == 3
    wait(2)
    assert reader.sign_up().status_code == 302


def test_sixth_wrong_password_makes_even_the_right_one_wait(reader, member):
    form = {"login": member.email, "password": "no"}
    for _ in range(5):
        reader.client.post(reverse("account_login"), form)
    reader.client.post(reverse("account_login"), form | {"password": "correct horse battery"})
    assert not reader.is_logged_in


def test_looking_is_not_limited(client, db):
    assert {client.get(reverse("account_login")).status_code for _ in range(40)} == {200}


def test_front_server_is_not_counted_for_its_readers(reader, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(25):
        form = {"email": f"reader{number}@example.org"}
        answer = reader.client.post(reverse("account_signup"), form, headers={"x-forwarded-for": f"203.0.113.{number}"})
        assert answer.status_code == 302
