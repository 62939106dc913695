"""What was typed into the form of a draft and not saved: kept for its writer, who finds it again whatever happened.

The form comes here every few seconds (`Seat`, which also says who is at the draft), and once more where it was sent after the login
had ended: then it waits in the session of the browser that sent it until somebody logs in there.
"""

import json
from datetime import timedelta

from allauth.core import ratelimit
from django.http import QueryDict
from django.utils import timezone

from conditions.models import Seat

IS_THERE = timedelta(seconds=30)  # after a sign of life; the page gives one every few seconds
LONGEST = 1_000_000  # characters of a form that is kept without a login
IN_SESSION = "unsaved_drafts"
NOT_KEPT = {"csrfmiddlewaretoken"}


def as_json(data) -> dict:
    """Return a form that was sent, without what is not text of the draft: {name: [value, …]}."""
    return {name: values for name, values in data.lists() if name not in NOT_KEPT}


def as_sent(form: dict) -> QueryDict:
    """Return a kept form as the request once held it."""
    data = QueryDict(mutable=True)
    for name, values in form.items():
        data.setlist(name, values)
    return data


def sit_down(revision, user) -> Seat:
    """Note that `user` is at the form of `revision`, and return the seat."""
    seat, _ = Seat.objects.update_or_create(revision=revision, user=user, defaults={"seen_at": timezone.now()})
    return seat


def keep(revision, user, data) -> Seat:
    """Keep the form `data` of `revision` for `user`, in the place of what was kept before."""
    now = timezone.now()
    kept = {"seen_at": now, "form": as_json(data), "form_at": now}
    return Seat.objects.update_or_create(revision=revision, user=user, defaults=kept)[0]


def forget(revision, user) -> None:
    """Let go of what was kept: it is saved, or not wanted."""
    Seat.objects.filter(revision=revision, user=user).update(form=None, form_at=None)


def others(revision, user) -> list[str]:
    """Return who else is at the form of `revision`, by address."""
    there = Seat.objects.filter(revision=revision, seen_at__gt=timezone.now() - IS_THERE).exclude(user=user)
    return list(there.order_by("user__email").values_list("user__email", flat=True))


def keep_in_session(request, pk) -> bool:
    """Keep the form of revision `pk` that somebody sent who is not logged in (any more); say whether it was kept.

    Strangers can send forms too: a few a minute are kept, none of them long, and nobody is given one but the browser that sent it.
    """
    form = as_json(request.POST)
    if len(json.dumps(form)) > LONGEST or not ratelimit.consume(request, action="unsaved_draft"):
        return False
    request.session[IN_SESSION] = {str(pk): form}
    return True


def take_from_session(request, revision) -> None:
    """Hand a form that waits in the session to its writer, who has logged in."""
    form = request.session.get(IN_SESSION, {}).get(str(revision.pk))
    if form:
        del request.session[IN_SESSION]
        keep(revision, request.user, as_sent(form))
