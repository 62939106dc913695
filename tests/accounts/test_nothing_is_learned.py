"""Who types an address sees nothing of whether it has an account: the same answers, and a mail each time."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.urls import reverse

from tests.accounts.conftest import Reader
from tests.conftest import person

STRANGER = "stranger@example.org"


@pytest.fixture
def people(django_user_model):
    """Addresses of every standing, all with names of one length."""
    person(django_user_model, "familiar")
    person(django_user_model, "waiting1", verified=False)
    person(django_user_model, "deskhand", is_staff=True, group="Editor")
    person(django_user_model, "departed", is_active=False)
    django_user_model.objects.create_user("noparent@example.org")  # as a console would make it, without allauth's row
    return [f"{name}@example.org" for name in ("familiar", "waiting1", "deskhand", "departed", "noparent")]


def seen(response, address):
    """What a browser learns from an answer, without tokens, session keys and the typed address."""
    body = re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]*', r"\1", response.text).replace(address, "<address>")
    cookies = {name: {**cookie, "expires": bool(cookie["expires"])} for name, cookie in response.cookies.items()}
    headers = {name: value for name, value in response.headers.items() if name != "Expires"}  # the time of the answer
    return response.status_code, headers, cookies, body


def walk(mailoutbox, first_step, address):
    """Take every turn of sign-up or login with a browser of one's own; return what is seen and mailed at each."""
    cache.clear()
    reader, story = Reader(mailoutbox), []

    def step(response):
        story.append((seen(response, address), len(mailoutbox)))

    mailoutbox.clear()
    code_page = reverse("account_confirm_login_code")
    step(getattr(reader, first_step)(address))
    step(reader.client.get(code_page))
    step(reader.type_wrong_code())
    step(reader.resend())
    step(reader.client.get(code_page))
    step(reader.resend())
    step(reader.client.get(code_page))
    step(reader.resend())  # the limit
    step(reader.client.get(code_page))
    for _ in range(3):
        step(reader.type_wrong_code())
    step(reader.client.get(reverse("account_request_login_code")))
    step(reader.ask_for_code(address))  # the limit
    return story


@pytest.mark.parametrize("first_step", ["sign_up", "ask_for_code"])
def test_known_and_unknown_addresses_look_the_same(mailoutbox, people, first_step):
    stranger = walk(mailoutbox, first_step, STRANGER)
    assert [mails for _, mails in stranger] == [1, 1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3]
    for address in people:
        assert walk(mailoutbox, first_step, address) == stranger, address


def test_password_of_known_and_unknown_addresses_is_refused_alike(mailoutbox, people):
    def attempts(address):
        cache.clear()
        client = Reader(mailoutbox).client
        form = {"login": address, "password": "not the password"}
        return [seen(client.post(reverse("account_login"), form), address) for _ in range(7)]

    stranger = attempts(STRANGER)
    assert "often in a short time" in stranger[-1][-1]
    assert all(attempts(address) == stranger for address in people)


def test_new_password_of_known_and_unknown_addresses_begins_alike(mailoutbox, people):
    def attempt(address):
        cache.clear()
        mailoutbox.clear()
        client = Reader(mailoutbox).client
        code_page = reverse("account_confirm_password_reset_code")
        steps = [client.post(reverse("account_reset_password"), {"email": address}), client.get(code_page)]
        steps += [client.post(code_page, {"code": "BCDF-GHJK"}) for _ in range(3)]
        return [seen(response, address) for response in steps], len(mailoutbox)

    stranger = attempt(STRANGER)
    assert stranger[1] == 1
    assert all(attempt(address) == stranger for address in people)


def test_unknown_address_at_login_gets_a_mail_without_a_code(reader, django_user_model):
    reader.ask_for_code(STRANGER)
    assert "no account" in reader.mailbox[-1].body
    assert reader.mailbox[-1].to == [STRANGER]
    assert not django_user_model.objects.exists()


@pytest.mark.parametrize("first_step", ["sign_up", "ask_for_code"])
def test_closed_account_gets_a_mail_that_says_so(reader, people, first_step):
    getattr(reader, first_step)("departed@example.org")
    assert "is closed" in reader.mailbox[-1].subject
    assert not re.search(r"[A-Z]{4}-[A-Z]{4}", reader.mailbox[-1].body)


def test_closed_account_is_not_entered_with_its_password(reader, people):
    form = {"login": "departed@example.org", "password": "correct horse battery"}
    answer = reader.client.post(reverse("account_login"), form)
    assert "closed" in reader.client.get(answer.headers["Location"]).text
    assert not reader.is_logged_in


def test_sign_up_makes_an_account_without_a_password_that_is_not_confirmed(reader, django_user_model):
    reader.sign_up(STRANGER)
    user = django_user_model.objects.get()
    assert (user.email, user.has_usable_password(), user.is_active, user.is_staff) == (STRANGER, False, True, False)
    assert EmailAddress.objects.values_list("email", "primary", "verified").get() == (STRANGER, True, False)
    assert not reader.is_logged_in


def test_code_confirms_the_address(reader):
    reader.sign_up(STRANGER)
    reader.type_code()
    assert EmailAddress.objects.get().verified


def test_sign_up_of_a_known_address_changes_nothing_of_its_account(reader, member, django_user_model):
    def rows():
        return [*django_user_model.objects.values(), *EmailAddress.objects.values()]

    before = rows()
    reader.sign_up(member.email)
    assert rows() == before


def test_second_sign_up_of_an_address_never_confirmed_is_the_same_account(reader, second_device, django_user_model):
    reader.sign_up(STRANGER)
    second_device.sign_up(STRANGER)
    second_device.type_code()
    assert django_user_model.objects.count() == 1


def test_code_of_one_browser_is_worth_nothing_in_another(reader, second_device):
    reader.sign_up(STRANGER)
    code = reader.code()
    second_device.sign_up("somebody@example.org")
    second_device.type_code(code)
    assert not second_device.is_logged_in


def test_letters_of_an_address_may_be_large_or_small(reader, member, django_user_model):
    reader.sign_up("MEMBER@Example.ORG")
    reader.type_code()
    assert reader.client.session["_auth_user_id"] == str(member.pk)
    assert django_user_model.objects.count() == 1


def test_mail_server_that_does_not_answer_is_told_alike(mailoutbox, people, silent_mail_server):
    answers = [seen(Reader(mailoutbox).sign_up(address), address) for address in [STRANGER, *people]]
    assert answers[0][0] == 503
    assert "try again in a few minutes" in answers[0][-1]
    assert all(answer == answers[0] for answer in answers)


def test_code_that_could_not_be_sent_again_leaves_the_last_one_good(reader, request):
    reader.sign_up(STRANGER)
    mend = request.getfixturevalue("silent_mail_server")
    page = reader.client.get(reader.resend().headers["Location"])
    assert "could not send" in page.text
    mend()
    reader.type_code()
    assert reader.is_logged_in
