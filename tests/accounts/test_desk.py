"""How one gets to the admin: invited by a superuser, and through the login that everybody uses."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.urls import reverse

from tests.conftest import person

INVITE = "/admin/accounts/user/invite/"
COLLEAGUE = "colleague@example.org"


@pytest.fixture
def desk(client, superuser):
    client.force_login(superuser)
    return client


def invite(client, *groups, address=COLLEAGUE):
    chosen = [Group.objects.get(name=name).pk for name in groups]
    return client.post(reverse("admin:accounts_user_invite"), {"email": address, "groups": chosen}, follow=True)


# --- Login ------------------------------------------------------------------------------------------------------------------


def test_admin_sends_to_the_login_of_the_site(client):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1] == ("/accounts/login/?next=/admin/", 302)


def test_staff_come_back_to_the_page_of_the_admin(reader, editor):
    login = reader.client.get("/admin/conditions/", follow=True).redirect_chain[-1][0]
    reader.client.get(login)
    reader.ask_for_code(editor.email)
    assert reader.type_code().headers["Location"] == "/admin/conditions/"


def test_admin_takes_no_password_of_its_own(client, editor):
    answer = client.post("/admin/login/", {"username": editor.email, "password": "correct horse battery"})
    assert answer.headers["Location"] == "/accounts/login/?next=/admin/"
    assert "_auth_user_id" not in client.session


def test_staff_cannot_try_passwords_of_others_there(client, clerk, editor):
    client.force_login(clerk)
    client.post("/admin/login/", {"username": editor.email, "password": "correct horse battery"})
    assert client.session["_auth_user_id"] == str(clerk.pk)


def test_member_gets_a_clear_answer_in_the_admin(member_client):
    answer = member_client.get("/admin/", follow=True)
    assert answer.status_code == 403
    assert "not open to you" in answer.text


def test_superuser_of_a_fresh_database_can_log_in(reader, django_user_model):
    django_user_model.objects.create_superuser("root@example.org", "correct horse battery")
    reader.opens_login("/admin/")
    reader.ask_for_code("root@example.org")
    assert reader.type_code().headers["Location"] == "/admin/"
    assert reader.client.get("/admin/").status_code == 200


def test_admin_logout_leads_home(client, editor):
    client.force_login(editor)
    client.post("/admin/logout/")
    assert client.get("/admin/").status_code == 302


# --- Users ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["clerk", "author", "editor", "reviewer"])
@pytest.mark.parametrize("page", ["", "1/change/", "1/delete/", "invite/"])
def test_users_are_for_superusers(client, request, who, page):
    client.force_login(request.getfixturevalue(who))
    assert client.get(f"/admin/accounts/user/{page}").status_code == 403


def test_permission_to_change_users_is_not_enough(client, clerk):
    from django.contrib.auth.models import Permission

    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client.force_login(clerk)
    assert client.get("/admin/accounts/user/").status_code == 403


def test_superuser_sees_users_and_how_to_invite(desk, member):
    page = desk.get("/admin/accounts/user/").text
    assert member.email in page
    assert INVITE in page
    assert "/admin/accounts/user/add/" not in page


def test_superuser_closes_an_account(desk, member):
    page = desk.get(f"/admin/accounts/user/{member.pk}/change/").text
    assert 'name="password' not in page
    management = {f"emailaddress_set-{name}": 0 for name in ["TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS"]}
    desk.post(f"/admin/accounts/user/{member.pk}/change/", management)
    member.refresh_from_db()
    assert (member.is_active, member.email) == (False, "member@example.org")


def test_addresses_are_not_edited_by_hand(desk):
    assert desk.get("/admin/account/emailaddress/").status_code == 404
    assert desk.get("/admin/accounts/user/add/").status_code == 403


# --- Invitation -------------------------------------------------------------------------------------------------------------


def test_invited_person_logs_in_by_code_and_is_at_the_desk(desk, reader, django_user_model):
    invite(desk, "Editor")
    mail = reader.mailbox[-1]
    assert mail.to == [COLLEAGUE]
    assert "http://testserver/accounts/login/?next=/admin/" in mail.body
    reader.client.get("/accounts/login/?next=/admin/")
    reader.ask_for_code(COLLEAGUE)
    assert reader.type_code().headers["Location"] == "/admin/"
    assert reader.client.get("/admin/").status_code == 200
    user = django_user_model.objects.get(email=COLLEAGUE)
    assert user.has_perm("conditions.publish_revision")
    assert not user.has_usable_password()


def test_invitation_is_logged_and_confirmed(desk, superuser):
    page = invite(desk, "Author", "Reviewer")
    assert f"An invitation is on its way to {COLLEAGUE}" in page.text
    entry = LogEntry.objects.get()
    assert (entry.user, entry.get_change_message()) == (superuser, "Invited as Author and Reviewer.")


def test_invited_member_keeps_password_and_address(desk, member, mailoutbox):
    before = member.password
    invite(desk, "Reviewer", address="Member@example.org")
    member.refresh_from_db()
    assert (member.is_staff, member.password) == (True, before)
    assert [group.name for group in member.groups.all()] == ["Reviewer"]
    assert EmailAddress.objects.get(user=member).verified
    assert mailoutbox[-1].to == [member.email]


def test_second_group_is_added_to_the_first(desk, editor):
    invite(desk, "Reviewer", address=editor.email)
    assert {group.name for group in editor.groups.all()} == {"Editor", "Reviewer"}


def test_invitation_that_was_not_followed_can_be_sent_again(desk, mailoutbox):
    invite(desk, "Author")
    invite(desk, "Author")
    assert len(mailoutbox) == 2


def test_colleague_is_not_invited_twice(desk, editor, mailoutbox):
    from django.contrib.auth.models import update_last_login

    update_last_login(None, editor)
    page = invite(desk, "Editor", address=editor.email)
    assert "editor@example.org is on the staff in Editor already" in page.text
    assert not mailoutbox


@pytest.mark.parametrize(
    ("address", "said"), [("", "Type your e-mail address"), ("nobody", "looks incomplete"), ("gone@example.org", "is closed")]
)
def test_address_that_cannot_be_invited_is_told(desk, django_user_model, mailoutbox, address, said):
    person(django_user_model, "gone", is_active=False)
    assert said in invite(desk, "Editor", address=address).text
    assert not mailoutbox


def test_invitation_needs_a_group(desk, mailoutbox):
    assert "Choose what this person will do" in invite(desk).text
    assert not mailoutbox


def test_invitation_whose_mail_fails_says_what_to_do(desk, silent_mail_server, django_user_model):
    page = invite(desk, "Author")
    assert f"The mail to {COLLEAGUE} could not be sent" in page.text
    assert django_user_model.objects.get(email=COLLEAGUE).is_staff
