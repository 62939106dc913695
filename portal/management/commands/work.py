import os
import signal
import sys

from django.core.management.base import BaseCommand

from portal import work


class Command(BaseCommand):
    help = (
        "Publish what is scheduled when its time has come, remind of reviews, and tidy, until stopped. What came due while nothing "
        "ran is published at once. `serve` starts one by itself unless WORKER is false. Several may run at the same time."
    )
    requires_system_checks = []  # they belong to `make lint`

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="do once what is to be done now, and end: for a timer")
        parser.add_argument("--beside", type=int, metavar="PID", help="end as soon as this process, which started it, has ended")

    def handle(self, *, once, beside, **options):
        signals = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: signals.append(number))

        def is_over():
            return bool(signals) or (beside is not None and os.getppid() != beside)

        if not once:
            work.work(self.say, is_over)
        elif not work.work_once(self.say, is_over):
            sys.exit(1)

    def say(self, line):
        self.stdout.write(line)
        self.stdout.flush()
