"""The parts of a revision in its form: sections with their gated text, care cards, references, pictures. Only a draft's change."""

import html

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import CharField, URLField
from django.db.models.functions import Cast
from django.forms.models import BaseInlineFormSet
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from conditions.contents import prose
from conditions.models import CareCard, GatedText, GlossaryTerm, Name, Picture, Reference, RelatedArticle, Reviewer, Section
from conditions.overlap import shared_runs
from conditions.pictures import find_picture, store_picture

from .formsets import ReplacingFormSet, standing
from .plain_language import panels
from .rich_text import RICH_TEXT, RichTextField

# What the sections of a first draft are offered as; one that is left as it stands is not saved.
OUTLINE = [
    {"kind": Section.Kind.OVERVIEW, "heading": "What it is"},
    {"kind": Section.Kind.WHEN_TO_GET_HELP, "heading": "When to get help"},
    {"kind": Section.Kind.TREATMENT, "heading": "Treatment"},
]


# The fields of parts that hold plain text which everybody reads.
PLAIN_FIELDS = ("heading", "title", "publisher", *Picture.PUBLIC_TEXTS)
THUMBNAIL_WIDTH = 160


class PartForm(forms.ModelForm):
    """A part may be half written in a draft: publishing asks for the rest."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["position"].required = False
        self.fields["position"].help_text = "Parts stand in the order of these numbers. Leave it empty to put this one last."
        if "body" in self.fields:
            self.fields["body"].required = False
            self.fields["body"].label = "Text for everybody"
        if self.instance._state.adding:
            self.initial["position"] = None


class PartFormSet(BaseInlineFormSet):
    def clean(self):
        super().clean()
        last = max((form.cleaned_data.get("position") or 0 for form in standing(self)), default=0)
        for form in standing(self):
            if form.instance.position is None:
                last += 1
                form.instance.position = last


class SectionForm(PartForm):
    class Meta:
        help_texts = {
            "heading": "What readers see above the section: its kind in plain words, or a question such as “What causes gout?”."
        }

    gated_body = RichTextField(
        label="Members' text",
        required=False,
        help_text="Members read this in the place of the teaser, and nobody else does. "
        "No public text may hold six words of it in a row. Leave it empty where the section is for everybody.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        audience = self.fields["audience"]
        if self.instance._state.adding:
            self.initial["audience"] = ""
            audience.required = False
            audience.choices = [("", "The usual one of its kind"), *Section.Audience.choices]
        gated_kinds = [kind.label for kind in Section.Kind if Section.usual_audience(kind) == Section.Audience.MEMBERS]
        audience.help_text = f"Usually for members: {', '.join(gated_kinds) or 'none'}. Everything else is for everybody."

    def clean_audience(self):
        return self.cleaned_data["audience"] or Section.usual_audience(self.cleaned_data.get("kind"))

    def clean(self):
        data = super().clean()
        is_gated = data.get("audience") == Section.Audience.MEMBERS
        if is_gated and data.get("kind") == Section.Kind.WHEN_TO_GET_HELP:
            self.add_error("audience", '"When to get help" is always for everybody: nobody has to sign up to be safe.')
        elif data.get("audience") and data.get("gated_body") and not is_gated:
            said = "This section is for everybody but has members' text. Make it a members' section, or take the text out."
            self.add_error("gated_body", said)
        return data

    def save(self, commit=True):
        section = super().save(commit)
        if commit:
            keep_gated_text(section, self.cleaned_data["gated_body"])
        return section


def keep_gated_text(section, body):
    if body:
        GatedText.objects.update_or_create(section=section, defaults={"body": body})
    else:
        GatedText.objects.filter(section=section).delete()


def gated_bodies(reader, revision):
    """Return {section's pk: gated text} of what `reader` may read."""
    return GatedText.objects.readable_by(reader).for_revision(revision).bodies()


class SectionFormSet(PartFormSet):
    reader = None  # who fills in the form
    beside = ()  # the other formsets of the draft's form: their text is public

    @cached_property
    def gated_bodies(self):
        return gated_bodies(self.reader, self.instance)

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "gated_body" in form.fields and form.instance.pk:
            form.initial["gated_body"] = self.gated_bodies.get(form.instance.pk, "")

    def validate_unique(self):
        """Refuse a second section of a kind, at its field. One that another editor added meanwhile counts too."""
        here = {form.instance.pk for form in self.initial_forms}
        taken = {section.kind for section in self.get_queryset() if section.pk not in here}
        for form in standing(self):
            kind = form.cleaned_data.get("kind")
            if kind in taken:
                form.add_error("kind", "Another section is of this kind: a page has one of each.")
            taken.add(kind)

    def clean(self):
        super().clean()
        for form in standing(self):
            if form.cleaned_data.get("gated_body"):
                self.keep_gated_words_out_of_public_text(form)

    def keep_gated_words_out_of_public_text(self, form):
        """Show the six-word rule's faults at the gated text, saying where else its words stand."""
        found = shared_runs({at: text for at, (_, text) in enumerate(self.public_texts)}, [form.cleaned_data["gated_body"]])
        if found:
            first = min(found)
            place, _ = self.public_texts[first]
            said = f"These words stand in {place} too, which everybody reads: “{found[first]}”. Reword one of the two places."
            form.add_error("gated_body", said)

    @cached_property
    def public_texts(self):
        """(Where, what) a visitor would read, by what is in the form now."""
        revision, bodies = self.instance, []
        texts = [("the title", revision.title), ("the summary", revision.summary), ("what changed", revision.change_sentence)]
        texts += [(f"the name “{name}”", name.text) for name in Name.objects.of_article(revision.article)]
        glossary = GlossaryTerm.objects.shown(revision.article.language)
        bodies += [(f"the glossary at “{entry}”", entry.public_text) for entry in glossary]
        bodies += [(f"the page about {reviewer}", reviewer.public_text) for reviewer in Reviewer.objects.all()]
        texts += [("what changed before", change.sentence) for change in revision.article.changes.all()]
        for formset in [self, *self.beside]:
            if formset is not self:
                formset.is_valid()  # reads what was sent
            for form in standing(formset):
                place = f"the {formset.model._meta.verbose_name} “{form.instance}”"
                texts += [(place, form.cleaned_data.get(field) or "") for field in PLAIN_FIELDS]
                texts.append((place, getattr(form.instance, "drawn_words", "")))
                bodies.append((place, form.cleaned_data.get("body") or ""))
        # In plain text words stand between "<5" and ">7", not a tag.
        return [(place, html.escape(text)) for place, text in texts] + bodies

    def save(self, commit=True):
        """Let two sections change their kinds for each other's, and a new one take the kind of a deleted one."""
        moving = [form.instance.pk for form in self.initial_forms if {"kind", "DELETE"} & set(form.changed_data)]
        Section.objects.filter(pk__in=moving).update(kind=Cast("pk", CharField(max_length=20)))
        return super().save(commit)


class PictureForm(PartForm):
    """An upload is stored as soon as it is valid; `digest` carries it on where another field of the page is in error."""

    upload = forms.FileField(
        label="File",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".jpg,.jpeg,.png,.webp,.avif,.svg"}),
        help_text="A JPEG, PNG, WebP or AVIF picture, at least 320 pixels wide and of at most 10 MB, or an SVG drawing of at most "
        "300 KB. The place, the camera and whatever else a file says of itself are taken out of a picture.",
    )
    digest = forms.RegexField(r"\A[0-9a-f]{64}\Z", required=False, widget=forms.HiddenInput)

    class Meta:
        widgets = {"alternative_text": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}

    def clean(self):
        data = super().clean()
        try:
            stored = self.stored_picture(data)
        except ValidationError as error:
            self.add_error("upload", error)
        else:
            for name in ("digest", "format", "width", "height"):
                setattr(self.instance, name, getattr(stored, name))
            data["digest"] = stored.digest
            self.data = self.data.copy()
            self.data[self.add_prefix("digest")] = stored.digest
        return data

    def stored_picture(self, data):
        """Return the picture that was uploaded, now or before. Raises ValidationError where there is none."""
        if data.get("upload"):
            return store_picture(data["upload"])
        if not data.get("digest"):
            raise ValidationError("Choose a picture.")
        if stored := find_picture(data["digest"]):
            return stored
        raise ValidationError("This picture's files are not there: choose the picture once more.")


# --- The inlines ------------------------------------------------------------------------------------------------------------


class PartInline:
    """Parts of a draft can be changed by those who may change the draft; otherwise they are read, as readers see them."""

    formset = PartFormSet
    formfield_overrides = RICH_TEXT | {URLField: {"assume_scheme": "https", "widget": forms.URLInput(attrs={"class": "vURLField"})}}
    extra = 0

    def has_add_permission(self, request, obj=None):
        return self.has_change_permission(request, obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        may_change = request.user.has_perm("conditions.change_revision") and super().has_change_permission(request, obj)
        return may_change and (obj is None or obj.is_open)

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj) and super().has_delete_permission(request, obj)

    def get_fields(self, request, obj=None):
        if self.has_change_permission(request, obj):
            return self.fields
        return ["text" if field == "body" else field for field in self.fields]

    def get_readonly_fields(self, request, obj=None):
        return () if self.has_change_permission(request, obj) else ("text",)

    @admin.display(description="text for everybody")
    def text(self, part):
        return as_prose(part.body)


def as_prose(markup):
    # The database holds sanitised HTML alone.
    return format_html('<div class="prose">{}</div>', SafeString(markup)) if markup else "–"


class SectionInline(PartInline, admin.StackedInline):
    model = Section
    form = SectionForm
    formset = SectionFormSet
    fields = [("kind", "audience"), ("heading", "position"), "body", "body_language", "gated_body", "gated_body_language"]
    panels = {}  # {field of the form: what its text costs the reader}

    def get_extra(self, request, obj=None, **kwargs):
        return 0 if obj is None or obj.sections.exists() else len(OUTLINE)

    def get_formset(self, request, obj=None, **kwargs):
        if "members_text" in self.get_fields(request, obj):
            self.gated_bodies = gated_bodies(request.user, obj)
        elif obj is not None:
            self.places = {section.pk: place for place, section in enumerate(obj.sections.all())}
            self.panels = panels(prose(obj), obj.article)
        if not self.has_change_permission(request, obj):
            kwargs["form"] = forms.ModelForm
        formset = super().get_formset(request, obj, **kwargs)
        formset.reader = request.user
        return formset

    def get_fields(self, request, obj=None):
        if self.has_change_permission(request, obj):
            return self.fields
        reading = [("kind", "audience"), ("heading", "position"), "text"]
        # Who sees no drafts may read published gated text on its page, as every member does; the admin has the stricter rule.
        return [*reading, "members_text"] if request.user.has_perm("conditions.view_draft") else reading

    def get_readonly_fields(self, request, obj=None):
        return ("body_language", "gated_body_language") if self.has_change_permission(request, obj) else ("text", "members_text")

    @admin.display(description="plain language")
    def body_language(self, section):
        return self.panel(section, "body")

    @admin.display(description="plain language, members' text")
    def gated_body_language(self, section):
        return self.panel(section, "gated_body")

    def panel(self, section, field):
        return self.panels.get(f"sections-{self.places.get(section.pk)}-{field}", "–")

    @admin.display(description="members' text")
    def members_text(self, section):
        return as_prose(self.gated_bodies.get(section.pk))


class CareCardForm(PartForm):
    class Meta:
        help_texts = {
            "urgency": "Emergency: call now. Urgent: be seen today. Non-urgent: make an appointment.",
            "body": "The signs, as a list that goes on from “if:”, and then what to do until help comes. Everybody reads this.",
        }


class CareCardInline(PartInline, admin.StackedInline):
    model = CareCard
    form = CareCardForm
    fields = [("urgency", "position"), "heading", "body"]


class ReferenceForm(PartForm):
    class Meta:
        help_texts = {
            "title": "As it stands on the source. Of a guideline: its full title, with its number or year where it has one.",
            "publisher": "Who answers for it. Of a guideline: the body that issued it, such as the National Institute for Health "
            "and Care Excellence (NICE). Of a paper: the journal and the year.",
            "url": "Where readers find it, as the browser's address line shows it. Of a guideline: its page rather than a file.",
        }


class ReferenceInline(PartInline, admin.StackedInline):
    model = Reference
    form = ReferenceForm
    fields = ["title", ("publisher", "read_on"), ("url", "position")]


class RelatedArticleFormSet(PartFormSet, ReplacingFormSet):
    """Two may trade places."""

    is_merged = True


class RelatedArticleInline(PartInline, admin.TabularInline):
    model = RelatedArticle
    form = PartForm
    formset = RelatedArticleFormSet
    fields = ["article", "position"]
    autocomplete_fields = ["article"]
    verbose_name_plural = "related articles: where readers go next. Without any, the page shows the nearest in the classification"

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "article":
            field.widget.can_add_related = field.widget.can_change_related = False  # articles are made on a page of their own
        return field


class PictureInline(PartInline, admin.StackedInline):
    model = Picture
    form = PictureForm
    fields = ["thumbnail", "upload", ("section", "position"), "alternative_text", "caption", ("credit", "licence"), "digest"]

    def get_formset(self, request, obj=None, **kwargs):
        if not self.has_change_permission(request, obj):
            kwargs["form"] = forms.ModelForm
        return super().get_formset(request, obj, **kwargs)

    def get_fields(self, request, obj=None):
        if self.has_change_permission(request, obj):
            return self.fields
        return [field for field in self.fields if field not in ("upload", "digest")]

    def get_readonly_fields(self, request, obj=None):
        return ("thumbnail",)

    @admin.display(description="picture")
    def thumbnail(self, picture):
        if not picture.width:
            return "–"
        height = max(1, round(picture.height * THUMBNAIL_WIDTH / picture.width))
        said = picture.alternative_text
        return format_html('<img src="{}" alt="{}" width="{}" height="{}">', picture.fallback_url, said, THUMBNAIL_WIDTH, height)
