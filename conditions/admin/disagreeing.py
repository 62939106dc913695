"""When two people write in one draft: what each did is joined, and where they changed the same part, one of them is asked."""

import json

from django.core.exceptions import ValidationError
from django.template.response import TemplateResponse
from django.utils.html import format_html

from conditions import unsaved
from conditions.comparing import compare, compare_plain
from conditions.merging import Conflict, Row, merge
from conditions.models import AuditEntry, CareCard, Section
from conditions.pictures import store_picture

from .merging import OWN, RICH, as_form, clean, count, files_moved, text_of, text_sent
from .parts import as_prose

LOOK = "_look"  # in a form that was put together here: it is shown, and not saved before its writer has looked at it
CHOICE = "choice-"
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
JOINED = ("title", "summary", "body", "gated_body", "caption", "alternative_text", "change_sentence", "hard_because")


def show_again(request, data, told="This is what you had typed and not saved. Look through it, and save it.") -> None:
    """Let the admin show `data` as a form that was sent, without saving it."""
    data[LOOK] = "1"
    _ = request.FILES  # read while the method is still what it was: with them Django would read a form anew
    request.method, request.POST, request.looking = "POST", data, told


def bring_in_step(model_admin, request, revision):
    """Join the form that was sent with what others saved since it was opened. Return a page where one has to choose, else None.

    Called with the article locked, so that nobody saves between this and the saving.
    """
    sent = request.POST
    choices = {name.removeprefix(CHOICE): sent[name] for name in sent if name.startswith(CHOICE)}
    if "version" not in sent or (sent["version"] == str(revision.version) and not choices):
        return None
    base, theirs = base_of(sent), text_of(revision, request.user)
    mine, is_to_be_looked_at = chosen(text_sent(sent, request.FILES), base, choices)
    merged = merge(base, mine, theirs)
    rest = sent.copy()
    for name in [name for name in rest if name.startswith(CHOICE)]:
        del rest[name]
    data = as_form(merged.text, theirs, revision, rest)
    data["version"], data["base"] = str(revision.version), json.dumps(theirs)
    files = files_moved(sent, request.FILES, data)
    if merged.conflicts:
        unsaved.keep(revision, request.user, sent)
        keep_uploads(files, data)
        return conflict_page(model_admin, request, revision, merged, theirs, data)
    request.POST = data
    request.FILES.clear()
    request.FILES.update(files)
    request.merged = True
    if is_to_be_looked_at:
        show_again(request, data, "Both texts stand here one after the other. Make one of them, and save it.")
    return None


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


def chosen(mine, base, choices):
    """Return my text after the choices {"group-key": "mine", "theirs" or "both"}, and whether any wants to be looked at.

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
        elif choice == "both" and their and key in mine[group]:
            mine[group][key] = joined(mine[group][key], their)
    return mine, "both" in choices.values()


def joined(mine: Row, theirs: Row) -> Row:
    """Return a row that has the words of both, mine first."""
    row = dict(mine)
    for field in JOINED:
        if mine.get(field) and theirs.get(field) and mine[field] != theirs[field]:
            row[field] = f"{mine[field]}{'' if field in RICH else ' / '}{theirs[field]}"
        else:
            row[field] = mine.get(field) or theirs.get(field, "")
    return {field: value for field, value in row.items() if field in mine}


def keep_uploads(files, data) -> None:
    """Store the pictures that came with the form: a page that asks cannot carry files."""
    for place in range(count(data, "pictures")):
        if upload := files.get(f"pictures-{place}-upload"):
            try:
                data[f"pictures-{place}-digest"] = store_picture(upload).digest
            except ValidationError:
                continue  # the form itself says what is wrong with it: the digest is missing


def conflict_page(model_admin, request, revision, merged, theirs, data):
    saved = AuditEntry.objects.filter(
        article_pk=revision.article_id, revision_number=revision.number, act__in=[AuditEntry.Act.SAVED, AuditEntry.Act.MERGED]
    ).first()
    context = {
        "conflicts": [shown(conflict, merged, theirs) for conflict in merged.conflicts],
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
    return {
        "name": f"{CHOICE}{conflict.group}-{key_in_form(conflict, merged, theirs)}",
        "label": label(conflict),
        "can_join": conflict.mine is not None and conflict.theirs is not None and bool(set(differing) & set(JOINED)),
        "mine_is_deleted": conflict.mine is None,
        "theirs_is_deleted": conflict.theirs is None,
        "fields": [(LABELS[name], *marked(name, *((side or {}).get(name, "") for side in sides))) for name in differing],
    }


def key_in_form(conflict: Conflict, merged, theirs) -> str:
    """Return the key by which the row is known when the form comes back: one that they deleted is a new one there."""
    group, key = conflict.group, conflict.key
    if key in theirs[group]:
        return key
    ours = [key for key, row in merged.text[group].items() if key not in theirs[group] and row is not None]
    there = [key for key in merged.text[group] if key in theirs[group]]
    return f"new-{len(there) + ours.index(key)}"


def marked(name, base, mine, theirs):
    """Return (base, mine, theirs) as HTML, with the words marked that mine and theirs each changed."""
    if name in RICH:
        sides = [as_prose(compare(base, side)[1]) if side else "–" for side in (mine, theirs)]
        return [as_prose(base), *sides]
    return [format_html("{}", base or "–"), *(compare_plain(base, side)[1] or "–" for side in (mine, theirs))]


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
    text = text_sent(request.POST)
    kept = [(LABELS[name], row[name]) for name, row in text[OWN].items() if row[name] and name not in ("is_sample", "change_kind")]
    for group in ("sections", "care_cards"):
        for key, row in text[group].items():
            name = label(Conflict(group, key, None, row, None))
            kept += [(f"{name}: {LABELS[field]}", as_prose(row[field])) for field in ("body", "gated_body") if row.get(field)]
    for row in text["references"].values():
        kept.append(("Reference", f"{row['title']}, {row['publisher']}, {row['url']}"))
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Your text, which could not be saved",
        "opts": model_admin.opts,
        "revision": revision,
        "kept": kept,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/conditions/revision/closed.html", context, status=409)
