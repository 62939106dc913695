"""The form of a draft as a text that can be merged (`conditions.merging`): from the database, from what was sent, and back."""

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from conditions.merging import NEW, Text
from conditions.models import GatedText, Revision, Section
from conditions.text import sanitise

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
    gated = {text.section_id: text.body for text in GatedText.objects.readable_by(reader).for_revision(revision)}
    text = {OWN: {name: {name: as_sent(getattr(revision, name))} for name in OWN_FIELDS}}
    for prefix, fields in PART_FIELDS.items():
        text[prefix] = {
            str(part.pk): {
                name: gated.get(part.pk, "") if name == "gated_body" else as_sent(attribute(part, name)) for name in fields
            }
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
            is_written = not key.startswith(NEW) or f"{at}-upload" in files
            is_written = is_written or any(row[name] for name in fields if name not in LEFT_AS_OFFERED)
            if is_written and not data.get(f"{at}-DELETE"):
                rows[key] = row
    return text


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
    for section in rows["sections"]:
        section["audience"] = section["audience"] or (Section.usual_audience(section["kind"]) if section["kind"] else "")
    return {name: clean(name, data.get(name, "")) for name in ("title", "summary", "hard_because")} | rows


# A new row that holds no more than these was offered by the form and not filled in.
LEFT_AS_OFFERED = {"kind", "audience", "heading", "position", "urgency", "section"}


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
        # The rows of the database first, as a formset wants them; a row that they deleted and we kept is a new one.
        there = [key for key in text[prefix] if key in theirs[prefix]]
        ours = [key for key, row in text[prefix].items() if key not in theirs[prefix] and row is not None]
        data[f"{prefix}-TOTAL_FORMS"], data[f"{prefix}-INITIAL_FORMS"] = len(there) + len(ours), len(there)
        data[f"{prefix}-MIN_NUM_FORMS"], data[f"{prefix}-MAX_NUM_FORMS"] = 0, 1000
        for place, key in enumerate([*there, *ours]):
            row, at = text[prefix][key], f"{prefix}-{place}"
            if key in theirs[prefix]:
                data[f"{at}-id"] = key
            data[f"{at}-revision"] = revision.pk
            if row is None:
                data[f"{at}-DELETE"] = "on"
            for name, value in (row or theirs[prefix][key]).items():
                data[f"{at}-{name}"] = value
    return data


def files_moved(sent, files, data) -> MultiValueDict:
    """Return the uploaded `files` under the names that their rows have in `data`, after those they had in `sent`."""
    moved = MultiValueDict()
    places = {data.get(f"pictures-{place}-id"): place for place in range(count(data, "pictures"))}
    new_rows = iter(place for place in range(count(data, "pictures")) if not data.get(f"pictures-{place}-id"))
    for place in range(count(sent, "pictures")):
        name = f"pictures-{place}-upload"
        key = sent.get(f"pictures-{place}-id")
        if name in files:
            to = places.get(key) if key else next(new_rows, None)
            if to is not None:
                moved.setlist(f"pictures-{to}-upload", files.getlist(name))
    return moved
