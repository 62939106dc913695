"""The three-way merge of a draft that two people changed: part by part, so that neither loses a word. No models.

A text is `{group: {key: row}}`, a row `{field: value}`, all of them strings. A row is what is merged as a whole: a section with its
members' text, a care card, a reference, or one of the draft's own fields. Keys are those of the database; a row that is not there
yet has one that begins with "new".
"""

from collections.abc import Mapping
from dataclasses import dataclass

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
    """Return `ours`, with the rows we added under the keys of those that they added and that are the same thing."""
    identity = IDENTITY.get(group)
    if identity is None:
        return ours
    theirs_new = {row[identity]: key for key, row in after.items() if key not in before and row.get(identity)}
    return {theirs_new.get(row.get(identity, ""), key) if key.startswith(NEW) else key: row for key, row in ours.items()}


def is_same(one: Row | None, other: Row | None) -> bool:
    """Say whether two rows say the same, wherever they stand."""
    if one is None or other is None:
        return one is other
    return all(one.get(field, "") == other.get(field, "") for field in {*one, *other} - {PLACE})


def placed(chosen: Row | None, was: Row | None, our: Row | None, their: Row | None) -> Row | None:
    """Return `chosen` at the place where we moved it; where we did not, at theirs."""
    if chosen is None or our is None or their is None or PLACE not in chosen:
        return chosen
    moved_by_us = was is not None and our.get(PLACE) != was.get(PLACE)
    return {**chosen, PLACE: (our if moved_by_us else their).get(PLACE, "")}
