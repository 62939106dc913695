import sys

from django.conf import settings
from django.core.management.base import BaseCommand

from portal import startup


class Command(BaseCommand):
    help = (
        "Prepare what is missing (tables, static files, classification, articles, a first administrator) and serve the site on "
        "127.0.0.1, with a worker beside it. What is done already is not repeated. PORT, LISTEN_ADDRESS, WEB_CONCURRENCY and "
        "WORKER are read from the environment."
    )
    requires_system_checks = []  # they belong to `make lint`, and take longer than all else on a later start

    def handle(self, **options):
        address, port = startup.listen_address()
        workers = startup.worker_count()
        wants_worker = startup.wants_worker()
        try:
            startup.refuse_what_cannot_work(address, port)
            password = startup.prepare(self.say)
        except KeyboardInterrupt:
            sys.exit("\nStopped. The next start goes on from here.")
        self.announce(address, port, password)
        if wants_worker:
            startup.start_worker()
        startup.become_server(address, port, workers)

    def say(self, sentence):
        self.stdout.write(sentence)
        self.stdout.flush()

    def announce(self, address, port, password):
        lines = self.place(address, port)
        if password:
            lines += [("Log in with", startup.FIRST_ADMINISTRATOR), ("Password", f"{password}   (shown this once)")]
        if settings.EMAIL_BACKEND.endswith("console.EmailBackend"):
            lines.append(("Mail", "appears in this console, and so does the code that a new member types"))
        lines.append(("Stop", "Ctrl-C"))
        self.say("\n" + "\n".join(f"  {name:<16} {text}" for name, text in lines) + "\n")

    def place(self, address, port):
        if settings.PRODUCTION:
            return [("Plainwell", f"listens on {address}, port {port}, for its front server")]
        return [("Plainwell", f"http://localhost:{port}/"), ("Administration", f"http://localhost:{port}/admin/")]
