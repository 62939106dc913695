from datetime import timedelta

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import User


class Command(BaseCommand):
    help = (
        "Delete the accounts of sign-ups that were never finished: the address was never confirmed and nobody ever logged in. "
        "Staff, invited or not, and closed accounts stay. Run it once a day, from a timer."
    )

    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, default=7, help="how old such an account must be (default: 7)")
        parser.add_argument("--dry-run", action="store_true", help="count, and delete nothing")

    def handle(self, *, days, dry_run, **options):
        accounts = User.objects.never_confirmed(before=timezone.now() - timedelta(days=days))
        if dry_run:
            self.stdout.write(f"{accounts.count()} unconfirmed accounts would be removed.")
        else:
            _, by_model = accounts.delete()
            self.stdout.write(f"{by_model.get(User._meta.label, 0)} unconfirmed accounts removed.")
