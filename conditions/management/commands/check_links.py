from collections import Counter
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError

from conditions import link_check
from conditions.models import LinkCheck

State = LinkCheck.State


class Command(BaseCommand):
    help = (
        "Ask every address in the references of published articles and of drafts whether it still answers, and keep what each said "
        "for the dashboard of the desk. Run it once a week; it needs a way to the net. Ctrl-C keeps what was done."
    )

    def add_arguments(self, parser):
        parser.add_argument("--older-than", type=at_least_one, metavar="DAYS", help="leave out what was asked within so many days")
        parser.add_argument("--limit", type=at_least_one, metavar="N", help="ask at most so many, those asked longest ago")

    def handle(self, *, older_than, limit, verbosity, **options):
        forgotten = link_check.forget_unused()
        urls = link_check.due(older_than and timedelta(days=older_than), limit)
        counts, is_stopped = Counter(), False
        try:
            for checked in link_check.check(urls):
                counts[checked.state] += 1
                if verbosity and checked.state != State.OK:
                    self.stdout.write(f"{checked.get_state_display()} ({checked.detail}): {checked.url}")
        except link_check.NotOnTheNet:
            raise CommandError(
                f"Not one of {len(urls):,} addresses answered. This machine seems to have no way to the net; nothing was kept."
            ) from None
        except KeyboardInterrupt:
            is_stopped = True
        if verbosity:
            told = ", ".join(f"{counts[state]:,} {label}" for state, label in TOLD.items())
            self.stdout.write(f"Asked {counts.total():,} of {len(urls):,} addresses: {told}.")
            if forgotten:
                self.stdout.write(f"Forgot {forgotten:,} that no reference names any more.")
            if is_stopped:
                self.stdout.write("Stopped. What was done is kept.")


TOLD = {State.OK: "answer", State.BROKEN: "broken", State.UNREACHABLE: "could not be reached"}


def at_least_one(text):
    number = int(text)
    if number < 1:
        raise ValueError
    return number
