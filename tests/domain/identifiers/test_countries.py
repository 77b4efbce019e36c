"""The country of a row: docs/rules.md, "Identifiers"."""

import phonenumbers
import pytest
from babel import Locale

from domain.countries import LANGUAGES, region_named, region_of
from domain.country_names import other_names
from domain.phones import canonical_phone


@pytest.mark.parametrize(
    ("written", "region"),
    [
        ("DE", "DE"),
        (" de ", "DE"),
        ("DEU", "DE"),
        ("UK", "GB"),
        ("EL", "GR"),
        ("GBR", "GB"),
        ("Germany", "DE"),
        ("GERMANY", "DE"),
        ("Deutschland", "DE"),
        ("Allemagne", "DE"),
        ("Alemania", "DE"),
        ("Germania", "DE"),
        ("Niemcy", "DE"),
        ("Duitsland", "DE"),
        ("Tyskland", "DE"),
        ("N\u011bmecko", "DE"),
        ("N\u00e9metorsz\u00e1g", "DE"),
        ("\u0413\u0435\u0440\u043c\u0430\u043d\u0438\u044f", "DE"),
        ("\u041d\u0456\u043c\u0435\u0447\u0447\u0438\u043d\u0430", "DE"),
        ("Almanya", "DE"),
        ("\u5fb7\u56fd", "DE"),
        ("\u30c9\u30a4\u30c4", "DE"),
        ("\u0623\u0644\u0645\u0627\u0646\u064a\u0627", "DE"),
        ("\u05d2\u05e8\u05de\u05e0\u05d9\u05d4", "DE"),
        ("Italy", "IT"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("United States", "US"),
        ("United States of America", "US"),
        ("Great Britain", "GB"),
        ("The Netherlands", "NL"),
        ("Holland", "NL"),
        ("Czech Republic", "CZ"),
        ("Czechia", "CZ"),
        ("Turkey", "TR"),
        ("T\u00fcrkiye", "TR"),
        ("Hong Kong", "HK"),
        ("Ivory Coast", "CI"),
        ("Cote d'Ivoire", "CI"),
        ("C\u00f4te d\u2019Ivoire", "CI"),
        ("Bosnia and Herzegovina", "BA"),
        ("South Korea", "KR"),
        ("Russian Federation", "RU"),
        ("Germany (DE)", "DE"),
        ("DE - Germany", "DE"),
        ("+44", "GB"),
        ("44", "GB"),
        ("0044", "GB"),
        ("1", "US"),
        ("+420", "CZ"),
    ],
)
def test_a_country_is_a_code_a_name_or_a_calling_code(written: str, region: str) -> None:
    assert region_named(written) == region


@pytest.mark.parametrize(
    ("region", "names"),
    [
        ("GB", "Großbritannien, Grossbritannien, Grande-Bretagne, Gran Bretaña, Gran Bretagna"),
        ("GB", "Inglaterra, Schotland, Wielka Brytania, Velká Británie, Англия, İngiltere, 英國"),
        ("US", "U.S., U. S. A., EE. UU., EUA, Etats-Unis, VS, США, ABD, 米国, ארה״ב"),
        ("DE", "BRD, Bundesrepublik Deutschland, RFN, SRN, NSZK, ФРГ, Federal Republic of Germany"),
        ("CZ", "Česká republika, Ceska republika, ČR, Cseh Köztársaság, Tschechei"),
        ("AT", "Österreich, Oesterreich, OESTERREICH, Osterreich"),
        ("TW", "台灣, 台湾, 臺灣, Taiwan (ROC)"),
        ("NL", "Holandia, Hollande, Pays-Bas, Kingdom of the Netherlands"),
        ("PL", "Republic of Poland, Rzeczpospolita Polska"),
        ("PK", "Islamic Republic of Pakistan, Pakistan"),
        ("KR", "Republic of Korea, S. Korea, 대한민국, 한국"),
        ("GR", "Ελλάδα, Hellas"),
        ("BA", "Bosnia & Herzegovina, Bosnia-Herzegovina, Bosnien, BiH"),
        ("LC", "St. Lucia, Saint Lucia"),
        ("CY", "KIBRIS, K\u0131br\u0131s"),
        ("BY", "Białoruś, Bialorus, Weißrussland"),
    ],
)
def test_a_country_has_short_native_and_formal_names(region: str, names: str) -> None:
    named = names.split(", ")
    assert {name: region_named(name) for name in named} == dict.fromkeys(named, region)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_names_of_all_countries_are_understood_in_every_language(language: str) -> None:
    names = Locale.parse(language).territories
    for region in phonenumbers.SUPPORTED_REGIONS & names.keys():
        if names[region] != "Kongo":
            assert region_named(names[region]) == region


def test_no_name_stands_for_two_countries() -> None:
    regions: dict[str, str] = {}
    for region, names in other_names():
        for name in names:
            assert regions.setdefault(name, region) == region
            assert region_named(name) == region


@pytest.mark.parametrize("name", ["Kongo", "Democratic Republic of Korea", "Republic of Texas"])
def test_a_name_that_may_be_two_countries_is_not_understood(name: str) -> None:
    """`Kongo` is the one Congo in Polish and the other in Norwegian."""
    assert region_named(name) is None


@pytest.mark.parametrize(
    "written", ["Atlantis", "XX", "XXX", "999", "+0", "Germany or Italy", "?!x"]
)
def test_what_is_not_understood_names_no_region(written: str) -> None:
    assert region_named(written) is None


@pytest.mark.parametrize(
    "nothing", ["", " ", "-", "\u2014", "n/a", "N/A", "unknown", "Other", "none"]
)
def test_a_country_that_says_nothing_leaves_the_region_of_the_account(nothing: str) -> None:
    assert region_of([nothing], "US") == "US"


def test_of_two_country_columns_the_first_that_says_something_counts() -> None:
    assert region_of(["", "Germany", "Italy"], "US") == "DE"
    assert region_of(["Atlantis", "Italy"], "US") is None


def test_one_that_is_not_understood_never_falls_back_to_the_account() -> None:
    region = region_of(["Atlantis"], "US")
    assert canonical_phone("202-555-0134", region) is None
    assert canonical_phone("+1 202-555-0134", region) == "+12025550134"
    assert canonical_phone("001 202-555-0134", region) == "+12025550134"


@pytest.mark.parametrize(
    ("written", "country", "canonical"),
    [
        ("030 5550174", "Germany", "+49305550174"),
        ("347 1234567", "Italy", "+393471234567"),
        ("7700 900123", "+44", "+447700900123"),
    ],
)
def test_a_number_is_read_with_the_country_of_its_row(
    written: str, country: str, canonical: str
) -> None:
    assert canonical_phone(written, region_of([country], "US")) == canonical


def test_uwe_and_jan_with_the_same_local_digits_are_two() -> None:
    regions = [region_of([country], "US") for country in ("Germany", "Netherlands")]
    assert len({canonical_phone("030 5550174", region) for region in regions}) == 2
