from django.conf import settings


def site(request):
    """The publisher's own words for every template: the site's name, where to write to, and whom to call."""
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "contact_email": settings.CONTACT_EMAIL,
        "emergency_number": settings.EMERGENCY_NUMBER,
        "advice_number": settings.ADVICE_NUMBER,
        "advice_name": settings.ADVICE_NAME,
    }
