"""Codes that a reader typed: exact ones, and the nearest where there is no such code."""

import re

from conditions.codes import CATEGORY_LENGTH, MAX_LENGTH, dotted, parse_block, parse_code, undotted
from conditions.models import Item

# Written before a code: “ICD-10-CM M61.249”, “icd 10 code: M61.249”.
NAME_OF_THE_CLASSIFICATION = re.compile(r"^\W*icd\W*(10|11)?\W*(cm)?\W*(code)?\W*", re.IGNORECASE)


def read_code(text: str) -> str | None:
    """Return the code that `text` is (m61 249, M61-249, ICD-10 M61.249 → M61.249), a block's too; None where it is words.

    A code holds a digit, which no word does that could be taken for one (gout).
    """
    rest = NAME_OF_THE_CLASSIFICATION.sub("", text.strip())
    ends = re.fullmatch(r"\s*(\w{3})\s*[-–—]\s*(\w{3})\s*", rest)
    if ends and (block := parse_block(f"{ends[1]}-{ends[2]}")):
        return block
    bare = re.sub(r"[\s.\-–—_]", "", rest)
    return parse_code(bare) if re.search(r"\d", bare) and re.match(r"[a-zA-Z]\w", bare) else None


def item_of(code: str) -> Item | None:
    """Return the item of a code, retired or not; a category goes before a block of its name."""
    return Item.objects.filter(code=code).order_by("is_block").first()


def nearest_item(code: str) -> Item | None:
    """Return the item of the longest beginning of `code` that the classification has, or None. One query at most."""
    bare = re.match(r"[A-Z0-9]*", undotted(code.upper()))[0][:MAX_LENGTH]
    beginnings = [dotted(bare[:length]) for length in range(CATEGORY_LENGTH, len(bare) + 1)]
    found = Item.objects.filter(code__in=beginnings, is_block=False) if beginnings else []
    return max(found, key=lambda item: len(item.code), default=None)
