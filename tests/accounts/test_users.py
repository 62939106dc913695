from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.joining import account_of
from tests.conftest import person


@pytest.mark.parametrize("address", ["ada@example.org", "ADA@example.org", "Ada@Example.org"])
def test_database_holds_one_user_an_address(django_user_model, address):
    django_user_model.objects.create(email="ada@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        django_user_model.objects.create(email=address)


def test_user_needs_an_address(django_user_model):
    with pytest.raises(ValueError, match="needs an e-mail address"):
        django_user_model.objects.create_user("")


def test_account_of_an_address_is_made_once(db):
    assert account_of("ada@example.org") == account_of("ada@example.org")


# --- Sign-ups that were never finished --------------------------------------------------------------------------------------


@pytest.fixture
def old_accounts(django_user_model):
    """Accounts of every kind, eight days old."""
    account_of("unfinished@example.org")
    person(django_user_model, "confirmed")
    person(django_user_model, "loggedin", verified=False, last_login=timezone.now())
    person(django_user_model, "invited", verified=False, is_staff=True, group="Editor")
    person(django_user_model, "closed", verified=False, is_active=False)
    person(django_user_model, "superuser", verified=False, is_superuser=True)
    django_user_model.objects.update(date_joined=timezone.now() - timedelta(days=8))
    account_of("today@example.org")
    return django_user_model.objects


def test_sign_ups_never_finished_are_removed_after_a_week(old_accounts, capsys):
    call_command("remove_unverified_accounts")
    kept = {"confirmed", "loggedin", "invited", "closed", "superuser", "today"}
    assert {email.split("@")[0] for email in old_accounts.values_list("email", flat=True)} == kept
    assert capsys.readouterr().out == "1 unconfirmed accounts removed.\n"


def test_dry_run_counts_and_removes_nothing(old_accounts, capsys):
    call_command("remove_unverified_accounts", "--dry-run")
    assert old_accounts.count() == 7
    assert capsys.readouterr().out == "1 unconfirmed accounts would be removed.\n"


def test_days_can_be_said(old_accounts):
    call_command("remove_unverified_accounts", "--days=9")
    assert old_accounts.count() == 7


def test_signing_up_once_more_gives_another_week(old_accounts, capsys):
    account_of("unfinished@example.org")
    call_command("remove_unverified_accounts")
    assert capsys.readouterr().out == "0 unconfirmed accounts removed.\n"
