"""What was typed into the form of a draft and not saved: kept for its writer, who finds it again whatever happened.

The form comes here every few seconds (`Seat`, which also says who is at the draft), and once more where it was sent after the login
had ended: then it waits in the session of the browser that sent it until somebody logs in there.
"""

import json
from datetime import timedelta

from allauth.core import ratelimit
from django.core.signing import BadSignature, Signer
from django.http import QueryDict
from django.utils import timezone

from conditions.models import Seat

IS_THERE = timedelta(seconds=30)  # after a sign of life; the page gives one every few seconds
LONGEST = 500_000  # characters of a form that is kept without a login
WAITS = 60 * 60  # seconds, in the session of whoever is not logged in
IN_SESSION = "unsaved_drafts"
MOST = 3  # forms in a session
WAITING = "waiting"  # in a form whose page still asks whether to go on with what was kept
NOT_KEPT = {"csrfmiddlewaretoken", "seen", WAITING}


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


def waiting(revision, user, data):
    """Return the seat with kept text about which its writer is still asked in the page that sent `data`; None where none is."""
    return kept(revision, user) if WAITING in data else None


def kept(revision, user):
    """Return the seat of `user` where something is kept in it; else None."""
    return Seat.objects.filter(revision=revision, user=user, form__isnull=False).first()


def others(revision, user) -> list[str]:
    """Return who else is at the form of `revision`, by address."""
    there = Seat.objects.filter(revision=revision, seen_at__gt=timezone.now() - IS_THERE).exclude(user=user)
    return list(there.order_by("user__email").values_list("user__email", flat=True))


def sign(user) -> str:
    """Return what the form of a draft carries to say later whose it is."""
    return _signer().sign(user.pk)


def writer_of(data) -> int | None:
    """Return the pk of the person whose form was sent as `data`; None where it does not say, or says so itself."""
    try:
        return int(_signer().unsign(data.get("writer", "")))
    except (BadSignature, ValueError):
        return None


def _signer() -> Signer:
    return Signer(salt="conditions.Seat")


def keep_in_session(request, pk) -> bool:
    """Keep the form of revision `pk` that was sent after its writer's login had ended; say whether it was kept.

    Only a form of ours says whose it is, so that a stranger has none to send. A few a minute are kept, none of them long, for an
    hour; of several drafts the newest few.
    """
    if writer_of(request.POST) is None or len(request.POST.get("base", "")) > LONGEST:
        return False
    form = as_json(request.POST)
    if len(json.dumps(form)) > LONGEST or not ratelimit.consume(request, action="unsaved_draft"):
        return False
    earlier = [(key, each) for key, each in request.session.get(IN_SESSION, {}).items() if key != str(pk)]
    request.session[IN_SESSION] = dict([*earlier, (str(pk), form)][-MOST:])
    request.session.set_expiry(WAITS)
    return True


def take_from_session(request, revision) -> None:
    """Hand a form that waits in the session to its writer, who has logged in. Nobody else who logs in there is given it."""
    waits = request.session.get(IN_SESSION, {})
    data = as_sent(waits.get(str(revision.pk), {}))
    if writer_of(data) == request.user.pk:
        request.session[IN_SESSION] = {key: form for key, form in waits.items() if key != str(revision.pk)}
        request.session.set_expiry(None)  # as long as any other again
        keep(revision, request.user, data)


def remove_empty_seats() -> None:
    """Remove the seats of yesterday and before in which nothing is kept."""
    Seat.objects.filter(form__isnull=True, seen_at__lt=timezone.now() - timedelta(days=1)).delete()
