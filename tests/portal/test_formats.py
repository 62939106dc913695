"""Days and times are written in one way at the desk, that of the readers' pages; what may be typed into a date field stays."""

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.template import Context, Template
from django.utils.formats import date_format, localize

DAY, MOMENT = date(2027, 1, 5), datetime(2027, 1, 5, 9, 30, tzinfo=UTC)


def test_python_and_templates_write_a_day_and_a_time_alike():
    said = Template("{{ day }}|{{ day|date }}|{{ moment }}|{{ moment|date }}").render(Context({"day": DAY, "moment": MOMENT}))
    assert said.split("|") == ["5 January 2027", "5 January 2027", "5 January 2027, 09:30", "5 January 2027"]
    assert (localize(DAY), localize(MOMENT)) == ("5 January 2027", "5 January 2027, 09:30")  # as the admin shows a field
    formats = ("DATE_FORMAT", "SHORT_DATE_FORMAT", "DATETIME_FORMAT", "SHORT_DATETIME_FORMAT", "TIME_FORMAT", "MONTH_DAY_FORMAT")
    assert [date_format(MOMENT, name) for name in formats] == [
        *["5 January 2027"] * 2,
        *["5 January 2027, 09:30"] * 2,
        "09:30",
        "5 January",
    ]


@pytest.mark.parametrize("typed", ["2027-01-05", "5 January 2027", "5 Jan 2027"])
def test_a_day_may_be_typed_by_numbers_as_it_stands_in_the_field_or_as_it_is_shown(typed):
    assert forms.DateField().clean(typed) == DAY
    assert forms.DateField().widget.format_value(DAY) == "2027-01-05"


def test_the_calendar_of_the_desk_writes_what_the_field_reads_and_begins_with_monday(at_desk):
    formats = at_desk.get("/admin/jsi18n/").text
    assert '"FIRST_DAY_OF_WEEK": 1' in formats
    assert formats.index('"%Y-%m-%d"') < formats.index('"%m/%d/%Y"')
