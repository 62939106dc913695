"""The styleguide: every part of the pages in each of its states, made by the pages' own templates from samples."""

from types import SimpleNamespace

from django.conf import settings
from django.core.paginator import Paginator
from django.forms import CharField, EmailField, Form, Textarea
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from conditions.finding.results import Line, marked, words_wanted
from conditions.finding.words import Question
from conditions.glossary import Entry
from conditions.models import Article, CareCard, Item, Name, Note, Picture, Reference, Revision, Section
from conditions.serving import Step

LONG = (
    "Displaced transverse fracture of shaft of unspecified femur, subsequent encounter for open fracture type IIIA, IIIB, or IIIC "
    "with delayed healing, in words as long as the classification has them"
)
ARABIC = "كسر الرسغ شرخ أو كسر في إحدى العظام التي يلتقي عندها الساعد باليد"


class SampleForm(Form):
    email = EmailField(label="E-mail address", help_text="We send a code to it.")
    text = CharField(label="What is wrong, or missing?", widget=Textarea(attrs={"rows": 3}), required=False)


@require_safe
def styleguide(request):
    """Show the parts to staff, and to everybody where DEBUG is on; for others there is no such page."""
    if not (settings.DEBUG or request.user.is_staff):
        raise Http404
    return render(request, "styleguide.html", samples())


def samples() -> dict:
    """Return what the parts are shown with: rows that stand in no table, a picture apart."""
    article = Article(slug="broken-wrist", reviewed_on=timezone.localdate(), review_due_on=timezone.localdate())
    revision = Revision(
        article=article,
        title="Broken wrist",
        summary="A crack or break in a bone where your forearm meets your hand.",
        change_sentence="The signs of an emergency are clearer.",
        published_at=timezone.now(),
    )
    chapter = Item(code="19", level=1, title="Injury, poisoning and certain other consequences of external causes")
    block = Item(code="S50-S59", level=2, is_block=True, title="Injuries to the elbow and forearm")
    category = Item(code="S52", level=3, title="Fracture of forearm")
    code = Item(code="S52.509A", level=4, is_assignable=True, title=LONG)
    terms = [Note(item=code, kind=Note.Kind.INCLUSION_TERM, text=f"Fracture under its name number {count}") for count in range(60)]
    notes = [
        Note(item=code, kind=Note.Kind.EXCLUDES1, text="traumatic amputation of forearm (S58.-)"),
        Note(item=chapter, kind=Note.Kind.USE_ADDITIONAL_CODE, text="code for any retained foreign body (Z18.-)"),
    ]
    question = Question(words=("broken", "fracture"))
    lines = [
        Line(revision, code, "fractured wrist", [chapter, block, category], [category, code], 12, category),
        Line(None, category, place=[chapter, block]),
        Line(revision, None, gated_kind=Section.Kind.TREATMENT),
    ]
    for line in lines:
        line.title, line.snippet = marked(revision.title, words_wanted(question)), marked(revision.summary, words_wanted(question))
    return {
        "lines": lines,
        "counted_chapters": [(chapter, 969), (Item(code="13", level=1, title="Diseases of the musculoskeletal system"), 200)],
        "names": [Name(text="Wrist fracture"), Name(text="Colles fracture"), Name(text="كسر الرسغ")],
        "article": article,
        "unreviewed": Article(slug="broken-wrist"),
        "revision": revision,
        "items": [category, code],
        "breadcrumbs": [chapter, block, category],
        "place": [Step(chapter, 19, 22), Step(block, 6, 22), Step(category, 3, 10), Step(code, 1, 1)],
        "standings": [
            chapter,
            code,
            Item(code="S52.5", level=4, title="Fracture of lower end of radius"),
            Item(code="S52.9", level=4, title="Retired", retired_in_id=1),
        ],
        "parts": [
            {"section": Section(kind=kind, heading=heading)}
            for kind, heading in [("overview", "What it is"), ("when-to-get-help", "When to get help"), ("treatment", "Treatment")]
        ],
        "gated": Section(kind="treatment", audience="members", body="<p>Most breaks heal in a cast. What helps</p>"),
        "cards": [
            CareCard(urgency=urgency, heading=heading, body="<ul><li>a sign</li><li>or another, in a longer line</li></ul>")
            for urgency, heading in [
                ("emergency", "Call your local emergency number if:"),
                ("urgent", "Get medical help today if:"),
                ("non-urgent", "Make a routine appointment if:"),
            ]
        ],
        "picture": Picture.objects.filter(revision__in=Revision.objects.published()).first(),
        "references": [
            Reference(title="Broken arm or wrist", publisher="NHS", url="https://www.nhs.uk/conditions/broken-arm-or-wrist/")
        ],
        "related": [revision],
        "explained": [Entry(1, "Cast", "", "A hard shell around a broken bone that holds it still.")],
        "chapters": [chapter],
        "inclusion_terms": terms,
        "notes": notes,
        "seventh_characters": [
            Note(item=category, kind=Note.Kind.SEVENTH_CHARACTER, character="A", text="initial encounter for closed fracture"),
            Note(item=category, kind=Note.Kind.SEVENTH_CHARACTER, character="D", text="subsequent encounter with routine healing"),
        ],
        "code": code,
        "letters": [("a", 12), ("b", 3), ("c", 0), ("d", 1)],
        "page": Paginator(range(300), 100).page(2),
        "empty_form": SampleForm(),
        "form_with_errors": SampleForm({"faulty-email": "someone@"}, prefix="faulty"),
        "arabic": ARABIC,
        "change": SimpleNamespace(at=timezone.now(), sentence="The signs of an emergency are clearer."),
    }
