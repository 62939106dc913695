"""The form of a draft as a text that can be merged (`conditions.merging`): from the database, from what was sent, and back."""

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from conditions.merging import NEW, Text
from conditions.models import GatedText, Revision, Section
from conditions.pictures import store_picture
from conditions.text import sanitise

from .parts import OUTLINE

OWN_FIELDS = ["title", "summary", "is_sample", "hard_because", "change_kind", "change_sentence"]
# {prefix of the inline: its fields, in the order in which they are shown where two people disagree}
PART_FIELDS = {
    "sections": ["kind", "heading", "audience", "body", "gated_body", "position"],
    "pictures": ["section", "digest", "alternative_text", "caption", "credit", "licence", "position"],
    "care_cards": ["urgency", "heading", "body", "position"],
    "references": ["title", "publisher", "read_on", "url", "position"],
    "related": ["article", "position"],
}
OWN = "draft"  # the group of the draft's own fields, each of which is a row of its own
RICH = {"body", "gated_body"}


def text_of(revision: Revision, reader) -> dict:
    """Return the text of the draft `revision` as the database has it, for `reader`, who may see drafts."""
    gated = GatedText.objects.readable_by(reader).for_revision(revision).bodies()
    text = {OWN: {name: {name: as_sent(getattr(revision, name))} for name in OWN_FIELDS}}
    for prefix, fields in PART_FIELDS.items():
        text[prefix] = {
            str(part.pk): {name: as_sent(gated.get(part.pk) if name == "gated_body" else attribute(part, name)) for name in fields}
            for part in getattr(revision, prefix).all()
        }
    return text


def attribute(part, name):
    return part.article_id if name == "article" else getattr(part, name)


def as_sent(value) -> str:
    """Return `value` as a browser sends it back unchanged."""
    if value is None or value is False:
        return ""
    return "on" if value is True else clean("", str(value))


def clean(name: str, value: str) -> str:
    """Return what was sent for the field `name` so that equal texts are equal strings."""
    value = value.replace("\r\n", "\n").strip()
    return sanitise(value) if name in RICH else value


def text_sent(data, files=()) -> dict:
    """Return the text that was sent as `data` (a QueryDict). Rows to be deleted, and rows left empty, are not there."""
    text = {OWN: {name: {name: clean(name, data.get(name, ""))} for name in OWN_FIELDS}}
    for prefix, fields in PART_FIELDS.items():
        rows = text[prefix] = {}
        for place in range(count(data, prefix)):
            at = f"{prefix}-{place}"
            row = {name: clean(name, data.get(f"{at}-{name}", "")) for name in fields}
            key = data.get(f"{at}-id") or f"{NEW}-{place}"
            is_written = not key.startswith(NEW) or f"{at}-upload" in files or not is_as_offered(prefix, row)
            if is_written and not data.get(f"{at}-DELETE"):
                rows[key] = with_audience(row) if prefix == "sections" else row
    return text


def is_as_offered(prefix, row) -> bool:
    """Say whether the new `row` holds no more than the form offered."""
    written = {name: value for name, value in row.items() if value and name not in LEFT_AS_OFFERED}
    return not written or (prefix == "sections" and written in OUTLINE)


def with_audience(section):
    """Return the row of a section whose audience is that of its kind where it was left at the usual one."""
    usual = Section.usual_audience(section["kind"]) if section["kind"] else ""
    return {**section, "audience": section["audience"] or usual}


def prose_sent(data) -> dict:
    """Return what `contents.prose` would of the form that was sent. Every row of it has its place; one to be deleted is empty."""
    rows = {
        prefix: [
            {
                name: "" if data.get(f"{prefix}-{place}-DELETE") else clean(name, data.get(f"{prefix}-{place}-{name}", ""))
                for name in PART_FIELDS[prefix]
            }
            for place in range(count(data, prefix))
        ]
        for prefix in ("sections", "care_cards")
    }
    rows["sections"] = [with_audience(section) for section in rows["sections"]]
    return {name: clean(name, data.get(name, "")) for name in ("title", "summary", "hard_because")} | rows


# What alone makes no row: a place, and a choice from a list.
LEFT_AS_OFFERED = {"position", "urgency", "section"}


def count(data, prefix) -> int:
    """Return how many rows of `prefix` were sent. More than any form offers is none of ours."""
    try:
        return min(int(data.get(f"{prefix}-TOTAL_FORMS", 0)), 1000)
    except ValueError:
        return 0


def as_form(text: Text, theirs: Text, revision: Revision, sent) -> QueryDict:
    """Return `text` as a browser would send it in the form of `revision` as the database has it now (`theirs`).

    Whatever else was `sent` (the token, the button pressed) stays.
    """
    data = QueryDict(mutable=True)
    for name, values in sent.lists():
        if name not in OWN_FIELDS and name.partition("-")[0] not in PART_FIELDS:
            data.setlist(name, values)
    for name, row in text[OWN].items():
        if row[name]:
            data[name] = row[name]
    for prefix in PART_FIELDS:
        keys = in_order(text[prefix], theirs[prefix])
        data[f"{prefix}-TOTAL_FORMS"], data[f"{prefix}-INITIAL_FORMS"] = len(keys), sum(key in theirs[prefix] for key in keys)
        data[f"{prefix}-MIN_NUM_FORMS"], data[f"{prefix}-MAX_NUM_FORMS"] = 0, 1000
        for place, key in enumerate(keys):
            row, at = text[prefix][key], f"{prefix}-{place}"
            if key in theirs[prefix]:
                data[f"{at}-id"] = key
            data[f"{at}-revision"] = revision.pk
            if row is None:
                data[f"{at}-DELETE"] = "on"
            for name, value in (row or theirs[prefix][key]).items():
                data[f"{at}-{name}"] = value
    return data


def in_order(rows, theirs) -> list[str]:
    """Return the keys of `rows` as their places in the form: those of the database first, as a formset wants them.

    A row that they deleted and we kept is a new one.
    """
    there = [key for key in rows if key in theirs]
    return [*there, *(key for key, row in rows.items() if key not in theirs and row is not None)]


def with_files_stored(sent, files) -> tuple[QueryDict, MultiValueDict]:
    """Store the pictures that came with the form `sent`. Return the form with their digests, and the files that were refused.

    A stored file is a word of its row like any other. What is wrong with a refused one the form itself says.
    """
    data, refused = sent.copy(), files.copy()
    for place in range(count(sent, "pictures")):
        if upload := files.get(f"pictures-{place}-upload"):
            try:
                data[f"pictures-{place}-digest"] = store_picture(upload).digest
                del refused[f"pictures-{place}-upload"]
            except ValidationError:
                upload.seek(0)  # the form reads it once more
    return data, refused


def files_moved(sent, files, text: Text, theirs: Text) -> MultiValueDict:
    """Return `files` under the names that their rows have in the form of `text`, after those they had in `sent`."""
    moved, keys = MultiValueDict(), in_order(text["pictures"], theirs["pictures"])
    for place in range(count(sent, "pictures")):
        name, key = f"pictures-{place}-upload", sent.get(f"pictures-{place}-id") or f"{NEW}-{place}"
        if name in files and key in keys:
            moved.setlist(f"pictures-{keys.index(key)}-upload", files.getlist(name))
    return moved
