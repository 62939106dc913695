"""How an account begins: by a reader's sign-up, or by an invitation to the desk."""

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from accounts.models import User


@transaction.atomic
def account_of(address):
    """Return the account of a lower-case address, made now if there was none, without a password and not yet confirmed.

    The steps are the same for a known address, so that the time an answer takes tells nobody which it was.
    """
    user, _ = User.objects.get_or_create(email=address, defaults={"password": make_password(None)})
    EmailAddress.objects.get_or_create(user=user, email=address, defaults={"primary": True})
    # Whoever signs up again before ever having confirmed gets the full time to confirm once more.
    User.objects.filter(pk=user.pk).exclude(emailaddress__verified=True).update(date_joined=timezone.now())
    return user


@transaction.atomic
def join_staff(address, groups):
    """Return the account of `address`, made if need be, as one of the staff in `groups` beside those it is in already.

    A password, if it has one, stays as it is.
    """
    user = account_of(address)
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    user.groups.add(*groups)
    return user
