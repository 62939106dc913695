"""When two people write in one draft: what each did is joined, and where they changed the same part, one of them is asked."""

import json

from django.utils.safestring import SafeString

from conditions import unsaved
from conditions.comparing import compare, compare_plain
from conditions.merging import NEW, Conflict, join, merge
from conditions.models import AuditEntry, CareCard, Revision, Section

from .desk import desk_page
from .merging import (
    OWN,
    OWN_FIELDS,
    PART_FIELDS,
    RICH,
    as_form,
    clean,
    files_moved,
    in_order,
    text_of,
    text_sent,
    with_files_stored,
)
from .parts import as_prose

LOOK = "_look"  # in a form that was put together here: it is shown, and not saved before its writer has looked at it
CHOICE, BOTH = "choice-", "both-"  # of what two people wrote; and both, ready to be put into the form
LABELS = {
    "title": "Title",
    "summary": "Summary",
    "is_sample": "Sample content",
    "hard_because": "Why it is hard to read",
    "change_kind": "Kind of change",
    "change_sentence": "What changed",
    "kind": "Kind",
    "heading": "Heading",
    "audience": "Audience",
    "body": "Text for everybody",
    "gated_body": "Members' text",
    "urgency": "Urgency",
    "publisher": "Publisher",
    "read_on": "Read on",
    "url": "Address",
    "article": "Article",
    "section": "Section",
    "digest": "File",
    "alternative_text": "Alternative text",
    "caption": "Caption",
    "credit": "Credit",
    "licence": "Licence",
}
JOINED = ("title", "summary", "heading", "body", "gated_body", "caption", "alternative_text", "change_sentence", "hard_because")
MARKS = {name: "" if name in RICH else " / " for name in JOINED}  # what stands between two texts
CHOICES = {
    "kind": Section.Kind,
    "section": Section.Kind,
    "audience": Section.Audience,
    "urgency": CareCard.Urgency,
    "change_kind": Revision.ChangeKind,
}


def show_again(request, data, told="This is what you had typed and not saved. Look through it, and save it.") -> None:
    """Let the admin show `data` as a form that was sent, without saving it."""
    data[LOOK] = "1"
    _ = request.FILES  # read while the method is still what it was: with them Django would read a form anew
    request.method, request.POST, request.looking = "POST", data, told


def bring_in_step(model_admin, request, revision):
    """Join the form that was sent with what others saved since it was opened. Return a page where one has to choose, else None.

    Called with the article locked, so that nobody saves between this and the saving.
    """
    if "version" not in request.POST:
        return None
    sent, files = with_files_stored(request.POST, request.FILES)
    choices = {name.removeprefix(CHOICE): sent[name] for name in sent if name.startswith(CHOICE)}
    base, theirs = base_of(sent), text_of(revision, request.user)
    # A text can change without its version: where an article that it names is deleted.
    is_in_step = sent["version"] == str(revision.version) and not choices and base in ({}, theirs)
    if not is_in_step:
        mine = chosen(text_sent(sent, files), base, choices, sent)
        is_to_be_looked_at = "both" in choices.values() or LOOK in sent
        merged = merge(base, mine, theirs)
        for name in [name for name in sent if name.startswith((CHOICE, BOTH)) or name == LOOK]:
            del sent[name]
        data = as_form(merged.text, theirs, revision, sent)
        data["version"], data["base"] = str(revision.version), json.dumps(theirs)
        if merged.conflicts:
            if not unsaved.waiting(revision, request.user, sent):
                unsaved.keep(revision, request.user, sent)
            if is_to_be_looked_at:
                data[LOOK] = "1"
            return conflict_page(model_admin, request, revision, merged, theirs, data)
        sent, files = data, files_moved(sent, files, merged.text, theirs)
        request.merged = True
        if is_to_be_looked_at:
            show_again(request, sent, "Both texts stand here one after the other. Make one of them, and save it.")
    request.POST = sent
    for name in list(request.FILES):
        del request.FILES[name]
    request.FILES.update(files)
    return None


def says_more(sent, revision, user) -> bool:
    """Say whether the form that was sent would change `revision`, joined with what others saved since it was opened."""
    theirs = text_of(revision, user)
    merged = merge(base_of(sent), text_sent(sent), theirs)
    return bool(merged.conflicts) or merged.text != theirs


def base_of(sent):
    """Return the text that the sent form set out from; where it cannot be read, nothing, so that all of it is asked about."""
    try:
        base = json.loads(sent.get("base", ""))
    except ValueError:
        return {}
    try:
        return {
            str(group): {str(key): {name: clean(name, value) for name, value in row.items()} for key, row in rows.items()}
            for group, rows in base.items()
        }
    except (AttributeError, TypeError):  # it is no text of ours
        return {}


def chosen(mine, base, choices, sent):
    """Return my text after the choices {"group-key": "mine", "theirs" or "both"}.

    The form of the page that asked set out from their text: that is its base.
    """
    for name, choice in choices.items():
        group, _, key = name.partition("-")
        if group not in mine:
            continue
        their = base.get(group, {}).get(key)
        if choice == "theirs" and their is None:
            mine[group].pop(key, None)
        elif choice == "theirs":
            mine[group][key] = their
        elif choice == "both" and key in mine[group]:
            mine[group][key] = both_of(sent, group, key) or mine[group][key]
    return mine


def both_of(sent, group, key):
    """Return the row that the page which asked has put together of both; None where what was sent is no such row."""
    try:
        row = json.loads(sent.get(f"{BOTH}{group}-{key}", ""))
        return {name: clean(name, row[name]) for name in ([key] if group == OWN else PART_FIELDS[group])}
    except (ValueError, AttributeError, TypeError, LookupError):
        return None


def conflict_page(model_admin, request, revision, merged, theirs, data):
    saved = AuditEntry.objects.filter(
        article_pk=revision.article_id, revision_number=revision.number, act__in=[AuditEntry.Act.SAVED, AuditEntry.Act.MERGED]
    ).first()
    conflicts = [shown(conflict, merged, theirs) for conflict in merged.conflicts]
    for conflict in conflicts:
        if conflict["both"]:  # only now is it known from what both set out
            data[conflict["both_name"]] = json.dumps(conflict["both"])
    context = {
        "conflicts": conflicts,
        "hidden": [(name, value) for name, values in data.lists() for value in values if name != "csrfmiddlewaretoken"],
        "their_name": saved.who if saved else "Somebody else",
    }
    response = model_admin.render_question(request, revision, "Two texts of the same part", "conflict.html", context)
    response.status_code = 409
    return response


def shown(conflict: Conflict, merged, theirs) -> dict:
    """Return what the page shows of a conflict: its name, and each field that is not the same on all three sides."""
    sides = [conflict.base, conflict.mine, conflict.theirs]
    fields = [name for row in sides if row for name in row if name in LABELS]
    differing = [name for name in dict.fromkeys(fields) if len({(side or {}).get(name, "") for side in sides}) > 1]
    name = f"{conflict.group}-{key_in_form(conflict, merged, theirs)}"
    both = join(conflict.base, conflict.mine, conflict.theirs, MARKS)
    return {
        "name": f"{CHOICE}{name}",
        "label": label(conflict),
        "can_join": both is not None,
        "both": both,
        "both_name": f"{BOTH}{name}",
        "mine_is_deleted": conflict.mine is None,
        "theirs_is_deleted": conflict.theirs is None,
        "fields": [(LABELS[name], *marked(name, *((side or {}).get(name, "") for side in sides))) for name in differing],
    }


def key_in_form(conflict: Conflict, merged, theirs) -> str:
    """Return the key by which the row is known when the form comes back: one that they deleted is a new one there."""
    group, key = conflict.group, conflict.key
    return key if key in theirs[group] else f"{NEW}-{in_order(merged.text[group], theirs[group]).index(key)}"


def marked(name, base, mine, theirs):
    """Return (base, mine, theirs) as HTML, with the words marked that mine and theirs each changed."""
    if name in RICH:
        sides = [as_prose(compare(base, side)[1]) if side else "–" for side in (mine, theirs)]
        return [as_prose(base), *sides]
    base, mine, theirs = (told(name, side) for side in (base, mine, theirs))
    # Two plain texts come back as HTML.
    return [base or "–", *(SafeString(compare_plain(base, side)[1]) if side else "–" for side in (mine, theirs))]


def told(name, value):
    """Return the value of a field as the form says it: the words of a choice, a formatted text."""
    if name in RICH:
        return as_prose(value)
    if name in CHOICES:
        return dict(CHOICES[name].choices).get(value, value)
    return {"on": "Yes"}.get(value, value) if name == "is_sample" else value


def label(conflict: Conflict) -> str:
    row = conflict.mine or conflict.theirs or conflict.base or {}
    if conflict.group == OWN:
        return LABELS[conflict.key]
    if conflict.group == "sections":
        kinds = dict(Section.Kind.choices)
        return f"Section “{row.get('heading') or kinds.get(row.get('kind'), '')}”"
    if conflict.group == "care_cards":
        return f"Care card, {dict(CareCard.Urgency.choices).get(row.get('urgency'), '').lower()}"
    if conflict.group == "references":
        return f"Reference “{row.get('title', '')}”"
    return {"pictures": f"Picture “{row.get('caption', '')}”", "related": "Related article"}[conflict.group]


def closed(model_admin, request, revision):
    """Answer a form whose draft is one no more: show everything that was sent, so that nothing is lost, and the way on."""
    return words_page(model_admin, request, request.POST, 409, revision=revision)


def left_over(model_admin, request, revision, seat):
    """Show what was kept of a form before its draft was closed, and let its writer put it away."""
    return words_page(model_admin, request, unsaved.as_sent(seat.form), 200, revision=revision, seat=seat)


def unkept(model_admin, request, reason):
    """Answer a form that could neither be saved nor kept, and why: nobody need be logged in to see their own words."""
    return words_page(model_admin, request, request.POST, 403, reason=reason, address=request.path)


def words_page(model_admin, request, sent, status, **context):
    context |= {
        "title": "Your text, which could not be saved",
        "kept": words(text_sent(sent)),
    }
    return desk_page(model_admin, request, "revision/closed.html", context, status=status)


def words(text) -> list:
    """Return everything that stands in `text`, as (label, what)."""
    found = [(LABELS[name], told(name, text[OWN][name][name])) for name in OWN_FIELDS if text[OWN][name][name]]
    for group, fields in PART_FIELDS.items():
        for key, row in text[group].items():
            part = label(Conflict(group, key, None, row, None))
            found += [(f"{part}: {LABELS[name]}", told(name, row[name])) for name in fields if name in LABELS and row[name]]
    return found
