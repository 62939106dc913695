"""Writes a release of the classification to the database: the whole of it, or nothing.

An item is found again by its key (is it a block, code). What a release does not hold is retired, never deleted: it keeps its row,
its notes, its place among its siblings and its articles. A later release that holds it again revives it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from conditions.changes import ask_to_reindex_all
from conditions.loading.release_files import FileItem, FileNote, FileRelease, Key
from conditions.models import Article, ArticleItem, Item, Note, Release
from conditions.models.classification import PATH_STEP
from conditions.progress import Progress, silently

BATCH = 2000  # rows between two steps of the progress bar
WIDEST = 10**PATH_STEP - 1  # siblings that a path can tell apart

T = TypeVar("T")


@dataclass
class TouchedArticle:
    """An article whose part of the classification changed: it is attached at `code`. `changes` are such as "M61.24 retitled"."""

    slug: str
    language: str
    code: str
    changes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.slug} ({self.language}, at {self.code})"


@dataclass
class Report:
    """What a load did. Codes stand in the order of the classification; `retitled` are (code, title before, title now).

    *Subdivided* is a code that was assignable and is not any more; *moved* stands below another item than before.
    """

    release: str
    is_unchanged: bool = False
    is_first: bool = False
    is_correction: bool = False
    levels: dict[int, int] = field(default_factory=dict)  # items by Item.Level
    assignable: int = 0
    added: list[str] = field(default_factory=list)
    retitled: list[tuple[str, str, str]] = field(default_factory=list)
    subdivided: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    revived: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)
    articles: list[TouchedArticle] = field(default_factory=list)


@dataclass
class Tree:
    """Items by key, and the key of each one's parent."""

    items: dict[Key, Item]
    parents: dict[Key, Key | None]


@dataclass
class Plan:
    """What is to be written, and what happens to each item by it (`events`, in words: added, retitled …)."""

    tree: Tree
    parents_before: dict[Key, Key | None]
    new: list[Item] = field(default_factory=list)
    changed: list[Item] = field(default_factory=list)
    rehoused: list[Item] = field(default_factory=list)  # changed ones whose path another item may hold until they have left it
    notes: dict[Key, tuple[FileNote, ...]] = field(default_factory=dict)  # of the items whose notes differ
    events: dict[Key, list[str]] = field(default_factory=dict)
    titles_before: dict[Key, str] = field(default_factory=dict)


def load_release(content: FileRelease, name: str, progress: Progress = silently) -> Report:
    """Make the database hold `content` as the release `name`, in one transaction, and return what changed.

    The content of the release in force writes nothing, whatever its name. Other content under a known name corrects that release;
    an older release loaded again is a load like any other, and is in force then. Raises ValidationError for a name that is empty or
    too long, or where siblings outgrow the path.
    """
    longest = Release._meta.get_field("name").max_length
    if not 0 < len(name.strip()) <= longest:
        raise ValidationError(f"A release needs a name of 1 to {longest} characters.")
    if in_force := holder_of(content):
        return Report(in_force.name, is_unchanged=True)
    with transaction.atomic():
        list(Release.objects.select_for_update())  # one load after the other
        if in_force := holder_of(content):
            return Report(in_force.name, is_unchanged=True)
        is_first = not Release.objects.exists()
        release, is_new = Release.objects.get_or_create(name=name, defaults={"fingerprint": content.fingerprint})
        is_correction = not is_new and release.fingerprint != content.fingerprint
        Release.objects.filter(pk=release.pk).update(fingerprint=content.fingerprint, loaded_at=timezone.now())
        progress("Comparing with the database", 0, 1)
        plan = make_plan(content, read_tree(), release)
        articles = find_touched_articles(plan)
        progress("Comparing with the database", 1, 1)
        write(plan, progress)
        ask_to_reindex_all()
        return make_report(plan, content, Report(name, is_first=is_first, is_correction=is_correction, articles=articles))


def holder_of(content: FileRelease) -> Release | None:
    """Return the release in force, where it has this very content."""
    in_force = Release.objects.first()
    return in_force if in_force and in_force.fingerprint == content.fingerprint else None


def read_tree() -> Tree:
    """Return every item of the database, retired ones too, in the order of the classification."""
    items = {(item.is_block, item.code): item for item in Item.objects.order_by("path").iterator()}
    keys = {item.pk: key for key, item in items.items()}
    return Tree(items, {key: keys.get(item.parent_id) for key, item in items.items()})


# --- The plan -----------------------------------------------------------------------------------------------------------------


def make_plan(content: FileRelease, old: Tree, release: Release) -> Plan:
    """Compare `content` with `old`, whose items it changes in memory, and return what to write."""
    live = {item.key: item for item in content.items}
    gone = [key for key in old.items if key not in live]
    parents = {key: item.parent for key, item in live.items()} | {key: old.parents[key] for key in gone}
    paths = make_paths(parents, old, set(gone))
    plan = Plan(Tree(dict(old.items), parents), old.parents)
    for key, item in live.items():
        fields = {"path": paths[key], "level": item.level, "title": item.title, "is_assignable": item.is_assignable}
        if key in old.items:
            renew(plan, key, fields | {"retired_in_id": None})
        else:
            plan.tree.items[key] = Item(is_block=key[0], code=key[1], added_in=release, **fields)
            plan.new.append(plan.tree.items[key])
            plan.events[key] = ["added"]
    for key in gone:
        renew(plan, key, {"path": paths[key], "retired_in_id": old.items[key].retired_in_id or release.pk})
    plan.notes = find_other_notes(live, plan.tree)
    return plan


def renew(plan: Plan, key: Key, fields: dict[str, object]) -> None:
    """Give the item `key` the values of `fields`; where one differs the item is written, and what happens to it is kept."""
    item = plan.tree.items[key]
    differing = {name for name, value in fields.items() if getattr(item, name) != value}
    has_moved = plan.tree.parents[key] != plan.parents_before[key]
    if not differing and not has_moved:
        return
    events = []
    if "retired_in_id" in differing:
        events.append("retired" if fields["retired_in_id"] else "revived")
    elif "is_assignable" in differing and item.is_assignable:
        events.append("subdivided")
    if "title" in differing:
        events.append("retitled")
        plan.titles_before[key] = item.title
    if has_moved:
        events.append("moved")
    if events:
        plan.events[key] = events
    for name in differing:
        setattr(item, name, fields[name])
    plan.changed.append(item)
    if "path" in differing:
        plan.rehoused.append(item)


def make_paths(parents: dict[Key, Key | None], old: Tree, gone: set[Key]) -> dict[Key, str]:
    """Return the path of every item in `parents`: the order of the release, and those `gone` where they stood before."""
    children: dict[Key | None, list[Key]] = defaultdict(list)
    for key, parent in parents.items():
        if key not in gone:
            children[parent].append(key)
    siblings: dict[Key | None, list[Key]] = defaultdict(list)
    for key, parent in old.parents.items():
        siblings[parent].append(key)
    for parent, before in siblings.items():
        keep_places(children[parent], before, gone)
    paths: dict[Key, str] = {}
    todo: list[tuple[Key | None, str]] = [(None, "")]
    while todo:
        parent, path = todo.pop()
        if len(children[parent]) > WIDEST:
            place = code_of(parent) if parent else "the classification"
            raise ValidationError(f"More than {WIDEST} items, retired ones with them, stand right below {place}.")
        for place, key in enumerate(children[parent], start=1):
            paths[key] = f"{path}{place:0{PATH_STEP}}"
            todo.append((key, paths[key]))
    return paths


def keep_places(siblings: list[Key], before: list[Key], gone: set[Key]) -> None:
    """Put those of `before` that are `gone` into `siblings`, each after the one that it followed before."""
    for position, key in enumerate(before):
        if key in gone:
            places = (siblings.index(other) + 1 for other in reversed(before[:position]) if other in siblings)
            siblings.insert(next(places, 0), key)


def find_other_notes(live: dict[Key, FileItem], tree: Tree) -> dict[Key, tuple[FileNote, ...]]:
    """Return the notes of the release for the items whose notes in the database differ, be it in their order."""
    existing: dict[int, list[FileNote]] = defaultdict(list)
    rows = Note.objects.order_by("item_id", "position").values_list("item_id", "kind", "text", "character")
    for pk, kind, text, character in rows.iterator():
        existing[pk].append(FileNote(kind, text, character))
    return {key: item.notes for key, item in live.items() if tuple(existing.get(tree.items[key].pk, ())) != item.notes}


# --- The articles -------------------------------------------------------------------------------------------------------------


def find_touched_articles(plan: Plan) -> list[TouchedArticle]:
    """Return the articles attached to what changes or above it, in each language the nearest one that readers can have.

    Drafts on the way up are named too. What moves touches the articles above its old place and those above its new one.
    """
    attached: dict[int, list[ArticleItem]] = defaultdict(list)
    for attachment in ArticleItem.objects.select_related("article", "item"):
        attached[attachment.item_id].append(attachment)
    if not attached:
        return []
    published = set(Article.objects.published().values_list("pk", flat=True))
    touched: dict[int, TouchedArticle] = {}
    for key in sorted(plan.events, key=lambda key: plan.tree.items[key].path):
        change = f"{code_of(key)} {' and '.join(plan.events[key])}"
        ways = [plan.tree.parents] + ([plan.parents_before] if "moved" in plan.events[key] else [])
        for attachment in {found.pk: found for way in ways for found in nearest(key, way, plan.tree, attached, published)}.values():
            article = attachment.article
            code = code_of((attachment.item.is_block, attachment.item.code))
            touched.setdefault(attachment.pk, TouchedArticle(article.slug, article.language, code)).changes.append(change)
    return sorted(touched.values(), key=attrgetter("slug", "language", "code"))


def nearest(
    key: Key, parents: dict[Key, Key | None], tree: Tree, attached: dict[int, list[ArticleItem]], published: set[int]
) -> Iterator[ArticleItem]:
    """Yield the attachments from `key` upwards, for each language until the first published article."""
    found = set()
    here: Key | None = key
    while here:
        for attachment in attached.get(tree.items[here].pk, []):
            if attachment.language not in found:
                yield attachment
        found |= {attachment.language for attachment in attached.get(tree.items[here].pk, []) if attachment.article_id in published}
        here = parents[here]


# --- Writing ------------------------------------------------------------------------------------------------------------------


def write(plan: Plan, progress: Progress) -> None:
    """Write the items and notes of `plan`."""
    for batch, done in batches(plan.rehoused):
        # A path is unique at every moment: all that change are left before the first new one is taken.
        room = Concat(Value("t"), Cast("pk", TextField()), output_field=CharField())
        Item.objects.filter(pk__in=[item.pk for item in batch]).update(path=room)
        progress("Making room", done, len(plan.rehoused))
    before = 0
    for _, level in groupby(sorted(plan.new, key=depth), depth):  # a child needs the primary key of its parent
        for batch, done in batches(list(level)):
            Item.objects.bulk_create(with_parents(batch, plan.tree))
            progress("Adding items", before + done, len(plan.new))
        before += done
    fields = ["level", "title", "parent", "path", "is_assignable", "retired_in"]
    for batch, done in batches(plan.changed):
        # An upsert is one plain statement; bulk_update would write a CASE with a branch for every row and field.
        changed = with_parents(batch, plan.tree)
        Item.objects.bulk_create(changed, update_conflicts=True, unique_fields=["id"], update_fields=fields)
        progress("Changing items", done, len(plan.changed))
    write_notes(plan, progress)


def write_notes(plan: Plan, progress: Progress) -> None:
    """Write the notes of `plan` in place of those that its items have."""
    for batch, done in batches(list(plan.notes)):
        items = {key: plan.tree.items[key] for key in batch}
        Note.objects.filter(item__in=[item.pk for item in items.values()]).delete()
        Note.objects.bulk_create(
            Note(item=items[key], kind=note.kind, position=position, character=note.character, text=note.text)
            for key in batch
            for position, note in enumerate(plan.notes[key])
        )
        progress("Writing notes", done, len(plan.notes))


def depth(item: Item) -> int:
    return len(item.path)


def with_parents(items: list[Item], tree: Tree) -> list[Item]:
    """Return `items`, the primary key of the parent set on each."""
    for item in items:
        parent = tree.parents[item.is_block, item.code]
        item.parent_id = tree.items[parent].pk if parent else None
    return items


def batches(rows: list[T]) -> Iterator[tuple[list[T], int]]:
    """Yield (some of `rows`, how many are done with them)."""
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        yield batch, start + len(batch)


# --- The report ---------------------------------------------------------------------------------------------------------------


def make_report(plan: Plan, content: FileRelease, report: Report) -> Report:
    """Fill `report` with the counts of the release and what happened, in the order of the classification."""
    items = plan.tree.items
    report.levels = dict(Counter(item.level for item in content.items))
    report.assignable = sum(item.is_assignable for item in content.items)
    for key in sorted(plan.events, key=lambda key: items[key].path):
        for event in plan.events[key]:
            if event == "retitled":
                report.retitled.append((code_of(key), plan.titles_before[key], items[key].title))
            else:
                getattr(report, event).append(code_of(key))
    report.noted = [code_of(key) for key in plan.notes if plan.events.get(key) != ["added"]]
    return report


def code_of(key: Key) -> str:
    """Return the code by which an operator knows the item: `C50` is the category, `block C50` the block."""
    is_block, code = key
    return f"block {code}" if is_block else code if code[0].isalpha() else f"chapter {code}"
