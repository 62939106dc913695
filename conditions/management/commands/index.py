import contextlib
import sys
import time

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError

from conditions.finding import keeping, opening
from conditions.models import Article, Item
from conditions.progress import shown_progress

SHOWN = 10  # differences of a kind that are named


class Command(BaseCommand):
    help = (
        "Bring the search index in step with the database, or make it anew where that is not enough. Web processes do so by "
        "themselves after each publication; run it after restoring a database. The index is derived: deleting it loses nothing."
    )

    def add_arguments(self, parser):
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--rebuild", action="store_true", help="make it anew beside the one in use, and put it in its place")
        mode.add_argument("--check", action="store_true", help="compare it with the database and name what differs; write nothing")
        mode.add_argument("--follow", action="store_true", help="go on bringing it in step, every second, until stopped")

    def handle(self, *, rebuild, check, follow, verbosity, **options):
        try:
            if check:
                self.check_index(verbosity)
            elif follow:
                self.follow(verbosity)
            else:
                self.bring_in_step(rebuild, verbosity)
        except keeping.IndexBusy as error:
            raise CommandError(str(error)) from None
        except opening.IndexUnusable as error:
            hint = " Make it with: manage.py index --rebuild" if check else ""
            raise CommandError(f"The search index in {opening.folder()} cannot be used: {error}.{hint}") from None
        except DatabaseError as error:
            reason = str(error).partition("\n")[0]
            raise CommandError(f"The database could not be read ({reason}). manage.py migrate makes its tables.") from None
        except OSError as error:
            raise CommandError(f"The search index could not be written to {opening.folder()}: {error.strerror}.") from None

    def bring_in_step(self, is_anew, verbosity):
        began = time.monotonic()
        with shown_progress(self.stdout, verbosity) as progress:
            count = keeping.rebuild(progress) if is_anew else keeping.bring_in_step(progress)
        if verbosity:
            seconds = time.monotonic() - began
            self.stdout.write(
                "The search index is in step." if count is None else f"Indexed {count:,} conditions in {seconds:.1f} s."
            )

    def check_index(self, verbosity):
        with shown_progress(self.stdout, verbosity) as progress:
            differences = keeping.check(progress)
        for what, keys in (
            ("Missing from the index", differences.missing),
            ("In the index alone", differences.left_over),
            ("Other than in the database", differences.other),
        ):
            if keys:
                named = ", ".join(map(called, keys[:SHOWN]))
                more = f" and {len(keys) - SHOWN:,} more" if len(keys) > SHOWN else ""
                self.stdout.write(self.style.ERROR(f"{what} ({len(keys):,}): {named}{more}"))
        if differences.behind:
            self.stdout.write(self.style.ERROR(f"The index is {differences.behind:,} changes behind."))
        if differences:
            sys.exit(1)
        self.stdout.write("Index and database agree.")

    def follow(self, verbosity):
        with contextlib.suppress(KeyboardInterrupt):
            for count in keeping.follow():
                if count is not None and verbosity:
                    self.stdout.write(f"Indexed {count:,} conditions.")


def called(key):
    """Return the article or code that a key of the index stands for."""
    kind, pk = key[0], int(key[1:])
    found = (Article if kind == "a" else Item).objects.filter(pk=pk).first()
    return str(found.slug if kind == "a" else found.code) if found else f"a deleted {'article' if kind == 'a' else 'item'} ({pk})"
