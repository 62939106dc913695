"""Pictures at the desk: what was uploaded is never lost, what is refused says why, what was published is only read."""

from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from conditions.models import Picture
from conditions.workflow import start_draft
from tests import factories
from tests.conditions.desk import add_row, desk, errors, filled, grant, save
from tests.conditions.test_admin_drafts import TOLD, section_errors

WORDS = {"alternative_text": "A hand with bone in it.", "caption": "Where bone forms.", "credit": "A. Artist", "licence": "Our own"}
PICTURES = 1  # the place of the pictures' formset in the form


@pytest.fixture
def draft(hand):
    return factories.draft(hand["M61.24"])


@pytest.fixture
def page(draft):
    return desk("revision", "change", draft.pk)


def upload(data=None, name="hand.png"):
    if data is None:
        out = BytesIO()
        Image.new("RGB", (500, 300), "red").save(out, "PNG")
        data = out.getvalue()
    return SimpleUploadedFile(name, data)


def with_picture(client, page, **values):
    """Return the form with one more picture in it."""
    data = filled(client, page)
    add_row(data, "pictures", **{"section": "overview", "position": "", "digest": "", **WORDS, **values})
    return data


def picture_form(response, place=0):
    return response.context["inline_admin_formsets"][PICTURES].formset.forms[place]


def test_an_uploaded_picture_is_part_of_the_draft(at_desk, draft, page):
    assert not errors(at_desk.post(page, with_picture(at_desk, page, upload=upload())))
    picture = draft.pictures.get()
    assert (picture.format, picture.width, picture.height, picture.section) == ("jpeg", 500, 300, "overview")
    assert {name: getattr(picture, name) for name in WORDS} == WORDS
    assert default_storage.exists(picture.stored.fallback)


def test_the_form_can_carry_files_and_shows_what_is_stored(at_desk, draft, page):
    picture = factories.picture(draft)
    text = at_desk.get(page).text
    assert 'enctype="multipart/form-data"' in text
    assert f'<img src="{picture.fallback_url}" alt="A hand." width="160" height="90">' in text


def test_a_form_without_pictures_can_carry_files_too(at_desk, page):
    assert 'enctype="multipart/form-data"' in at_desk.get(page).text


def test_saving_a_draft_as_it_stands_keeps_its_picture(at_desk, draft, page):
    factories.picture(draft)
    before = list(draft.pictures.values())
    assert not errors(save(at_desk, page))
    assert list(draft.pictures.values()) == before


def test_an_upload_survives_an_error_elsewhere(at_desk, draft, page):
    response = at_desk.post(page, with_picture(at_desk, page, upload=upload(), caption="") | {"title": ""})
    carried = picture_form(response)["digest"].value()
    assert carried in response.text
    assert f"/media/pictures/{carried}/500.jpg" in response.text
    assert not errors(at_desk.post(page, with_picture(at_desk, page, digest=carried)))
    assert draft.pictures.get().digest == carried


def test_a_new_upload_takes_the_place_of_the_one_before(at_desk, draft, page):
    factories.picture(draft)
    assert not errors(save(at_desk, page, **{"pictures-0-upload": upload()}))
    assert draft.pictures.get().format == "jpeg"


def test_a_replacement_survives_an_error_elsewhere(at_desk, draft, page):
    old = factories.picture(draft)
    response = save(at_desk, page, **{"pictures-0-upload": upload(), "title": ""})
    carried = picture_form(response)["digest"].value()
    assert carried != old.digest
    assert not errors(save(at_desk, page, **{"pictures-0-digest": carried}))
    assert draft.pictures.get().digest == carried


@pytest.mark.parametrize(
    ("file", "named"),
    [
        (upload(b"GIF89a", "hand.png"), "found a GIF file"),
        (upload(b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'><script/></svg>", "x.svg"), "the element <script>"),
        (upload(b"", "hand.png"), "empty"),
    ],
)
def test_a_refused_file_says_why_at_its_field(at_desk, draft, page, file, named):
    response = at_desk.post(page, with_picture(at_desk, page, upload=file))
    assert named in errors(response)
    assert picture_form(response).errors.keys() == {"upload"}
    assert not Picture.objects.exists()


@pytest.mark.parametrize("digest", ["", "0" * 64, "../../etc", "x" * 64, "0" * 64 + "\n"])
def test_a_digest_that_nothing_is_stored_under_is_refused(at_desk, page, digest):
    response = at_desk.post(page, with_picture(at_desk, page, digest=digest))
    assert "upload" in picture_form(response).errors


@pytest.mark.parametrize("name", WORDS)
def test_each_of_the_four_texts_is_asked_for(at_desk, page, name):
    response = at_desk.post(page, with_picture(at_desk, page, upload=upload(), **{name: ""}))
    assert picture_form(response).errors.keys() == {name}


def test_the_section_is_one_of_the_kinds(at_desk, page):
    response = at_desk.post(page, with_picture(at_desk, page, upload=upload(), section="cover"))
    assert picture_form(response).errors.keys() == {"section"}


@pytest.mark.parametrize("name", WORDS)
def test_six_words_of_gated_text_at_a_picture_are_shown_at_their_section(at_desk, draft, page, name):
    response = at_desk.post(page, with_picture(at_desk, page, upload=upload(), **{name: TOLD}))
    assert "in the picture “Overview” too" in errors(response)
    assert section_errors(response, 2).keys() == {"gated_body"}


def test_six_words_of_gated_text_in_a_drawing_are_shown_too(at_desk, draft, page):
    file = upload(factories.DRAWING.replace(b"Bone", TOLD.encode()), "hand.svg")
    assert "in the picture “Overview” too" in errors(at_desk.post(page, with_picture(at_desk, page, upload=file)))


def test_a_picture_without_a_place_comes_last(at_desk, draft, page):
    factories.picture(draft, position=4)
    at_desk.post(page, with_picture(at_desk, page, upload=upload()))
    assert draft.pictures.last().position == 5


def test_a_picture_can_be_taken_out(at_desk, draft, page):
    factories.picture(draft)
    assert not errors(save(at_desk, page, **{"pictures-0-DELETE": "on"}))
    assert not draft.pictures.exists()


def test_a_published_picture_is_only_read(client, editor, article):
    picture = factories.picture(article.revisions.get())
    client.force_login(editor)
    text = client.get(desk("revision", "change", picture.revision_id)).text
    assert picture.fallback_url in text
    assert 'type="file"' not in text


def test_a_reviewer_sees_the_pictures_of_a_draft_and_changes_none(client, reviewer, article):
    picture = factories.picture(start_draft(article))
    client.force_login(reviewer)
    text = client.get(desk("revision", "change", picture.revision_id)).text
    assert picture.fallback_url in text
    assert 'type="file"' not in text


def test_who_may_not_see_pictures_is_shown_none(client, clerk, draft):
    picture = factories.picture(draft)
    client.force_login(grant(clerk, "view_revision", "view_draft"))
    assert picture.digest not in client.get(desk("revision", "change", draft.pk)).text


def test_no_style_stands_in_the_page(at_desk, draft, page):
    factories.picture(draft)
    assert "style=" not in at_desk.get(page).text
