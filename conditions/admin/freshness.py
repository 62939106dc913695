"""Forms that know from what values they set out, so that saving one undoes nothing that somebody else saved meanwhile."""

import json

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.forms.models import model_to_dict


class Carried(forms.CharField):
    """What the form takes along and brings back: none of what is written in it, so that it never counts as a change."""

    widget = forms.HiddenInput

    def __init__(self):
        super().__init__(required=False, strip=False)

    def has_changed(self, initial, data):
        return False


class FreshForm(forms.ModelForm):
    """A form of one row. A field that only others changed keeps their value; one that both changed is asked about, once."""

    began = Carried()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            # What the row holds now: Django reads it from the database for each form, shown or sent.
            self.now = {name: told(value) for name, value in model_to_dict(self.instance).items() if name in self.fields}
            self.initial["began"] = json.dumps(self.now)

    def clean(self):
        data = super().clean()
        for name, was in self.read_began().items():
            now, field = self.now.get(name), self.fields.get(name)
            if field is None or now == was or name not in data:
                continue  # nobody else changed it
            mine = told(field.prepare_value(data[name]))
            if mine == was:
                data[name] = field.to_python(now)
            elif mine != now:
                shown = dict(getattr(field, "choices", ())).get(now, now)
                self.add_error(name, f"Somebody else made this “{shown}” while you wrote. Save again to put yours in its place.")
        if self.errors and self.instance.pk:
            self.data = self.data.copy()
            self.data[self.add_prefix("began")] = json.dumps(self.now)  # it has been said
        return data

    def read_began(self):
        try:
            began = json.loads(self.data.get(self.add_prefix("began"), ""))
        except ValueError:
            return {}
        return began if self.instance.pk and isinstance(began, dict) else {}


def told(value):
    """Return a field's value as it stands in the form, so that what is sent unchanged equals it."""
    value = json.loads(json.dumps(getattr(value, "pk", value), cls=DjangoJSONEncoder))
    return "" if value is None else value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
