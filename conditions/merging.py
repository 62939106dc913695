"""The three-way merge of a draft that two people changed: part by part, so that neither loses a word. No models.

A text is `{group: {key: row}}`, a row `{field: value}`, all of them strings. A row is what is merged as a whole: a section with its
members' text, a care card, a reference, or one of the draft's own fields. Keys are those of the database; a row that is not there
yet has one that begins with "new".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

Row = Mapping[str, str]
Rows = Mapping[str, Row]
Text = Mapping[str, Rows]

NEW = "new"
PLACE = "position"  # where a row stands; two people who move it have no quarrel
# By what two new rows are known to be the same: each of us added a section "Diagnosis".
IDENTITY = {"sections": "kind", "references": "url", "related": "article", "pictures": "digest"}


@dataclass(frozen=True)
class Conflict:
    """A row that both changed, and differently. A side is None where the row is not there: not yet, or deleted."""

    group: str
    key: str
    base: Row | None
    mine: Row | None
    theirs: Row | None


@dataclass(frozen=True)
class Merged:
    """`text` has mine where there is a conflict. A row that is to be deleted is None."""

    text: dict[str, dict[str, Row | None]]
    conflicts: list[Conflict]


def merge(base: Text, mine: Text, theirs: Text) -> Merged:
    """Return what comes of `base` when both what `mine` and what `theirs` changed in it is done."""
    text: dict[str, dict[str, Row | None]] = {}
    conflicts: list[Conflict] = []
    for group in theirs:
        rows = text[group] = {}
        before, after = base.get(group, {}), theirs[group]
        ours = met(group, before, mine.get(group, {}), after)
        for key in [*after, *(key for key in ours if key not in after)]:
            was, our, their = before.get(key), ours.get(key), after.get(key)
            if is_same(our, their) or is_same(our, was):
                chosen = their
            elif is_same(their, was):
                chosen = our
            else:
                chosen = our
                conflicts.append(Conflict(group, key, was, our, their))
            if chosen is not None or their is not None:
                rows[key] = placed(chosen, was, our, their)
    return Merged(text, conflicts)


def met(group: str, before: Rows, ours: Rows, after: Rows) -> Rows:
    """Return `ours`, with the rows we added under the keys of those that they added and that are the same thing.

    Rows that say the same are the same: a form that is sent twice adds nothing twice. Each of their rows is met once.
    """
    added = {key: row for key, row in ours.items() if key.startswith(NEW)}
    unmet = {key: row for key, row in after.items() if key not in before and key not in ours}
    keys: dict[str, str] = {}
    for is_met in (is_same, partial(has_identity, IDENTITY.get(group, ""))):
        for key, row in added.items():
            their = next((their for their in unmet if is_met(row, unmet[their])), None)
            if key not in keys and their is not None:
                keys[key] = their
                del unmet[their]
    return {keys.get(key, key): row for key, row in ours.items()}


def has_identity(field: str, one: Row, other: Row) -> bool:
    return bool(one.get(field)) and one.get(field) == other.get(field)


def is_same(one: Row | None, other: Row | None) -> bool:
    """Say whether two rows say the same, wherever they stand."""
    if one is None or other is None:
        return one is other
    return all(one.get(field, "") == other.get(field, "") for field in {*one, *other} - {PLACE})


def join(base: Row | None, mine: Row | None, theirs: Row | None, marks: Mapping[str, str]) -> Row | None:
    """Return a row with what each of us changed in `base`, and both texts, mine first, where both changed one.

    `marks` are what stands between two texts, by field; a field without one cannot be joined. None where the rows cannot be.
    """
    if mine is None or theirs is None:
        return None
    row: dict[str, str] = {}
    for field in mine:
        was, our, their = ((side or {}).get(field, "") for side in (base, mine, theirs))
        if our in (was, their):
            row[field] = their
        elif their == was:
            row[field] = our
        elif field in marks:
            row[field] = marks[field].join(text for text in (our, their) if text)
        elif field != PLACE:
            return None
    return placed({PLACE: "", **row} if PLACE in mine else row, base, mine, theirs)


def placed(chosen: Row | None, was: Row | None, our: Row | None, their: Row | None) -> Row | None:
    """Return `chosen` at the place where we moved it; where we did not, at theirs."""
    if chosen is None or our is None or their is None or PLACE not in chosen:
        return chosen
    moved_by_us = was is not None and our.get(PLACE) != was.get(PLACE)
    return {**chosen, PLACE: (our if moved_by_us else their).get(PLACE, "")}
