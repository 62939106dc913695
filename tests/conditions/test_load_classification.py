"""A release is loaded whole, the next one changes only what differs, and nothing that articles hang on goes away."""

from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conditions.loading import releases
from conditions.loading.release_files import ReleaseFiles, choose_files, read_release
from conditions.loading.releases import load_release
from conditions.models import ArticleItem, Item, Note, Release
from tests import factories
from tests.conditions.test_release_files import CODES, EXCERPTS, TABULAR

RIGHT = "Paralytic calcification and ossification of muscle, right hand"
MYOSITIS = "<name>M60</name>\n        <desc>Myositis</desc>"
BELOW_MYOSITIS = "<diag><name>M60.0</name><desc>Infective myositis</desc></diag>"


def between(start, end):
    return TABULAR[TABULAR.index(start) : TABULAR.index(end)]


LEFT_HAND = between("<diag>\n              <name>M61.242", "<diag>\n              <name>M61.249")
MUSCLES = between('<section id="M60-M63">', "</chapter>\n  <chapter>\n    <name>17")


@pytest.fixture
def load(db, tmp_path):
    def load_changed(name, *changes, codes=CODES):
        """Load the excerpt as the release `name`, with the `changes` (old, new) in its tabular list."""
        tabular = TABULAR
        for old, new in changes:
            assert old in tabular
            tabular = tabular.replace(old, new, 1)
        (tmp_path / "tabular.xml").write_text(tabular)
        (tmp_path / "codes.txt").write_text(codes)
        return load_release(read_release(ReleaseFiles(name, tmp_path / "tabular.xml", tmp_path / "codes.txt")), name)

    return load_changed


@pytest.fixture
def loaded(load):
    return load("April 2026")


@pytest.fixture
def retire_left_hand(load, loaded):
    return lambda: load("October 2026", (LEFT_HAND, ""), codes=CODES.replace("M61242\n", ""))


@pytest.fixture
def subdivide_myositis(load, loaded):
    codes = CODES.replace("M60\n", "M60\nM600\n")
    return lambda: load("October 2026", (MYOSITIS, MYOSITIS + BELOW_MYOSITIS), codes=codes)


def item(code, is_block=False):
    return Item.objects.get(code=code, is_block=is_block)


def state():
    """Everything that a load may write."""
    return [list(model.objects.order_by("pk").values()) for model in (Release, Item, Note)]


def codes_in_order():
    return list(Item.objects.order_by("path").values_list("code", flat=True))


# --- The first load -----------------------------------------------------------------------------------------------------------


def test_the_official_release_is_loaded_whole(db):
    content = read_release(choose_files())
    report = load_release(content, "April 2026")
    assert (report.levels, report.assignable) == ({1: 22, 2: 297, 3: 1918, 4: 96268}, 74719)
    assert (Item.objects.count(), Item.objects.assignable().count(), Note.objects.count()) == (98505, 74719, 26966)
    way = ["19", "S80-S89", "S82", "S82.1", "S82.10", "S82.101", "S82.101B"]
    assert list(Item.objects.with_ancestors_of(item("S82.101B").path).values_list("code", flat=True)) == way


def test_paths_sort_in_the_order_of_the_classification(loaded):
    assert codes_in_order()[:9] == ["2", "C00-C96", "C50", "C50", "C50.9", "13", "M60-M63", "M60", "M61"]
    assert item("M61.242").path == "002001002001001002"


def test_every_item_stands_below_its_parent(loaded):
    for each in Item.objects.exclude(parent=None).select_related("parent"):
        assert each.path[:-3] == each.parent.path


def test_notes_keep_kind_order_and_character(loaded):
    notes = item("S82").notes.values_list("position", "kind", "character")
    assert list(notes) == [
        (0, "seventh-character-note", ""),
        (1, "seventh-character", "A"),
        (2, "seventh-character", "B"),
        (3, "seventh-character", "B"),
    ]


def test_the_nearest_definitions_of_seventh_characters_are_found_upwards(loaded):
    above = Item.objects.with_ancestors_of(item("S82.16XA").path)
    nearest = Note.objects.filter(item__in=above, kind="seventh-character").order_by("-item__path").first()
    assert (nearest.item.code, nearest.text) == ("S82.16", "initial encounter for torus fracture")


def test_items_remember_the_release_that_brought_them(load, loaded):
    load("October 2026", (MYOSITIS, MYOSITIS + BELOW_MYOSITIS), codes=CODES.replace("M60\n", "M60\nM600\n"))
    assert (item("M60").added_in.name, item("M60.0").added_in.name) == ("April 2026", "October 2026")


# --- The same again, and corrections ------------------------------------------------------------------------------------------


def test_the_same_content_writes_nothing_under_another_name_either(load, loaded):
    before = state()
    with CaptureQueriesContext(connection) as queries:
        report = load("October 2026")
    assert (report.is_unchanged, report.release) == (True, "April 2026")
    assert [query["sql"].split()[0] for query in queries] == ["SELECT"]
    assert state() == before


def test_other_content_under_the_same_name_corrects_the_release(load, loaded):
    report = load("April 2026", (RIGHT, "Right hand"))
    assert (report.is_correction, report.retitled) == (True, [("M61.241", RIGHT, "Right hand")])
    assert Release.objects.count() == 1
    assert load("April 2026", (RIGHT, "Right hand")).is_unchanged


def test_an_older_release_loaded_again_is_in_force(load, loaded, retire_left_hand):
    retire_left_hand()
    report = load("April 2026")
    assert (report.revived, report.is_correction) == (["M61.242"], False)
    assert Release.objects.latest().name == "April 2026"
    assert Item.objects.current().count() == Item.objects.count()


def test_only_what_differs_is_written(load, loaded, monkeypatch):
    written, pks = [], list(Note.objects.values_list("pk", flat=True))
    with_parents = releases.with_parents
    monkeypatch.setattr(releases, "with_parents", lambda items, tree: written.extend(items) or with_parents(items, tree))
    load("October 2026", (RIGHT, "Right hand"))
    assert [each.code for each in written] == ["M61.241"]
    assert list(Note.objects.values_list("pk", flat=True)) == pks


# --- What a new release changes -----------------------------------------------------------------------------------------------


def test_a_retired_item_keeps_row_notes_and_place(retire_left_hand):
    left = item("M61.242")
    Note.objects.create(item=left, kind="includes", position=0, text="left palm")
    order, report = codes_in_order(), retire_left_hand()
    assert report.retired == ["M61.242"]
    left.refresh_from_db()
    assert (left.retired_in.name, left.notes.count(), left.parent.code) == ("October 2026", 1, "M61.24")
    assert codes_in_order() == order


def test_a_retired_item_stays_retired_since_its_first_release(load, retire_left_hand):
    retire_left_hand()
    report = load("April 2027", (LEFT_HAND, ""), (RIGHT, "Right hand"), codes=CODES.replace("M61242\n", ""))
    assert (report.retired, item("M61.242").retired_in.name) == ([], "October 2026")


def test_a_retired_block_takes_its_items_with_it(load, loaded):
    report = load("October 2026", (MUSCLES, ""), codes="\n".join(line for line in CODES.split() if "M6" not in line))
    assert report.retired == ["block M60-M63", "M60", "M61", "M61.2", "M61.24", "M61.241", "M61.242", "M61.249"]
    assert item("M61.24").parent.code == "M61.2"
    assert not Item.objects.current().under(item("13")).exists()


def test_a_revived_item_is_the_same_row(load, retire_left_hand):
    pk = item("M61.242").pk
    retire_left_hand()
    report = load("April 2027", (RIGHT, "Right hand"))
    assert report.revived == ["M61.242"]
    assert (item("M61.242").pk, item("M61.242").retired_in) == (pk, None)


def test_a_subdivided_code_is_the_same_row_and_not_assignable_any_more(subdivide_myositis):
    pk = item("M60").pk
    report = subdivide_myositis()
    assert (report.added, report.subdivided) == (["M60.0"], ["M60"])
    assert (item("M60").pk, item("M60").kind, item("M60").is_assignable) == (pk, "category", False)


def test_a_retitled_item_says_both_titles(load, loaded):
    report = load("October 2026", ("Malignant neoplasms of breast (C50)", "Breast cancers (C50)"), (RIGHT, "Right hand"))
    assert report.retitled == [
        ("block C50", "Malignant neoplasms of breast", "Breast cancers"),
        ("M61.241", RIGHT, "Right hand"),
    ]


def test_a_new_chapter_in_front_moves_every_path(load, loaded):
    before = codes_in_order()
    block = '<section id="A00-A09"><desc>Intestinal infectious diseases (A00-A09)</desc></section>'
    chapter = f"<chapter><name>1</name><desc>Infectious diseases (A00-B99)</desc>{block}</chapter>"
    report = load("October 2026", ("<chapter>", f"{chapter}<chapter>"))
    assert report.added == ["chapter 1", "block A00-A09"]
    assert codes_in_order() == ["1", "A00-A09", *before]
    assert item("M61.242").path == "003001002001001002"


def test_items_may_change_places(load, loaded):
    right, left, aside = "<name>M61.241<", "<name>M61.242<", "<name>aside<"
    load("October 2026", (right, aside), (left, right), (aside, left))
    assert item("M61.241").path > item("M61.242").path


def test_a_category_in_another_block_is_moved_and_its_old_block_retired(load, loaded):
    report = load("October 2026", ('id="M60-M63"', 'id="M60-M64"'))
    assert (report.added, report.moved, report.retired) == (["block M60-M64"], ["M60", "M61"], ["block M60-M63"])
    assert item("M61.24").parent.parent.parent.code == "M60-M64"
    assert item("M60-M63", is_block=True).children.count() == 0


def test_notes_follow_the_release_in_their_order(load, loaded):
    first, second = "dermatopolymyositis (M33.-)", "muscular dystrophies and myopathies (G71-G72)"
    report = load("October 2026", (first, "x"), (second, first), ("<note>x", f"<note>{second}"))
    block = item("M60-M63", is_block=True)
    assert (report.noted, list(block.notes.values_list("text", flat=True))) == (["block M60-M63"], [second, first])


# --- The articles -------------------------------------------------------------------------------------------------------------


def changes_by_article(report):
    return {f"{article.slug} at {article.code}": article.changes for article in report.articles}


def test_articles_stay_attached_and_are_told_what_happened(retire_left_hand):
    article = factories.published_article(item("M61.242"))
    report = retire_left_hand()
    assert changes_by_article(report) == {"hardened-hand-muscle at M61.242": ["M61.242 retired"]}
    assert ArticleItem.objects.get(article=article).item.retired_in.name == "October 2026"


def test_the_nearest_article_above_a_change_is_told(subdivide_myositis):
    factories.published_article(item("M60"), slug="sore-muscles")
    factories.published_article(item("M60-M63", is_block=True), slug="muscles")
    assert changes_by_article(subdivide_myositis()) == {"sore-muscles at M60": ["M60 subdivided", "M60.0 added"]}


def test_a_draft_is_told_and_does_not_keep_it_from_the_article_above(subdivide_myositis):
    factories.draft(item("M60"), slug="sore-muscles")
    factories.published_article(item("13"), slug="bones-and-muscles")
    told = changes_by_article(subdivide_myositis())
    assert list(told) == ["bones-and-muscles at chapter 13", "sore-muscles at M60"]


def test_each_language_has_its_nearest_article(subdivide_myositis, settings):
    factories.published_article(item("M60"), slug="sore-muscles")
    factories.published_article(item("13"), slug="huesos")
    ArticleItem.objects.filter(article__slug="huesos").update(language="es")
    assert list(changes_by_article(subdivide_myositis())) == ["huesos at chapter 13", "sore-muscles at M60"]


def test_an_article_elsewhere_is_left_alone(subdivide_myositis):
    factories.published_article(item("C50"))
    assert subdivide_myositis().articles == []


def test_what_moves_is_told_to_the_old_place_and_the_new(load, loaded):
    factories.published_article(item("M60-M63", is_block=True), slug="muscles")
    told = changes_by_article(load("October 2026", ('id="M60-M63"', 'id="M60-M64"')))
    assert told == {"muscles at block M60-M63": ["block M60-M63 retired", "M60 moved", "M61 moved"]}


# --- Faults -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["read_tree", "write", "write_notes", "make_report"])
def test_a_load_that_fails_leaves_the_database_as_it_was(load, loaded, monkeypatch, step):
    before = state()

    def fail(*arguments):
        raise RuntimeError("the power went out")

    monkeypatch.setattr(releases, step, fail)
    with pytest.raises(RuntimeError):
        load("October 2026", (RIGHT, "Right hand"), ("dermatopolymyositis", "polymyositis"))
    assert state() == before


@pytest.mark.parametrize("name", ["", " ", "x" * 41])
def test_a_release_needs_a_name_that_fits(load, name):
    with pytest.raises(ValidationError, match="1 to 40 characters"):
        load(name)


# --- The command --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def command(db):
    def run(*options):
        out = StringIO()
        call_command("load_classification", *options, stdout=out, stderr=StringIO())
        return out.getvalue()

    return run


FILES = [f"--tabular={EXCERPTS / 'tabular.xml'}", f"--order={EXCERPTS / 'order.txt'}", "--release=April 2026"]


def test_the_command_loads_and_counts(command):
    out = command(*FILES)
    assert "Loaded April 2026: 27 items (4 chapters, 5 blocks, 5 categories, 13 below), 9 assignable." in out
    assert Release.objects.get().name == "April 2026"


def test_the_command_says_that_there_was_nothing_to_do(command):
    command(*FILES)
    assert "in force with this very content: nothing was written" in command(*FILES)


def test_the_command_is_silent_when_asked(command):
    assert command(*FILES, "-v0") == ""


@pytest.mark.parametrize(("options", "is_cut"), [([], True), (["-v2"], False)])
def test_the_command_cuts_long_lists_unless_asked(command, tmp_path, options, is_cut):
    command(*FILES)
    added = [f"N{number}" for number in range(10, 21)]
    diags = "".join(f"<diag><name>{code}</name><desc>New</desc></diag>" for code in added)
    (tmp_path / "tabular.xml").write_text(TABULAR.replace("</section>", f"{diags}</section>", 1))
    (tmp_path / "codes.txt").write_text("\n".join([CODES, *added]))
    out = command(f"--tabular={tmp_path / 'tabular.xml'}", f"--codes={tmp_path / 'codes.txt'}", "--release=October 2026", *options)
    assert f"Added (11): {', '.join(added[:10])}, {'… and 1 more' if is_cut else 'N20'}\n" in out


def test_the_command_names_the_fault_in_one_line_and_writes_nothing(command, tmp_path):
    command(*FILES)
    before = state()
    (tmp_path / "codes.txt").write_text(CODES.replace("M61242\n", ""))
    with pytest.raises(CommandError) as caught:
        command(FILES[0], f"--codes={tmp_path / 'codes.txt'}", "--release=October 2026")
    sentence = "expected every code of tabular.xml; missing: M61242 (is the file cut short?). Nothing was written."
    assert str(caught.value) == f"{tmp_path / 'codes.txt'}: {sentence}"
    assert caught.value.returncode == 1
    assert state() == before


def test_the_command_refuses_a_name_that_is_too_long(command):
    with pytest.raises(CommandError, match="1 to 40 characters"):
        command(*FILES[:2], f"--release={'x' * 41}")
