"""Pictures of a revision: what they show in words, and whose they are. Their files are `conditions.pictures`'s."""

from django.core.files.storage import default_storage
from django.db import models

from conditions.pictures import StoredPicture, words_in

from .revisions import Part, Revision, Section


class Picture(Part):
    """A picture in a section. It is public, and so are its words; it has no gated form."""

    class Format(models.TextChoices):
        """Of the file that every browser shows."""

        SVG = "svg", "Drawing (SVG)"
        JPEG = "jpeg", "Picture (JPEG)"
        PNG = "png", "Picture with transparency (PNG)"

    PUBLIC_TEXTS = ("alternative_text", "caption", "credit", "licence")

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="pictures")
    section = models.CharField(max_length=20, choices=Section.Kind, help_text="The section in which it stands.")
    position = models.PositiveSmallIntegerField(default=0)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file that was uploaded; its files are stored under it.")
    format = models.CharField(max_length=4, choices=Format)
    width = models.PositiveIntegerField(help_text="Of the largest size that is stored, in pixels, or of a drawing's viewBox.")
    height = models.PositiveIntegerField()
    alternative_text = models.CharField(
        "alternative text",
        max_length=500,
        help_text="What somebody needs to know who cannot see it: what it shows and what one learns from it, in a sentence or two. "
        "Do not begin with “Picture of”, and do not repeat the caption.",
    )
    caption = models.CharField(max_length=300, help_text="One sentence that everybody reads below it.")
    credit = models.CharField(max_length=200, help_text="Who made it, as they wish to be named.")
    licence = models.CharField(max_length=100, help_text="By what right it stands here: “CC BY 4.0”, “Public domain”, “Our own”.")

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return self.get_section_display()  # not the caption, which may be a draft's

    @property
    def stored(self):
        return StoredPicture(self.digest, self.format, self.width, self.height)

    @property
    def fallback_url(self):
        return default_storage.url(self.stored.fallback)

    @property
    def sources(self):
        """[{"type": "image/avif", "srcset": "… 400w, … 800w"}, …], the smallest files first; a drawing has none."""
        return [
            {
                "type": f"image/{kind}",
                "srcset": ", ".join(f"{default_storage.url(path)} {width}w" for path, width in renditions),
            }
            for kind, renditions in self.stored.sources.items()
        ]

    @property
    def drawn_words(self):
        """The words that a reader meets in a drawing. None are known of what is painted in pixels, or of a missing file."""
        if self.format != self.Format.SVG:
            return ""
        try:
            with default_storage.open(self.stored.fallback) as file:
                return words_in(file)
        except FileNotFoundError:
            return ""
