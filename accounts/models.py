"""The member: one account for readers and staff, known by its e-mail address."""

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower


class UserQuerySet(models.QuerySet):
    def never_confirmed(self, before):
        """Accounts made before that moment whose address was never confirmed and that nobody entered. Not the staff's, and none
        that was closed: deleting it would open its address again."""
        made_by_readers = self.filter(is_active=True, is_staff=False, is_superuser=False)
        return made_by_readers.filter(last_login=None, date_joined__lt=before).exclude(emailaddress__verified=True)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    use_in_migrations = True

    def create_user(self, email, password=None, **fields):
        """Make a member. Without a password the account is entered by e-mailed code alone. Raises ValueError without an e-mail."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractUser):
    """A person who can log in; `is_staff` lets them into the admin, groups say what they may do there."""

    username = None
    email = models.EmailField("e-mail address", unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="one_user_an_address", violation_error_message="This address has an account."
            )
        ]

    def __str__(self):
        return self.email
