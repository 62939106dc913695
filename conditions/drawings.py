"""SVG drawings: plain shapes and text, or refused. What is not known to be harmless is named to its editor, never taken out."""

import html
import re
import reprlib
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from django.core.exceptions import ValidationError

SVG, XLINK, XML = ("{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}", "{http://www.w3.org/XML/1998/namespace}")


def listed(names: str) -> frozenset[str]:
    return frozenset(names.split())


ELEMENTS = listed(
    "svg g defs path rect circle ellipse line polyline polygon text tspan title desc style linearGradient radialGradient stop "
    "marker clipPath mask use symbol pattern"
)
REFERENCES = {"href", f"{XLINK}href"}  # to a part of the drawing itself
WORDS = {"aria-label", "id", "class"}  # held to nothing: they are not read as styles
ATTRIBUTES = (
    REFERENCES
    | WORDS
    | {f"{XML}lang", f"{XML}space"}
    | listed(
        "x y x1 y1 x2 y2 cx cy r rx ry fx fy fr d dx dy points width height viewBox preserveAspectRatio transform pathLength "
        "rotate textLength lengthAdjust gradientUnits gradientTransform spreadMethod offset patternUnits patternContentUnits "
        "patternTransform clipPathUnits maskUnits maskContentUnits markerWidth markerHeight markerUnits refX refY orient style "
        "lang version baseProfile role aria-labelledby aria-describedby aria-hidden type media fill fill-opacity fill-rule stroke "
        "stroke-width stroke-opacity stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset color "
        "opacity display visibility overflow clip-path clip-rule mask mask-type marker-start marker-mid marker-end stop-color "
        "stop-opacity paint-order vector-effect shape-rendering text-rendering color-interpolation font-family font-size "
        "font-style font-weight font-stretch font-variant letter-spacing word-spacing text-anchor text-decoration "
        "dominant-baseline alignment-baseline baseline-shift writing-mode direction unicode-bidi transform-origin"
    )
)
# Of styles and transforms. A style reaches other files by more functions than url(), so the harmless ones are listed.
FUNCTIONS = listed(
    "rgb rgba hsl hsla matrix translate translatex translatey scale scalex scaley rotate skewx skewy calc var min max clamp "
    "not is where nth-child media and or"
)
MOST_USES = 200  # each draws its part once more
REPEATED = ("marker", "mask", "pattern", "clipPath")  # drawn again for each point or shape; one inside another multiplies
LONGEST_SIDE = 100_000  # units of the viewBox


@dataclass(frozen=True)
class Drawing:
    """What a drawing says of itself: its viewBox in whole units, and every word that a reader can meet in it."""

    width: int
    height: int
    words: str


def read_drawing(data: bytes) -> Drawing:
    """Return what stands in `data`. Raises ValidationError where it is anything but a plain drawing."""
    root = parse(data)
    if root.tag != f"{SVG}svg":
        raise refused(f"the element <{short(root.tag)}> where <svg> in its own namespace begins")
    for element in root.iter():
        check(element)
    check_uses(root)
    width, height = size(root)
    labels = [element.get("aria-label", "") for element in root.iter()]
    # Its source too: who opens it finds comments and the names of its parts there.
    return Drawing(width, height, " ".join([*root.itertext(), *labels, html.unescape(data.decode("utf-8-sig"))]))


class Builder(ET.TreeBuilder):
    def doctype(self, *_):
        # Entities can be made to eat memory or to read other files.
        raise refused("a document type, <!DOCTYPE>")

    def pi(self, *_):
        raise refused("a processing instruction, <?…?>")  # it may name a style sheet


def parse(data: bytes) -> ET.Element:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refused("text that is not UTF-8") from None
    # A browser would follow the declaration and read something else than what is checked here.
    declared = re.match(r"<\?xml[^>]*\bencoding\s*=\s*[\"']([^\"']*)", text)
    if declared and declared[1].lower() != "utf-8":
        raise refused(f"the encoding {shown(declared[1])} instead of UTF-8")
    parser = ET.XMLParser(target=Builder())  # noqa: S314 - the builder refuses what the rule warns of
    try:
        parser.feed(text)
        return parser.close()
    except ET.ParseError as error:
        raise refused(f"XML that is not well-formed in line {error.position[0]}") from None


def check(element: ET.Element) -> None:
    """Raise ValidationError where `element` itself, an attribute or a style of it is not on the lists."""
    name = short(element.tag)
    if not element.tag.startswith(SVG) or name not in ELEMENTS:
        raise refused(f"the element <{name}>")
    for attribute, value in element.attrib.items():
        said = f"{short(attribute)}={shown(value)} of <{name}>"
        if attribute not in ATTRIBUTES:
            raise refused(f"the attribute {short(attribute)} of <{name}>")
        if attribute in REFERENCES and not re.fullmatch(r"#[\w.-]+", value):
            raise refused(f"{said}, which is not a part of the drawing itself (#name)")
        if attribute not in WORDS and (fault := style_fault(value)):
            raise refused(f"{fault} in {said}")
    if name == "style" and (fault := style_fault("".join(element.itertext()))):
        raise refused(f"{fault} in <style>")


def style_fault(style: str) -> str | None:
    """Return what in `style` may reach beyond the drawing, or None."""
    if "\\" in style:
        return "a backslash"  # it can spell any of the words below
    for rule in re.findall(r"@[\w-]*", style):
        if rule.lower() != "@media":
            return rule
    for function, target in re.findall(r"([\w-]+)\([ \t\r\n\f]*[\"']?(.?)", style):
        if function.lower() == "url" and target != "#":
            return "url() of another file"
        if function.lower() not in FUNCTIONS | {"url"}:
            return f"{function}()"
    return None


def check_uses(root: ET.Element) -> None:
    """Refuse a use of what holds a use itself: a few lines of those draw a million shapes."""
    parents = {child: parent for parent in root.iter() for child in parent}
    uses = list(root.iter(f"{SVG}use"))
    if len(uses) > MOST_USES:
        raise refused(f"{len(uses)} <use> elements, more than {MOST_USES}")
    for repeated in (element for name in REPEATED for element in root.iter(f"{SVG}{name}")):
        if any("url(" in value.lower() for element in repeated.iter() for value in element.attrib.values()):
            raise refused(f"a reference by url() inside a <{short(repeated.tag)}>")
    holding: set[ET.Element] = set()
    for use in uses:
        place: ET.Element | None = use
        while place is not None and place not in holding:
            holding.add(place)
            place = parents.get(place)
    names = {element.get("id") for element in holding}
    for use in uses:
        for attribute in REFERENCES & use.attrib.keys():
            if use.attrib[attribute][1:] in names:
                raise refused(f"a <use> of {shown(use.attrib[attribute])}, in which another <use> stands")


def size(root: ET.Element) -> tuple[int, int]:
    box = re.fullmatch(r"\s*" + r"[\s,]+".join([r"(-?\d*\.?\d+)"] * 4) + r"\s*", root.get("viewBox", ""), re.ASCII)
    if not box:
        found = shown(root.attrib["viewBox"]) if "viewBox" in root.attrib else "none"
        raise ValidationError(f"Expected a drawing with a viewBox of four numbers, found {found}.")
    width, height = float(box[3]), float(box[4])
    if not (1 <= width <= LONGEST_SIDE and 1 <= height <= LONGEST_SIDE):
        raise ValidationError(f"Expected a viewBox of 1 to {LONGEST_SIDE} units a side, found {box[3][:12]} × {box[4][:12]}.")
    return round(width), round(height)


def refused(found: str) -> ValidationError:
    return ValidationError(f"Expected an SVG drawing of plain shapes and text, found {found}.")


def short(name: str) -> str:
    """Return the name of an element or attribute as its file has it, without the namespace."""
    prefix = "xlink:" if name.startswith(XLINK) else ""
    return prefix + shown(name.rpartition("}")[2])[1:-1]


def shown(value: str) -> str:
    return f"“{reprlib.repr(value)[1:-1]}”"
