"""The three-way merge: whatever one of two people did is there afterwards, or somebody is asked."""

from hypothesis import given
from hypothesis import strategies as st

from conditions.merging import join, merge

WORDS = st.sampled_from(["", "pain", "swelling", "rest"])
ROWS = st.dictionaries(st.sampled_from("123"), st.fixed_dictionaries({"body": WORDS, "position": st.sampled_from("012")}))


def text(**rows):
    return {"sections": {key: {"kind": f"kind-{key}", "body": body} for key, body in rows.items()}}


def bodies(merged):
    return {key: row and row["body"] for key, row in merged.text["sections"].items()}


def test_two_sections_changed_by_two_people_are_both_changed():
    merged = merge(text(a="old", b="old"), text(a="mine", b="old"), text(a="old", b="theirs"))
    assert (bodies(merged), merged.conflicts) == ({"a": "mine", "b": "theirs"}, [])


def test_one_section_changed_by_both_is_asked_about_and_mine_stands_meanwhile():
    merged = merge(text(a="old"), text(a="mine"), text(a="theirs"))
    [conflict] = merged.conflicts
    assert (conflict.base["body"], conflict.mine["body"], conflict.theirs["body"]) == ("old", "mine", "theirs")
    assert bodies(merged) == {"a": "mine"}


def test_the_same_change_by_both_is_no_quarrel():
    assert not merge(text(a="old"), text(a="new"), text(a="new")).conflicts


def test_what_both_added_is_there_twice():
    mine, theirs = text(a="old"), text(a="old", c="theirs")
    mine["sections"]["new-1"] = {"kind": "outlook", "body": "mine"}
    merged = merge(text(a="old"), mine, theirs)
    assert (bodies(merged), merged.conflicts) == ({"a": "old", "c": "theirs", "new-1": "mine"}, [])


def test_the_same_section_added_by_both_is_asked_about():
    mine, theirs = text(a="old"), text(a="old", c="theirs")
    mine["sections"]["new-1"] = {"kind": "kind-c", "body": "mine"}
    [conflict] = merge(text(a="old"), mine, theirs).conflicts
    assert (conflict.key, conflict.base, conflict.mine["body"], conflict.theirs["body"]) == ("c", None, "mine", "theirs")


def test_what_both_added_in_the_same_words_is_there_once():
    mine, theirs = text(a="old"), text(a="old", c="new")
    mine["sections"]["new-1"] = {"kind": "kind-c", "body": "new", "position": ""}
    theirs["sections"]["c"]["position"] = "4"
    for group in ("sections", "care_cards"):  # by what it is, and by what it says
        sides = ({group: side["sections"]} for side in (text(a="old"), mine, theirs))
        merged = merge(*sides)
        assert (merged.text, merged.conflicts) == ({group: theirs["sections"]}, [])


def test_of_two_that_i_added_for_one_of_theirs_neither_is_lost():
    mine, theirs = {"references": {}}, {"references": {"c": {"url": "x", "title": "two"}}}
    mine["references"] = {"new-1": {"url": "x", "title": "one"}, "new-2": {"url": "x", "title": "two"}}
    merged = merge({"references": {}}, mine, theirs)
    assert [row["title"] for row in merged.text["references"].values()] == ["two", "one"]
    assert not merged.conflicts


def test_both_texts_become_one_field_by_field():
    base = {"heading": "old", "body": "old", "urgency": "urgent", "position": "1"}
    mine, theirs = base | {"body": "mine", "urgency": "emergency"}, base | {"heading": "theirs", "body": "theirs", "position": "2"}
    joined = {"heading": "theirs", "body": "mine, theirs", "urgency": "emergency", "position": "2"}
    assert join(base, mine, theirs, {"body": ", "}) == joined


def test_rows_that_differ_in_what_cannot_be_joined_are_not():
    assert join({"kind": "a"}, {"kind": "b"}, {"kind": "c"}, {"body": ""}) is None
    assert join({"body": "a"}, {"body": "b"}, None, {"body": ""}) is None


def test_what_one_deleted_and_the_other_left_alone_is_gone():
    assert bodies(merge(text(a="old", b="old"), text(b="old"), text(a="old", b="new"))) == {"a": None, "b": "new"}
    assert bodies(merge(text(a="old", b="old"), text(a="mine", b="old"), text(a="old"))) == {"a": "mine"}


def test_what_one_deleted_and_the_other_changed_is_asked_about():
    [mine_is_gone] = merge(text(a="old"), text(), text(a="theirs")).conflicts
    [theirs_is_gone] = merge(text(a="old"), text(a="mine"), text()).conflicts
    assert (mine_is_gone.mine, theirs_is_gone.theirs) == (None, None)


def test_a_section_moved_by_one_and_written_by_the_other_is_both():
    old = {"sections": {"a": {"body": "old", "position": "1"}}}
    moved = {"sections": {"a": {"body": "old", "position": "5"}}}
    written = {"sections": {"a": {"body": "new", "position": "1"}}}
    both = {"a": {"body": "new", "position": "5"}}
    assert merge(old, moved, written).text["sections"] == merge(old, written, moved).text["sections"] == both


@given(ROWS, ROWS, ROWS)
def test_no_word_that_either_wrote_is_lost(base, mine, theirs):
    merged = merge({"rows": base}, {"rows": mine}, {"rows": theirs})
    asked = {conflict.key for conflict in merged.conflicts}
    for key in base.keys() | mine.keys() | theirs.keys():
        was, our, their, now = ((rows.get(key) or {}).get("body") for rows in (base, mine, theirs, merged.text["rows"]))
        if our != was and key not in asked:
            assert now == our
        if their != was and key not in asked:
            assert now == their


@given(ROWS, ROWS)
def test_where_one_did_nothing_the_others_text_is_the_result(base, changed):
    for merged in (
        merge({"rows": base}, {"rows": changed}, {"rows": base}),
        merge({"rows": base}, {"rows": base}, {"rows": changed}),
    ):
        assert not merged.conflicts
        now = {key: row["body"] for key, row in merged.text["rows"].items() if row}
        assert now == {key: row["body"] for key, row in changed.items()}
