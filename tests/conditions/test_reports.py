"""Report a mistake: anybody can, and nothing about them is kept."""

from django.core.cache import cache

from conditions.models import MistakeReport


def test_a_report_is_kept_without_its_sender(client, db):
    response = client.post("/report/", {"page": "/conditions/hand/", "text": "The hand is a foot."})
    assert (response.status_code, response["Location"]) == (302, "/report/sent/")
    assert not response.cookies
    report = MistakeReport.objects.get()
    assert (report.page, report.text, report.state) == ("/conditions/hand/", "The hand is a foot.", "new")
    assert {field.name for field in MistakeReport._meta.fields} == {"id", "page", "text", "state", "created_at"}


def test_an_empty_report_says_what_is_missing_and_keeps_the_page(client, db):
    page = client.post("/report/", {"page": "/conditions/hand/", "text": " "}).content.decode()
    assert "Write what is wrong" in page
    assert 'value="/conditions/hand/"' in page


def test_a_program_that_fills_every_field_is_thanked_and_forgotten(client, db):
    client.post("/report/", {"page": "", "text": "Buy this", "website": "https://example.org"})
    assert not MistakeReport.objects.exists()


def test_a_report_sent_empty_says_so(client, db):
    assert client.post("/report/").status_code == 422


def test_a_flood_of_reports_is_stopped_and_the_text_is_kept(client, db):
    cache.clear()
    answers = [client.post("/report/", {"page": "", "text": f"Mistake {number}"}) for number in range(7)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429] * 2
    assert "Mistake 6" in answers[6].text
    assert MistakeReport.objects.count() == 5


def test_the_page_it_is_about_is_filled_in(client, db):
    assert 'value="/conditions/hand/"' in client.get("/report/", {"page": "/conditions/hand/"}).content.decode()
