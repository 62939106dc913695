import sys

from django.core.management.base import BaseCommand
from rich.console import Console
from rich.progress import track

from portal.leakcheck import leakcheck


class Command(BaseCommand):
    help = (
        "Open everything that a visitor can open and look for gated text in it. It writes nothing, so it may run on the live "
        "database, as often as you like: after each release, and each night. Exit status 1 where something leaks."
    )

    def handle(self, *, verbosity, **options):
        console = Console(stderr=True)
        hidden = verbosity == 0 or not console.is_terminal
        findings = leakcheck(
            lambda addresses: track(addresses, "Opening as a visitor", console=console, disable=hidden, transient=True)
        )
        for sentence in [*findings.leaks, *findings.faults]:
            self.stdout.write(self.style.ERROR(sentence))
        if findings.too_short:
            self.stdout.write(f"{findings.too_short} gated texts are too short to be looked for.")
        self.stdout.write(
            f"{findings.texts} gated texts, {findings.runs} runs of six words, {findings.words} words searched for; "
            f"{findings.addresses} visitor outputs, {findings.opened} of them pages: "
            f"{len(findings.leaks)} leaks, {len(findings.faults)} faults."
        )
        if findings.leaks or findings.faults:
            sys.exit(1)
