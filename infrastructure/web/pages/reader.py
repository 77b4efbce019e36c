"""How times and numbers are written for whoever reads a page: by their language and time zone."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal

from infrastructure.bootstrap import the_time

_LONGEST_ZONE = 40
_DEFAULT = Locale.parse("en")
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Reader:
    """Somebody who reads a page.

    `languages`: the header Accept-Language; `zone`: the name of a time zone, which the script of
    the pages tells in a cookie. Without a zone times are in UTC.
    """

    def __init__(self, languages: str, zone: str) -> None:
        self.locale = _locale(languages)
        found = _zone(zone)
        self.zone: tzinfo = found or UTC
        self.knows_zone = found is not None

    def number(self, number: float) -> str:
        """A number with its groups: `1,284`."""
        return format_decimal(number, locale=self.locale)

    def exactly(self, time: datetime) -> str:
        """A time to the second, with its zone."""
        told = format_datetime(time, "medium", tzinfo=self.zone, locale=self.locale)
        return f"{told} {time.astimezone(self.zone):%Z}"

    def day(self, time: datetime) -> str:
        """The day of a time, without the year if it is this one: `3 May`."""
        local, now = time.astimezone(self.zone), the_time().astimezone(self.zone)
        if local.year == now.year:
            return format_date(local, "d MMM", locale=self.locale)
        return format_date(local, "d MMM y", locale=self.locale)

    def clock(self, time: datetime) -> str:
        """The time of day."""
        return format_time(
            time.astimezone(self.zone), "short", tzinfo=self.zone, locale=self.locale
        )

    def ago(self, time: datetime) -> str:
        """How long ago it was, up to a day; then the day."""
        ago = the_time() - time
        if ago < _MINUTE:
            return "just now"
        if ago < _HOUR:
            return f"{ago // _MINUTE} min ago"
        if ago < _DAY:
            return f"{ago // _HOUR} h ago"
        return self.day(time)


def _locale(languages: str) -> Locale:
    """The first language of the header that is known. Its order is that of preference."""
    for each in languages.split(",")[:10]:
        name = each.partition(";")[0].strip()
        try:
            return Locale.parse(name, sep="-")
        except (ValueError, UnknownLocaleError, TypeError):
            continue
    return _DEFAULT


def _zone(name: str) -> ZoneInfo | None:
    if not name or len(name) > _LONGEST_ZONE or not name.isascii() or ".." in name:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return None
