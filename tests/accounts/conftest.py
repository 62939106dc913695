import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

SECTION = "/conditions/x/#treatment"  # where the gate wants its readers back
NEW = "newcomer@example.org"


@pytest.fixture(autouse=True)
def _no_limit_used_up(db):
    cache.clear()


@pytest.fixture
def wait(time_machine):
    """Let minutes pass."""
    time_machine.move_to(datetime.now(UTC))
    return lambda minutes: time_machine.shift(timedelta(minutes=minutes))


@pytest.fixture
def silent_mail_server(monkeypatch):
    """Let every mail fail; call it to have mails sent again."""

    def no_answer(message):
        raise TimeoutError("no answer")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", no_answer)
    return monkeypatch.undo


class Reader:
    """Somebody at one browser, who can read the mail of every address."""

    def __init__(self, mailoutbox):
        self.client = Client()
        self.mailbox = mailoutbox

    def sign_up(self, address=NEW, way_back=SECTION):
        return self.client.post(reverse("account_signup"), {"email": address} | ({"next": way_back} if way_back else {}))

    def opens_login(self, way_back=SECTION):
        return self.client.get(reverse("account_login"), {"next": way_back})

    def ask_for_code(self, address=NEW):
        return self.client.post(reverse("account_request_login_code"), {"email": address})

    def type_code(self, code=None):
        return self.client.post(reverse("account_confirm_login_code"), {"action": "verify", "code": code or self.code()})

    def type_wrong_code(self, times=1):
        for _ in range(times):
            response = self.type_code("BCDF-GHJK")
        return response

    def resend(self):
        return self.client.post(reverse("account_confirm_login_code"), {"action": "resend"})

    def code(self):
        return code_in(self.mailbox[-1])

    @property
    def is_logged_in(self):
        return "_auth_user_id" in self.client.session


def code_in(mail):
    return re.search(r"^ +([A-Z]{4}-[A-Z]{4})$", mail.body, re.MULTILINE)[1]


@pytest.fixture
def reader(mailoutbox):
    return Reader(mailoutbox)


@pytest.fixture
def second_device(mailoutbox):
    return Reader(mailoutbox)
