from django.conf import settings


def site(request):
    """The publisher's own words for every template: the site's name, and where to write to."""
    return {"site_name": settings.SITE_NAME, "contact_email": settings.CONTACT_EMAIL}
