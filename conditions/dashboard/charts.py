"""The charts: each with a sentence that says what it says."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, time

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.formats import date_format

from conditions.demand import months_ago
from conditions.models import Article, Change, Revision
from conditions.plain_language import HARDEST
from conditions.text import counted

from .columns import Chart, Column, Series

MONTHS = 12


def month_column(month: date, values: Iterable[int]) -> Column:
    name = date_format(month, "M y" if month.month == 1 else "M")
    return Column(name, date_format(month, "YEAR_MONTH_FORMAT"), tuple(values))


def reviews(today: date) -> Chart:
    """When the reviews of published articles are due: overdue, and by month."""
    days = Counter(dict(Article.objects.published().order_by().values_list("review_due_on").annotate(Count("pk"))))
    without = days.pop(None, 0)
    overdue = sum(count for due_on, count in days.items() if due_on < today)
    by_month = Counter()
    for due_on, count in days.items():
        if due_on >= today:
            by_month[due_on.replace(day=1)] += count
    months = [months_ago(-number, today) for number in range(MONTHS)]
    later = sum(count for month, count in by_month.items() if month > months[-1])
    total = days.total() + without
    is_are = "is" if overdue == 1 else "are"
    sentence = f"{overdue or 'None'} of {counted(total, 'article')} {is_are} overdue for review"
    sentence += f"; {counted(without, 'has', 'have')} no date." if without else "."
    return Chart(
        "reviews",
        "Reviews by month",
        sentence if total else "Nothing is published yet.",
        (Series("Articles", "plain"),),
        (Column("Late", "Overdue", (overdue,), "alarm"), *(month_column(month, [by_month[month]]) for month in months)),
        (("Later", later), ("No date", without)),
    )


GRADES = [
    ("to 5", "Grade 5 or below", Q(grade__lte=5)),
    ("5–6", "Above 5, to 6", Q(grade__gt=5, grade__lte=6)),
    ("6–7", "Above 6, to 7", Q(grade__gt=6, grade__lte=7)),
    ("7–8", "Above 7, to 8", Q(grade__gt=7, grade__lte=HARDEST)),
    ("over 8", "Above 8", Q(grade__gt=HARDEST)),
    ("none", "Not graded", Q(grade=None)),
]
GRADE_TONES = ["plain"] * 4 + ["alarm", "quiet"]


def grades() -> Chart:
    """How hard published articles are to read, each by its hardest part."""
    counts = Revision.objects.published().aggregate(
        **{f"range_{number}": Count("pk", filter=within) for number, (_, _, within) in enumerate(GRADES)}
    )
    values = [counts[f"range_{number}"] for number in range(len(GRADES))]
    graded, above = sum(values[:-1]), values[-2]
    if not graded:
        sentence = "No published article has a reading grade yet."
    else:
        sentence = f"{graded - above:,} of {counted(graded, 'graded article reads', 'graded articles read')} at grade 8 or below"
        sentence += f"; {counted(values[-1], 'has', 'have')} no grade." if values[-1] else "."
    columns = [
        Column(name, full_name, (value,), tone)
        for (name, full_name, _), value, tone in zip(GRADES, values, GRADE_TONES, strict=True)
    ]
    return Chart("grades", "Reading grades", sentence, (Series("Articles", "plain"),), tuple(columns))


KINDS = {
    Change.Kind.EDITORIAL: "quiet",
    Change.Kind.CLINICAL: "plain",
    Change.Kind.SAFETY: "warning",
    Change.Kind.WITHDRAWAL: "alarm",
}


def published(today: date) -> Chart:
    """What readers were given in the last twelve months, by kind of change."""
    months = [months_ago(MONTHS - 1 - number, today) for number in range(MONTHS)]
    since = timezone.make_aware(datetime.combine(months[0], time()))
    counted_by = (
        Change.objects.filter(at__gte=since)
        .order_by()
        .annotate(month=TruncMonth("at"))
        .values_list("month", "kind")
        .annotate(Count("pk"))
    )
    counts = {(timezone.localtime(month).date(), kind): count for month, kind, count in counted_by}
    totals = Counter()
    for (_, kind), count in counts.items():
        totals[kind] += count
    told = [f"{totals[kind]:,} {Change.Kind(kind).label.lower()}" for kind in KINDS if totals[kind]]
    sentence = f"{counted(totals.total(), 'change')} in twelve months: {', '.join(told)}."
    return Chart(
        "published",
        "What readers were given",
        sentence if told else "Nothing was published in the last twelve months.",
        tuple(Series(kind.label, tone) for kind, tone in KINDS.items()),
        tuple(month_column(month, [counts.get((month, kind), 0) for kind in KINDS]) for month in months),
    )
