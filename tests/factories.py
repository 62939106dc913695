"""The smallest valid rows. A test states only what matters to it."""

from dataclasses import asdict

from django.core.files.base import ContentFile

from conditions.models import Article, ArticleItem, CareCard, GatedText, Item, Note, Picture, Reference, Release, Revision, Section
from conditions.pictures import store_picture
from conditions.publishing import publish

CANARY = "xylocanarium"  # stands in gated text alone: wherever a visitor meets it, the gate leaks
GATED_BODY = f"<p>Doctors begin with gentle {CANARY} movement twice a day, then add splints made for the hand.</p>"


def release(name="April 2026"):
    return Release.objects.get_or_create(name=name, defaults={"fingerprint": name})[0]


def item(code, title="A condition", parent=None, **fields):
    """An item below `parent`, after its other children; without a parent it is a chapter."""
    level = min(parent.level + 1, Item.Level.BELOW) if parent else Item.Level.CHAPTER
    place = Item.objects.filter(parent=parent).count() + 1
    fields = {"level": level, "is_block": level == Item.Level.BLOCK, "added_in": release()} | fields
    return Item.objects.create(code=code, title=title, parent=parent, path=f"{parent.path if parent else ''}{place:03}", **fields)


def branch_of_the_hand():
    """Return {code: item} for chapter 13 down to the codes of the hand."""
    muscle = "Paralytic calcification and ossification of muscle"
    items = {}
    parent = None
    for code, title in [
        ("13", "Diseases of the musculoskeletal system and connective tissue (M00-M99)"),
        ("M60-M63", "Disorders of muscles"),
        ("M61", "Calcification and ossification of muscle"),
        ("M61.2", muscle),
        ("M61.24", f"{muscle}, hand"),
    ]:
        parent = items[code] = item(code, title, parent)
    for code, side in [("M61.241", "right hand"), ("M61.242", "left hand"), ("M61.249", "unspecified hand")]:
        items[code] = item(code, f"{muscle}, {side}", parent, is_assignable=True)
    Note.objects.create(
        item=items["M60-M63"], kind=Note.Kind.EXCLUDES1, position=0, text="muscular dystrophies and myopathies (G71-G72)"
    )
    return items


def draft(at=None, slug="hardened-hand-muscle", language="en", gated_body=GATED_BODY, **fields):
    """A draft with an overview, when to get help, and a gated treatment section; attached at the item `at`."""
    article = Article.objects.create(slug=slug, language=language)
    if at:
        ArticleItem.objects.create(article=article, item=at, language=language, is_primary=True)
    fields = {
        "title": "Hardened hand muscle",
        "summary": "Bone forms in a muscle of the hand.",
        "change_sentence": "First version.",
    } | fields
    revision = Revision.objects.create(article=article, number=1, **fields)
    section(revision, Section.Kind.OVERVIEW, "What it is", "<p>A part of the muscle turns into bone.</p>")
    section(revision, Section.Kind.WHEN_TO_GET_HELP, "When to get help", "<p>Ask for help when the hand swells.</p>")
    section(revision, Section.Kind.TREATMENT, "Treatment", "<p>Movement comes first, and other help can follow</p>", gated_body)
    CareCard.objects.create(
        revision=revision, urgency="urgent", heading="Get medical help today if:", body="<p>The hand is hot.</p>"
    )
    Reference.objects.create(
        revision=revision, title="Muscle disorders", publisher="MedlinePlus", url="https://medlineplus.gov/muscledisorders.html"
    )
    return revision


def section(revision, kind, heading="A heading", body="<p>Some text.</p>", gated_body=None):
    """A section after the others; with `gated_body` it is for members and `body` is its teaser."""
    audience = Section.Audience.MEMBERS if gated_body else Section.Audience.PUBLIC
    place = revision.sections.count()
    made = Section.objects.create(revision=revision, kind=kind, heading=heading, body=body, audience=audience, position=place)
    if gated_body:
        GatedText.objects.create(section=made, body=gated_body)
    return made


DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360"><text>Bone</text></svg>'


def picture(revision, data=DRAWING, **fields):
    """A picture of `revision` whose file holds `data`, in the overview unless said."""
    words = {"alternative_text": "A hand.", "caption": "Where the bone forms.", "credit": "A. Artist", "licence": "CC BY 4.0"}
    fields = {"section": Section.Kind.OVERVIEW, "position": revision.pictures.count()} | words | fields
    return Picture.objects.create(revision=revision, **asdict(store_picture(ContentFile(data))), **fields)


def published_article(at, **fields):
    revision = draft(at, **fields)
    publish(revision)
    return revision.article
