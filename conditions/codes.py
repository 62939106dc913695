"""The written form of ICD-10-CM codes: parse leniently, format with the dot, compare. Pure Python.

A code is a letter followed by letters and digits; the dot stands after the third character (`M61.249`). The shape is taken from
the official files, which hold codes such as `QA0` and `C7A.00`, not from a pattern remembered.
"""

import re

CATEGORY_LENGTH = 3
MAX_LENGTH = 7  # characters without the dot
_CODE = re.compile(r"[A-Z][0-9A-Z]{2,6}")
_BLOCK = re.compile(r"[A-Z][0-9A-Z]{2}(-[A-Z][0-9A-Z]{2})?")


def parse_code(text: str) -> str | None:
    """Return `text` as a dotted code (`m61249`, ` M61.249 ` → `M61.249`), or None where it has not the form of one."""
    bare = text.strip().upper().replace(".", "", 1)
    return dotted(bare) if _CODE.fullmatch(bare) else None


def parse_block(text: str) -> str | None:
    """Return `text` as a block's code (`m60-m63` → `M60-M63`), or None where it has not the form of one."""
    block = text.strip().upper()
    return block if _BLOCK.fullmatch(block) else None


def parse_chapter(text: str) -> str | None:
    """Return `text` as a chapter's number, or None where it is none."""
    number = text.strip()
    return number if number.isascii() and number.isdigit() else None


def parse_item(text: str) -> str | None:
    """Return the code of a chapter, a block or anything below, however it is written, or None where `text` has the form of none."""
    return parse_code(text) or parse_block(text) or parse_chapter(text)


def dotted(bare: str) -> str:
    """Put the dot into a code without one: `M61249` → `M61.249`; a category stays as it is."""
    return f"{bare[:CATEGORY_LENGTH]}.{bare[CATEGORY_LENGTH:]}" if len(bare) > CATEGORY_LENGTH else bare


def undotted(code: str) -> str:
    return code.replace(".", "")
