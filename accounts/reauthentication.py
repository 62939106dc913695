"""A code by e-mail asks a member who is logged in whether it is still they, before a change that could lock them out.

allauth asks for the password, and lets through whoever has none.
"""

import time

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.login import get_authentication_records, record_authentication

SESSION_KEY = "reauthentication_code"


def came_in_recently(request):
    """Whether the member proved who they are within the last minutes, by whichever way they came in."""
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


class ReauthenticationProcess(AbstractCodeVerificationProcess):
    def __init__(self, request, state):
        self.request = request
        super().__init__(
            state=state,
            user=request.user,
            max_attempts=app_settings.LOGIN_BY_CODE_MAX_ATTEMPTS,
            timeout=app_settings.LOGIN_BY_CODE_TIMEOUT,
        )

    @classmethod
    def initiate(cls, request):
        process = cls(request, cls.initial_state(request.user, request.user.email))
        process.send()
        process.persist()

    @classmethod
    def resume(cls, request):
        state = request.session.get(SESSION_KEY)
        return cls(request, state).abort_if_invalid() if state else None

    def send(self):
        self.state["code"] = get_adapter().generate_login_code()
        get_adapter().send_mail("account/email/reauthentication_code", self.state["email"], {"code": self.code})

    def persist(self):
        self.request.session[SESSION_KEY] = self.state

    def abort(self):
        self.request.session.pop(SESSION_KEY, None)

    def finish(self):
        self.abort()
        record_authentication(self.request, self.user, method="code", reauthenticated=True)
