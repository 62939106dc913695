"""The official files are read whole and joined, or refused with the first fault. The excerpts are in the official formats."""

from collections import Counter
from pathlib import Path

import pytest

from conditions.loading import release_files
from conditions.loading.release_files import ReleaseFileError, ReleaseFiles, choose_files, packaged_file, read_release
from conditions.models import Item, Note

EXCERPTS = Path(__file__).parent / "releases"
TABULAR, CODES, ORDER = ((EXCERPTS / name).read_text() for name in ("tabular.xml", "codes.txt", "order.txt"))
HAND = "Paralytic calcification and ossification of muscle, hand"
LAUGHS = '<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>\n<ICD10CM.tabular>'


@pytest.fixture
def read(tmp_path):
    def read_texts(tabular=TABULAR, codes=CODES, order=None):
        paths = {}
        for name, text in {"tabular": tabular, "codes": codes, "order": order}.items():
            if text is not None:
                paths[name] = tmp_path / f"{name}.txt"
                paths[name].write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_release(ReleaseFiles("April 2026", **paths))

    return read_texts


@pytest.fixture
def fault(read):
    def fault_of(**texts):
        with pytest.raises(ReleaseFileError) as caught:
            read(**texts)
        return caught.value

    return fault_of


@pytest.fixture
def items(read):
    return {item.key: item for item in read().items}


@pytest.fixture(scope="module")
def official():
    return {item.key: item for item in read_release(choose_files()).items}


# --- What is read -------------------------------------------------------------------------------------------------------------


def test_the_official_release_has_its_official_counts(official):
    levels = Counter(item.level for item in official.values())
    assert (len(official), levels) == (98505, {1: 22, 2: 297, 3: 1918, 4: 96268})
    assert sum(item.is_assignable for item in official.values()) == 74719  # CMS: 74,719 codes
    assert sum(len(item.notes) for item in official.values()) == 26966
    assert sum((True, code) in official for is_block, code in official if not is_block) == 39


def test_the_official_table_of_visual_impairment_becomes_notes(official):
    rows = [note.text for note in official[False, "H54.8"].notes if note.text.startswith("Category of visual impairment")]
    assert len(rows) == 6
    assert rows[3].endswith("5/300; Minimum equal to or better than: Light perception")
    assert rows[4].endswith("correction: No light perception")


def test_the_vocabulary_is_that_of_the_tables():
    assert {*release_files.NOTE_KINDS.values(), "seventh-character"} == set(Note.Kind.values)
    assert Item.Level.values == [release_files.CHAPTER, release_files.BLOCK, release_files.CATEGORY, release_files.BELOW]
    assert Item._meta.get_field("title").max_length == release_files.TITLE_LENGTH


def test_every_item_knows_its_level_and_parent(items):
    way = [(False, "13"), (True, "M60-M63"), (False, "M61"), (False, "M61.2"), (False, "M61.24"), (False, "M61.241")]
    assert [items[key].level for key in way] == [1, 2, 3, 4, 4, 4]
    assert [items[key].parent for key in way] == [None, *way[:-1]]


def test_a_block_may_bear_the_name_of_its_only_category(items):
    assert items[True, "C50"].title == "Malignant neoplasms of breast"
    assert items[False, "C50"].parent == (True, "C50")


def test_a_title_leaves_the_range_to_the_code_and_is_folded(items):
    assert items[False, "2"].title == "Neoplasms"
    assert items[True, "QA0"].title == "Genetic disorders, not elsewhere classified"


def test_a_code_of_the_list_alone_hangs_below_the_one_it_extends(items):
    assert items[False, "S82.0XXA"].parent == (False, "S82.0")
    assert items[False, "S82.16XA"].parent == (False, "S82.16X")
    assert items[False, "S82.0XXB"].title == "Fracture of patella, initial encounter for open fracture type I or II"


def test_the_nearest_definition_of_a_seventh_character_makes_the_title(items):
    assert items[False, "S82.16XA"].title.endswith("any side, initial encounter for torus fracture")


def test_a_leaf_of_the_full_list_is_assignable(items):
    assignable = {code for (is_block, code), item in items.items() if item.is_assignable}
    assert assignable == {"C50.9", "M60", "M61.241", "M61.242", "M61.249", "QA0", "S82.0XXA", "S82.0XXB", "S82.16XA"}


def test_the_flag_of_the_order_file_goes_before(read):
    flagged = ORDER.replace("M61241  1", "M61241  0").replace("M6124   0", "M6124   1")
    items = {item.code: item for item in read(codes=None, order=flagged).items}
    assert (items["M61.24"].is_assignable, items["M61.241"].is_assignable) == (True, False)


def test_the_long_title_of_the_order_file_goes_before_the_made_one(read):
    own = ORDER.replace("Fracture of patella, initial encounter for closed", "Fracture of kneecap, initial encounter for closed")
    items = {item.code: item for item in read(order=own).items}
    assert items["S82.0XXA"].title == "Fracture of kneecap, initial encounter for closed fracture"


def test_list_and_order_file_tell_the_same(read):
    assert read().fingerprint == read(codes=None, order=ORDER).fingerprint == read(order=ORDER).fingerprint


def test_a_list_without_chapters_and_blocks_is_a_full_list(read):
    bare = "\n".join(line[6:13].strip() for line in ORDER.splitlines())
    assert read(codes=bare).fingerprint == read().fingerprint


def test_every_note_is_one_in_the_order_of_the_file(items):
    notes = [(note.kind, note.text) for note in items[False, "C50"].notes]
    assert notes == [
        ("includes", "connective tissue of breast"),
        ("includes", "Paget's disease of breast"),
        ("use-additional-code", "code to identify estrogen receptor status (Z17.0, Z17.1)"),
    ]


def test_chapters_and_blocks_have_their_notes(items):
    assert [note.kind for note in items[False, "2"].notes] == ["note"]
    assert "chapter, whether" in items[False, "2"].notes[0].text
    assert [note.kind for note in items[True, "M60-M63"].notes] == ["excludes1", "excludes1"]


def test_an_empty_note_says_nothing(items):
    assert [note.text for note in items[False, "QA0"].notes] == ["epilepsy, by specific type (G40.-)"]


def test_seventh_characters_are_notes_and_another_wording_is_one_more(items):
    notes = items[False, "S82"].notes
    assert [(note.kind, note.character) for note in notes[:2]] == [("seventh-character-note", ""), ("seventh-character", "A")]
    assert [note.text for note in notes if note.character == "B"] == [
        "initial encounter for open fracture type I or II",
        "initial encounter for open fracture NOS",
    ]


@pytest.mark.parametrize(("old", "new"), [("\n", "\r\n"), ("    ", "\t"), ("<?xml", "\ufeff<?xml")])
def test_white_space_and_line_ends_leave_the_fingerprint(read, old, new):
    assert read(tabular=TABULAR.replace(old, new), codes=CODES.replace("\n", "\r\n")).fingerprint == read().fingerprint


@pytest.mark.parametrize(("old", "new"), [(", right hand", ", the right hand"), ("<excludes1>", "<excludes2>"), ("M33.-", "M33")])
def test_other_content_has_another_fingerprint(read, old, new):
    changed = TABULAR.replace(old, new).replace("</excludes1>", "</excludes2>" if new == "<excludes2>" else "</excludes1>")
    assert read(tabular=changed).fingerprint != read().fingerprint


# --- What is refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("<ICD10CM.tabular>", "<ICD10CM.index>", "expected a full file, <ICD10CM.tabular>"),
        ("<ICD10CM.tabular>", '<ICD10CM.tabular isAddenda="true">', "nor an addenda"),
        ("<ICD10CM.tabular>", LAUGHS, "no document type and no entities"),
        ("</diag>", "", "well-formed XML"),
        ("<name>13</name>", "<name>XIII</name>", "a chapter's number"),
        ('id="M60-M63"', 'id="M60 to M63"', "a block's code such as M60-M63"),
        ("<name>M60</name>", "<name>M60.1</name>", "a category (three characters)"),
        ("<name>M60</name>", "<name>60M</name>", "a category (three characters)"),
        ("<name>M61.242</name>", "<name>M61.342</name>", "continues M61.24, not “M61.342”"),
        ("<name>M61.242</name>", "<name>M61242</name>", "a dotted code"),
        ("<name>M61.242</name>", "<name>M61.241</name>", "every code once; M61.241"),
        ("<name>M61.242</name>", "", "one <name>, not 0"),
        (f"<desc>{HAND}</desc>", "<desc> </desc>", "a title of 1 to 300"),
        (f"<desc>{HAND}</desc>", f"<desc>{HAND * 6}</desc>", "a title of 1 to 300"),
        ("<note>dermatopolymyositis (M33.-)</note>", "<remark>M33</remark>", "a <note> in <excludes1>"),
        ("<note>dermatopolymyositis (M33.-)</note>", "M33", "no loose text in <excludes1>"),
        ("<note>dermatopolymyositis (M33.-)</note>", "<note><new>M33</new></note>", "nothing but text in <note>"),
        ("<codeAlso>", "<codeNever>x</codeNever><codeAlso>", "one of inclusionTerm"),
        ('char="A"', 'char="AB"', "one letter or digit"),
        ('char="B"', 'char="A"', "to be defined once"),
        ("<sevenChrDef>", "<sevenChrDef><note>first</note>", "a <note> after one"),
    ],
)
def test_a_faulty_tabular_list_is_refused(fault, old, new, expected):
    assert old in TABULAR
    assert expected in fault(tabular=TABULAR.replace(old, new, 1)).expected


def test_a_fault_names_file_line_and_element(fault):
    error = fault(tabular=TABULAR.replace("<note>dermato", "<remark/><note>dermato"))
    line = TABULAR[: TABULAR.index("dermato")].count("\n") + 1
    assert str(error) == f"{error.path}, line {line}: <remark>: expected a <note> in <excludes1>"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("M61242\n", "", "missing: M61242"),
        ("M61242\n", "M61242\nM61242\n", "every code once; M61242"),
        ("M61242\n", "M61242\nM61243\n", "M61243 is neither"),
        ("M61242\n", "M61242\nM612421\n", "define the seventh character of M612421"),
        ("M61242\n", "M61242\nM6124XA\n", "M6124XA is neither"),
        ("M61242\n", "M61242\nT07XXXA\n", "T07XXXA is neither"),
        ("M61242\n", "M61242 left hand\n", "one code such as M61249"),
        ("S820XXB\n", "S820XXK\n", "define the seventh character of S820XXK"),
        ("S820XXA\nS820XXB\n", "", "a seventh character for S82.0"),
    ],
)
def test_a_list_that_disagrees_with_the_tabular_list_is_refused(fault, old, new, expected):
    assert expected in fault(codes=CODES.replace(old, new)).expected


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("00003 M60     1", "00003 M60     2", 3, "0 or 1 in column 15, not “2”"),
        ("00003 M60     1", "00003 M60      ", 3, "0 or 1 in column 15, not “ ”"),
        ("00003 M60     1", "00003 m60     1", 3, "without the dot in columns 7-13"),
        ("00005 M612    0", "00005 M61.2   0", 5, "without the dot in columns 7-13"),
        ("00003 M60     1", "00002 M60     1", 3, "above 2"),
        ("00003 M60     1", "three M60     1", 3, "above 2"),
        ("00003 M60     1", "00003 M60     1.", 3, "long title from column 78"),
        ("00004 M61 ", "00004 M60 ", 4, "every code once; M60"),
        ("00003 M60 ", "00003 M65 ", 0, "missing: M60"),
    ],
)
def test_a_faulty_order_file_is_refused_at_its_line(fault, old, new, line, expected):
    error = fault(codes=None, order=ORDER.replace(old, new))
    assert (error.line, expected in error.expected) == (line, True)


def test_list_and_order_file_must_hold_the_same_codes(fault):
    without = "".join(line for line in ORDER.splitlines(keepends=True) if "S820XXB" not in line)
    assert "order.txt: expected every code of codes.txt" in str(fault(order=without))


@pytest.mark.parametrize("name", ["tabular", "codes", "order"])
def test_a_file_cut_anywhere_is_refused(fault, read, name):
    text = {"tabular": TABULAR, "codes": CODES, "order": ORDER}[name].rstrip("\n")
    codes = None if name == "order" else CODES
    read(**{"codes": codes, name: text})  # the last line end may be missing
    ends = {end for end, character in enumerate(text) if character == "\n"} | set(range(0, len(text), 13))
    for end in ends:
        fault(**{"codes": codes, name: text[:end]})


@pytest.mark.parametrize("name", ["tabular", "codes", "order"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", "empty"), (b" \r\n", "empty"), (b"M60\nM61\xe9\n", "UTF-8 or ASCII"), (b"M60\0", "binary"), (b"<html>", "expected")],
)
def test_what_is_no_such_file_is_refused(fault, name, content, expected):
    assert expected in fault(**{name: content}).expected


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none.xml"):
        with pytest.raises(ReleaseFileError, match=r"a file to read: (Is a directory|No such file)"):
            read_release(ReleaseFiles("April 2026", path, packaged_file(release_files.PACKAGED_CODES)))


def test_nesting_without_end_is_refused(fault):
    deep = "<visualImpairment>" + "<visCategory>" * 100_000
    assert "inside one another" in fault(tabular=TABULAR.replace("<codeAlso>", f"{deep}<codeAlso>", 1)).expected


# --- Which files --------------------------------------------------------------------------------------------------------------


def test_without_files_the_packaged_release_is_read():
    files = choose_files()
    assert (files.name, files.tabular.is_file(), files.codes.is_file(), files.order) == ("April 2026", True, True, None)


def test_an_order_file_may_complete_the_packaged_tabular_list():
    files = choose_files(order=EXCERPTS / "order.txt")
    assert (files.name, files.codes) == ("April 2026", None)


def test_a_tabular_list_needs_its_full_list_and_the_name_of_its_release():
    with pytest.raises(ReleaseFileError, match="the full list with it"):
        choose_files(tabular=EXCERPTS / "tabular.xml", name="October 2026")
    with pytest.raises(ReleaseFileError, match="the name of its release"):
        choose_files(tabular=EXCERPTS / "tabular.xml", codes=EXCERPTS / "codes.txt")
