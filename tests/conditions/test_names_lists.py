"""Lists of names: Plainwell's own lay names, and the terms of the official index."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from conditions.loading.faults import FileFaults
from conditions.loading.index_terms import read_index_terms
from conditions.loading.names import LAY_NAMES, load_index_terms, load_lay_names, read_names
from conditions.loading.official_xml import ReleaseFileError
from conditions.models import Name, Reindex
from conditions.publishing import reasons_against_publishing
from conditions.workflow import start_draft
from tests import factories

# --- Lay names ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def load(tmp_path, hand):
    """Return a function that loads a list of these lines."""

    def load(*lines):
        path = tmp_path / "names.tsv"
        path.write_text("# A comment.\n\n" + "\n".join(lines), encoding="utf-8")
        return load_lay_names(path)

    return load


def faults(load, *lines):
    with pytest.raises(FileFaults) as raised:
        load(*lines)
    return [(fault.line, fault.field, fault.expected) for fault in raised.value.faults]


def texts(**fields):
    return sorted(Name.objects.filter(**fields).values_list("text", flat=True))


def test_a_list_becomes_names_shown_and_hidden(load):
    report = load("m61249\tstone hand\tshown", "M60-M63\tmuscle trouble\thidden")
    assert (report.listed, report.added) == (2, 2)
    assert texts(is_shown=True, item__code="M61.249", origin="list") == ["stone hand"]
    assert texts(is_shown=False, item__code="M60-M63") == ["muscle trouble"]


def test_the_same_list_writes_nothing(load):
    load("M61.249\tstone hand\tshown")
    asked = Reindex.objects.count()
    report = load("M61.249\tstone hand\tshown")
    assert (report.added, report.changed, report.removed, Reindex.objects.count()) == (0, 0, 0, asked)


def test_a_list_takes_its_names_back_and_leaves_those_of_editors(load, hand):
    hand["M61.249"].names.create(text="pebble hand")
    load("M61.249\tstone hand\tshown", "M61.249\tPebble hand\tshown")
    report = load("M61.249\tmarble hand\tshown", "M61.249\tpebble hand\thidden")
    assert (report.added, report.removed, report.known) == (1, 1, 1)
    assert texts(item=hand["M61.249"]) == ["marble hand", "pebble hand"]
    assert Name.objects.get(text="pebble hand").is_shown


def test_a_name_may_become_hidden(load):
    load("M61.249\tstone hand\tshown")
    assert load("M61.249\tstone hand\thidden").changed == 1
    assert texts(is_shown=False) == ["stone hand"]


def test_finding_is_asked_to_look_at_what_changed(load, hand):
    load("M61.249\tstone hand\tshown")
    assert list(Reindex.objects.values_list("item", flat=True)) == [hand["M61.249"].pk]


@pytest.mark.parametrize(
    ("line", "field", "expected"),
    [
        ("M61.9\tstone hand\tshown", "code", "expected a code of the classification that is loaded, found 'M61.9'"),
        ("hand\tstone hand\tshown", "code", "found 'HAN.D'"),
        ("13\tmuscles\tshown", "code", "expected a block, or a code without its seventh character"),
        ("M61.249A\tstone hand\tshown", "code", "expected a block, or a code without its seventh character"),
        ("M61\tcalcification and ossification of muscle\tshown", "name", "expected another name than the title"),
        ("M61\t\tshown", "name", "expected 1 to 200 characters"),
        ("M61\t<b>stone</b>\tshown", "name", "plain text"),
        ("M61\tstone\tvisible", "visibility", "expected shown or hidden, found 'visible'"),
        ("M61 stone shown", "line", "parted by tabs"),
    ],
)
def test_each_fault_names_its_line_and_what_was_expected(load, hand, line, field, expected):
    factories.item("M61.249A", "Seventh", hand["M61.249"])
    found = faults(load, "M61\tgood name\tshown", line)
    assert found[0][:2] == (4, field)
    assert expected in found[0][2]
    assert not Name.objects.exists()


def test_a_name_stands_once_for_a_code(load):
    assert faults(load, "M61\tstone\tshown", "M61.2\tstone\tshown", "m61\tStone\thidden")[0][0] == 5


def test_every_fault_of_a_list_is_told_at_once(load):
    assert [line for line, _, _ in faults(load, "X1\ta b\tshown", "M61\ta b\tno", "M61")] == [3, 4, 5]


def test_what_readers_get_does_not_depend_on_members_text_but_the_operator_is_told(load, article):
    report = load("M61.24\tdoctors begin with gentle xylocanarium movement\tshown")
    assert (report.added, report.gated) == (1, [3])
    assert any(
        "six words" in reason or "stand in public text" in reason for reason in reasons_against_publishing(start_draft(article))
    )


def test_a_name_of_ours_takes_the_place_of_an_official_term(load, hand):
    hand["M61"].names.create(text="pebble muscle", origin="index", is_shown=False)
    assert load("M61\tPebble muscle\tshown").changed == 1
    assert texts(is_shown=True, origin="list") == ["Pebble muscle"]


@pytest.mark.parametrize(("data", "expected"), [(b"M61\tst\xff\tshown", "UTF-8"), (None, "No such file")])
def test_a_file_that_cannot_be_read_is_said_so(tmp_path, data, expected):
    path = tmp_path / "names.tsv"
    if data:
        path.write_bytes(data)
    with pytest.raises(CommandError, match=expected):
        call_command("load_names", path)


def test_the_shipped_list_has_names_for_every_chapter_and_is_well_formed():
    names, faults = read_names(LAY_NAMES)
    assert not faults
    assert len(names) > 2500
    assert {name.code[0] for name in names} == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


# --- The official index -------------------------------------------------------------------------------------------------------

INDEX = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index>
  <version>2026</version>
  <title>An excerpt in the shape of the index</title>
  <letter>
    <title>O</title>
    <mainTerm>
      <title>Ossification<nemod>(heterotopic) (of bone)</nemod> NEC</title>
      <see>Calcification, muscle</see>
      <term level="1">
        <title>hand</title>
        <code>M61.24-</code>
        <term level="2"><title>left</title><code>M61.242</code></term>
      </term>
      <term level="1"><title>elsewhere</title><seeAlso>nowhere</seeAlso></term>
    </mainTerm>
    <mainTerm><title>Calcification</title><term level="1"><title>muscle</title><code>M61</code></term></mainTerm>
    <mainTerm><title><nemod>(stony)</nemod></title><code>M61.249A</code></mainTerm>
    <mainTerm><title>Unknown</title><code>Z99.9</code></mainTerm>
  </letter>
</ICD10CM.index>
"""
TABLE = """<ICD10CM.index>
  <version>2026</version>
  <indexHeading><head col="1">Neoplasm</head><head col="2">Malignant Primary</head><head col="3">Benign</head></indexHeading>
  <letter>
    <title>N</title>
    <mainTerm>
      <title>Neoplasm, neoplastic</title>
      <cell col="2">M61</cell>
      <cell col="3">-</cell>
      <term level="1"><title>hand</title><cell col="2">M61.2-</cell><cell col="3">M61.24</cell></term>
    </mainTerm>
  </letter>
</ICD10CM.index>
"""


@pytest.fixture
def file(tmp_path):
    def file(text, name="index.xml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return file


def named(path):
    return [(name.code, name.text) for name in read_index_terms(path).names]


def test_the_levels_of_a_term_make_its_name_and_a_reference_lends_its_code(file):
    assert named(file(INDEX)) == [
        ("M61", "Ossification"),
        ("M61.24", "Ossification, hand"),
        ("M61.242", "Ossification, hand, left"),
        ("M61", "Calcification, muscle"),
        ("M61.249", "stony"),
        ("Z99.9", "Unknown"),
    ]


def test_a_term_that_leads_nowhere_is_counted(file):
    assert read_index_terms(file(INDEX)).unresolved == 1


def test_each_column_of_a_table_makes_a_name(file):
    assert named(file(TABLE)) == [
        ("M61", "Neoplasm, neoplastic, malignant primary"),
        ("M61.2", "Neoplasm, neoplastic, hand, malignant primary"),
        ("M61.24", "Neoplasm, neoplastic, hand, benign"),
    ]


def test_terms_become_hidden_names_and_unknown_codes_are_told(file, hand):
    out = StringIO()
    call_command("load_index_terms", file(INDEX), file(TABLE, "table.xml"), stdout=out)
    assert texts(origin="index", is_shown=False, item__code="M61.24") == [
        "Neoplasm, neoplastic, hand, benign",
        "Ossification, hand",
    ]
    assert "8 terms: 8 added" in out.getvalue()
    assert "Such codes: Z99.9" in out.getvalue()


def test_a_file_that_is_not_named_any_more_takes_its_terms_back(file, hand):
    load_index_terms([file(INDEX), file(TABLE, "table.xml")])
    report = load_index_terms([file(INDEX)])
    assert (report.written.added, report.written.removed) == (0, 3)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("<ICD10CM.index>\n  <version>", "<ICD10CM.tabular>\n  <version>", "expected a full file, <ICD10CM.index>"),
        ("M61.242", "some code", "line 13: <code>: expected a code such as M61.24 or M61.2-, not “some code”"),
        ("<title>left</title>", "", "line 13: <term>: expected one <title>"),
        ("<title>left</title>", "<name>left</name>", "line 13: <name>: expected one of"),
        ("</mainTerm>\n  </letter>", "</letter>", "well-formed"),
        ("<mainTerm><title>Unknown", "<other/><mainTerm><title>Unknown", "<other>: expected <mainTerm>"),
    ],
)
def test_what_the_official_files_do_not_hold_is_refused_with_its_line(file, hand, before, after, expected):
    with pytest.raises(ReleaseFileError) as raised:
        load_index_terms([file(INDEX.replace(before, after))])
    assert expected in str(raised.value)
    assert not Name.objects.exists()


def test_a_document_type_is_refused(file):
    text = INDEX.replace("<ICD10CM.index>", '<!DOCTYPE a [<!ENTITY b "c">]><ICD10CM.index>', 1)
    with pytest.raises(ReleaseFileError, match="no document type"):
        read_index_terms(file(text))


def test_an_empty_index_is_refused(file):
    with pytest.raises(ReleaseFileError, match="at least one <mainTerm>"):
        read_index_terms(file("<ICD10CM.index></ICD10CM.index>"))
