from django.conf import settings


def site(request):
    """The publisher's own words for every template: the site's name."""
    return {"site_name": settings.SITE_NAME}
