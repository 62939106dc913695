"""The rich text editor: the field that holds it, and the nonce that lets its import map through the Content-Security-Policy."""

from django_prose_editor.fields import ProseEditorFormField
from django_prose_editor.widgets import AdminProseEditorWidget, prose_editor_js
from js_asset import InlineStyle, Media, Script

from conditions.models.fields import SanitisedHTMLField
from conditions.text import sanitise

# What `conditions.text` lets through, and nothing else. Parts of lists and tables are named: no extension brings its own.
EXTENSIONS = {
    "Bold": True,
    "Italic": True,
    "Subscript": True,
    "Superscript": True,
    "HardBreak": True,
    "Heading": {"levels": [3, 4]},
    "BulletList": True,
    "OrderedList": {"enableListAttributes": False},
    "ListItem": True,
    "Blockquote": True,
    "Link": {"enableTarget": False},
    "NoSpellCheck": False,
    "Table": True,
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
    "History": True,
}
# The editor writes a style element of its own, which the policy would stop, unless it finds one that bears this mark. Ours is empty
# and bears the nonce; the rules themselves are in css/admin.css.
NO_STYLE_OF_ITS_OWN = InlineStyle("", **{"data-tiptap-style": True})


class RichTextWidget(AdminProseEditorWidget):
    """A text area; with JavaScript an editor stands in its place."""

    @property
    def media(self):
        # The listener stands before the script whose event it waits for.
        own = Media(css={"all": [NO_STYLE_OF_ITS_OWN]}, js=[Script("js/name-editors.js", type="module"), prose_editor_js])
        return own + super().media


class RichTextField(ProseEditorFormField):
    """HTML, reduced to the allow-list as soon as it is read, so that an editor left empty counts as unchanged."""

    def __init__(self, *args, widget=None, **kwargs):
        widget = RichTextWidget(attrs={"rows": 8, "class": "vLargeTextField"})
        super().__init__(*args, extensions=EXTENSIONS, preset="configurable", widget=widget, **kwargs)

    def to_python(self, value):
        return sanitise(super().to_python(value))


RICH_TEXT = {SanitisedHTMLField: {"form_class": RichTextField}}  # a ModelAdmin's formfield_overrides


def with_nonce(request, media):
    """Return `media` with the nonce of this answer on each of its tags. The policy is `settings.ADMIN_CSP`."""
    return Media.from_media(media, nonce=request.csp_nonce)
