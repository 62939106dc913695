"""The member's page, the address, the password, and the question whether it is still they."""

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

PASSWORD = {"password1": "staple horse correct", "password2": "staple horse correct"}
NEW_ADDRESS = "moved@example.org"


@pytest.fixture
def newcomer(reader):
    """Signed up a moment ago, without a password."""
    reader.sign_up(way_back=None)
    reader.type_code()
    return reader


def log_in(reader, address, password):
    return reader.client.post(reverse("account_login"), {"login": address, "password": password})


def test_own_page_is_for_members(client):
    assert client.get("/me/").headers["Location"] == "/accounts/login/?next=/me/"


def test_own_page_shows_the_address_and_what_can_be_done(newcomer):
    page = newcomer.client.get("/me/").text
    assert "newcomer@example.org" in page
    for name in ["account_email", "account_set_password", "account_logout"]:
        assert f'"{reverse(name)}"' in page


def test_own_page_leads_the_staff_to_the_desk(client, editor, member_client):
    assert "/admin/" not in member_client.get("/me/").text
    client.force_login(editor)
    assert "/admin/" in client.get("/me/").text


# --- Password ---------------------------------------------------------------------------------------------------------------


def test_password_can_be_set_and_used(newcomer, second_device):
    done = newcomer.client.post(reverse("account_set_password"), PASSWORD)
    assert "has a password now" in newcomer.client.get(done.headers["Location"]).text
    log_in(second_device, "newcomer@example.org", PASSWORD["password1"])
    assert second_device.is_logged_in
    assert "password" in newcomer.mailbox[-1].subject


def test_weak_password_is_told_beside_its_field(newcomer):
    page = newcomer.client.post(reverse("account_set_password"), {"password1": "password", "password2": "password"}).text
    assert '<p class="error" id="id_password1_error">' in page


def test_password_can_be_changed(reader, second_device, member):
    log_in(reader, member.email, "correct horse battery")
    log_in(second_device, member.email, "correct horse battery")
    reader.client.post(reverse("account_change_password"), {"oldpassword": "correct horse battery"} | PASSWORD)
    assert reader.client.get("/me/").status_code == 200
    assert second_device.client.get("/me/").status_code == 302
    member.refresh_from_db()
    assert member.check_password(PASSWORD["password1"])


def test_forgotten_password_is_replaced_by_a_code(reader, member):
    code_page = reader.client.post(reverse("account_reset_password"), {"email": member.email}).headers["Location"]
    form_page = reader.client.post(code_page, {"code": reader.code()}).headers["Location"]
    assert reader.client.post(form_page, PASSWORD).headers["Location"] == "/me/"
    assert reader.is_logged_in
    assert log_in(reader, member.email, "correct horse battery").status_code == 302


def test_new_password_needs_the_code(reader, member):
    reader.client.post(reverse("account_reset_password"), {"email": member.email})
    answer = reader.client.post(reverse("account_complete_password_reset"), PASSWORD)
    assert answer.headers["Location"] == reverse("account_confirm_password_reset_code")


def test_three_wrong_codes_for_a_new_password_begin_again(reader, member):
    code_page = reader.client.post(reverse("account_reset_password"), {"email": member.email}).headers["Location"]
    for _ in range(3):
        answer = reader.client.post(code_page, {"code": "BCDF-GHJK"})
    assert "not right three times" in reader.client.get(answer.headers["Location"]).text


# --- Address ----------------------------------------------------------------------------------------------------------------


def change_address(reader, address=NEW_ADDRESS):
    return reader.client.post(reverse("account_email"), {"email": address, "action_add": "yes"})


def test_address_changes_when_the_new_one_is_confirmed(newcomer, django_user_model):
    code_page = change_address(newcomer).headers["Location"]
    assert django_user_model.objects.get().email == "newcomer@example.org"
    assert newcomer.mailbox[-1].to == [NEW_ADDRESS]
    done = newcomer.client.post(code_page, {"code": newcomer.code()})
    assert done.headers["Location"] == "/me/"
    assert django_user_model.objects.get().email == NEW_ADDRESS
    assert EmailAddress.objects.values_list("email", "verified", "primary").get() == (NEW_ADDRESS, True, True)


def test_old_address_is_told_of_the_change(newcomer):
    newcomer.client.post(change_address(newcomer).headers["Location"], {"code": newcomer.code()})
    assert newcomer.mailbox[-1].to == ["newcomer@example.org"]


def test_code_for_a_new_address_that_could_not_be_sent_is_told(newcomer, silent_mail_server):
    answer = change_address(newcomer)
    assert answer.status_code == 503
    assert "could not send the mail" in answer.text


def test_old_address_logs_in_until_the_new_one_is_confirmed(newcomer, second_device):
    change_address(newcomer)
    second_device.ask_for_code("newcomer@example.org")
    second_device.type_code()
    assert second_device.is_logged_in


def test_address_of_another_member_is_not_told_and_not_taken(newcomer, member):
    code_page = change_address(newcomer, member.email).headers["Location"]
    assert code_page == reverse("account_email_verification_sent")
    newcomer.client.post(code_page, {"code": newcomer.code()})
    member.refresh_from_db()
    assert EmailAddress.objects.get(email=member.email).user == member


def test_three_wrong_codes_for_a_new_address_begin_again(newcomer):
    code_page = change_address(newcomer).headers["Location"]
    for _ in range(3):
        answer = newcomer.client.post(code_page, {"code": "BCDF-GHJK"})
    assert answer.headers["Location"] == reverse("account_email")
    assert "not right three times" in newcomer.client.get(answer.headers["Location"]).text


def test_code_for_a_new_address_can_be_sent_again(newcomer, wait):
    code_page = change_address(newcomer).headers["Location"]
    wait(1)
    newcomer.client.post(code_page, {"action": "resend"})
    assert newcomer.client.post(code_page, {"code": newcomer.code()}).headers["Location"] == "/me/"


# --- Is it still you? -------------------------------------------------------------------------------------------------------

BY_CODE = "/accounts/reauthenticate/code/"


def test_after_a_while_a_member_without_a_password_is_asked_for_a_code(newcomer, wait, django_user_model):
    wait(16)
    question = change_address(newcomer).headers["Location"]
    assert question == f"{BY_CODE}?next=%2Faccounts%2Femail%2F"
    assert newcomer.client.get(question).status_code == 200
    newcomer.client.post(question, {"action": "send"})
    # What was asked for goes on by itself.
    code_page = newcomer.client.post(question, {"action": "verify", "code": newcomer.code()}).headers["Location"]
    newcomer.client.post(code_page, {"code": newcomer.code()})
    assert django_user_model.objects.get().email == NEW_ADDRESS


def test_after_a_while_a_member_with_a_password_is_asked_for_it(reader, member, wait):
    log_in(reader, member.email, "correct horse battery")
    wait(16)
    question = change_address(reader).headers["Location"]
    assert question == "/accounts/reauthenticate/?next=%2Faccounts%2Femail%2F"
    assert BY_CODE in reader.client.get(question).text
    answer = reader.client.post(question, {"password": "correct horse battery"})
    assert answer.headers["Location"] == reverse("account_email_verification_sent")


def test_password_is_set_only_by_whoever_is_asked(newcomer, wait, django_user_model):
    wait(16)
    question = newcomer.client.post(reverse("account_set_password"), PASSWORD).headers["Location"]
    assert question.startswith(BY_CODE)
    newcomer.client.post(question, {"action": "send"})
    newcomer.client.post(question, {"code": "BCDF-GHJK"})
    assert not django_user_model.objects.get().has_usable_password()
    newcomer.client.post(question, {"code": newcomer.code()})
    assert django_user_model.objects.get().has_usable_password()


def test_opening_the_question_sends_no_mail(newcomer, wait):
    wait(16)
    before = len(newcomer.mailbox)
    newcomer.client.get(BY_CODE)
    assert len(newcomer.mailbox) == before


def test_three_wrong_answers_take_the_code_away(newcomer, wait):
    wait(16)
    newcomer.client.post(BY_CODE, {"action": "send"})
    for _ in range(3):
        answer = newcomer.client.post(BY_CODE, {"code": "BCDF-GHJK"})
    assert "not right three times" in newcomer.client.get(answer.headers["Location"]).text
    assert newcomer.client.post(BY_CODE, {"code": newcomer.code()}).headers["Location"] == BY_CODE


def test_answer_comes_too_late(newcomer, wait):
    wait(16)
    newcomer.client.post(BY_CODE, {"action": "send"})
    wait(16)
    answer = newcomer.client.post(BY_CODE, {"code": newcomer.code()})
    assert "does not hold any more" in newcomer.client.get(answer.headers["Location"]).text


def test_question_of_one_member_is_not_answered_by_the_next(newcomer, wait, member):
    wait(16)
    newcomer.client.post(BY_CODE, {"action": "send"})
    newcomer.client.force_login(member)
    answer = newcomer.client.post(BY_CODE, {"code": newcomer.code()})
    assert answer.headers["Location"] == BY_CODE


def test_question_is_for_members(client):
    assert client.get(BY_CODE).headers["Location"] == f"/accounts/login/?next={BY_CODE}"


def test_only_three_mails_a_minute_ask(newcomer, wait):
    wait(16)
    before = len(newcomer.mailbox)
    for _ in range(5):
        newcomer.client.post(BY_CODE, {"action": "send"})
    assert len(newcomer.mailbox) == before + 3


def test_account_closed_after_login_is_out(newcomer, django_user_model):
    django_user_model.objects.update(is_active=False)
    assert newcomer.client.get("/me/").status_code == 302
