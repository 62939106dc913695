"""Whom to call, by country: the emergency number, and a medical advice line where the whole country has one. Pure Python.

A number stands here only where it is beyond doubt. Where a country has one number for ambulances and another for everything, it is
the one that leads to an ambulance without a detour. Operators of other countries set EMERGENCY_NUMBER themselves.
"""

from typing import NamedTuple


class Phones(NamedTuple):
    emergency: str
    advice: str = ""
    advice_name: str = ""  # what people call the line


# By ISO 3166-1 code. 112 holds in every member state of the European Union (Directive (EU) 2018/1972, article 109).
PHONES: dict[str, Phones] = {
    "AR": Phones("107"),
    "AT": Phones("112", "1450", "1450"),
    "AU": Phones("000", "1800 022 222", "healthdirect"),
    "BE": Phones("112"),
    "BG": Phones("112"),
    "BR": Phones("192"),
    "CA": Phones("911"),
    "CH": Phones("112"),
    "CL": Phones("131"),
    "CN": Phones("120"),
    "CO": Phones("123"),
    "CR": Phones("911"),
    "CY": Phones("112"),
    "CZ": Phones("112"),
    "DE": Phones("112", "116 117", "116 117"),
    "DK": Phones("112"),
    "DO": Phones("911"),
    "EC": Phones("911"),
    "EE": Phones("112"),
    "EG": Phones("123"),
    "ES": Phones("112"),
    "FI": Phones("112", "116 117", "Medical Helpline"),
    "FR": Phones("112"),
    "GB": Phones("999", "111", "NHS 111"),  # not in Northern Ireland: there ADVICE_NUMBER names another
    "GR": Phones("112"),
    "HK": Phones("999"),
    "HR": Phones("112"),
    "HU": Phones("112"),
    "IE": Phones("112"),
    "IL": Phones("101"),
    "IN": Phones("112"),
    "IS": Phones("112", "1700", "1700"),
    "IT": Phones("112"),
    "JP": Phones("119"),
    "KR": Phones("119"),
    "LI": Phones("112"),
    "LT": Phones("112"),
    "LU": Phones("112"),
    "LV": Phones("112"),
    "MT": Phones("112"),
    "MX": Phones("911"),
    "MY": Phones("999"),
    "NL": Phones("112"),
    "NO": Phones("113", "116 117", "116 117"),
    "NZ": Phones("111", "0800 611 116", "Healthline"),
    "PA": Phones("911"),
    "PH": Phones("911"),
    "PL": Phones("112"),
    "PR": Phones("911"),
    "PT": Phones("112", "808 24 24 24", "SNS 24"),
    "RO": Phones("112"),
    "SE": Phones("112", "1177", "1177"),
    "SG": Phones("995"),
    "SI": Phones("112"),
    "SK": Phones("112"),
    "TR": Phones("112"),
    "TW": Phones("119"),
    "US": Phones("911"),
    "UY": Phones("911"),
}
NOWHERE = Phones("")


def has_phones(country: str) -> bool:
    return country.upper() in PHONES


def phones_of(country: str) -> Phones:
    """Return the numbers of a country by its ISO code, or empty ones where there is none."""
    return PHONES.get(country.upper(), NOWHERE)
