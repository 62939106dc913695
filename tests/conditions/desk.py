"""The admin as its tests use it: addresses, people with some of the rights, and forms filled in as a browser would send them."""

import html

from django.contrib.auth.models import Permission
from django.urls import reverse


def desk(model, page, *args):
    """Return an address of the admin: `desk("article", "change", 3)`."""
    return reverse(f"admin:conditions_{model}_{page}", args=args)


def grant(user, *codenames):
    """Give a person single rights and return them afresh, since Django remembers the rights of the object at hand."""
    user.user_permissions.add(*Permission.objects.filter(content_type__app_label="conditions", codename__in=codenames))
    return type(user).objects.get(pk=user.pk)


def filled(client, url):
    """Return the page's form as a browser would send it unchanged: {name: value}."""
    context = client.get(url).context
    forms = [context["adminform"].form]
    for inline in context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    return {form.add_prefix(name): value for form in forms for name, value in values(form)}


def save(client, page, **changes):
    """Send the page's form with `changes`."""
    return client.post(page, filled(client, page) | changes)


def values(form):
    for name in form.fields:
        value = form[name].value()
        if value is not None and value is not False:
            yield name, "on" if value is True else value


def add_row(data, prefix, **values):
    """Put a further row into the form: what "Add another" does."""
    place = int(data[f"{prefix}-TOTAL_FORMS"])
    data |= {f"{prefix}-{place}-{name}": value for name, value in values.items()}
    data[f"{prefix}-TOTAL_FORMS"] = place + 1
    return place


def errors(response):
    """Return every error of the form that came back, as one text; empty where it was saved."""
    if response.status_code == 302:
        return ""
    return html.unescape(" ".join(str(error) for error in response.context["errors"]))
