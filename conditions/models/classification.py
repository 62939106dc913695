"""One tree of chapter, block, category, subcategory and code, from the official release of ICD-10-CM."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from conditions.lay_words import CHAPTERS

PATH_STEP = 3  # digits a level: the place among the siblings, from 001
CATEGORY_PATH = PATH_STEP * 3  # digits down to a category: chapter, block, category


class Release(models.Model):
    """An edition of the classification that was loaded here, such as "April 2026"."""

    name = models.CharField(max_length=40, unique=True)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the parsed content; the same content is not loaded twice.")
    loaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-loaded_at", "-pk"]
        get_latest_by = ["loaded_at", "pk"]

    def __str__(self):
        return self.name


class ItemQuerySet(models.QuerySet):
    def current(self):
        """The items of the release in force; retired ones are left out."""
        return self.filter(retired_in=None)

    def assignable(self):
        return self.filter(is_assignable=True)

    def chapters(self):
        return self.filter(parent=None)  # the index of parents finds them; levels have none

    def with_ancestors_of(self, path):
        """The item at `path` and everything above it, from the chapter down."""
        return self.filter(path__in=ancestor_paths(path))

    def under(self, item):
        """Everything below `item`, in the order of the classification; a range, which both databases answer from the index."""
        return self.filter(branch(item.path), path__gt=item.path)

    def by_code(self, codes):
        """Return {code: item} for those of `codes` that there are; a category goes before a block of its name."""
        return {item.code: item for item in self.filter(code__in=codes).order_by("-is_block")}


def branch(path, of=""):
    """Return the condition for the item at `path` and everything below it; `of` is the way to items, such as "item__"."""
    return Q(**{f"{of}path__gte": path, f"{of}path__lt": path + ":"})  # ":" follows "9" in every collation of digits


def ancestor_paths(path):
    """Return the paths from the chapter down to `path` itself: `001002` → `["001", "001002"]`."""
    return [path[:end] for end in range(PATH_STEP, len(path) + 1, PATH_STEP)]


class Item(models.Model):
    """A chapter, block, category, subcategory or code.

    A block of one category bears the category's own name (`C50`), so the key is (is_block, code).
    Whether an item below the category is a subcategory or a code follows from `is_assignable`, so that a later
    subdivision is the same row.
    """

    class Level(models.IntegerChoices):
        CHAPTER = 1, "chapter"
        BLOCK = 2, "block"
        CATEGORY = 3, "category"
        BELOW = 4, "below the category"

    code = models.CharField(max_length=9, help_text="Dotted (M61.249); a block's range (M60-M63); a chapter's number (13).")
    is_block = models.BooleanField(default=False)
    level = models.PositiveSmallIntegerField(choices=Level)
    title = models.CharField(max_length=300)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(
        max_length=PATH_STEP * 9,
        unique=True,
        help_text="Digits: the parent's path and the place among the siblings. It sorts in the order of the classification.",
    )
    is_assignable = models.BooleanField(default=False, help_text="May be used for coding (billable), by the official flag.")
    added_in = models.ForeignKey(Release, models.PROTECT, related_name="+")
    retired_in = models.ForeignKey(
        Release,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # nearly all are null: SQLite would take it for a short way and read everything
        help_text="The first release without it.",
    )

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = "item of the classification"
        verbose_name_plural = "items of the classification"
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(fields=["is_block", "code"], name="one_item_a_code"),
            models.CheckConstraint(condition=Q(is_block=True, level=2) | Q(is_block=False) & ~Q(level=2), name="block_says_so"),
        ]
        indexes = [models.Index(fields=["code"], name="item_by_code")]

    def __str__(self):
        return f"{self.code} {self.title}" if self.level > self.Level.CHAPTER else f"Chapter {self.code}: {self.title}"

    def get_absolute_url(self):
        return reverse("conditions:code", args=[self.code])

    @property
    def lay_title(self):
        """A chapter in words of everyday life; of all else the official title."""
        return CHAPTERS[self.code][0] if self.code in CHAPTERS else self.title

    @property
    def lay_sentence(self):
        """What is in a chapter, in one plain sentence; of all else nothing."""
        return CHAPTERS[self.code][1] if self.code in CHAPTERS else ""

    @property
    def kind(self):
        """The field's word for it: chapter, block, category, subcategory or code."""
        if self.level < self.Level.BELOW:
            return self.get_level_display()
        return "code" if self.is_assignable else "subcategory"


class Note(models.Model):
    """A note of the tabular list; it applies to its item and, an inclusion term apart, to everything below."""

    class Kind(models.TextChoices):
        INCLUSION_TERM = "inclusion-term", "Inclusion term"
        INCLUDES = "includes", "Includes"
        EXCLUDES1 = "excludes1", "Excludes1"
        EXCLUDES2 = "excludes2", "Excludes2"
        CODE_FIRST = "code-first", "Code first"
        USE_ADDITIONAL_CODE = "use-additional-code", "Use additional code"
        CODE_ALSO = "code-also", "Code also"
        SEVENTH_CHARACTER_NOTE = "seventh-character-note", "Seventh character note"
        SEVENTH_CHARACTER = "seventh-character", "Seventh character"
        NOTE = "note", "Note"

    item = models.ForeignKey(Item, models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=24, choices=Kind)
    position = models.PositiveSmallIntegerField(help_text="Order among the notes of the item.")
    character = models.CharField(max_length=1, blank=True, help_text="The seventh character that a definition gives.")
    text = models.TextField()

    class Meta:
        ordering = ["item__path", "position"]
        constraints = [
            models.UniqueConstraint(fields=["item", "position"], name="one_note_a_position"),
            models.CheckConstraint(
                condition=Q(kind="seventh-character") & ~Q(character="") | ~Q(kind="seventh-character") & Q(character=""),
                name="seventh_character_note_has_character",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.text}"
